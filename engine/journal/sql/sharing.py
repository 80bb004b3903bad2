"""What the runs of several processes share in a database: token buckets and results, on a connection of their own.

It never holds back the journal's writer for longer than a statement. Nothing here has to survive a loss of power: a SQLite file
is told not to wait for the disk. Every method may take as long as the database does; it is for one thread at a time.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import URL, bindparam, insert, select
from sqlalchemy.exc import SQLAlchemyError

from engine.journal.sql.buckets import Buckets
from engine.journal.sql.connect import make_engine, shown_name
from engine.journal.sql.faults import translated
from engine.journal.sql.results import KeptResults
from engine.journal.sql.schema import SALT
from engine.journal.sql.statements import Statement
from engine.journal.sql.writer import Writer
from engine.spec.rates import Want

_RECONNECT_SECONDS = 5.0
_NAME = "results"


class SqlSharing:
    """The tables are there: the journal of the same store has been opened. `run_id`, `epoch`: for whose calls it is."""

    def __init__(self, url: URL, run_id: str, epoch: int, busy_seconds: float = 10.0) -> None:
        if url.get_backend_name() == "sqlite":
            url = url.update_query_dict({"synchronous": "normal"})
        self.store = shown_name(url)
        self._engine = make_engine(url, busy_seconds)
        self._writer = Writer(self._engine, self.store, _RECONNECT_SECONDS, busy_seconds)
        dialect = self._engine.dialect
        self._buckets = Buckets(dialect, self._writer)
        self._results = KeptResults(dialect, self._writer, run_id, epoch)
        named = select(SALT.c.value).where(SALT.c.name == bindparam("the_name"))
        self._salt = Statement(named, ("the_name",), dialect)
        self._new_salt = Statement(insert(SALT), ("name", "value"), dialect)

    def salt(self) -> bytes:
        """Random bytes of this store, made by the first who asks."""

        def write(cursor: Any) -> str:
            row = self._salt.run(cursor, (_NAME,)).fetchone()
            if row is not None:
                return str(row[0])
            value = secrets.token_hex(32)
            self._new_salt.run(cursor, (_NAME, value))
            return value

        def asked(cursor: Any) -> Any:
            return self._salt.run(cursor, (_NAME,)).fetchone()

        try:
            row = self._writer.query(asked)
            if row is None:
                self._writer.transact(write, lambda cursor: asked(cursor) is not None)
                row = self._writer.query(asked)
            return bytes.fromhex(row[0])
        except SQLAlchemyError as error:
            raise translated(error, self.store) from error

    def take(self, wants: Sequence[Want]) -> list[float]:
        return self._buckets.take(wants)

    def look(self, key: str, ttl_seconds: float, holder: str) -> tuple[str, Any]:
        return self._results.look(key, ttl_seconds, holder)

    def keep(self, key: str, holder: str, space: str, payload: Any, ttl_seconds: float, most: int) -> None:
        self._results.keep(key, holder, space, payload, ttl_seconds, most)

    def give_up(self, key: str, holder: str) -> None:
        self._results.give_up(key, holder)

    def expired(self) -> int:
        """How many results may not be given again any more."""
        return self._writer.query(self._results.expired)

    def clean(self) -> None:
        """Delete results whose time is over, buckets that are full, and what dead makers left behind."""

        def write(cursor: Any) -> None:
            self._results.expire(cursor)
            self._buckets.forget_full(cursor)

        self._writer.transact(write, lambda _: True)

    def close(self) -> None:
        self._writer.close()
        self._engine.dispose()
