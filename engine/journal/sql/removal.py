"""Deleting a run that ended: all its rows, and the spec that nobody names any more, in one transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, and_, bindparam, delete, exists, literal_column, or_, select

from engine import crash
from engine.journal.port import ENDED
from engine.journal.sql.schema import EVENTS, INBOX, LARGE_DATA, LEASES, QUARANTINE, RUN_VALUES, RUNS, SPECS
from engine.journal.sql.statements import Statement

_HAS_ENDED = RUNS.c.status.in_([literal_column(f"'{status}'") for status in sorted(ENDED)])


class Removal:
    """The statements, for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        run: Any = bindparam("the_run")
        long_ago = and_(RUNS.c.run_id == run, _HAS_ENDED, RUNS.c.finished_at < bindparam("the_time"))
        self._held = Statement(
            select(RUNS.c.spec_hash).where(long_ago).with_for_update(), ("the_run", "the_time"), dialect
        )
        self._rows = [  # what refers goes before what it refers to
            Statement(delete(table).where(table.c.run_id == run), ("the_run",), dialect)
            for table in (LEASES, INBOX, QUARANTINE, LARGE_DATA, EVENTS, RUN_VALUES, RUNS)
        ]
        self._spec = _spec_nobody_names(dialect)

    def run(self, cursor: Any, run_id: str, before: float) -> bool:
        """Delete the run if it ended before `before`; whether it did."""
        found = self._held.run(cursor, (run_id, before)).fetchone()
        if found is None:
            return False
        for statement in self._rows:
            statement.run(cursor, (run_id,))
        crash.point("CP16")
        self._spec.run(cursor, (found[0], f"%{found[0]}%"))
        return True


def _spec_nobody_names(dialect: Dialect) -> Statement:
    """Binds: the hash, and the hash as a pattern. A run that was reopened may name an earlier spec in its events."""
    now = exists().where(RUNS.c.spec_hash == SPECS.c.hash)
    earlier = (
        select(EVENTS.c.seq)
        .join(RUNS, RUNS.c.run_id == EVENTS.c.run_id)
        .where(RUNS.c.attempt > literal_column("1"), EVENTS.c.payload.like(bindparam("the_pattern")))
        .exists()
    )
    unnamed = delete(SPECS).where(SPECS.c.hash == bindparam("the_hash"), ~or_(now, earlier))
    return Statement(unnamed, ("the_hash", "the_pattern"), dialect)
