"""What SQLite asks before it does a thing, and what we answer: they hold whatever got past the parser."""

from __future__ import annotations

import sqlite3

from engine.tools.warehouse.functions import SQLITE

_OPERATORS = frozenset({"->", "->>", "like", "glob", "regexp", "match"})
_NEVER = frozenset(
    {
        sqlite3.SQLITE_ATTACH,
        sqlite3.SQLITE_DETACH,
        sqlite3.SQLITE_PRAGMA,
        sqlite3.SQLITE_CREATE_VTABLE,
        sqlite3.SQLITE_DROP_VTABLE,
        sqlite3.SQLITE_CREATE_TRIGGER,
        sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
    }
)


def read_only(action: int, _table: str | None, function: str | None, *_where: str | None) -> int:
    if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (function or "").lower() in SQLITE | _OPERATORS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def changes_tables(action: int, _table: str | None, function: str | None, *_where: str | None) -> int:
    """For statements that write: the tables of this file, and nothing else of the machine."""
    if action in _NEVER:
        return sqlite3.SQLITE_DENY
    name = (function or "").lower()
    own = name.startswith("sqlite_")  # what SQLite itself calls to alter a table
    known = action != sqlite3.SQLITE_FUNCTION or own or name in SQLITE | _OPERATORS
    return sqlite3.SQLITE_OK if known else sqlite3.SQLITE_DENY
