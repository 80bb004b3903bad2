"""Look at runs: the list, one run's result, its events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.app.project import store_name
from engine.app.stored import find_run, replayed_report
from engine.errors import UsageError
from engine.execute.times import rfc3339
from engine.journal import STATUSES, RunRow, open_journal
from engine.text import suggestion


def list_runs(
    store: str | None, *, status: str | None = None, workflow: str | None = None, since: float | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """The newest runs first. Raises UsageError for an unknown status."""
    if status is not None and status not in STATUSES:
        raise UsageError(f'"{status}" is not a status of a run', hint=suggestion(status, STATUSES))
    journal = open_journal(store_name(store), create=False)
    try:
        return [_row(row) for row in journal.runs(status=status, workflow=workflow, since=since, limit=limit)]
    finally:
        journal.close()


def show_run(store: str | None, run_id: str) -> dict[str, Any]:
    """The whole result of a run, by id or unique prefix."""
    name = store_name(store)
    journal = open_journal(name, create=False)
    try:
        return replayed_report(find_run(journal, run_id), journal, name)
    finally:
        journal.close()


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
                **event.payload,
            }
    finally:
        journal.close()


def _row(row: RunRow) -> dict[str, Any]:
    took = row.finished_at - row.started_at if row.finished_at and row.started_at else None
    return {
        "run_id": row.run_id,
        "workflow": row.workflow,
        "status": row.status,
        "attempt": row.attempt,
        "started_at": rfc3339(row.started_at),
        "finished_at": rfc3339(row.finished_at),
        "execution_time": round(took, 6) if took is not None else None,
    }
