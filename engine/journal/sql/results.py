"""Results kept in a database for other calls, and who is making one that several processes want.

Who makes a result holds it while its run's lease counts: a maker that died is followed by the next who asks. An entry proves
itself by its hash; one that does not is dropped and made anew. Times are seconds since the epoch: an entry from the future, as
a clock that was set back finds it, is no entry.
"""

from __future__ import annotations

import hashlib
import json
from time import time as now_seconds
from typing import Any

from sqlalchemy import Dialect, and_, bindparam, delete, func, insert, literal_column, select, update

from engine.journal.sql.ownership import SERVERS_NOW, lease_left
from engine.journal.sql.schema import LEASES, RESULTS, RESULTS_BEGUN
from engine.journal.sql.statements import Statement
from engine.journal.sql.writer import Writer

HIT, YOURS, BUSY, DAMAGED = "hit", "yours", "busy", "damaged"
USED_AGAIN_SECONDS = 1.0
"""An entry that was used so lately is not marked as used again."""
_EVICTED_MAX = 100


class KeptResults:
    """The tables' statements, for one dialect, on somebody's writer. `run_id` and `epoch`: whose calls ask."""

    def __init__(self, dialect: Dialect, writer: Writer, run_id: str, epoch: int) -> None:
        self._writer = writer
        self._owner = (run_id, epoch)
        table, begun = RESULTS.c, RESULTS_BEGUN.c
        key = table.key == bindparam("the_key")
        columns = (table.made_at, table.until, table.used_at, table.text, table.hash)
        self._one = Statement(select(*columns).where(key), ("the_key",), dialect)
        self._drop = Statement(delete(RESULTS).where(key), ("the_key",), dialect)
        names = ("key", "space", "made_at", "until", "used_at", "text", "hash")
        self._insert = Statement(insert(RESULTS), names, dialect)
        used = update(RESULTS).where(key).values(used_at=bindparam("new_used"))
        self._use = Statement(used, ("new_used", "the_key"), dialect)
        in_space = table.space == bindparam("the_space")
        self._count = Statement(select(func.count()).where(in_space), ("the_space",), dialect)
        oldest = select(table.key).where(in_space).order_by(table.used_at)
        oldest = oldest.limit(literal_column(str(_EVICTED_MAX))).offset(literal_column("0"))
        self._oldest = Statement(oldest, ("the_space",), dialect)
        now = SERVERS_NOW if dialect.name == "postgresql" else literal_column("NULL")
        lease = and_(LEASES.c.run_id == begun.run_id, LEASES.c.epoch == begun.epoch)
        about = (begun.run_id, begun.epoch, begun.holder, LEASES.c.clock, LEASES.c.until, now)
        joined = RESULTS_BEGUN.outerjoin(LEASES, lease)
        of_key = begun.key == bindparam("the_key")
        self._maker = Statement(select(*about).select_from(joined).where(of_key), ("the_key",), dialect)
        self._begin = Statement(insert(RESULTS_BEGUN), ("key", "run_id", "epoch", "holder"), dialect)
        self._end = Statement(delete(RESULTS_BEGUN).where(of_key), ("the_key",), dialect)
        mine = and_(of_key, begun.run_id == bindparam("the_run"), begun.holder == bindparam("the_holder"))
        self._end_mine = Statement(
            delete(RESULTS_BEGUN).where(mine), ("the_key", "the_run", "the_holder"), dialect
        )
        gone = delete(RESULTS).where(table.until < bindparam("the_time"))
        self._expire = Statement(gone, ("the_time",), dialect)
        old = select(func.count()).where(table.until < bindparam("the_time"))
        self._expired = Statement(old, ("the_time",), dialect)
        alive = select(LEASES.c.run_id).where(lease).exists()
        self._tidy = Statement(delete(RESULTS_BEGUN).where(~alive), (), dialect)

    def look(self, key: str, ttl_seconds: float, holder: str) -> tuple[str, Any]:
        """(`hit`, the result), (`yours`, None), (`busy`, None) or (`damaged`, None): as `yours`, but there was one."""
        found, payload = self._writer.query(lambda cursor: self._read(cursor, key, ttl_seconds))
        if found == HIT:
            return HIT, payload[0] if self._is_fresh(payload[1]) else self._used(key, payload[0])
        return self._writer.transact(
            lambda cursor: self._claim(cursor, key, ttl_seconds, holder),
            lambda cursor: self._holds(cursor, key, holder),
        )

    def _read(self, cursor: Any, key: str, ttl_seconds: float) -> tuple[str, Any]:
        row = self._one.run(cursor, (key,)).fetchone()
        now = now_seconds()
        if row is None or not 0 <= now - row[0] < ttl_seconds or now >= row[1]:
            return YOURS, None
        if hashlib.sha256(row[3].encode()).hexdigest() != row[4]:
            return DAMAGED, None
        return HIT, (json.loads(row[3]), row[2])

    @staticmethod
    def _is_fresh(used_at: float) -> bool:
        return abs(now_seconds() - used_at) < USED_AGAIN_SECONDS

    def _used(self, key: str, payload: Any) -> Any:
        self._writer.transact(lambda cursor: self._use.run(cursor, (now_seconds(), key)), lambda _: True)
        return payload

    def _claim(self, cursor: Any, key: str, ttl_seconds: float, holder: str) -> tuple[str, Any]:
        found, payload = self._read(cursor, key, ttl_seconds)
        if found == HIT:
            return HIT, payload[0]  # made while this one came to ask
        maker = self._maker.run(cursor, (key,)).fetchone()
        if maker is not None and self._makes(maker, holder):
            return BUSY, None
        if found == DAMAGED:
            self._drop.run(cursor, (key,))
        if maker is not None:
            self._end.run(cursor, (key,))
        self._begin.run(cursor, (key, *self._owner, holder))
        return found, None

    def _makes(self, maker: Any, holder: str) -> bool:
        """Whether somebody else makes the result, and lives."""
        run_id, epoch, other, clock, until, servers_now = maker
        if (run_id, epoch, other) == (*self._owner, holder):
            return False
        left = lease_left(clock, until, servers_now)
        return left is not None and left > 0

    def _holds(self, cursor: Any, key: str, holder: str) -> bool:
        maker = self._maker.run(cursor, (key,)).fetchone()
        return maker is not None and tuple(maker[:3]) == (*self._owner, holder)

    def keep(self, key: str, holder: str, space: str, payload: Any, ttl_seconds: float, most: int) -> None:
        """Keep a result; of its `space` the `most` used last stay."""
        text = json.dumps(payload)
        digest = hashlib.sha256(text.encode()).hexdigest()
        group = hashlib.sha256(space.encode()).hexdigest()

        def write(cursor: Any) -> None:
            now = now_seconds()
            self._drop.run(cursor, (key,))
            self._insert.run(cursor, (key, group, now, now + ttl_seconds, now, text, digest))
            self._end_mine.run(cursor, (key, self._owner[0], holder))
            over = self._count.run(cursor, (group,)).fetchone()[0] - most
            if over > 0:
                self._evict(cursor, group, over)

        def landed(cursor: Any) -> bool:
            row = self._one.run(cursor, (key,)).fetchone()
            return row is not None and row[4] == digest

        self._writer.transact(write, landed)

    def _evict(self, cursor: Any, group: str, over: int) -> None:
        for row in self._oldest.run(cursor, (group,)).fetchall()[:over]:
            self._drop.run(cursor, (row[0],))

    def give_up(self, key: str, holder: str) -> None:
        """There is no result of this maker after all."""
        mine = (key, self._owner[0], holder)
        self._writer.transact(lambda cursor: self._end_mine.run(cursor, mine), lambda _: True)

    def expired(self, cursor: Any) -> int:
        """How many results may not be given again any more."""
        return int(self._expired.run(cursor, (now_seconds(),)).fetchone()[0])

    def expire(self, cursor: Any) -> None:
        """Delete those, and what makers left behind that live no more."""
        self._expire.run(cursor, (now_seconds(),))
        self._tidy.run(cursor, ())
