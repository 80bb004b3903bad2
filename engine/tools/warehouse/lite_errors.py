"""What SQLite says -> ToolError, in terms of the author's text. One table."""

from __future__ import annotations

import re
import sqlite3

from engine.errors import ToolError
from engine.text import suggestion
from engine.tools.warehouse.dialect import Reading
from engine.tools.warehouse.statement import Statement

# The beginning of SQLite's error name -> the error's type; the first that fits.
_TYPES = (
    ("SQLITE_BUSY", "unavailable"),
    ("SQLITE_LOCKED", "unavailable"),
    ("SQLITE_CONSTRAINT", "conflict"),
    ("SQLITE_READONLY", "permission"),
    ("SQLITE_PERM", "permission"),
    ("SQLITE_AUTH", "permission"),
    ("SQLITE_INTERRUPT", "timeout"),
    ("SQLITE_NOTADB", "data"),
    ("SQLITE_CORRUPT", "data"),
    ("SQLITE_MISMATCH", "data"),
    ("SQLITE_CANTOPEN", "not_found"),
    ("SQLITE_FULL", "unavailable"),
    ("SQLITE_IOERR", "unavailable"),
    ("SQLITE_TOOBIG", "too_large"),
    ("SQLITE_NOMEM", "too_large"),
    ("SQLITE_ERROR", "invalid"),
)
_UNKNOWN = re.compile(r"no such (?P<what>column|table|function): (?P<name>.+)")


def tool_error(error: BaseException, statement: Statement | None, reading: Reading | None) -> ToolError:
    """The error for the author. `reading` may still look up names to suggest."""
    code = getattr(error, "sqlite_errorname", None) or type(error).__name__
    text = str(error)
    if match := _UNKNOWN.search(text):
        return _unknown(match["what"], match["name"], statement, reading, code)
    if code == "SQLITE_AUTH" or "not authorized" in text:  # some statements lose the code on the way
        return ToolError(
            f"refused by the database: {text}",
            type="permission",
            code="SQL_REFUSED",
            hint="a query only reads tables",
        )
    kind = next((kind for start, kind in _TYPES if code.startswith(start)), "failed")
    if isinstance(error, OverflowError):
        kind, text = "data", "an integer does not fit into 64 bits"
    elif isinstance(error, (sqlite3.ProgrammingError, sqlite3.InterfaceError)):
        kind = "invalid"
    return ToolError(f"sqlite: {text}", type=kind, code=code)


def _unknown(
    what: str, name: str, statement: Statement | None, reading: Reading | None, code: str
) -> ToolError:
    short = name.rpartition(".")[2]
    line = statement.line_of_name(short) if statement else None
    where = f" in line {line} of the sql" if line else ""
    return ToolError(
        f'there is no {what} "{name}"{where}',
        type="invalid",
        code=code,
        hint=_hint(what, short, statement, reading),
    )


def _hint(what: str, name: str, statement: Statement | None, reading: Reading | None) -> str | None:
    if reading is None or statement is None or what == "function":
        return None
    tables = reading.tables()
    if what == "table":
        return suggestion(name, tables)
    known = {table.lower() for table in tables}
    read = [table for table in statement.tables() if table.lower() in known]
    return suggestion(name, [column for table in read for column in reading.columns(table)])
