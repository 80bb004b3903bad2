"""What DuckDB says -> ToolError, in terms of the author's text. One table; while rows stream, only the words
are left.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

from engine.errors import ToolError
from engine.text import suggestion
from engine.tools.warehouse.dialect import Reading
from engine.tools.warehouse.statement import Statement

# The first words of DuckDB's messages -> the error's type. They are the same whether an exception of its own
# carries them or Arrow's reader passes them on as an OSError.
_TYPES = {
    "Parser": "invalid",
    "Binder": "invalid",
    "Catalog": "invalid",
    "Invalid Input": "invalid",
    "Not implemented": "invalid",
    "Conversion": "data",
    "Out of Range": "data",
    "Mismatch Type": "data",
    "Constraint": "conflict",
    "TransactionContext": "conflict",
    "Permission": "permission",
    "Out of Memory": "too_large",
    "IO": "unavailable",
    "Connection": "unavailable",
    "INTERRUPT": "timeout",
    "INTERNAL": "internal",
    "FATAL": "internal",
}
_HEAD = re.compile(r"^(?P<kind>[A-Za-z ]+?) Error: (?P<text>.*)$", re.DOTALL)
_COLUMN = re.compile(r'Referenced column "([^"]+)" not found|does not have a column named "([^"]+)"')
_TABLE = re.compile(r"Table with name (\S+) does not exist")
# Two transactions met; not a key that is there twice, which DuckDB also tells at the commit. Nothing is left of this one.
_MET = re.compile(
    r"(?:Failed to commit: )?(?:Catalog write-write conflict|Transaction conflict:|Conflict on |Could not commit )"
)
_NAME = re.compile(r'"+(.+?)"+(?=[^"]*$)', re.DOTALL)
_TEXT_MAX = 500
# "IO" says too little: these will not go away by waiting.
_FILE_TROUBLES = (
    ("not a valid DuckDB database file", "data"),
    ("No such file or directory", "not_found"),
    ("Permission denied", "permission"),
)
_log = logging.getLogger("weft.tool.sql")


def tool_error(error: BaseException, statement: Statement | None, reading: Reading | None) -> ToolError:
    """The error for the author. `reading` may still look up names to suggest."""
    match = _HEAD.match(str(error))
    kind, text = (match["kind"], match["text"]) if match else ("", str(error))
    code = _class_name(error, kind)
    if column := _COLUMN.search(text):
        name = column[1] or column[2]
        return _unknown("column", name, _columns(statement, reading), statement, code)
    if table := _TABLE.search(text):
        return _unknown("table", table[1], _tables(reading), statement, code)
    if "Could not set lock" in text:
        return ToolError(
            "the database file is locked by another process",
            type="unavailable",
            code=code,
            hint="close what has it open",
        )
    if _MET.match(text):
        return ToolError(
            f"duckdb: {_short(_with_plain_name(text))}",
            type="unavailable",
            code=code,
            hint="another transaction changed the same at the same time",
        )
    for part, type_ in _FILE_TROUBLES:
        if part in text:
            return ToolError(f"duckdb: {_short(text)}", type=type_, code=code)
    return ToolError(f"duckdb: {_short(text)}", type=_TYPES.get(kind, "failed"), code=code)


def _with_plain_name(text: str) -> str:
    r"""DuckDB names a table here as its catalogue keeps it: `""Schema\0main\0Table\0main\0t""`."""
    return _NAME.sub(lambda found: '"' + found[1].rpartition("\\0")[2] + '"', text)


def _short(text: str) -> str:
    message = text.partition("\n\nLINE ")[0].partition("\n\tCandidate functions")[0].strip()[:_TEXT_MAX]
    return message[:1].lower() + message[1:]


def _class_name(error: BaseException, kind: str) -> str:
    """DuckDB's class of the error, also where Arrow's reader hid it."""
    name = type(error).__name__
    if kind and not name.endswith("Exception"):
        return f"{kind.title().replace(' ', '')}Exception"
    return name


def _unknown(what: str, name: str, known: list[str], statement: Statement | None, code: str) -> ToolError:
    line = statement.line_of_name(name.rpartition(".")[2]) if statement else None
    where = f" in line {line} of the sql" if line else ""
    return ToolError(
        f'there is no {what} "{name}"{where}', type="invalid", code=code, hint=suggestion(name, known)
    )


def _columns(statement: Statement | None, reading: Reading | None) -> list[str]:
    if statement is None or reading is None:
        return []
    return _looked_up(lambda: [c for table in statement.tables() for c in reading.columns(table)])


def _tables(reading: Reading | None) -> list[str]:
    return _looked_up(reading.tables) if reading is not None else []


def _looked_up(look: Callable[[], list[str]]) -> list[str]:
    """Names to suggest; none when the database cannot say them any more (the error may have ended the
    transaction).
    """
    try:
        return look()
    except Exception as error:
        _log.debug("no names to suggest: %s", error)
        return []
