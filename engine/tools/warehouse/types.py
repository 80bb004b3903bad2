"""An author's SQL types: read by the parser, written anew, and what they ask of a file's reader."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from engine.errors import ToolError
from engine.tools.warehouse.grammar import GRAMMARS

_PARTS = (exp.DataType, exp.DataTypeParam, exp.Literal, exp.ColumnDef, exp.Identifier)
_EXACT = ("CHAR", "TEXT", "STRING", "CLOB", "UUID", "JSON", "DECIMAL", "NUMERIC", "HUGEINT")


def parsed_type(text: str, dialect: str) -> str:
    """An author's SQL type written anew from its tree, so that nothing but a type gets into our statement."""
    try:
        tree = sqlglot.parse_one(f"CAST(NULL AS {text})", dialect=GRAMMARS[dialect])
    except SqlglotError:
        tree = None
    kind = tree.to if isinstance(tree, exp.Cast) else None
    if not isinstance(kind, exp.DataType) or any(not isinstance(part, _PARTS) for part in kind.walk()):
        raise ToolError(
            f'"{text}" is not a type of {dialect}',
            type="invalid",
            hint="for instance BIGINT, DECIMAL(10, 2), TEXT",
        )
    return str(kind.sql(dialect=GRAMMARS[dialect]))


def read_as(sql_type: str) -> Any | None:
    """The Arrow type a csv's column is read as for a column of this SQL type; None where the file may tell.

    What reads as a number (`00123`, `1.10`) must reach text and decimal columns as it is written.
    """
    upper = sql_type.upper()
    if upper.startswith("BOOL"):
        return pa.bool_()
    return pa.string() if any(word in upper for word in _EXACT) else None
