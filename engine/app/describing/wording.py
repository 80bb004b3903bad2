"""The facts of a spec as plain text: one block a step, one `label: words` a line; the same text for the same spec."""

from __future__ import annotations

import json
import textwrap
from typing import Any

from engine.spec.durations import duration_text
from engine.text.snippet import shortened, visible

Facts = dict[str, Any]
WIDTH = 110
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
    "all_failed": "when {} failed, all of them; else skipped",
}


def as_text(facts: Facts) -> str:
    """The whole description."""
    about = f": {_line(facts['description'])}" if facts["description"] else ""
    parts = [f"{facts['workflow']}{about}", "\n".join(["Needs", *_needs(facts["needs"])])]
    parts.append("\n".join(["Runs", *_runs(facts["runs"])]))
    parts += ["\n".join(_step(step)) for step in facts["steps"]]
    if facts["outputs"]:
        lines = [f"  {name}: {_value(value)}" for name, value in facts["outputs"].items()]
        parts.append("\n".join(["Gives", *lines]))
    return "\n\n".join(parts)


def _needs(needs: Facts) -> list[str]:
    lines = [line for one in needs["inputs"] for line in _wrapped("  input ", _input(one))]
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
    words += [f"{word} {_value(value)}" for word, value in one["limits"].items()]
    words.append("required" if one["required"] else f"{_value(one.get('default'))} unless given")
    if one["secret"]:
        words.append("secret")
    about = f". {_line(one['description'])}" if one["description"] else ""
    return f"{one['name']}: {', '.join(words)}{about}"


def _connection(one: Facts) -> str:
    url = f" at {visible(one['url'])}" if one["url"] else ""
    return f"{one['name']}: {one['tool']}{url}, {'may write' if one['writable'] else 'reads only'}"


def _runs(runs: Facts) -> list[str]:
    lines = _wrapped("  ", f"{', '.join(runs['steps'])}: {_mode(runs)}")
    limit = runs["concurrency"]
    lines.append(f"  at most {_counted(limit, 'tool call')} at once" if limit else "  any number of tool calls at once")
    lines.append(f"  at most {duration_text(runs['timeout'])} in all" if runs["timeout"] else "  for as long as it takes")
    return lines


def _mode(group: Facts) -> str:
    return _MODES["first" if group["match"] == "first" else group["mode"]]


def _step(step: Facts) -> list[str]:
    pad = "  " * step["depth"]
    rows = [("does", _does(step["does"])), ("starts", _starts(step["starts"]))]
    if step["when"] is not None:
        rows.append(("condition", f"{_line(step['when'])}; else it is skipped"))
    if step["foreach"]:
        rows.append(("for each", _loop(step["foreach"])))
    rows += [("tries", _tries(step["tries"])), ("timeout", _timeout(step)), ("if it fails", _failure(step))]
    if step["also"]:
        rows.append(("also", f"{', '.join(step['also'])} (see the spec)"))
    heading = f"{pad}{step['id']}" + (f": {_line(step['description'])}" if step["description"] else "")
    lines = textwrap.wrap(heading, WIDTH, subsequent_indent=pad + "  ", break_on_hyphens=False, break_long_words=False)
    return lines + [line for label, words in rows for line in _wrapped(f"{pad}  {label + ':':<{LABEL}}", words)]


def _does(does: Facts) -> str:
    if "mode" in does:
        limit = f", at most {_counted(does['concurrency'], 'tool call')} at once" if does["concurrency"] else ""
        return f"{', '.join(does['steps'])}: {_mode(does)}{limit}"
    if "workflow" in does:
        return f"runs the workflow {does['workflow']}"
    kind = f" ({does['kind']})" if does["kind"] not in (None, does["tool"]) else ""
    return f"{does['tool']} {does['operation']}{kind}"


def _starts(starts: Facts) -> str:
    words = []
    if starts["turn_after"]:
        words.append(f"in its turn, after {starts['turn_after']}")
        if starts["match"] == "first":
            words.append("unless a branch before it was taken")
    if starts["needs"]:
        words.append(_RULES[starts["rule"]].format(_names(starts["needs"])))
    elif starts["rule"] in ("one_failed", "all_failed"):
        words.append("never: it waits for a failure and needs nothing")
    return ", ".join(words) or "at once"


def _loop(loop: Facts) -> str:
    at_once = loop["concurrency"]
    words = [f"item of {_value(loop['in'])}", f"{at_once} at a time" if at_once else "all at once"]
    if loop["key"]:
        words.append(f"named by {loop['key']}")
    if loop["tolerate_share"] is not None:
        words.append(f"up to {loop['tolerate_share']:.4g} of them may fail".replace("0.", ".").replace(" .", " 0."))
    elif loop["tolerate_count"]:
        words.append(f"up to {loop['tolerate_count']} of them may fail")
    return ", ".join(words)


def _tries(tries: Facts) -> str:
    origin = f" ({tries['from']})"
    if tries["attempts"] == 1:
        return f"1{origin}"
    growth = {"exponential": f", times {tries['factor'] or 2:g} each time", "linear": ", more by as much each time"}
    grows = growth.get(tries["backoff"], "")
    top = f", at most {duration_text(tries['delay_seconds_max'])}" if grows else ""
    jitter = ", of which a random share" if tries["jitter"] else ""
    within = f", none begins later than {duration_text(tries['within_seconds'])}" if tries["within_seconds"] else ""
    waits = f"{duration_text(tries['delay_seconds'])} between{grows}{top}{jitter}{within}"
    return f"{tries['attempts']}{origin}; {waits}; after {_names(tries['errors'], 'or')}"


def _timeout(step: Facts) -> str:
    limit = step["timeout"]
    words = []
    if limit["seconds"] is not None:
        words.append(f"{duration_text(limit['seconds'])} for one try ({limit['from']})")
    words += [f"{duration_text(one['seconds'])} for all of the {one['from']}" for one in limit["around"]]
    return ", ".join(words) or "none"


def _failure(step: Facts) -> str:
    told = step["if_it_fails"]
    words = []
    if told["skipped"]:
        words.append(f"{_names(told['skipped'])} {_are(told['skipped'])} skipped")
    if told["woken"]:
        words.append(f"{_names(told['woken'])} {'run' if len(told['woken']) > 1 else 'runs'} all the same")
    if told["fails"]:
        words.append(f"{_names(told['fails'])} {'fail' if len(told['fails']) > 1 else 'fails'} with it")
    words.append(_end(step["id"], told))
    return "; ".join(words)


def _end(own: str, told: Facts) -> str:
    if told["handled_by"] == own:
        return "the others go on, its result is null"
    if told["handled_by"]:
        return f"the others go on, the result of {told['handled_by']} is null"
    if told["stopped_by"]:
        return "everything else is cancelled; the run ends as failed"
    if told["run"] == "failed":
        return "the run ends as failed"
    return "what does not depend on it goes on; the run ends as partial_failure, or failed where no tool step succeeded"


def _names(names: list[str], last: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def _are(names: list[str]) -> str:
    return "are" if len(names) > 1 else "is"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _value(value: Any) -> str:
    return shortened(value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False), 200)


def _line(text: str) -> str:
    return visible(" ".join(text.split()))


def _wrapped(label: str, words: str) -> list[str]:
    """Words behind a label, the following lines below the first word."""
    return textwrap.wrap(
        words, max(WIDTH, len(label) + 60), initial_indent=label, subsequent_indent=" " * len(label),
        break_on_hyphens=False, break_long_words=False,
    ) or [label.rstrip()]  # fmt: skip
