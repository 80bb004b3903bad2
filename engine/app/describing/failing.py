"""What a failure means, in words: who is rescued, skipped, woken, and how it ends."""

from __future__ import annotations

from typing import Any

from engine.app.describing.phrases import is_or_are, listed

Facts = dict[str, Any]


def failure_words(step: Facts, *, called: bool) -> str:
    told = step["if_it_fails"]
    words = []
    for place, spread in enumerate(told["spreads"]):
        if spread["fails"] in told["rescues"]:
            words.append(_rescued_first(spread["fails"] if place else None))
        if place:
            how = "stays failed with its own error" if spread["own_error"] else "fails with it"
            words.append(f"{spread['fails']} {how}{_spent(spread)}")
        if spread["skipped"]:
            words.append(f"{listed(spread['skipped'])} {is_or_are(spread['skipped'])} skipped")
        if spread["woken"]:
            words.append(
                f"{listed(spread['woken'])} {'run' if len(spread['woken']) > 1 else 'runs'} all the same"
            )
    if None in told["rescues"]:
        words.append(_rescued_first("the workflow" if called else "the file"))
    words.append(_end(told, called=called))
    return "; ".join(words)


def _rescued_first(owner: str | None) -> str:
    whose = "its rescue" if owner is None else f"the rescue of {owner}"
    return f"{whose} runs, what follows is if that fails"


def _spent(spread: Facts) -> str:
    """What a group or loop around has to use up before it fails."""
    words = [f"{spread['after_tries']} tries"] if spread["after_tries"] else []
    if spread["beyond"]:
        words.append(f"more than {spread['beyond']} failed {'item' if spread['beyond'] == 1 else 'items'}")
    return f" (after {listed(words)})" if words else ""


def _end(told: Facts, *, called: bool) -> str:
    if told["handled_by"]:
        return f"the others go on, the result of {told['handled_by']} is null"
    if told["stopped_by"]:
        return "everything else is cancelled; the run ends as failed"
    if called:
        return "the call fails"
    if told["run"] == "failed":
        return "the run ends as failed"
    return "the run ends as partial_failure (failed, if no tool step succeeded)"
