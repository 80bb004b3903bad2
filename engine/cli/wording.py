"""How a step's news reads: aligned lines, and the lines below a failure. Everything shown is escaped first."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.cli.terminal import Paint
from engine.text.snippet import shortened, visible

if TYPE_CHECKING:
    from engine.cli.steps import Steps

OUTPUT_LINES = 20
MESSAGE_LINES = 10
LINE_WIDTH_MAX = 400
PARAMETER_WIDTH_MAX = 200
PARAMETERS_MAX = 20
WARNINGS_TOLD = 3
BELOW = "      "
HANDLED = {"failed": "failed, handled", "timed_out": "timed out, handled"}
"""How a failure that was dealt with is told: nothing to look into."""
OF_THE_RUN = "outputs"
"""The name of what fails without a step: the outputs of the file."""
_FRAME = re.compile(r'file "(.+)", line (\d+), in (.+)')


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


def records_text(number: float | None) -> str:
    """`1,000 records`, `1 record`; empty where nothing was told."""
    return "" if number is None else f"{count(number)} record{'' if number == 1 else 's'}"


def items_text(done: int, total: int | None, failed: int, noun: str = "item") -> str:
    """`120/1,000 items, 2 failed`; `10 items` where all are done, `1 item`; of a repeat `3 iterations`."""
    of = f"/{total:,}" if total is not None and done != total else ""
    plural = "" if (done if total is None else total) == 1 else "s"
    return f"{done:,}{of} {noun}{plural}" + (f", {failed:,} failed" if failed else "")


def reason_text(reason: str | None, cause: str | None) -> str:
    """Why a step was skipped or cancelled, in words. `cause` is the step whose failure it was."""
    if reason == "upstream_failed":
        return f"upstream {visible(cause)} failed" if cause else "upstream failed"
    return visible((reason or "").replace("upstream_skipped", "upstream was skipped"))


def warning_lines(warnings: Sequence[Any] | None) -> list[str]:
    """What stands below a step that has warned: one line each, the first few."""
    lines = [f"{BELOW}warning: {one_line(str(text))}" for text in (warnings or ())[:WARNINGS_TOLD]]
    more = len(warnings or ()) - WARNINGS_TOLD
    return [*lines, f"{BELOW}and {more:,} more warning{'' if more == 1 else 's'}"] if more > 0 else lines


def step_line(steps: Steps, paint: Paint, path: str, state: str, took: float | None, text: str = "") -> str:
    """`  load   sql.load   succeeded   0.02s  1,000 records`; the columns as wide as the spec's names need."""
    name = visible(path or OF_THE_RUN).ljust(steps.name_width)
    tool = steps.tool(path)[: steps.tool_width].ljust(steps.tool_width) + "  " if steps.tool_width else ""
    time = duration(took) if took is not None else ""
    return f"  {name}  {tool}{paint(state.ljust(steps.state_width), state)} {time:>7}  {text}".rstrip()


def one_line(text: str) -> str:
    """The first line of a message, escaped and bounded."""
    lines = text.strip().splitlines() or [""]
    first = shortened(lines[0], LINE_WIDTH_MAX)
    return first + (" …" if len(lines) > 1 else "")


def error_text(error: dict[str, Any]) -> str:
    """`failed [exit 2]: the command ended with exit 2` on one line."""
    code = f" [{visible(str(error['code']))}]" if error.get("code") else ""
    return f"{error['type']}{code}: {one_line(str(error['message']))}"


def inner_failure_text(path: str, error: dict[str, Any]) -> str:
    """`load failed`: what failed inside a group or iteration, for its own line; empty where it failed by itself."""
    step = error.get("step")
    return f"{visible(str(step).removeprefix(path + '/'))} failed" if step else ""


def failure_lines(
    error: dict[str, Any], place: tuple[str, int] | None, attempts: int, parameters: Any
) -> list[str]:
    """What stands below a failed step: the rest of the message, its place, its parameters, its output, a hint."""
    lines = [BELOW + _cut(line) for line in str(error["message"]).strip().splitlines()[1 : MESSAGE_LINES + 1]]
    if place is not None:
        tries = f", after {attempts} attempts" if attempts > 1 else ""
        lines.append(f"{BELOW}at {visible(place[0])}:{place[1]}{tries}")
    lines += _frame_line(error.get("data"))
    lines += _parameter_lines(parameters)
    lines += _output_lines(error.get("data"))
    if error.get("hint"):
        lines += [f"{BELOW}hint: {_cut(line)}" for line in str(error["hint"]).splitlines()]
    return lines


def _frame_line(data: Any) -> list[str]:
    """The last frame of the author's own code: `raised at helpers.py line 3, in clean: return rows[0]`."""
    trace = data.get("traceback") if isinstance(data, dict) else None
    trace = trace if isinstance(trace, list) else []
    for at in range(len(trace) - 1, -1, -1):
        found = _FRAME.fullmatch(str(trace[at]))
        if found:
            file, line, name = found.groups()
            source = f": {_cut(str(trace[at + 1]).strip())}" if at + 1 < len(trace) else ""
            return [f"{BELOW}raised at {_cut(file)} line {line}, in {_cut(name)}{source}"]
    return []


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
