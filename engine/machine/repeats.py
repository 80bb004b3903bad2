"""repeat: one iteration after another until (or while) a condition holds, at most `max` of them.

The machine asks for the condition after each iteration (`until`) or before each (`while`); the answer is a fact of its
own in the journal. Between two iterations the next one waits `every`.
"""

from __future__ import annotations

from engine.machine import wishes as w
from engine.machine.asides import end
from engine.machine.ends import cut
from engine.machine.run import Instance, RunState
from engine.machine.status import FAILURE, Status

Wishes = list[w.Wish]


def begin(run: RunState, loop: Instance, wishes: Wishes) -> None:
    """Begin the repeat. One that is tried again goes on counting its iterations, with a fresh `max`."""
    repeat = loop.plan.repeat
    assert repeat is not None
    loop.kids = loop.kids or []
    loop.cursor = len(loop.kids)
    loop.open = loop.failures = 0
    loop.cut = None
    loop.status = Status.RUNNING
    if repeat.while_ is not None:
        _test(loop, wishes)
    else:
        _next(run, loop, wishes)


def iteration_settled(run: RunState, loop: Instance, kid: Instance, wishes: Wishes) -> None:
    """An iteration has settled: ask whether there is another, or end."""
    loop.open -= 1
    if loop.cut:
        end(run, loop, Status.CANCELLED, wishes, reason=loop.cut)
    elif kid.outcome == FAILURE:
        loop.failures += 1
        told = kid.error or {
            "type": "failed",
            "code": None,
            "message": "an iteration did not succeed",
            "hint": None,
        }
        _fail(run, loop, {"step": kid.path, "key": kid.number, **told}, wishes)
    else:
        _test(loop, wishes)


def tested(run: RunState, loop: Instance, answer: bool, wishes: Wishes) -> None:
    """The condition has been evaluated: end, go on, or give up at `max`."""
    repeat = loop.plan.repeat
    assert repeat is not None
    assert loop.kids is not None
    loop.status = Status.RUNNING
    if answer == (repeat.while_ is None):
        end(run, loop, Status.SUCCEEDED, wishes)
    elif len(loop.kids) - loop.cursor >= repeat.max:
        wanted = "until held" if repeat.while_ is None else "while did not hold any more"
        message = (
            f"{repeat.max} iterations, and not once {wanted}"
            if repeat.max > 1
            else f"not {wanted} after 1 iteration"
        )
        hint = "raise max, or make the condition come true"
        _fail(
            run, loop, {"type": "failed", "code": "max_iterations", "message": message, "hint": hint}, wishes
        )
    else:
        _next(run, loop, wishes)


def _test(loop: Instance, wishes: Wishes) -> None:
    loop.status = Status.TESTING
    wishes.append(w.Evaluate(loop, "test"))


def _next(run: RunState, loop: Instance, wishes: Wishes) -> None:
    repeat = loop.plan.repeat
    assert repeat is not None
    assert loop.kids is not None
    number = len(loop.kids)
    kid = run.spawn(loop.plan, loop, number)
    loop.kids.append(kid)
    loop.open += 1
    if repeat.every_seconds is not None and number > loop.cursor:
        kid.status = Status.WAITING
        wishes.append(w.WakeAt(kid, repeat.every_seconds))
    else:
        kid.status = Status.READY
        wishes.append(w.StartStep(kid))


def _fail(run: RunState, loop: Instance, error: dict[str, object], wishes: Wishes) -> None:
    loop.error = error
    end(run, loop, Status.FAILED, wishes)
    if loop.plan.on_error == "stop":
        run.stopped = True
        cut(run, run.root, "stopped", wishes)
