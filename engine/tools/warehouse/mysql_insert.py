"""Arrow batches -> INSERT statements for MySQL, and the types a table made for them gets.

Law: the session reads a backslash in a text as an escape and speaks utf8mb4 (`mysql_pool` sees to both).
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
from pymysql.converters import escape_string

from engine.errors import ToolError
from engine.tools.warehouse.values import interval_text, json_column

STATEMENT_BYTES = 2**20
_INDEXED_BYTES = 3072
"""The longest key of InnoDB."""
_NAMES = (
    (pa.types.is_boolean, "BOOLEAN"),
    (pa.types.is_int8, "TINYINT"),
    (pa.types.is_uint8, "TINYINT UNSIGNED"),
    (pa.types.is_int16, "SMALLINT"),
    (pa.types.is_uint16, "SMALLINT UNSIGNED"),
    (pa.types.is_int32, "INT"),
    (pa.types.is_uint32, "INT UNSIGNED"),
    (pa.types.is_uint64, "BIGINT UNSIGNED"),
    (pa.types.is_integer, "BIGINT"),
    (pa.types.is_floating, "DOUBLE"),
    (pa.types.is_date, "DATE"),
    (pa.types.is_timestamp, "DATETIME(6)"),
    (pa.types.is_time, "TIME(6)"),
    (pa.types.is_binary, "LONGBLOB"),
    (pa.types.is_large_binary, "LONGBLOB"),
    (pa.types.is_fixed_size_binary, "LONGBLOB"),
    (pa.types.is_nested, "JSON"),
)


def sql_type(kind: Any) -> str:
    """MySQL's type for an Arrow column."""
    if pa.types.is_dictionary(kind):
        return sql_type(kind.value_type)
    if pa.types.is_decimal(kind):
        return f"DECIMAL({kind.precision}, {kind.scale})" if kind.precision <= 65 else "LONGTEXT"
    return next((name for test, name in _NAMES if test(kind)), "LONGTEXT")


def key_type(kind: str, keys: int) -> str:
    """The type of a column in a key of so many columns: of texts and bytes without a length no key is made."""
    share = _INDEXED_BYTES // keys
    if kind in ("LONGTEXT", "TEXT", "MEDIUMTEXT", "TINYTEXT"):
        return f"VARCHAR({share // 4})"
    return f"VARBINARY({share})" if kind.endswith("BLOB") else kind


def inserts(table: str, listed: str, batch: Any, statement_bytes: int) -> Iterator[str]:
    """Statements of about so many bytes; a row that is longer by itself is a statement of its own."""
    head = f"INSERT INTO {table} ({listed}) VALUES "  # noqa: S608 - quoted names, escaped values
    columns = [
        _literals(column, name) for column, name in zip(batch.columns, batch.schema.names, strict=True)
    ]
    rows: list[str] = []
    size = 0
    for row in zip(*columns, strict=True):
        text = f"({','.join(row)})"
        if rows and size + len(text) > statement_bytes:
            yield head + ",".join(rows)
            rows, size = [], 0
        rows.append(text)
        size += len(text) if text.isascii() else len(text.encode())
    if rows:
        yield head + ",".join(rows)


def _literals(column: Any, name: str) -> Sequence[str]:
    kind, types = column.type, pa.types
    if types.is_dictionary(kind):
        return _literals(column.dictionary_decode(), name)
    if types.is_boolean(kind):
        return ["NULL" if v is None else "1" if v else "0" for v in column.to_pylist()]
    if types.is_integer(kind):
        return ["NULL" if v is None else str(v) for v in column.to_pylist()]
    if types.is_floating(kind):
        return _numbers(column.to_pylist(), name)
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return ["NULL" if v is None else f"X'{v.hex()}'" for v in column.to_pylist()]
    return ["NULL" if v is None else f"'{escape_string(v)}'" for v in _texts(column)]


def _numbers(values: Sequence[Any], name: str) -> list[str]:
    if any(v is not None and not math.isfinite(v) for v in values):
        raise ToolError(
            f'column "{name}" holds NaN or an infinite number, which MySQL has none of',
            type="data",
            hint="leave them out, or write null",
        )
    return ["NULL" if v is None else repr(v) for v in values]


def _texts(column: Any) -> list[Any]:
    kind = column.type
    if pa.types.is_interval(kind):
        return [None if v is None else interval_text(v) for v in column.to_pylist()]
    if pa.types.is_nested(kind):
        found = json_column(column, "", [])
        return [None if v is None else json.dumps(v, ensure_ascii=False) for v in found]
    if pa.types.is_timestamp(kind):
        # Without its zone: it is in UTC, and so is the session.
        column = (
            column.cast(pa.timestamp("us")) if kind.tz is None else column.cast(pa.timestamp("us", "UTC"))
        )
        column = column.cast(pa.timestamp("us"))
    texts: list[Any] = column.cast(pa.string()).to_pylist()
    return texts
