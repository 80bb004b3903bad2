"""The keys of what was written: a table of the database itself, changed in the transaction that writes.

Law: a key is there if, and only if, its work is; so a second attempt finds it, does nothing, and gives the first one's
number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.tools.warehouse.dialect import Target, Writing
from engine.tools.warehouse.statement import prepare_write

LEDGER = Target(None, "weft_executed")
_WORDS = {"key": "key", "text": "varchar(200)", "insert": "insert", "once": "on conflict do nothing"}
# In MySQL `key` is a word of the language, and texts that differ in case alone are equal.
_MYSQL = {"key": "`key`", "text": "varbinary(200)", "insert": "insert ignore", "once": ""}
_MAKE = "create table weft_executed ({key} {text} primary key, query_type varchar(20), rows_affected bigint)"
_ENTER = "{insert} into weft_executed ({key}, query_type, rows_affected) values (:key, :kind, :count) {once}"
_COUNTED = "update weft_executed set rows_affected = :count where {key} = :key"
_FOUND = "select coalesce(max(rows_affected), -1) from weft_executed where {key} = :key"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The table as one transaction sees it."""

    writing: Writing
    dialect: str

    def found(self, key: str) -> int | None:
        """The rows that the work of this key wrote, None where it was not done."""
        rows = self._said(_FOUND, key=key)
        return None if rows < 0 else rows

    def enter(self, key: str, kind: str, count: int) -> bool:
        """Whether the key is new. Waits for another transaction that is about to enter the same one."""
        return bool(self._said(_ENTER, key=key, kind=kind, count=count))

    def count(self, key: str, count: int) -> None:
        self._said(_COUNTED, key=key, count=count)

    def _said(self, sql: str, **params: Any) -> int:
        words = _MYSQL if self.dialect == "mysql" else _WORDS
        statement, _ = prepare_write(sql.format(**words), params, self.dialect, ours=True)
        return self.writing.run(statement.text, statement.values)


def opened(writing: Writing, dialect: str) -> Ledger:
    """The ledger, made where it is missing."""
    book = Ledger(writing, dialect)
    if writing.columns(LEDGER) is None:
        writing.lock(LEDGER)
        if writing.columns(LEDGER) is None:
            book._said(_MAKE)
    return book
