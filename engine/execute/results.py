"""What a step gave, as others read it: its data, its errors, its whole result.

Groups and loops have no data of their own: it is put together from what they hold, on first use.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from engine.execute.record import record_of
from engine.execute.times import rfc3339
from engine.machine import FAILURE, Instance, Status, item_error

ERRORS_MAX = 1000
"""Failed items of a loop that its `errors` list."""


def data_of(instance: Instance) -> Any:
    """The data an instance gave: null unless it succeeded. Groups and loops are put together on first use."""
    if instance.status is not Status.SUCCEEDED:
        return None
    record = record_of(instance)
    if record.data is None:
        if instance.is_loop and instance.plan.repeat is not None:
            record.data = data_of(instance.kids[-1]) if instance.kids else None
        elif instance.is_loop:
            record.data = [data_of(kid) for kid in instance.kids or ()]
            record.data += [None] * (instance.expanded - len(record.data))
        elif instance.plan.is_group and instance.plan.outputs is None:
            record.data = _group_data(instance)
    return record.data


def given(done: Instance) -> Any:
    """What the body of an instance gave, also where its finally has failed after it."""
    if done.status is Status.SUCCEEDED or not done.plan.is_group or done.plan.outputs is not None:
        return data_of(done) or record_of(done).data
    return _group_data(done)


def _group_data(group: Instance) -> Any:
    kids = group.kids or []
    if group.plan.callee is not None:
        return data_of(kids[0]) if kids else None
    if group.plan.called:
        return {}  # a workflow gives its outputs, and this one has none
    if group.plan.mode == "pipeline":
        ran = [kid for kid in kids if kid.status is not Status.SKIPPED]
        return data_of(ran[-1]) if ran else None
    if group.plan.match_first:
        ran = [kid for kid in kids if kid.status is not Status.SKIPPED]
        return data_of(ran[0]) if ran else None
    return {kid.plan.id: data_of(kid) for kid in kids}


def errors_of(instance: Instance) -> list[Any]:
    """What went wrong with a step: its own errors and, of a loop, those of its items (the first of them)."""
    own = record_of(instance).errors or ([instance.error] if instance.error else [])
    if not instance.is_loop or instance.plan.foreach is None:
        return own
    kids = instance.kids or ()
    failed = (
        kid for kid in kids if kid.outcome == FAILURE and kid.error and kid.status is not Status.CANCELLED
    )
    items = [item_error(kid, kid.error or {}) for kid in islice(failed, ERRORS_MAX)]
    return [*(error for error in own if error not in items), *items]


def whole_result(instance: Instance | None) -> dict[str, Any]:
    """`steps.X`: status, data and everything else a step's result has."""
    if instance is None:
        return {"status": "pending", "data": None, "reason": None, "attempts": 0}
    record = record_of(instance)
    took = record.finished_at - record.started_at if record.finished_at and record.started_at else None
    return {
        "status": instance.status.shown,
        "data": data_of(instance),
        "metadata": record.metadata or {},
        "errors": errors_of(instance),
        "warnings": record.warnings or [],
        "performance_metrics": record.performance_metrics or {},
        "quality_metrics": record.quality_metrics or {},
        "execution_time": took,
        "processed_records": record.processed_records,
        "attempts": instance.attempt,
        "started_at": rfc3339(record.started_at),
        "finished_at": rfc3339(record.finished_at),
        "reason": instance.reason,
    }
