"""Who may believe a run is theirs, what others wish of it, and which runs recovery leaves alone: the statements.

Lease time is the server's clock; a SQLite file belongs to one machine, so there it is the machine's own since its start.
Every method works on a cursor whose transaction is its caller's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Dialect,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from engine.journal.boot import boot_id, boot_seconds
from engine.journal.chain import decode
from engine.journal.port import Posted
from engine.journal.sql.schema import INBOX, LEASES, QUARANTINE, RUNS
from engine.journal.sql.statements import Statement

SERVERS_NOW: ColumnElement[float] = literal_column(
    "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"
)


def lease_left(clock: str | None, until: float | None, servers_now: float | None) -> float | None:
    """Seconds until a lease ends; None: there is none. A lease of another start of this machine has ended."""
    if clock is None or until is None:
        return None
    if servers_now is not None:
        return until - servers_now
    return until - boot_seconds() if clock == (boot_id() or "") else 0.0


class Leases:
    """The table of leases; at most one a run, of its latest epoch."""

    def __init__(self, dialect: Dialect) -> None:
        self._by_server = dialect.name == "postgresql"
        self._clock = "" if self._by_server else boot_id() or ""
        until: Any = bindparam("new_until", type_=LEASES.c.until.type)
        if self._by_server:
            until = SERVERS_NOW + until
        run = LEASES.c.run_id == bindparam("the_run")
        given = insert(LEASES).values(
            run_id=bindparam("the_run"),
            epoch=bindparam("the_epoch"),
            clock=bindparam("the_clock"),
            until=until,
        )
        self._give = Statement(given, ("the_run", "the_epoch", "the_clock", "new_until"), dialect)
        renewed = update(LEASES).where(run, LEASES.c.epoch == bindparam("the_epoch"))
        renewed = renewed.values(until=until, clock=bindparam("the_clock"))
        self._renew = Statement(renewed, ("the_run", "the_epoch", "the_clock", "new_until"), dialect)
        self._end = Statement(delete(LEASES).where(run), ("the_run",), dialect)

    def give(self, cursor: Any, run_id: str, epoch: int, seconds: float) -> None:
        """The first lease of a new run."""
        self._give.run(cursor, (run_id, epoch, self._clock, self._until(seconds)))

    def pass_on(self, cursor: Any, run_id: str, epoch: int, seconds: float) -> None:
        """The lease of a new owner, in the place of whatever was there."""
        self.end(cursor, run_id)
        self.give(cursor, run_id, epoch, seconds)

    def renew(self, cursor: Any, run_id: str, epoch: int, seconds: float) -> None:
        """Begin the owner's lease anew; its caller has seen that the epoch is the run's."""
        self._renew.run(cursor, (run_id, epoch, self._clock, self._until(seconds)))
        if cursor.rowcount != 1:
            self.give(cursor, run_id, epoch, seconds)

    def end(self, cursor: Any, run_id: str) -> None:
        self._end.run(cursor, (run_id,))

    def _until(self, seconds: float) -> float:
        return seconds if self._by_server else boot_seconds() + seconds


class Inbox:
    """The table of what was posted to runs. What was taken stays until its run is deleted: numbers are never used again."""

    def __init__(self, dialect: Dialect) -> None:
        run = INBOX.c.run_id == bindparam("the_run")
        number = INBOX.c.number == bindparam("the_number")
        columns = (INBOX.c.number, INBOX.c.kind, INBOX.c.name, INBOX.c.payload, INBOX.c.at)
        waiting = select(*columns).where(run, INBOX.c.taken.is_(None)).order_by(INBOX.c.number)
        self._waiting = Statement(waiting, ("the_run",), dialect)
        self._last = Statement(select(func.max(INBOX.c.number)).where(run), ("the_run",), dialect)
        self._one = Statement(select(*columns).where(run, number), ("the_run", "the_number"), dialect)
        names = ("run_id", "number", "kind", "name", "payload", "at", "taken")
        self._insert = Statement(insert(INBOX), names, dialect)
        taken = update(INBOX).where(and_(run, number)).values(taken=bindparam("new_taken"))
        self._take = Statement(taken, ("new_taken", "the_run", "the_number"), dialect)
        left = update(INBOX).where(run, INBOX.c.taken.is_(None)).values(taken=bindparam("new_taken"))
        self._take_all = Statement(left, ("new_taken", "the_run"), dialect)

    def waiting(self, cursor: Any, run_id: str) -> list[Posted]:
        rows = self._waiting.run(cursor, (run_id,)).fetchall()
        return [Posted(number, kind, name, decode(text), at) for number, kind, name, text, at in rows]

    def put(self, cursor: Any, run_id: str, kind: str, name: str | None, payload: str, at: float) -> int:
        """Keep it under the next number, which is given back. Its caller holds the run's row."""
        last = self._last.run(cursor, (run_id,)).fetchone()[0] or 0
        self._insert.run(cursor, (run_id, last + 1, kind, name, payload, at, None))
        return int(last) + 1

    def holds(self, cursor: Any, run_id: str, number: int, what: tuple[str, str | None, str, float]) -> bool:
        """Whether what was posted under this number is `what`: (kind, name, payload, at)."""
        row = self._one.run(cursor, (run_id, number)).fetchone()
        return row is not None and tuple(row[1:]) == what

    def take(self, cursor: Any, run_id: str, numbers: Sequence[int], seq: int) -> None:
        """They become facts with the events that end with `seq`."""
        for number in numbers:
            self._take.run(cursor, (seq, run_id, number))

    def close(self, cursor: Any, run_id: str, seq: int) -> None:
        """The run has ended with event `seq`: what is left came too late."""
        self._take_all.run(cursor, (seq, run_id))


class Quarantine:
    """The table of runs that recovery leaves alone."""

    def __init__(self, dialect: Dialect) -> None:
        run = QUARANTINE.c.run_id == bindparam("the_run")
        self._insert = Statement(insert(QUARANTINE), ("run_id", "at", "reason"), dialect)
        self._lift = Statement(delete(QUARANTINE).where(run), ("the_run",), dialect)
        self._one = Statement(select(QUARANTINE.c.reason).where(run), ("the_run",), dialect)

    def put(self, cursor: Any, run_id: str, reason: str, at: float) -> None:
        self.lift(cursor, run_id)
        self._insert.run(cursor, (run_id, at, reason))

    def lift(self, cursor: Any, run_id: str) -> None:
        self._lift.run(cursor, (run_id,))

    def holds(self, cursor: Any, run_id: str, reason: str) -> bool:
        row = self._one.run(cursor, (run_id,)).fetchone()
        return row is not None and bool(row[0] == reason)


def runs_with_leases(dialect: Dialect, *beside: Any) -> Any:
    """A select of runs with `lease_clock`, `lease_until`, `servers_now` (null on SQLite) and `quarantined`."""
    now = SERVERS_NOW if dialect.name == "postgresql" else literal_column("NULL")
    lease = and_(LEASES.c.run_id == RUNS.c.run_id, LEASES.c.epoch == RUNS.c.epoch, RUNS.c.owner.is_not(None))
    told = (
        LEASES.c.clock.label("lease_clock"),
        LEASES.c.until.label("lease_until"),
        now.label("servers_now"),
        QUARANTINE.c.reason.label("quarantined"),
    )
    joined = RUNS.outerjoin(LEASES, lease).outerjoin(QUARANTINE, QUARANTINE.c.run_id == RUNS.c.run_id)
    return select(RUNS, *beside, *told).select_from(joined)
