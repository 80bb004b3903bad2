"""The facts of a spec as plain text: one block a step, one `label: words` a line; the same text for the same spec."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from typing import Any

from engine.app.describing.beside import beside, first_beside
from engine.app.describing.failing import failure_words
from engine.app.describing.phrases import WIDTH, as_value, counted, listed, one_line, wrapped
from engine.app.describing.settings import settings
from engine.spec.durations import duration_text
from engine.text.snippet import visible

Facts = dict[str, Any]
LABEL = 13

_MODES = {
    "sequential": "one after the other, in the order written",
    "parallel": "all at once; none reads another",
    "conditional": "looked at in the order written; every one whose condition holds runs",
    "first": "looked at in the order written; the first whose condition holds runs, and no other",
    "pipeline": "one after the other, each with the result of the one before as its input",
    "dag": "each as soon as what it needs is done",
}
_RULES = {
    "all_success": "when {} succeeded",
    "none_failed": "when {} ended and none failed (a skip is fine)",
    "all_done": "when {} ended, however they ended",
    "one_success": "as soon as one of {} succeeded",
    "one_failed": "as soon as one of {} failed; skipped if none does",
    "all_failed": "when all of {} failed; else skipped",
}


def as_text(facts: Facts) -> str:
    """The whole description."""
    about = f": {one_line(facts['description'])}" if facts["description"] else ""
    parts = [f"{facts['workflow']}{about}", "\n".join(["Needs", *_needs(facts["needs"])])]
    parts.append("\n".join(["Runs", *_runs(facts["runs"])]))
    if "origins" in facts:
        parts.append("\n".join(["Settings", *settings(facts["origins"])]))
    parts += ["\n".join(_step(step, depth)) for step, depth in _all_steps(facts["steps"], 0)]
    if facts["outputs"]:
        lines = [f"  {name}: {as_value(value)}" for name, value in facts["outputs"].items()]
        parts.append("\n".join(["Gives", *lines]))
    return "\n\n".join(parts)


def _needs(needs: Facts) -> list[str]:
    lines = [line for one in needs["inputs"] for line in wrapped("  input ", _input(one))]
    lines += [f"  connection {_connection(one)}" for one in needs["connections"]]
    if needs["secrets"]:
        lines.append("  secrets " + ", ".join(needs["secrets"]))
    for extra in needs["extras"]:
        tools = " and ".join(extra["tools"])
        lines.append(f"  pip install 'weft-engine[{extra['extra']}]' for the tool {tools}")
    return lines or ["  nothing"]


def _input(one: Facts) -> str:
    kind = one["type"] or "any value"
    words = [" or ".join(kind) if isinstance(kind, list) else kind]
    words += [f"{word} {as_value(value)}" for word, value in one["limits"].items()]
    words.append("required" if one["required"] else f"{as_value(one.get('default'))} unless given")
    if one["secret"]:
        words.append("secret")
    about = f". {one_line(one['description'])}" if one["description"] else ""
    return f"{one['name']}: {', '.join(words)}{about}"


def _connection(one: Facts) -> str:
    url = f" at {visible(one['url'])}" if one["url"] else ""
    access = ""
    if one["tool"] == "sql":
        access = ", may write" if one["writable"] else ", reads only"
    return f"{one['name']}: {one['tool']}{url}{access} ({one['from']})"


def _runs(runs: Facts) -> list[str]:
    lines = wrapped("  ", f"{', '.join(runs['steps'])}: {_mode(runs)}")
    limit = runs["concurrency"]
    lines.append(
        f"  at most {counted(limit, 'tool call')} at once" if limit else "  any number of tool calls at once"
    )
    lines.append(
        f"  at most {duration_text(runs['timeout'])} in all"
        if runs["timeout"]
        else "  for as long as it takes"
    )
    lines += [
        line for name, value in runs["let"].items() for line in wrapped(f"  let {name} = ", as_value(value))
    ]
    lines += wrapped("  context ", _context(runs["context"])) if runs["context"] else []
    lines += [line for label, words in beside(runs) for line in wrapped(f"  {label} ", words)]
    return lines + ([f"  also {_also(runs['also'])}"] if runs["also"] else [])


def _context(context: Facts) -> str:
    return as_value(context) if context else ""


def _undone(step: Facts) -> str:
    """What takes the step back, and when."""
    undo = step["undo"]
    if undo is None:
        return ""
    each = "each item by itself, " if step["foreach"] or step["repeat"] else ""
    again = f", at most {undo['tries']} tries" if undo["tries"] > 1 else ""
    return f"by {_does(undo)}{again}, if it has succeeded and the run ends without success: {each}the last success first"


def _also(words: list[str]) -> str:
    return f"{', '.join(words)} (see the spec)" if words else ""


def _mode(group: Facts) -> str:
    return _MODES["first" if group["match"] == "first" else group["mode"]]


def _all_steps(steps: list[Facts], around: int) -> Iterator[tuple[Facts, int]]:
    """Every step with its depth, those of called workflows behind the step that calls."""
    for step in steps:
        depth = around + step["depth"]
        yield step, depth
        yield from (
            _all_steps(step["does"].get("steps") or [], depth + 1) if "workflow" in step["does"] else ()
        )


def _step(step: Facts, depth: int) -> list[str]:
    pad = "  " * depth
    rows = [("does", _does(step["does"])), *_taken_and_given(step["does"]), ("starts", _starts(step))]
    if step["when"] is not None:
        rows.append(("condition", f"{one_line(step['when'])}; else it is skipped"))
    if step["foreach"]:
        rows.append(("for each", _loop(step["foreach"])))
    if step["repeat"]:
        rows.append(("repeats", _repeat(step["repeat"])))
    rows += [("let", f"{name} = {as_value(value)}") for name, value in step["let"].items()]
    if step["priority"] != "normal":
        rows.append(("priority", step["priority"]))
    rows += [
        ("tries", _tries(step["tries"])),
        ("timeout", _timeout(step)),
        ("context", _context(step["context"])),
    ]
    rows += [
        *beside(step),
        ("if it fails", failure_words(step, called=depth > step["depth"])),
        ("undone", _undone(step)),
    ]
    rows.append(("also", _also(step["also"])))
    plain_group = "mode" in step["does"] and step["tries"]["from"] == "built-in"
    rows = [(label, words) for label, words in rows if words and not (plain_group and label == "tries")]
    place = f" ({step['aside']} of {step['group'] or 'the file'})" if step["aside"] else ""
    heading = f"{pad}{step['id']}{place}" + (
        f": {one_line(step['description'])}" if step["description"] else ""
    )
    lines = textwrap.wrap(
        heading, WIDTH, subsequent_indent=pad + "  ", break_on_hyphens=False, break_long_words=False
    )
    return lines + [
        line for label, words in rows for line in wrapped(f"{pad}  {label + ':':<{LABEL}}", words)
    ]


def _does(does: Facts) -> str:
    if "mode" in does:
        limit = (
            f", at most {counted(does['concurrency'], 'tool call')} at once" if does["concurrency"] else ""
        )
        return f"{', '.join(does['steps'])}: {_mode(does)}{limit}"
    if "workflow" in does:
        there = f", described at {does['told_at']}" if does.get("told_at") else ""
        return f"runs the workflow {does['workflow']}{there}"
    kind = f" ({does['kind']})" if does["kind"] not in (None, does["tool"]) else ""
    operation = f" {does['operation']}" if does["operation"] != does["tool"] else ""
    return f"{does['tool']}{operation}{kind}"


def _taken_and_given(does: Facts) -> list[tuple[str, str]]:
    """What a called workflow takes, an input a row, and the names of what it gives."""
    if "inputs" not in does:
        return []
    rows = [("takes", _input(one)) for one in does["inputs"]]
    return [*rows, ("gives", ", ".join(does["outputs"]))]


def _starts(step: Facts) -> str:
    starts, words = step["starts"], []
    if step["aside"] and not starts["turn_after"]:
        return first_beside(step["aside"], step["group"])
    if starts["turn_after"]:
        words.append(f"in its turn, after {starts['turn_after']}")
        if starts["match"] == "first":
            words.append("unless a branch before it was taken")
    if starts["needs"]:
        told = _RULES[starts["rule"]].format(listed(starts["needs"]))
        words.append(told if len(starts["needs"]) > 1 else re.sub("(one|all) of ", "", told))
    elif starts["rule"] in ("one_failed", "all_failed"):
        words.append("never: it waits for a failure and needs nothing")
    return ", ".join(words) or "at once"


def _loop(loop: Facts) -> str:
    at_once = loop["concurrency"]
    words = [f"item of {as_value(loop['in'])}", f"{at_once} at a time" if at_once else "all at once"]
    if loop["key"]:
        words.append(f"named by {loop['key']}")
    if loop["tolerate_share"] is not None:
        words.append(f"up to {100 * loop['tolerate_share']:.4g}% of them may fail")
    elif loop["tolerate_count"]:
        words.append(f"up to {loop['tolerate_count']} of them may fail")
    if loop["break_when"] is not None:
        words.append(f"ends early when {one_line(loop['break_when'])}")
    return ", ".join(words)


def _repeat(loop: Facts) -> str:
    test = f"while {loop['while']}" if loop["while"] is not None else f"until {loop['until']}"
    pause = f", {duration_text(loop['every_seconds'])} between" if loop["every_seconds"] else ""
    end = "then it has failed" if loop["while"] is None else "it has failed where that still holds then"
    return f"{one_line(test)}, at most {counted(loop['max'], 'time')}{pause}; {end}"


def _tries(tries: Facts) -> str:
    origin = f" ({tries['from']})"
    if tries["attempts"] == 1:
        return f"1{origin}"
    growth = {
        "exponential": f", times {tries['factor'] or 2:g} each time",
        "linear": ", more by as much each time",
    }
    grows = growth.get(tries["backoff"], "")
    top = f", at most {duration_text(tries['delay_seconds_max'])}" if grows else ""
    jitter = ", of which a random share" if tries["jitter"] else ""
    within = (
        f", none begins later than {duration_text(tries['within_seconds'])}"
        if tries["within_seconds"]
        else ""
    )
    waits = f"{duration_text(tries['delay_seconds'])} between{grows}{top}{jitter}{within}"
    return f"{tries['attempts']}{origin}; {waits}; after {listed(tries['errors'], 'or')}"


def _timeout(step: Facts) -> str:
    limit = step["timeout"]
    around = [f"{duration_text(one['seconds'])} for the whole {one['from']}" for one in limit["around"]]
    if limit["seconds"] is not None:
        return "; ".join([f"{duration_text(limit['seconds'])} for one try ({limit['from']})", *around])
    if "mode" in step["does"]:
        return ""  # the limits around it are told at the groups that have them
    return "; ".join(["none of its own", *around]) if around else "none (built-in)"
