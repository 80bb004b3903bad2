"""What a step gave, as others read it: its data, its errors, its whole result.

Groups and loops have no data of their own: it is put together from what they hold, on first use.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Any

from engine.execute.kept import Listed, Partly, is_kept, loaded
from engine.execute.record import record_of
from engine.execute.times import rfc3339
from engine.machine import FAILURE, Instance, Status, item_error

ERRORS_MAX = 1000
"""Failed items of a loop that its `errors` list."""


def data_of(instance: Instance) -> Any:
    """The data an instance gave, as a reference reads it: null unless it succeeded.

    A mapping of which something is kept beside the journal is a lazy one. Raises EvaluationError where the data is too large.
    """
    return loaded(held_by(instance))


def held_by(instance: Instance) -> Any:
    """The data an instance gave, as it is held: in memory, a Kept or a Partly. Groups and loops are put together on first
    use."""
    if instance.status is not Status.SUCCEEDED:
        return None
    record = record_of(instance)
    if record.data is None:
        if instance.is_loop and instance.plan.repeat is not None:
            record.data = held_by(instance.kids[-1]) if instance.kids else None
        elif instance.is_loop:
            record.data = _loop_data(instance)
        elif instance.plan.is_group and instance.plan.outputs is None:
            record.data = _group_data(instance)
    return record.data


def given(done: Instance) -> Any:
    """What the body of an instance gave, also where its finally has failed after it."""
    if done.status is Status.SUCCEEDED or not done.plan.is_group or done.plan.outputs is not None:
        return data_of(done) or loaded(record_of(done).data)
    return loaded(_group_data(done))


def _loop_data(loop: Instance) -> Any:
    """The list of what the items gave. With items whose data is kept it is a Listed, put together when it is asked for."""
    data = [held_by(kid) for kid in loop.kids or ()]
    data += [None] * (loop.expanded - len(data))
    return Listed(data) if any(map(is_kept, data)) else data


def _group_data(group: Instance) -> Any:
    kids = group.kids or []
    if group.plan.callee is not None:
        return held_by(kids[0]) if kids else None
    if group.plan.called:
        return {}  # a workflow gives its outputs, and this one has none
    if group.plan.mode == "pipeline":
        ran = [kid for kid in kids if kid.status is not Status.SKIPPED]
        return held_by(ran[-1]) if ran else None
    if group.plan.match_first:
        ran = [kid for kid in kids if kid.status is not Status.SKIPPED]
        return held_by(ran[0]) if ran else None
    data = {kid.plan.id: held_by(kid) for kid in kids}
    return Partly(data) if any(map(is_kept, data.values())) else data


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


def whole_result(instance: Instance | None) -> Mapping[str, Any]:
    """`steps.X`: status, data and everything else a step's result has. Data that is kept is read when it is asked for."""
    if instance is None:
        return {"status": "pending", "data": None, "reason": None, "attempts": 0}
    record = record_of(instance)
    took = record.finished_at - record.started_at if record.finished_at and record.started_at else None
    data = held_by(instance)
    told = {
        "status": instance.status.shown,
        "data": data,
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
    return Partly(told) if is_kept(data) else told
