"""A transaction that writes to SQLite, and what both kinds of transaction look up."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from engine.errors import ToolError
from engine.tools.warehouse.dialect import NO_VALUES, Column, Target, quoted
from engine.tools.warehouse.lite_authorizers import changes_tables
from engine.tools.warehouse.stopping import Stop
from engine.tools.warehouse.tables_by_sql import StandardWriting
from engine.tools.warehouse.types import parsed_type
from engine.tools.warehouse.values import json_column


class LiteCatalogue:
    """What both kinds of transaction can look up."""

    def __init__(self, connection: sqlite3.Connection, stop: Stop) -> None:
        self._connection = connection
        self._stop = stop

    def check(self) -> None:
        self._stop.check()

    def tables(self) -> list[str]:
        found = self._connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') "
            "AND name NOT LIKE 'sqlite_%' ORDER BY name"
        )
        return [name for (name,) in found]


class LiteWriting(LiteCatalogue, StandardWriting):
    def columns(self, target: Target) -> list[Column] | None:
        self._require_main(target)
        found = self._connection.execute(
            "SELECT name, type FROM pragma_table_info(?, 'main')", (target.table,)
        )
        return [Column(name, kind) for name, kind in found] or None

    def types(self, schema: Any) -> list[str]:
        return [_sql_type(field.type) for field in schema]

    def parsed_type(self, text: str) -> str:
        return parsed_type(text, "sqlite")

    def spelled(self, name: str) -> str:
        return name

    def lock(self, target: Target) -> None:
        """Nothing to do: a database has one writer at a time."""

    def name(self, target: Target) -> str:
        return f"main.{quoted(target.table)}"

    def run(self, sql: str, values: Mapping[str, Any] = NO_VALUES) -> int:
        self._stop.check()
        before = self._connection.total_changes
        self._connection.set_authorizer(changes_tables)
        try:
            cursor = self._connection.execute(sql, dict(values))
            row = cursor.fetchone() if cursor.description else None
        finally:
            self._connection.set_authorizer(None)
        if row or self._connection.total_changes == before:
            return int(row[0]) if row else 0
        # The cursor's own count is of statements that begin with INSERT, UPDATE or DELETE alone.
        return int(self._connection.execute("SELECT changes()").fetchone()[0])

    def insert(self, table: str, names: Sequence[str], batch: Any) -> None:
        self._stop.check()
        listed, marks = ", ".join(map(quoted, names)), ", ".join("?" for _ in names)
        columns = [_python_values(column) for column in batch.columns]
        sql = f"INSERT INTO {table} ({listed}) VALUES ({marks})"  # noqa: S608 - quoted names
        self._connection.executemany(sql, zip(*columns, strict=True))

    def _require_main(self, target: Target) -> None:
        if target.schema not in (None, "main"):
            raise ToolError(
                f'there is no schema "{target.schema}" in sqlite', type="not_found", hint="leave it out"
            )


def _sql_type(kind: Any) -> str:
    types = pa.types
    table = (
        (types.is_boolean, "BOOLEAN"),
        (types.is_integer, "INTEGER"),
        (types.is_floating, "REAL"),
        (types.is_decimal, "NUMERIC"),
        (types.is_date, "DATE"),
        (types.is_timestamp, "TIMESTAMP"),
        (types.is_binary, "BLOB"),
        (types.is_large_binary, "BLOB"),
    )
    return next((name for test, name in table if test(kind)), "TEXT")


def _python_values(array: Any) -> list[Any]:
    """What SQLite can hold: dates and times as RFC 3339 texts, decimals as their digits, nested values as
    JSON.
    """
    if pa.types.is_decimal(array.type):
        return [None if value is None else str(value) for value in array.to_pylist()]
    if pa.types.is_nested(array.type):
        return [None if v is None else json.dumps(v, ensure_ascii=False) for v in json_column(array, "", [])]
    if (
        pa.types.is_floating(array.type)
        or pa.types.is_binary(array.type)
        or pa.types.is_large_binary(array.type)
    ):
        values: list[Any] = array.to_pylist()
        return values
    return json_column(array, "", [])
