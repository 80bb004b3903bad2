"""The transitions: one literal table from (status, kind of event) to what is done.

A missing entry is an error that tells the story of that step. Consequences travel through `run.worklist`, never by
recursion: a chain of 50,000 skips is a loop, not a stack.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.errors import EngineFault
from engine.machine import asides, groups, loops, repeats
from engine.machine import events as e
from engine.machine import wishes as w
from engine.machine.asides import end
from engine.machine.ends import cut, run_status
from engine.machine.reopening import reopen_run
from engine.machine.run import ASKED_FOR, OWN_TIMEOUT, Instance, RunState
from engine.machine.settling import settle
from engine.machine.status import Status

Wishes = list[w.Wish]
LOST_IN_A_ROW_MAX = 3


def advance(run: RunState, event: e.Event) -> Wishes:
    """Take a fact, change the run, return the wishes that follow from it, in order.

    Raises EngineFault when the fact cannot be true in the state the instance is in.
    """
    wishes: Wishes = []
    handler = _TABLE.get((event.at.status, type(event)))
    if handler is None:
        story = f"{event.at!r} cannot take {type(event).__name__}"
        raise EngineFault(f"{story}; parent {event.at.parent!r}")
    handler(run, event, wishes)
    _spread(run, wishes)
    return wishes


def outstanding(run: RunState) -> Wishes:
    """What the run wishes for in the state it is in: what a resume has to do after replaying the journal.

    Instances found RUNNING that are calls belonged to a process that is gone: tell StepLost or StepInterrupted first.
    """
    wishes: Wishes = []
    if run.root.status.settled:
        return [w.Finish(run_status(run))]
    stack = [run.root, *([run.undoing] if run.undoing else [])]
    while stack:
        instance = stack.pop()
        if instance.asked:
            wishes.append(w.TestBreak(instance))
        if instance.status.settled:
            continue
        if instance.status in (Status.RUNNING, Status.RESCUING, Status.FINISHING):
            stack.extend(reversed(instance.parts))
        if instance.stream == ASKED_FOR and instance.status is Status.RUNNING:
            wishes.append(w.ListMore(instance))
        ask = _AGAIN.get(instance.status)
        if ask:
            wishes.append(ask(instance))
    return wishes


def _spread(run: RunState, wishes: Wishes) -> None:
    """Tell everybody concerned about the instances that settled, until nothing more follows."""
    while run.worklist:
        instance = run.worklist.popleft()
        wishes.append(w.Settled(instance))
        parent = instance.parent
        if parent is None:
            wishes.append(w.Finish(run_status(run)))
        elif instance.plan.aside:
            asides.aside_settled(run, parent, instance, wishes)
        elif instance.number >= 0:
            settled = repeats if parent.plan.repeat is not None else loops
            settled.iteration_settled(run, parent, instance, wishes)
        else:
            groups.child_settled(run, parent, instance, wishes)


def _run_started(run: RunState, event: e.RunStarted, wishes: Wishes) -> None:
    run.root.status = Status.READY
    wishes.append(w.StartStep(run.root))


def _answered(run: RunState, event: e.Answered, wishes: Wishes) -> None:
    if event.value:
        groups.admit(event.at, wishes)
    else:
        settle(run, event.at, Status.SKIPPED, reason="condition is false")


def _expanded(run: RunState, event: e.LoopExpanded, wishes: Wishes) -> None:
    if event.at.plan.repeat is not None:
        repeats.begin(run, event.at, wishes)
    else:
        loops.expand(run, event.at, event, wishes)


def _grown(run: RunState, event: e.LoopExpanded, wishes: Wishes) -> None:
    loops.grow(run, event.at, event, wishes)


def _break_tested(run: RunState, event: e.BreakTested, wishes: Wishes) -> None:
    loops.break_tested(run, event.at, event.value, event.error, wishes)


def _tested(run: RunState, event: e.Answered, wishes: Wishes) -> None:
    repeats.tested(run, event.at, event.value, wishes)


def _started(run: RunState, event: e.StepStarted, wishes: Wishes) -> None:
    instance = event.at
    instance.status = Status.RUNNING
    instance.attempt += 1
    instance.tries += 1
    if instance.plan.is_group:
        groups.activate(run, instance, wishes)
    elif instance.plan.waits:
        instance.status = Status.SLEEPING
        wishes.append(w.Await(instance))


def _succeeded(run: RunState, event: e.StepSucceeded, wishes: Wishes) -> None:
    counts = not event.at.plan.is_group and event.at.plan.aside is None
    if counts and run.root.status is not Status.FINISHING:  # by then the run's status is settled
        run.succeeded_calls += 1
    event.at.error = None
    end(run, event.at, Status.SUCCEEDED, wishes)


def _failed(run: RunState, event: e.StepFailed, wishes: Wishes) -> None:
    instance = event.at
    instance.error = event.error
    instance.lost = 0
    if event.retry_in is not None and not instance.cut_from_outside:
        instance.status = Status.WAITING
        wishes.append(w.WakeAt(instance, event.retry_in))
        return
    end(run, instance, Status.TIMED_OUT if event.timed_out else Status.FAILED, wishes)
    if (
        instance.plan.on_error == "stop"
        and not instance.handled
        and instance.number < 0
        and not instance.cut_from_outside
    ):
        run.stopped = True
        cut(run, run.root, "stopped", wishes)


def _cancelled(run: RunState, event: e.StepCancelled, wishes: Wishes) -> None:
    end(run, event.at, Status.CANCELLED, wishes, reason=event.at.cut)


def _interrupted(run: RunState, event: e.StepInterrupted, wishes: Wishes) -> None:
    _again(run, event.at, wishes)


def _lost(run: RunState, event: e.StepLost, wishes: Wishes) -> None:
    instance = event.at
    instance.lost += 1
    if instance.lost >= LOST_IN_A_ROW_MAX and not instance.cut:
        message = f"the process died {instance.lost} times in a row while this step ran"
        error = {"type": "lost", "code": None, "message": message, "hint": None}
        _failed(run, e.StepFailed(instance, error), wishes)
    else:
        _again(run, instance, wishes)


def _again(run: RunState, instance: Instance, wishes: Wishes) -> None:
    if instance.cut:  # it was to be stopped, and has been
        end(run, instance, Status.CANCELLED, wishes, reason=instance.cut)
        return
    instance.tries -= 1  # what a process takes with it does not count against the budget
    instance.status = Status.READY
    wishes.append(w.StartStep(instance))


def _timer_fired(run: RunState, event: e.TimerFired, wishes: Wishes) -> None:
    event.at.status = Status.READY
    wishes.append(w.StartStep(event.at))


def _timed_out(run: RunState, event: e.TimedOut, wishes: Wishes) -> None:
    groups.time_out(run, event.at, wishes)


def _cancel_requested(run: RunState, event: e.CancelRequested, wishes: Wishes) -> None:
    run.cancelled = True
    cut(run, run.root, "cancelled", wishes)


def _reopened(run: RunState, event: e.Reopened, wishes: Wishes) -> None:
    reopen_run(run, event.again, wishes)


def _ignore(run: RunState, event: Any, wishes: Wishes) -> None:
    """The fact comes too late to matter: the instance has been settled by something else."""


_S = Status
_TABLE: dict[tuple[Status, type], Callable[[RunState, Any, Wishes], None]] = {
    (_S.PENDING, e.RunStarted): _run_started,
    (_S.ASKED, e.Answered): _answered,
    (_S.ASKED, e.StepFailed): _failed,
    (_S.LISTING, e.LoopExpanded): _expanded,
    (_S.LISTING, e.StepFailed): _failed,
    (_S.TESTING, e.Answered): _tested,
    (_S.TESTING, e.StepFailed): _failed,
    (_S.READY, e.StepStarted): _started,
    (_S.READY, e.StepFailed): _failed,
    (_S.WAITING, e.TimerFired): _timer_fired,
    # In a journal the wait is over when the next attempt begins, or cannot begin: timers are no rows of it.
    (_S.WAITING, e.StepStarted): _started,
    (_S.WAITING, e.StepFailed): _failed,
    (_S.RUNNING, e.LoopExpanded): _grown,
    (_S.RUNNING, e.StepSucceeded): _succeeded,
    (_S.RUNNING, e.StepFailed): _failed,
    (_S.RUNNING, e.StepCancelled): _cancelled,
    (_S.RUNNING, e.StepInterrupted): _interrupted,
    (_S.RUNNING, e.StepLost): _lost,
    (_S.RUNNING, e.TimedOut): _timed_out,
    (_S.SLEEPING, e.StepSucceeded): _succeeded,
    (_S.SLEEPING, e.StepFailed): _failed,
    (_S.CONCLUDING, e.TimedOut): _ignore,
    (_S.CONCLUDING, e.StepSucceeded): _succeeded,
    (_S.CONCLUDING, e.StepFailed): _failed,
    (_S.JUDGED, e.StepFailed): _failed,
    (_S.JUDGED, e.TimedOut): _ignore,
    # With another spec the recorded past may leave steps open that the old one did not have.
    **{(status, e.Reopened): _reopened for status in _S},
    **{(status, e.BreakTested): _break_tested for status in _S if status.settled},
    **{(status, e.CancelRequested): _cancel_requested for status in _S if not status.settled},
    **{
        (status, kind): _ignore
        for status in _S
        if status.settled
        for kind in (e.TimedOut, e.TimerFired, e.CancelRequested)
    },
    **{
        (status, e.TimedOut): _ignore
        for status in (_S.READY, _S.WAITING, _S.PENDING, _S.ASKED, _S.RESCUING, _S.FINISHING, _S.UNDOING)
    },
}

_AGAIN: dict[Status, Callable[[Instance], w.Wish]] = {
    _S.ASKED: lambda i: w.Evaluate(i, "when"),
    _S.LISTING: lambda i: w.Evaluate(i, "items"),
    _S.TESTING: lambda i: w.Evaluate(i, "test"),
    _S.READY: w.StartStep,
    _S.CONCLUDING: w.Conclude,
    _S.JUDGED: lambda i: w.Judge(i, i.error or {}, i.cut == OWN_TIMEOUT),
    _S.WAITING: lambda i: w.WakeAt(i, -1.0),
    _S.SLEEPING: w.Await,
}
