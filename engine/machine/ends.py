"""Ending a tree from outside, and the status of the whole run."""

from __future__ import annotations

from engine.machine import wishes as w
from engine.machine.asides import end
from engine.machine.run import OWN_TIMEOUT, Instance, RunState
from engine.machine.settling import settle
from engine.machine.status import Status


def cut(run: RunState, instance: Instance, why: str, wishes: list[w.Wish]) -> None:
    """End a tree from outside: what has not begun is skipped, calls under way are asked to stop, groups follow them."""
    stack = [instance]
    while stack:
        it = stack.pop()
        if it.status.settled or it.cut_from_outside or it.status in (Status.FINISHING, Status.UNDOING):
            continue
        it.cut = why
        if it.status is Status.RESCUING:
            stack.extend(part for part in it.parts if not part.status.settled)
            continue
        if it.status in (Status.RUNNING, Status.CONCLUDING, Status.JUDGED, Status.TESTING):
            _cut_running(it, stack, wishes, run)
        elif it.attempt:
            end(run, it, Status.CANCELLED, wishes, reason=why)
        else:
            settle(run, it, Status.SKIPPED, reason=why)


def _cut_running(it: Instance, stack: list[Instance], wishes: list[w.Wish], run: RunState) -> None:
    if it.is_loop or it.plan.is_group:
        stack.extend(reversed(it.kids or ()))
        if it.status is not Status.RUNNING or not it.open:
            end(run, it, Status.CANCELLED, wishes, reason=it.cut)
    else:
        wishes.append(w.CancelStep(it))


def run_status(run: RunState) -> str:
    """The status of an ended run: the first that holds (spec-language, Failure). While the file's finally runs: the status
    the run has if that succeeds."""
    root = run.root
    finishing = root.status is Status.FINISHING
    if run.cancelled:
        return "cancelled"
    unfinished = root.finale is not None and root.finale.status is not Status.SUCCEEDED
    if run.stopped or root.cut == OWN_TIMEOUT or (unfinished and not finishing):
        return "failed"
    if (root.ending if finishing else root.status) is Status.SUCCEEDED:
        return "succeeded"
    if run.cut_short:
        return "failed"
    if root.error and root.error.get("type") == "evaluation" and root.error.get("code") == "outputs":
        return "failed"
    return "partial_failure" if run.succeeded_calls else "failed"


def status_now(run: RunState) -> str:
    """`running`, and in the file's finally the status that the run is about to have."""
    return run_status(run) if run.root.status is Status.FINISHING else "running"
