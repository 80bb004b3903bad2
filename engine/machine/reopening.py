"""The next attempt of an ended run: what succeeded stays, everything else is ready to run again.

What runs again: what did not succeed or was undone, what is asked for by name, and all that stands around one of these. What is
asked for by name runs again as a whole: the items of its loops are listed anew. The rescue and finally of whatever runs again
do too.
"""

from __future__ import annotations

from collections.abc import Set

from engine.machine import wishes as w
from engine.machine.asides import only_finally_failed
from engine.machine.run import NO_STREAM, Instance, RunState
from engine.machine.status import FAILURE, SUCCESS, Status

NOT_REACHED = "not reached in this attempt of the run"
"""Why something is skipped that ran in an earlier attempt, and would have had to run again."""


def reopen_run(run: RunState, again: Set[int], wishes: list[w.Wish]) -> None:
    """Open an ended run again. `again` are the plan indexes of steps that run again though they succeeded."""
    forced = _forced(run.root, again)
    kept: list[Instance] = []
    stack = [(run.root, False)]
    while stack:
        instance, whole = stack.pop()
        whole = whole or instance.plan.index in again or _to_repeat(instance, forced)
        for kid in (
            instance.kids or () if whole or instance.plan.repeat is None or not instance.is_loop else ()
        ):
            if whole or kid in forced or kid.outcome != SUCCESS or kid.handled:
                stack.append((kid, whole))
            else:
                kept += _all_in(kid)
        _clear(instance, whole=whole, forced=instance in forced)
    run.cancelled = run.stopped = run.cut_short = False
    standing = set(kept)
    run.undoable, run.undo_left = [one for one in run.undoable if one in standing], -1
    calls = (one for one in kept if not one.plan.is_group and not one.is_loop)
    run.succeeded_calls = sum(1 for one in calls if one.status is Status.SUCCEEDED)
    run.root.reopen()
    run.root.status = Status.READY
    wishes.append(w.StartStep(run.root))


def _to_repeat(loop: Instance, forced: Set[Instance]) -> bool:
    """Whether a repeat begins anew: its iterations build on each other, so none of them can be made up for alone."""
    return loop.is_loop and loop.plan.repeat is not None and any(kid in forced for kid in loop.kids or ())


def _forced(root: Instance, again: Set[int]) -> set[Instance]:
    """What has to run again though it may have succeeded: asked for by name, undone, or holding such a one."""
    forced: set[Instance] = set()
    for instance in reversed(_all_in(root)):  # what is inside before what holds it
        inside = [*(instance.kids or ()), *([instance.rescue] if instance.rescue else [])]
        if instance.plan.index in again or instance.undone or any(part in forced for part in inside):
            forced.add(instance)
    return forced


def _all_in(top: Instance) -> list[Instance]:
    found = [top]
    for instance in found:  # grows while it is walked
        found += instance.parts
    return found


def _clear(instance: Instance, *, whole: bool, forced: bool) -> None:
    """Make it an instance that has not succeeded. Groups and loops keep their named values and items, unless as a whole."""
    holds = instance.plan.is_group or instance.is_loop
    instance.status, instance.outcome = Status.SKIPPED, FAILURE
    instance.reason, instance.error = NOT_REACHED, None
    instance.handled = instance.asked = False
    instance.undo = None
    if whole or forced or not only_finally_failed(instance):
        instance.rescue = instance.finale = None
        instance.ending = Status.PENDING
    if whole or not holds:
        instance.result = None
    if whole and instance.is_loop:
        instance.kids = instance.keys = None
        instance.expanded = -1
        instance.stream = NO_STREAM
