"""Large data of runs in a database: parts of bytes under a name, written apart from the events that speak of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Dialect, and_, bindparam, delete, insert, select

from engine.journal.sql.reader import Reader
from engine.journal.sql.schema import LARGE_DATA
from engine.journal.sql.statements import Statement
from engine.journal.sql.writer import Writer


class LargeData:
    """The table's statements, for one dialect, on the journal's own writer and reader."""

    def __init__(self, dialect: Dialect, writer: Writer, reader: Reader) -> None:
        self._writer = writer
        self._reader = reader
        table = LARGE_DATA.c
        named = and_(table.run_id == bindparam("the_run"), table.name == bindparam("the_name"))
        one = and_(named, table.part == bindparam("the_part"))
        self._insert = Statement(insert(LARGE_DATA), ("run_id", "name", "part", "body"), dialect)
        self._delete = Statement(delete(LARGE_DATA).where(one), ("the_run", "the_name", "the_part"), dialect)
        self._drop = Statement(delete(LARGE_DATA).where(named), ("the_run", "the_name"), dialect)
        self._one = Statement(select(table.body).where(one), ("the_run", "the_name", "the_part"), dialect)
        self._any = Statement(select(table.part).where(named), ("the_run", "the_name"), dialect)

    def keep(self, run_id: str, name: str, first: int, parts: Sequence[bytes]) -> None:
        """See `Journal.keep`. Parts of the same number are replaced: writing them twice does no harm."""

        def write(cursor: Any) -> None:
            for number, body in enumerate(parts, first):
                self._delete.run(cursor, (run_id, name, number))
                self._insert.run(cursor, (run_id, name, number, body))

        def landed(cursor: Any) -> bool:
            last = self._one.run(cursor, (run_id, name, first + len(parts) - 1)).fetchone()
            return last is not None and bytes(last[0]) == parts[-1]

        if parts:
            self._writer.transact(write, landed)

    def drop(self, run_id: str, name: str) -> None:
        """See `Journal.drop`."""
        self._writer.transact(
            lambda cursor: self._drop.run(cursor, (run_id, name)),
            lambda cursor: self._any.run(cursor, (run_id, name)).fetchone() is None,
        )

    def part(self, run_id: str, name: str, number: int) -> bytes | None:
        """See `Journal.part`."""
        return self._reader.part(run_id, name, number)
