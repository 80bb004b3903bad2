"""foreach: iterations begun in item order, at most so many at once, until too many have failed.

With a `break_when` the machine asks after each iteration whether it ends the loop; until the answer is there the
iteration counts as open, and its place is not given to the next.
"""

from __future__ import annotations

from typing import Any

from engine.machine import wishes as w
from engine.machine.asides import end
from engine.machine.ends import cut
from engine.machine.events import LoopExpanded
from engine.machine.run import ASKED_FOR, BREAK, MORE, NO_STREAM, STREAM_ENDED, Instance, RunState
from engine.machine.status import FAILURE, SUCCESS, Status

Wishes = list[w.Wish]


def expand(run: RunState, loop: Instance, told: LoopExpanded, wishes: Wishes) -> None:
    """The items are known, of a stream the first of them: begin the first iterations."""
    loop.expanded = told.size
    loop.keys = None if told.keys is None else [*told.keys]  # it grows, the fact does not
    loop.stream = NO_STREAM if told.more is None else MORE if told.more else STREAM_ENDED
    loop.status = Status.RUNNING
    loop.kids = loop.kids or []
    loop.cursor = loop.open = loop.failures = 0
    loop.cut = loop.error = None
    _fill(run, loop, wishes)


def grow(run: RunState, loop: Instance, told: LoopExpanded, wishes: Wishes) -> None:
    """The next items of a stream are known, or could not be told."""
    loop.stream = MORE if told.more else STREAM_ENDED
    loop.expanded = told.size
    if told.keys:
        loop.keys = loop.keys or []
        loop.keys += told.keys
    if told.error is not None and not loop.cut:
        _break(run, loop, told.error, "the next items could not be listed", wishes)
    _fill(run, loop, wishes)


def _break(run: RunState, loop: Instance, error: dict[str, Any] | None, why: str, wishes: Wishes) -> None:
    loop.cut, loop.error = BREAK, error
    for other in loop.kids or ():
        cut(run, other, why, wishes)


def iteration_settled(run: RunState, loop: Instance, kid: Instance, wishes: Wishes) -> None:
    """One iteration has settled: begin the next, or end the loop."""
    if loop.plan.break_when is not None and not loop.cut:
        kid.asked = True
        wishes.append(w.TestBreak(kid))
    else:
        _gone(run, loop, kid, wishes)


def _gone(run: RunState, loop: Instance, kid: Instance, wishes: Wishes) -> None:
    loop.open -= 1
    if kid.outcome == FAILURE and kid.status is not Status.CANCELLED:
        loop.failures += 1
    _fill(run, loop, wishes)


def break_tested(
    run: RunState, kid: Instance, value: bool, error: dict[str, Any] | None, wishes: Wishes
) -> None:
    """Whether an iteration ends its loop: then what runs is cancelled, and no item is started any more."""
    loop = kid.parent
    assert loop is not None
    kid.asked = False
    if not loop.cut and (value or error):
        _break(run, loop, error, "break_when", wishes)
    _gone(run, loop, kid, wishes)


def tolerated(loop: Instance) -> int:
    """How many items may fail without failing the loop."""
    foreach = loop.plan.foreach
    assert foreach is not None
    if foreach.tolerate_share is not None:
        return int(foreach.tolerate_share * loop.expanded + 1e-9)
    return foreach.tolerate_count


def _fill(run: RunState, loop: Instance, wishes: Wishes) -> None:
    foreach = loop.plan.foreach
    kids = loop.kids
    assert foreach is not None
    assert kids is not None
    limit = foreach.concurrency or loop.expanded
    going_on = not loop.cut and (loop.failures <= tolerated(loop) or _judged_at_the_end(loop))
    while going_on and loop.open < limit and loop.cursor < loop.expanded:
        number = loop.cursor
        loop.cursor += 1
        if number < len(kids):  # an earlier attempt began it
            kid = kids[number]
            if kid.outcome == SUCCESS:
                continue
            kid.reopen()
        else:
            kid = run.spawn(loop.plan, loop, number, loop.keys[number] if loop.keys else None)
            kids.append(kid)
        loop.open += 1
        kid.status = Status.READY
        wishes.append(w.StartStep(kid))
    if going_on and loop.stream == MORE and loop.cursor >= loop.expanded:
        loop.stream = ASKED_FOR
        wishes.append(w.ListMore(loop))
    elif loop.open == 0 and not (going_on and loop.stream == ASKED_FOR):
        _close(run, loop, wishes)


def _judged_at_the_end(loop: Instance) -> bool:
    """Whether nobody can say yet that too many items have failed: a share of a stream."""
    foreach = loop.plan.foreach
    return foreach is not None and foreach.tolerate_share is not None and loop.stream != NO_STREAM


def _close(run: RunState, loop: Instance, wishes: Wishes) -> None:
    if loop.cut_from_outside:
        end(run, loop, Status.CANCELLED, wishes, reason=loop.cut)
    elif loop.failures <= tolerated(loop) and loop.error is None:
        end(run, loop, Status.SUCCEEDED, wishes)
    else:
        loop.error = loop.error or _first_error(loop)
        end(run, loop, Status.FAILED, wishes)
        if loop.plan.on_error == "stop":
            run.stopped = True
            cut(run, run.root, "stopped", wishes)


def item_error(kid: Instance, error: dict[str, Any]) -> dict[str, Any]:
    """The error of an iteration as its loop tells it: the deepest step, and the key of the iteration nearest to that."""
    return {"step": kid.path, "key": kid.key if kid.key is not None else kid.number, **error}


def _first_error(loop: Instance) -> dict[str, Any]:
    for kid in loop.kids or ():
        if kid.outcome == FAILURE and kid.error:
            return item_error(kid, kid.error)
    return {"type": "failed", "code": None, "message": "an item did not succeed", "hint": None}
