"""Look at runs: the list, one run's result, its events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from engine.app.bulk import Bulk, Large
from engine.app.checking import Checked
from engine.app.owner import standing
from engine.app.project import store_name
from engine.app.stored import about_run, find_run, stored_spec
from engine.errors import UsageError
from engine.execute.cellar import RunCellar
from engine.execute.kept import whole, without_large
from engine.execute.record import record_of
from engine.execute.replay import replay
from engine.execute.report import rescued_from, run_report
from engine.execute.times import rfc3339
from engine.journal import STATUSES, RunRow, open_journal
from engine.machine import Instance, RunState
from engine.spec.toolspec import Declaration
from engine.text import suggestion
from engine.text.snippet import shortened


@dataclass(slots=True)
class Look:
    """A recorded run: its result, its spec, and by path of the instance what the result does not say.

    `parameters` of failed calls, where they were recorded; `causes` of skips: the step whose failure it was; `loops` as
    (items done, items known of, items failed), the second None where it is not known. `quarantined`: why recovery leaves the
    run alone, where it does.
    """

    report: dict[str, Any]
    checked: Checked
    parameters: dict[str, Any] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)
    loops: dict[str, tuple[int, int | None, int]] = field(default_factory=dict)
    quarantined: str | None = None


def list_runs(
    store: str | None,
    *,
    status: str | None = None,
    workflow: str | None = None,
    since: float | None = None,
    limit: int = 50,
) -> list[RunRow]:
    """The newest runs first. Raises UsageError for an unknown status."""
    if status is not None and status not in STATUSES:
        raise UsageError(f'"{status}" is not a status of a run', hint=suggestion(status, STATUSES))
    journal = open_journal(store_name(store), create=False)
    try:
        return list(journal.runs(status=status, workflow=workflow, since=since, limit=limit))
    finally:
        journal.close()


def moment_seconds(text: str) -> float:
    """A date or time (RFC 3339; without a zone: UTC) as seconds since the epoch. Raises UsageError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f'"{shortened(text)}" is no time', hint="write 2026-01-31 or 2026-01-31T12:00:00Z"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def has_process(row: RunRow) -> bool:
    """Whether a process may be at work on the run. What runs without one goes on by resume."""
    return not standing(row).free


def show_run(
    store: str | None, run_id: str, tools: Mapping[str, Declaration] | None = None, large: Large = "whole"
) -> Look:
    """What became of a run, by id or unique prefix. `tools`: those of the program, if any."""
    name = store_name(store)
    journal = open_journal(name, create=False)
    try:
        row = find_run(journal, run_id)
        checked, _ = stored_spec(row, journal, tools=tools)
        assert checked.workflow is not None
        run = replay(checked.linked, journal.events(row.run_id), RunCellar(journal, row.run_id))
        look = Look(
            run_report(
                run, about_run(row, name, checked.workflow.inputs), Bulk(name).shelf(row.run_id, large).shown
            ),
            checked,
        )
        look.quarantined = row.quarantined
        _look_around(run, look)
        return look
    finally:
        journal.close()


def _look_around(run: RunState, look: Look) -> None:
    stack = list(run.root.kids or ())
    while stack:
        instance = stack.pop()
        stack.extend(instance.kids or ())
        if (instance.error or rescued_from(instance)) and record_of(instance).parameters is not None:
            look.parameters[instance.path] = whole(record_of(instance).parameters)
        if instance.cause:
            look.causes[instance.path] = instance.cause
        if instance.is_loop:
            look.loops[instance.path] = _counts(instance)


def _counts(loop: Instance) -> tuple[int, int | None, int]:
    kids = loop.kids or ()
    items = record_of(loop).items
    failed = sum(kid.status.shown in ("failed", "timed_out") for kid in kids)
    return sum(kid.status.settled for kid in kids), None if items is None else len(items), failed


def run_events(store: str | None, run_id: str) -> Iterator[dict[str, Any]]:
    """The recorded events of a run, in order."""
    journal = open_journal(store_name(store), create=False)
    try:
        row = find_run(journal, run_id)
        for event in journal.events(row.run_id):
            yield {
                "seq": event.seq,
                "time": rfc3339(event.at),
                "kind": event.kind,
                "run_id": event.run_id,
                "instance": event.instance,
                "attempt": event.attempt,
                **without_large(event.payload),
            }
    finally:
        journal.close()


def run_entry(row: RunRow) -> dict[str, Any]:
    """A run as the list of runs has it (schemas/runs.schema.json)."""
    took = row.finished_at - row.started_at if row.finished_at and row.started_at else None
    return {
        "run_id": row.run_id,
        "workflow": row.workflow,
        "status": row.status,
        "attempt": row.attempt,
        "started_at": rfc3339(row.started_at),
        "finished_at": rfc3339(row.finished_at),
        "execution_time": round(took, 6) if took is not None else None,
        "quarantined": row.quarantined,
    }
