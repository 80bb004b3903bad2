"""What PostgreSQL says -> ToolError, in terms of the author's text. One table, by SQLSTATE: messages may be in any
language.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

import psycopg

from engine.errors import ToolError
from engine.text import suggestion
from engine.tools.warehouse.dialect import Reading
from engine.tools.warehouse.statement import Statement

# The beginning of the SQLSTATE -> the error's type; the first that fits.
_TYPES = (
    ("08", "connection"),  # connection exception
    ("0A", "invalid"),  # feature not supported
    ("21", "data"),  # cardinality violation: more than one row in a sub-select
    ("2200", "data"),
    ("22", "data"),
    ("23", "conflict"),  # a constraint
    ("25006", "permission"),  # a write in a read-only transaction
    ("25P03", "timeout"),  # idle in transaction
    ("25P04", "timeout"),  # the transaction's time
    ("28", "permission"),  # wrong password, no such role
    ("3D", "not_found"),  # no such database
    ("3F", "invalid"),  # no such schema
    ("40", "unavailable"),  # serialisation failure, deadlock: a second attempt may well do
    ("42501", "permission"),
    ("42P07", "conflict"),  # the table exists already
    ("42", "invalid"),  # syntax, unknown names, types
    ("44", "conflict"),  # a view's check option
    ("53", "unavailable"),  # too many connections, no memory, no disk
    ("54", "invalid"),  # too complex, too many columns
    ("55", "unavailable"),  # locked, in use
    ("57014", "timeout"),  # cancelled: by `statement_timeout`, or from elsewhere
    ("57", "unavailable"),  # shut down, crashed, starting up
    ("58", "unavailable"),  # an error of the system below
    ("P0", "failed"),  # raised by a function of the database
    ("XX", "internal"),
)
_NAMED = {"42703": "column", "42P01": "table", "42883": "function"}
_WORD = re.compile(r'[A-Za-z_]\w*|"(?:[^"]|"")+"')
_TEXT_MAX = 500
_log = logging.getLogger("weft.tool.sql")


def tool_error(
    error: psycopg.Error, statement: Statement | None, reading: Reading | None, shift: int = 0
) -> ToolError:
    """The error for the author. `shift`: how many characters stood before the statement's text when it was sent.

    `reading` may still look up names to suggest.
    """
    state = error.sqlstate
    if state is None:
        return _without_state(error)
    code = f"SQLSTATE {state}"
    line, word = _place(error, statement, shift - _before_name(error, state))
    where = f" in line {line} of the sql" if line else ""
    if state in ("25006", "42501"):
        return _refused(error, state, where)
    if state in ("42703", "42P01") and word:
        what, name = _NAMED[state], _missing_name(error) or word
        known = _known(what, statement, reading)
        return ToolError(
            f'there is no {what} "{name}"{where}',
            type="invalid",
            code=code,
            hint=suggestion(name.rpartition(".")[2], known),
        )
    kind = next((kind for start, kind in _TYPES if state.startswith(start)), "failed")
    return ToolError(f"postgresql: {_said(error)}{where}", type=kind, code=code, hint=_hint(error))


def _refused(error: psycopg.Error, state: str, where: str) -> ToolError:
    if state == "25006":
        return ToolError(
            f"refused by the database: {_said(error)}{where}",
            type="permission",
            code="SQL_REFUSED",
            hint="a query only reads tables",
        )
    return ToolError(
        f"postgresql: {_said(error)}{where}",
        type="permission",
        code=f"SQLSTATE {state}",
        hint="the connection's role lacks this right",
    )


def _without_state(error: psycopg.Error) -> ToolError:
    """The client library's own errors: no server reached, a connection lost, a value it cannot send."""
    said = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if isinstance(error, psycopg.OperationalError):
        refused = re.search(r"FATAL: .*(password|role|authentication|pg_hba)", str(error))
        missing = re.search(r'FATAL: .*database ".*" does not exist', str(error))
        kind = "permission" if refused else "not_found" if missing else "connection"
        return ToolError(f"postgresql: {_short(said)}", type=kind, code=type(error).__name__)
    kind = "data" if isinstance(error, psycopg.DataError) else "failed"
    return ToolError(f"postgresql: {_short(said)}", type=kind, code=type(error).__name__)


def _said(error: psycopg.Error) -> str:
    text = error.diag.message_primary or str(error)
    detail = f" ({error.diag.message_detail.rstrip('.')})" if error.diag.message_detail else ""
    return _short(text + detail)


def _short(text: str) -> str:
    message = text.strip().rstrip(".")[:_TEXT_MAX]
    return message[:1].lower() + message[1:]


def _hint(error: psycopg.Error) -> str | None:
    hint = error.diag.message_hint
    return _short(hint) if hint else None


def _missing_name(error: psycopg.Error) -> str | None:
    """The name in quotes; of a column with its table it is written without them."""
    text = error.diag.message_primary or ""
    match = re.search(r'"([^"]+)"', text) or re.search(r"\b(\w+\.\w+)\b", text)
    return match[1] if match else None


def _before_name(error: psycopg.Error, state: str) -> int:
    """An unknown column's place is that of the table before it; the name's own is so much further on."""
    name = (_missing_name(error) or "") if state == "42703" else ""
    return name.rfind(".") + 1


def _place(error: psycopg.Error, statement: Statement | None, shift: int) -> tuple[int | None, str | None]:
    """The line of the author's text, and the word there, that the error's place in the sent text means.

    The text was written anew, so the place is found by its word: the n-th in the one is the n-th in the other.
    """
    if statement is None or statement.tree is None or not error.diag.statement_position:
        return None, None
    at = int(error.diag.statement_position) - 1 - shift
    words = [match for match in _WORD.finditer(statement.text) if match.start() <= at]
    for match in reversed(words):
        name = _bare(match[0])
        nth = sum(_bare(other[0]).lower() == name.lower() for other in words[: words.index(match)])
        if line := statement.line_of_name(name, nth):
            return line, name
    return None, None


def _bare(word: str) -> str:
    return word[1:-1].replace('""', '"') if word.startswith('"') else word


def _known(what: str, statement: Statement | None, reading: Reading | None) -> list[str]:
    """Names to suggest; none where the database cannot say them any more."""
    if reading is None:
        return []
    if what == "table":
        return _looked_up(reading.tables)
    tables = statement.tables() if statement else []
    return _looked_up(lambda: [column for table in tables for column in reading.columns(table)])


def _looked_up(look: Callable[[], list[str]]) -> list[str]:
    try:
        return look()
    except Exception as error:
        _log.debug("no names to suggest: %s", error)
        return []
