"""Token buckets in a database: a token of each is taken in one transaction, or of none.

Time is the server's clock; of a SQLite file it is this machine's since its start, and what was written before that start counts
for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Dialect, bindparam, delete, insert, or_, select, update

from engine.journal.boot import boot_id, boot_seconds
from engine.journal.sql.ownership import SERVERS_NOW
from engine.journal.sql.schema import BUCKETS
from engine.journal.sql.statements import Statement
from engine.journal.sql.writer import Writer
from engine.spec.rates import Want, tokens_left, wait_seconds


class Buckets:
    """The table's statements, for one dialect, on somebody's writer."""

    def __init__(self, dialect: Dialect, writer: Writer) -> None:
        self._writer = writer
        self._by_server = dialect.name == "postgresql"
        self._clock = "" if self._by_server else boot_id() or ""
        table = BUCKETS.c
        one = table.bucket == bindparam("the_bucket")
        columns = (table.clock, table.at, table.level)
        self._one = Statement(select(*columns).where(one).with_for_update(), ("the_bucket",), dialect)
        names = ("bucket", "clock", "at", "level", "full_at")
        self._insert = Statement(insert(BUCKETS), names, dialect)
        new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names[1:]}
        binds = (*(f"new_{name}" for name in names[1:]), "the_bucket")
        self._update = Statement(update(BUCKETS).where(one).values(new), binds, dialect)
        self._now = Statement(select(SERVERS_NOW), (), dialect) if self._by_server else None
        idle = or_(table.full_at < bindparam("the_time"), table.clock != bindparam("the_clock"))
        self._forget = Statement(delete(BUCKETS).where(idle), ("the_time", "the_clock"), dialect)

    def take(self, wants: Sequence[Want]) -> list[float]:
        """Zeros, and a token of every bucket is taken; or the seconds each needs until it has one, and none is."""
        ordered = sorted(
            wants, key=lambda want: want.bucket
        )  # who takes several locks takes them in one order
        waits, _ = self._writer.transact(
            lambda cursor: self._take(cursor, ordered), lambda cursor: self._landed(cursor, ordered)
        )
        return [waits[want.bucket] for want in wants]

    def _take(self, cursor: Any, wants: Sequence[Want]) -> tuple[dict[str, float], float]:
        found = {want.bucket: self._one.run(cursor, (want.bucket,)).fetchone() for want in wants}
        now = self._time(cursor)
        levels = {want.bucket: self._level(found[want.bucket], want, now) for want in wants}
        waits = {want.bucket: wait_seconds(levels[want.bucket], want) for want in wants}
        if not any(waits.values()):
            for want in wants:
                level = levels[want.bucket] - 1
                row = (self._clock, now, level, now + (want.size - level) / want.per_second)
                if found[want.bucket] is None:
                    self._insert.run(cursor, (want.bucket, *row))
                else:
                    self._update.run(cursor, (*row, want.bucket))
        self._written = now
        return waits, now

    def _landed(self, cursor: Any, wants: Sequence[Want]) -> bool:
        rows = [self._one.run(cursor, (want.bucket,)).fetchone() for want in wants]
        return all(row is not None and row[1] == self._written for row in rows)

    def _level(self, row: Any, want: Want, now: float) -> float:
        if row is None or row[0] != self._clock:
            return float(want.size)
        return tokens_left(row[2], now - row[1], want)

    def _time(self, cursor: Any) -> float:
        return boot_seconds() if self._now is None else float(self._now.run(cursor, ()).fetchone()[0])

    def forget_full(self, cursor: Any) -> None:
        """Delete buckets that are full by now: they say no more than none."""
        self._forget.run(cursor, (self._time(cursor), self._clock))
