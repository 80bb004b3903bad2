"""What a ledger outside the engine and a run's record must agree on, whatever befell the run's processes.

The ledger has a line for the beginning and one for the end of each execution: `{run, word, at, attempt, key}`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.journal import Event

Lines = Sequence[Mapping[str, Any]]
ENDS = ("StepSucceeded", "StepFailed", "StepLost", "StepInterrupted", "StepCancelled")


def check_record(
    events: Sequence[Event], lines: Lines, *, repeats_max: int, repeated_as: Iterable[str] = ("StepLost",)
) -> int:
    """Hold one run's record against its lines; how many executions were repeated without a failure.

    Such a one is recorded as one of `repeated_as`, and a step has no more of them than `repeats_max`.
    """
    ends = {(event.instance, event.attempt): event.kind for event in events if event.kind in ENDS}
    begun = Counter((line["at"], line["attempt"]) for line in lines if line["word"] == "begun")
    started = {(event.instance, event.attempt) for event in events if event.kind == "StepStarted"}
    assert set(begun.values()) <= {1}, "an attempt was executed twice"
    assert set(begun) <= started, "an effect began whose start was not recorded"
    extra = 0
    for at in {instance for instance, _ in begun}:
        attempts = [ends.get((at, attempt), "nothing") for where, attempt in begun if where == at]
        repeated = [end for end in attempts if end not in ("StepSucceeded", "StepFailed")]
        assert attempts.count("StepSucceeded") <= 1, f"{at} was executed after its success: {attempts}"
        assert set(repeated) <= {*repeated_as}, f"{at} was executed without need: {attempts}"
        assert len(repeated) <= repeats_max
        extra += len(repeated)
    _check_done(events, lines)
    _check_keys(lines)
    _check_told_once(events)
    return extra


def _check_done(events: Sequence[Event], lines: Lines) -> None:
    """What is recorded as a success, and leaves lines at all, was done to its end."""
    done = {(line["at"], line["attempt"]) for line in lines if line["word"] == "done"}
    at_all = {line["at"] for line in lines}
    told = {(one.instance, one.attempt) for one in events if one.kind == "StepSucceeded"}
    told = {(at, attempt) for at, attempt in told if at in at_all}
    assert told <= done, f"recorded as a success and not done: {told - done}"


def _check_keys(lines: Lines) -> None:
    keys = {(line["at"], line["key"]) for line in lines}
    assert len({at for at, _ in keys}) == len(keys), "the key of a step has changed between its attempts"
    assert len({key for _, key in keys}) == len(keys), "two steps have the same key"


def _check_told_once(events: Sequence[Event]) -> None:
    """One end of the run, one success of each step (the timer's among them), one listing of each loop.

    A loop in a group that begins again is told once more, with the items that it had.
    """
    for kind in ("RunFinished", "StepSucceeded", "CancelRequested"):
        told = Counter(event.instance for event in events if event.kind == kind)
        assert set(told.values()) <= {1}, f"{kind} is recorded twice: {told}"
    items: dict[str | None, Any] = {}
    listed: Counter[str | None] = Counter()
    for event in (event for event in events if event.kind == "LoopExpanded"):
        listed[event.instance] += 1
        what = event.payload.get("items"), event.payload.get("keys")
        assert items.setdefault(event.instance, what) == what, f"{event.instance} has other items than before"
    begun = Counter(event.instance for event in events if event.kind == "StepStarted")
    for at, times in listed.items():
        around = [begun[group] for group in begun if group and f"{at}".startswith(f"{group}/")]
        assert times <= max(around, default=1), f"{at} is listed {times} times"
