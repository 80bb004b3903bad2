"""How instances end: settling one, cutting a tree from outside, the status of the whole run."""

from __future__ import annotations

from engine.machine import wishes as w
from engine.machine.run import OWN_TIMEOUT, Instance, RunState
from engine.machine.status import FAILURE, SKIP, SUCCESS, Status

_OUTCOME = {
    Status.SUCCEEDED: SUCCESS,
    Status.SKIPPED: SKIP,
    Status.FAILED: FAILURE,
    Status.TIMED_OUT: FAILURE,
    Status.CANCELLED: FAILURE,
}
UPSTREAM_FAILED = "upstream_failed"


def settle(run: RunState, instance: Instance, status: Status, reason: str | None = None) -> None:
    """Give an instance its end state; those around it hear of it through the worklist."""
    instance.status = status
    instance.reason = reason
    outcome = _OUTCOME[status]
    if reason == UPSTREAM_FAILED:
        outcome = FAILURE
    elif outcome == FAILURE and _handles(instance):
        instance.handled = True
        outcome = SUCCESS
    instance.outcome = outcome
    run.worklist.append(instance)


def _handles(instance: Instance) -> bool:
    """Whether `on_error: continue` takes this failure; an iteration's failure is its loop's matter, a cut nobody's."""
    return (
        instance.plan.on_error == "continue"
        and instance.number < 0
        and instance.status is not Status.CANCELLED
        and not instance.cut_from_outside
    )


def cut(run: RunState, instance: Instance, why: str, wishes: list[w.Wish]) -> None:
    """End a tree from outside: what has not begun is skipped, calls under way are asked to stop, groups follow them."""
    stack = [instance]
    while stack:
        it = stack.pop()
        if it.status.settled or it.cut_from_outside:
            continue
        it.cut = why
        if it.status in (Status.RUNNING, Status.CONCLUDING, Status.JUDGED, Status.TESTING):
            _cut_running(it, stack, wishes, run)
        elif it.attempt:
            settle(run, it, Status.CANCELLED, reason=why)
        else:
            settle(run, it, Status.SKIPPED, reason=why)


def _cut_running(it: Instance, stack: list[Instance], wishes: list[w.Wish], run: RunState) -> None:
    if it.is_loop or it.plan.is_group:
        stack.extend(reversed(it.kids or ()))
        if it.status is not Status.RUNNING or not it.open:
            settle(run, it, Status.CANCELLED, reason=it.cut)
    else:
        wishes.append(w.CancelStep(it))


def run_status(run: RunState) -> str:
    """The status of an ended run: the first that holds (spec-language, Failure)."""
    root = run.root
    if run.cancelled:
        return "cancelled"
    if run.stopped or root.cut == OWN_TIMEOUT or run.cut_short:
        return "failed"
    if root.status is Status.SUCCEEDED:
        return "succeeded"
    if root.error and root.error.get("type") == "evaluation" and root.error.get("code") == "outputs":
        return "failed"
    return "partial_failure" if run.succeeded_calls else "failed"
