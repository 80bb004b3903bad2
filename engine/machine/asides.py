"""rescue and finally: what runs beside a body once it has ended, before the step itself has.

rescue runs when the body failed with all attempts spent, not when it was cut from outside or is to stop the run; if at
least one of its steps ran and none failed, the body counts as succeeded. finally runs last, in every case, and nothing
cuts it. Both are sequential groups of their own.
"""

from __future__ import annotations

from engine.machine import wishes as w
from engine.machine.run import Instance, RunState
from engine.machine.settling import settle
from engine.machine.status import FAILURE, SUCCESS, Status
from engine.machine.undoing import note_success, undo_next, undo_settled
from engine.machine.undoing import wanted as undo_wanted

Wishes = list[w.Wish]


def end(run: RunState, instance: Instance, status: Status, wishes: Wishes, reason: str | None = None) -> None:
    """The body of an instance has ended: its rescue and finally come first, then it settles."""
    plan = instance.plan
    if status is Status.SUCCEEDED:
        note_success(run, instance)
    undoing = instance.parent is None and run.undoable
    if not undoing and (instance.number >= 0 or (plan.rescue is None and plan.finally_ is None)):
        settle(run, instance, status, reason)
        return
    instance.ending, instance.reason = status, reason
    failed = status in (Status.FAILED, Status.TIMED_OUT)
    wanted = failed and plan.rescue is not None and plan.on_error != "stop" and not instance.cut_from_outside
    if wanted and instance.rescue is not None and instance.rescue.outcome == SUCCESS:
        # It ran in an earlier life of the step (a group around it is tried again): what succeeded is not run again.
        _take_rescue(instance, instance.rescue)
        finish(run, instance, wishes)
    elif wanted and plan.rescue is not None:
        instance.rescue = _begin(run, instance, plan.rescue, instance.rescue, wishes)
        instance.status = Status.RESCUING
    else:
        finish(run, instance, wishes)


def finish(run: RunState, owner: Instance, wishes: Wishes) -> None:
    """Body and rescue are over. Of a run that is to be undone: undo; then the finally, then settle."""
    if owner.parent is None and undo_wanted(run):
        undo_next(run, wishes)
        return
    index = owner.plan.finally_
    if index is None or (owner.finale is not None and owner.finale.outcome == SUCCESS):
        settle(run, owner, owner.ending, reason=owner.reason)
        return
    owner.finale = _begin(run, owner, index, owner.finale, wishes)
    owner.status = Status.FINISHING


def only_finally_failed(owner: Instance) -> bool:
    """Whether the body of a reopened instance has succeeded in an earlier life: what succeeded is not run again."""
    finale = owner.finale
    return finale is not None and finale.outcome == FAILURE and owner.ending is Status.SUCCEEDED


def finish_again(owner: Instance, wishes: Wishes) -> None:
    """Run the finally of a reopened instance once more, and nothing else."""
    assert owner.finale is not None
    aside = owner.finale.reopen()
    aside.status = Status.READY
    owner.status = Status.FINISHING
    wishes.append(w.StartStep(aside))


def _begin(run: RunState, owner: Instance, index: int, before: Instance | None, wishes: Wishes) -> Instance:
    aside = run.spawn(run.plan.steps[index], owner) if before is None else before.reopen()
    aside.status = Status.READY
    wishes.append(w.StartStep(aside))
    return aside


def _take_rescue(owner: Instance, rescue: Instance) -> None:
    """A rescue that succeeded makes its body count as succeeded, if at least one of its steps ran.

    From then on its `error` is the failure it has dealt with, for those who look at the run.
    """
    if any(kid.status is not Status.SKIPPED for kid in rescue.kids or ()):
        owner.ending = Status.SUCCEEDED
        rescue.error, owner.error = owner.error, None


def aside_settled(run: RunState, owner: Instance, aside: Instance, wishes: Wishes) -> None:
    """A rescue, a finally or an undo has ended."""
    if aside.plan.aside == "undo":
        undo_settled(run, aside)
        finish(run, run.root, wishes)
        return
    if owner.status is Status.RESCUING:
        if aside.outcome == SUCCESS:
            _take_rescue(owner, aside)
        elif owner.cut_from_outside:
            owner.ending, owner.reason = Status.CANCELLED, owner.cut
        finish(run, owner, wishes)
        return
    status = owner.ending
    if aside.outcome == FAILURE:
        status = Status.FAILED if status is Status.SUCCEEDED else status
        owner.error = owner.error or aside.error
    settle(run, owner, status, reason=owner.reason)
