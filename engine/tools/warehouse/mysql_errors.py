"""What MySQL and MariaDB say -> ToolError, in terms of the author's text. By the error's number, else by its SQLSTATE."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

import pymysql

from engine.errors import ToolError
from engine.text import suggestion
from engine.tools.warehouse.dialect import Reading
from engine.tools.warehouse.statement import Statement

_KINDS = {
    "connection": (2003, 2006, 2013, 2014, 2055, 1927, 1184, 1158, 1159, 1160, 1161),
    "unavailable": (1205, 1213, 1040, 1203, 1226, 1053, 1079, 1020, 3572, 1412, 1037, 1038, 1041, 1021, 1114, 1135),
    "timeout": (1317, 1969, 3024, 1907),
    "data": (1264, 1366, 1292, 1406, 1365, 1690, 1242, 1241, 1265, 1411, 1441, 4038, 1210, 3140, 3141, 1300, 1416),
    "conflict": (1062, 1022, 1048, 1364, 1451, 1452, 1216, 1217, 1169, 1050, 1061, 1007, 4025, 3819, 1557, 1586, 1261),
    "permission": (1045, 1044, 1142, 1143, 1227, 1290, 1370, 1410, 1698, 1251, 1132, 1419, 1836),
    "not_found": (1049,),
    "too_large": (1153, 1301, 1104),
    "invalid": (1064, 1046, 1060, 1055, 1056, 1052, 1111, 1140, 1222, 1248, 1267, 1235, 1289, 1295, 1103, 1059, 1072),
}  # fmt: skip
_OF = {number: kind for kind, numbers in _KINDS.items() for number in numbers}
_STATES = (
    ("08", "connection"),
    ("21", "data"),
    ("22", "data"),
    ("23", "conflict"),
    ("28", "permission"),
    ("40", "unavailable"),
    ("42", "invalid"),
    ("70100", "timeout"),
    ("3D", "invalid"),
)
_READ_ONLY = 1792
_NAMED = {1054: "column", 1146: "table", 1109: "table", 1051: "table", 1305: "function", 1630: "function"}
_NAME = re.compile(r"'([^']+)'|(?:FUNCTION|function) (\S+)")
_TEXT_MAX = 500
_log = logging.getLogger("weft.tool.sql")


def lost(error: pymysql.err.Error) -> bool:
    """Whether the conversation is over: what the server did with the last message is not known."""
    number = _number(error)
    return isinstance(error, pymysql.err.InterfaceError) or number in (2006, 2013, 2014, 2055, 1927, 1053)


def tool_error(error: pymysql.err.Error, statement: Statement | None, reading: Reading | None) -> ToolError:
    """The error for the author. `reading` may still look up names to suggest."""
    number, text = _number(error), _said(error)
    if number is None:
        return ToolError(f"mysql: {text}", type="connection", code=type(error).__name__)
    code = f"MYSQL {number}"
    if number in _NAMED and (match := _NAME.search(text)):
        return _unknown(_NAMED[number], match[1] or match[2], statement, reading, code)
    if number == _READ_ONLY:
        return ToolError(
            f"refused by the database: {text}",
            type="permission",
            code="SQL_REFUSED",
            hint="a query only reads tables",
        )
    state = str(getattr(error, "sqlstate", None) or "")
    by_state = next((kind for start, kind in _STATES if state.startswith(start)), "failed")
    kind = _OF.get(number, by_state)
    hint = "the connection's role lacks this right" if kind == "permission" and number != 1045 else None
    return ToolError(f"mysql: {text}", type=kind, code=code, hint=hint)


def _number(error: pymysql.err.Error) -> int | None:
    first = error.args[0] if error.args else None
    return first if isinstance(first, int) and first else None


def _said(error: pymysql.err.Error) -> str:
    text = str(error.args[1]) if len(error.args) > 1 and error.args[1] else str(error) or type(error).__name__
    text = text.partition("; check the manual that corresponds")[0]
    message = text.strip().rstrip(".")[:_TEXT_MAX]
    return message[:1].lower() + message[1:]


def _unknown(
    what: str, name: str, statement: Statement | None, reading: Reading | None, code: str
) -> ToolError:
    short = name.rpartition(".")[2]
    line = statement.line_of_name(short) if statement and statement.tree is not None else None
    where = f" in line {line} of the sql" if line else ""
    shown = short if what != "column" else name
    return ToolError(
        f'there is no {what} "{shown}"{where}',
        type="invalid",
        code=code,
        hint=_hint(what, suggestion(short, _known(what, statement, reading))),
    )


def _hint(what: str, near: str | None) -> str | None:
    """What stands in double quotes is a name here; MySQL's own habit is another."""
    if what != "column" or (near or "").startswith("did you mean"):
        return near
    quotes = "a text is written in single quotes"
    return f"{near}; {quotes}" if near else quotes


def _known(what: str, statement: Statement | None, reading: Reading | None) -> list[str]:
    """Names to suggest; none where the database cannot say them any more."""
    if reading is None or what == "function":
        return []
    if what == "table":
        return _looked_up(reading.tables)
    tables = statement.tables() if statement and statement.tree is not None else []
    return _looked_up(lambda: [column for table in tables for column in reading.columns(table)])


def _looked_up(look: Callable[[], list[str]]) -> list[str]:
    try:
        return look()
    except Exception as error:
        _log.debug("no names to suggest: %s", error)
        return []
