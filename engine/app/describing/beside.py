"""rescue and finally in words: which steps, in which order, when, and what their own failure means."""

from __future__ import annotations

from typing import Any

Facts = dict[str, Any]


def beside(facts: Facts) -> list[tuple[str, str]]:
    """`(label, words)` for what stands beside a step, or beside the file (the facts without an `id`)."""
    out = []
    if facts["rescue"]:
        out.append(("rescue", _rescue(facts)))
    if facts["finally"]:
        out.append(("finally", _finally(facts)))
    return out


def first_beside(word: str, owner: str | None) -> str:
    """When the first step of a rescue or finally starts."""
    if word == "rescue":
        return f"when {owner} has failed, its tries spent" if owner else "when the run has failed"
    return f"at the end of {owner or 'the run'}, however it ended"


def _rescue(facts: Facts) -> str:
    steps, owner = _in_order(facts["rescue"]), facts.get("id", "the run")
    if facts.get("on_error") == "stop":
        return f"{steps}: never, for with on_error: stop nothing is rescued"
    tries = facts["tries"]["attempts"] if "tries" in facts else 1
    body = "the loop as a whole" if _loops(facts) else owner
    when = f"when {body} has failed{f', all {tries} tries spent' if tries > 1 else ''}"
    good = (
        f"if one of them ran and none failed, {owner} counts as succeeded and gives {_rescued_result(facts)}"
    )
    return f"{steps}: {when} (not when it was cut from outside); {good}; else it fails with its own error"


def _rescued_result(facts: Facts) -> str:
    if "id" not in facts:
        return "no outputs"
    is_group = "mode" in facts["does"] and not _loops(facts) and not facts["does"].get("outputs")
    return "what its steps gave, null for those that did not succeed" if is_group else "null"


def _finally(facts: Facts) -> str:
    steps, owner = _in_order(facts["finally"]), facts.get("id", "the run")
    when = "last and once, however it ended: also after a timeout, a stop or a cancel; nothing cuts them"
    return f"{steps}: {when}; if one of them fails, {owner} has failed"


def _in_order(names: list[str]) -> str:
    return ", then ".join(names)


def _loops(facts: Facts) -> bool:
    return bool(facts.get("foreach") or facts.get("repeat"))
