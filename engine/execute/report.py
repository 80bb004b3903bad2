"""The result of a run as the JSON of `weft run --output json` (schemas/run.schema.json), from state and records."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.execute.kept import whole
from engine.execute.record import record_of
from engine.execute.results import errors_of, held_by
from engine.execute.times import rfc3339
from engine.machine import Instance, RunState, Status

ITERATIONS_SHOWN = 1000
Show = Callable[[Any], Any]


def run_report(run: RunState, about: dict[str, Any], show: Show = whole) -> dict[str, Any]:
    """The whole result. `about` has `run_id workflow status attempt started_at finished_at inputs outputs error resume`,
    times in seconds since the epoch; `show` gives what stands in the place of data that is kept beside the journal."""
    steps: dict[str, dict[str, Any]] = {}
    for kid in run.root.parts:
        _collect(kid, "", steps, show)
    counts = _Counts(run)
    started, finished = about["started_at"], about["finished_at"]
    return {
        "version": 1,
        "run_id": about["run_id"],
        "workflow": about["workflow"],
        "status": about["status"],
        "attempt": about["attempt"],
        "started_at": rfc3339(started),
        "finished_at": rfc3339(finished),
        "execution_time": round(finished - started, 6) if finished and started else None,
        "inputs": about["inputs"],
        "outputs": about["outputs"],
        "steps": steps,
        "steps_completed": [name for name, step in steps.items() if _completed(step)],
        "steps_failed": [name for name, step in steps.items() if step["status"] in ("failed", "timed_out")],
        "steps_skipped": [name for name, step in steps.items() if step["status"] == "skipped"],
        "error": about["error"],
        "metadata": {
            "execution_mode": run.plan.root.mode,
            "total_steps": counts.total,
            "success_rate": counts.success_rate,
        },
        "resume": about["resume"],
    }


def _completed(step: dict[str, Any]) -> bool:
    """Whether a step succeeded and was not taken back."""
    return step["status"] == "succeeded" and not is_undone(step)


def is_undone(step: dict[str, Any]) -> bool:
    """Whether a step, or an item of a loop, was taken back."""
    own: bool = step.get("undo", {}).get("status") == "succeeded"
    return own or any(is_undone(each) for each in step.get("iterations", ()))


def _collect(instance: Instance, parent: str, steps: dict[str, dict[str, Any]], show: Show) -> None:
    """Steps flat by id over groups; what stands inside a loop stays with its iteration."""
    if instance.plan.aside or instance.plan.called:  # its steps are listed under the step it belongs to
        for kid in instance.parts:
            _collect(kid, parent, steps, show)
        return
    shown = _step(instance, parent, show)
    steps[instance.plan.id] = shown
    if instance.is_loop:
        kids = instance.kids or []
        shown["iterations"] = [_iteration(kid, show) for kid in kids[:ITERATIONS_SHOWN]]
        if len(kids) > ITERATIONS_SHOWN:
            shown["iterations_left_out"] = len(kids) - ITERATIONS_SHOWN
        if not instance.plan.is_group:
            shown["warnings"] = [text for kid in kids[:ITERATIONS_SHOWN] for text in _warnings(kid)]
        kids = []
    elif instance.plan.callee is not None:  # another namespace
        inner: dict[str, dict[str, Any]] = {}
        shown["steps"] = inner
        for kid in instance.kids or ():
            _collect(kid, "", inner, show)
        kids = []
    else:
        kids = instance.kids or []
    for kid in (*kids, *instance.asides):
        _collect(kid, instance.plan.id, steps, show)


def _step(instance: Instance, parent: str, show: Show) -> dict[str, Any]:
    record = record_of(instance)
    started, finished = record.started_at, record.finished_at
    settled = instance.status.settled
    return {
        "instance": instance.path,
        "parent": parent or None,
        "status": instance.status.shown,
        "reason": instance.reason,
        "handled": _handled(instance),
        "reused": record.reused,
        "data": show(held_by(instance)),
        "metadata": record.metadata or {},
        "errors": _errors(instance),
        "warnings": record.warnings or [],
        "performance_metrics": record.performance_metrics or {},
        "quality_metrics": record.quality_metrics or {},
        "processed_records": record.processed_records,
        "attempts": instance.attempt,
        "started_at": rfc3339(started),
        "finished_at": rfc3339(finished) if settled else None,
        "execution_time": round(finished - started, 6) if settled and started and finished else None,
        **({"rescued": rescued} if (rescued := rescued_from(instance)) is not None else {}),
        **({"undo": _undo(instance.undo, show)} if instance.undo is not None else {}),
    }


def rescued_from(instance: Instance) -> dict[str, Any] | None:
    """The failure of a step that its own rescue has dealt with."""
    rescue = instance.rescue
    return rescue.error if rescue is not None and rescue.status is Status.SUCCEEDED else None


def _handled(instance: Instance) -> bool:
    """Whether a failure was dealt with: by the step's own `on_error`, or since what stands around it came to a good end."""
    if instance.status not in (Status.FAILED, Status.TIMED_OUT):
        return instance.handled
    node: Instance | None = instance
    while node is not None and node.number < 0:  # an item's failure is for its loop to tolerate
        if node.handled or node.status is Status.SUCCEEDED:
            return True
        node = node.parent
    return False


def _undo(undo: Instance, show: Show) -> dict[str, Any]:
    """How taking a step back went."""
    record = record_of(undo)
    return {
        "status": undo.status.shown,
        "data": show(held_by(undo)),
        "errors": _errors(undo),
        "attempts": undo.attempt,
        "started_at": rfc3339(record.started_at),
        "finished_at": rfc3339(record.finished_at) if undo.status.settled else None,
    }


def _warnings(kid: Instance) -> list[str]:
    """The warnings of an iteration that is one call, with its name: `each[3]: …`."""
    return [f"{kid.path}: {text}" for text in record_of(kid).warnings or ()]


def _errors(instance: Instance) -> list[Any]:
    if instance.is_loop:
        return errors_of(instance)
    if instance.status is Status.SUCCEEDED:
        return record_of(instance).errors or []
    return [instance.error] if instance.error else []


def _iteration(kid: Instance, show: Show) -> dict[str, Any]:
    steps: dict[str, dict[str, Any]] = {}
    for child in kid.parts:
        _collect(child, "" if child.plan.called else kid.plan.id, steps, show)
    return {
        "index": kid.number,
        "key": kid.number if kid.key is None else kid.key,
        "status": kid.status.shown,
        "data": show(held_by(kid)),
        "errors": _errors(kid),
        "attempts": kid.attempt,
        "steps": steps,
        **({"undo": _undo(kid.undo, show)} if kid.undo is not None else {}),
    }


class _Counts:
    """Tool and workflow steps reached or skipped, and how many of those that ran succeeded."""

    def __init__(self, run: RunState) -> None:
        self.by_status: dict[str, int] = {}
        stack = list(run.root.parts)
        while stack:
            instance = stack.pop()
            stack.extend(instance.parts)
            called = instance.plan.callee is not None
            undo = instance.plan.aside == "undo"
            if (
                instance.status.settled
                and (called or not instance.plan.is_group)
                and not (instance.is_loop or undo)
            ):
                shown = "undone" if instance.undone else instance.status.shown
                self.by_status[shown] = self.by_status.get(shown, 0) + 1

    @property
    def total(self) -> int:
        return sum(self.by_status.values())

    @property
    def success_rate(self) -> float | None:
        good = self.by_status.get("succeeded", 0)
        ran = good + sum(self.by_status.get(shown, 0) for shown in ("failed", "timed_out", "undone"))
        return round(good / ran, 6) if ran else None
