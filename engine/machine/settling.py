"""Giving an instance its end state, and what that counts as for those around it."""

from __future__ import annotations

from engine.machine.run import Instance, RunState
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
