"""Cleaning up a store: which runs go, and what is said of them."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.app.project import run_folder, store_name
from engine.errors import UsageError
from engine.execute.times import rfc3339
from engine.journal import ENDED, Cleaned, RunRow, clean, expired_runs, open_journal, open_sharing
from engine.spec.durations import duration_seconds
from engine.text import suggestion
from engine.text.snippet import shortened

AGE_MIN_SECONDS = 3600.0
"""Younger runs are deleted only with `force`: somebody may still be looking at them."""


@dataclass(slots=True)
class CleanUp:
    """What was deleted, or with `dry_run` would be. `left`: folders that could not be removed, with the reason."""

    before: float
    dry_run: bool
    runs: list[RunRow]
    left: dict[str, str]
    results: int = 0
    """Cached results whose time was over."""

    def entry(self) -> dict[str, Any]:
        """As JSON has it (schemas/clean.schema.json)."""
        return {
            "version": 1,
            "before": rfc3339(self.before),
            "dry_run": self.dry_run,
            "runs": [_entry(row) for row in self.runs],
            "results": self.results,
            "left": [{"path": path, "reason": reason} for path, reason in self.left.items()],
        }


def _entry(row: RunRow) -> dict[str, Any]:
    return {
        "run_id": row.run_id,
        "workflow": row.workflow,
        "status": row.status,
        "attempt": row.attempt,
        "started_at": rfc3339(row.started_at),
        "finished_at": rfc3339(row.finished_at),
    }


def clean_up(
    store: str | None,
    older_than: str,
    statuses: Collection[str] = (),
    *,
    dry_run: bool = False,
    force: bool = False,
) -> CleanUp:
    """Delete the runs that ended longer ago than `older_than` (`30d`), with one of `statuses` (none: all that are ends).

    With them go their folders below `.weft/runs`, and cached results that may not be given again any more. Raises UsageError
    for an age that is none, or below an hour without `force`, and for a status that is no end.
    """
    before = time.time() - _age(older_than, force)
    wanted = _ends(statuses)
    name = store_name(store)
    journal = open_journal(name, create=False)
    try:
        rows = list(expired_runs(journal, before, wanted))
        results = _expire_results(name, dry_run) if journal.durable else 0
        if dry_run:
            return CleanUp(before, True, rows, {}, results)
        cleaned: Cleaned = clean(journal, before, _folders(name), wanted)
    finally:
        journal.close()
    gone = set(cleaned.runs)
    return CleanUp(before, False, [row for row in rows if row.run_id in gone], cleaned.left, results)


def _expire_results(store: str, dry_run: bool) -> int:
    """Delete the cached results whose time is over, however young their runs are; how many those are."""
    sharing = open_sharing(store)
    try:
        expired = sharing.expired()
        if not dry_run:
            sharing.clean()
        return expired
    finally:
        sharing.close()


def _folders(store: str) -> Path:
    return run_folder("any", store).parent


def _age(written: str, force: bool) -> float:
    seconds = duration_seconds(written)
    if seconds is None:
        raise UsageError(f'"{shortened(written)}" is no age', hint="write 30d, 12h, 1h30m")
    if seconds < AGE_MIN_SECONDS and not force:
        message = f'"{shortened(written)}" is less than an hour: runs that have just ended would be deleted'
        raise UsageError(message, hint="write an age of 1h or more, or add --force")
    return seconds


def _ends(statuses: Collection[str]) -> Collection[str]:
    for status in statuses:
        if status not in ENDED:
            hint = suggestion(status, ENDED) or f"one of {', '.join(sorted(ENDED))}"
            raise UsageError(f'"{shortened(status)}" is not a status that a run ends with', hint=hint)
    return statuses or ENDED
