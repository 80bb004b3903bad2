"""The audit trail's one chain: entries are tied to the last one in the transaction that records what they tell.

In PostgreSQL the row of the head is held from here to the commit, so of several processes each follows the other; it is
taken last, after the rows of the runs, so nobody waits in a circle. In SQLite there is one writer at a time anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Dialect, bindparam, insert, literal_column, select, update

from engine.errors import StoreError
from engine.journal.audit import Written, written
from engine.journal.sql.schema import AUDIT, AUDIT_HEAD
from engine.journal.sql.statements import ColumnwiseInsert, Statement

_PLACE = AUDIT_HEAD.c.place == literal_column("1")


class AuditChain:
    """The statements, for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        head = select(AUDIT_HEAD.c.number, AUDIT_HEAD.c.hash).where(_PLACE)
        self._head = Statement(head.with_for_update(), (), dialect)
        moved = update(AUDIT_HEAD).where(_PLACE)
        moved = moved.values(number=bindparam("new_number"), hash=bindparam("new_hash"))
        self._move = Statement(moved, ("new_number", "new_hash"), dialect)
        names = [column.name for column in AUDIT.columns]
        one = dialect.driver == "psycopg"
        self._insert = ColumnwiseInsert(AUDIT, dialect) if one else Statement(insert(AUDIT), names, dialect)

    def write(self, cursor: Any, entries: Iterable[Written]) -> None:
        """Tie the entries to the chain, in order, inside the caller's transaction."""
        found = self._head.run(cursor, ()).fetchone()
        if found is None:
            raise StoreError(
                "the head of the audit trail is missing: nothing can be tied to it",
                hint="weft audit verify tells what is whole",
            )
        number, before = found
        rows = []
        for entry in entries:
            number += 1
            text, before = written(number, before, entry)
            rows.append((number, entry.at, entry.run_id, text, before))
        self._insert.run_many(cursor, rows)
        self._move.run(cursor, (number, before))
