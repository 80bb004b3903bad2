"""How a step's news reads: aligned lines, and the lines below a failure. Everything shown is escaped first."""

from __future__ import annotations

import json
from typing import Any

from engine.cli.steps import Steps
from engine.cli.terminal import Paint
from engine.text.snippet import shortened, visible

OUTPUT_LINES = 20
MESSAGE_LINES = 10
LINE_WIDTH_MAX = 400
PARAMETER_WIDTH_MAX = 200
PARAMETERS_MAX = 20
STATE_WIDTH = 10
BELOW = "      "


def duration(seconds: float) -> str:
    """`0.02s`, `12.3s`, `1m05s`, `2h03m`."""
    seconds = max(0.0, seconds)
    if seconds < 9.995:
        return f"{seconds:.2f}s"
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02}m"


def running_time(seconds: float) -> str:
    """Like `duration`, for what still runs: no more digits than can be read."""
    return f"{max(0.0, seconds):.1f}s" if seconds < 59.95 else duration(seconds)


def count(number: float) -> str:
    """`1,000`, or `0.5` where it is no whole number."""
    return f"{number:,.0f}" if number == int(number) else f"{number:,.1f}"


def step_line(steps: Steps, paint: Paint, path: str, state: str, took: float | None, text: str = "") -> str:
    """`  load   sql.load   succeeded   0.02s  1,000 records`; the columns as wide as the spec's names need."""
    name = visible(path).ljust(steps.name_width)
    tool = steps.tool(path)[: steps.tool_width].ljust(steps.tool_width) + "  " if steps.tool_width else ""
    time = duration(took) if took is not None else ""
    return f"  {name}  {tool}{paint(state.ljust(STATE_WIDTH), state)} {time:>7}  {text}".rstrip()


def one_line(text: str) -> str:
    """The first line of a message, escaped and bounded."""
    lines = text.strip().splitlines() or [""]
    first = shortened(lines[0], LINE_WIDTH_MAX)
    return first + (" …" if len(lines) > 1 else "")


def error_text(error: dict[str, Any]) -> str:
    """`failed [exit 2]: the command ended with exit 2` on one line."""
    code = f" [{visible(str(error['code']))}]" if error.get("code") else ""
    return f"{error['type']}{code}: {one_line(str(error['message']))}"


def failure_lines(
    error: dict[str, Any], place: tuple[str, int] | None, attempts: int, parameters: Any
) -> list[str]:
    """What stands below a failed step: the rest of the message, its place, its parameters, its output, a hint."""
    lines = [BELOW + _cut(line) for line in str(error["message"]).strip().splitlines()[1 : MESSAGE_LINES + 1]]
    if place is not None:
        tries = f", after {attempts} attempts" if attempts > 1 else ""
        lines.append(f"{BELOW}at {visible(place[0])}:{place[1]}{tries}")
    lines += _parameter_lines(parameters)
    lines += _output_lines(error.get("data"))
    if error.get("hint"):
        lines += [f"{BELOW}hint: {_cut(line)}" for line in str(error["hint"]).splitlines()]
    return lines


def _parameter_lines(parameters: Any) -> list[str]:
    if not isinstance(parameters, dict) or not parameters:
        return []
    lines = [f"{BELOW}with:"]
    for name, value in list(parameters.items())[:PARAMETERS_MAX]:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        lines.append(f"{BELOW}  {visible(name)}: {shortened(text.rstrip(), PARAMETER_WIDTH_MAX)}")
    if len(parameters) > PARAMETERS_MAX:
        lines.append(f"{BELOW}  and {len(parameters) - PARAMETERS_MAX} more")
    return lines


def _output_lines(data: Any) -> list[str]:
    """The last lines of a program's output, standard error first; OUTPUT_LINES of both together."""
    if not isinstance(data, dict):
        return []
    lines: list[str] = []
    room = OUTPUT_LINES
    for name in ("stderr", "stdout"):
        said = data.get(name)
        tail = said.rstrip().splitlines()[-room:] if isinstance(said, str) and room else []
        if tail and tail[0]:
            room -= len(tail)
            lines += [f"{BELOW}{name}:", *(f"{BELOW}  | {_cut(line)}" for line in tail)]
    return lines


def _cut(line: str) -> str:
    return shortened(line, LINE_WIDTH_MAX)
