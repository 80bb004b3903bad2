"""SQLite behind the warehouse's port, by the standard library's `sqlite3` and not by SQLAlchemy: the
authorizer, the limits and `interrupt` are on its connection, and a connection per call is opened in well
under a millisecond.

A database in memory is one of SQLite's own shared memory files, so that every call can have its own
connection to it too.
"""

from __future__ import annotations

import itertools
import json
import os
import sqlite3
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from engine.errors import ToolError
from engine.tools.port import CallContext
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.dialect import (
    BATCH_ROWS,
    Batches,
    Column,
    Reading,
    Rows,
    Target,
    Writing,
    missing_folder,
    quoted,
    unique_names,
)
from engine.tools.warehouse.functions import SQLITE
from engine.tools.warehouse.kinds import Kind, arrow_column, arrow_type, kind_of
from engine.tools.warehouse.lite_errors import tool_error
from engine.tools.warehouse.statement import Statement
from engine.tools.warehouse.stopping import Stop, stopping
from engine.tools.warehouse.types import parsed_type
from engine.tools.warehouse.values import json_column, plain_columns

VALUE_BYTES_MAX = 128 * 2**20
_OPERATORS = frozenset({"->", "->>", "like", "glob", "regexp", "match"})
_memories = itertools.count(1)
_TYPE_NAMES = {int: "INTEGER", float: "REAL", str: "TEXT", bytes: "BLOB"}


class LiteDatabase:
    """One connection's database: a file or a memory shared by this object's calls."""

    dialect = "sqlite"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._anchor: sqlite3.Connection | None = None
        if settings.database is None:
            self._memory = f"file:/weft-{os.getpid()}-{next(_memories)}?vfs=memdb"
            self._anchor = sqlite3.connect(self._memory, uri=True, check_same_thread=False)

    @contextmanager
    def reading(self, context: CallContext) -> Iterator[LiteReading]:
        settings = self._settings
        limit = min(settings.query_timeout_seconds, settings.call_timeout_seconds)
        with self._connected(write=False) as connection:
            # Each of these holds by itself: whatever slipped through the parser can neither write nor attach.
            connection.execute("PRAGMA query_only = ON")
            connection.execute("BEGIN")
            connection.set_authorizer(_read_only)
            with stopping(context, connection.interrupt, limit, "query_timeout") as stop:
                yield LiteReading(connection, stop)

    @contextmanager
    def writing(self, context: CallContext) -> Iterator[LiteWriting]:
        with (
            self._connected(write=True) as connection,
            stopping(
                context, connection.interrupt, self._settings.call_timeout_seconds, "max_query_time"
            ) as stop,
        ):
            connection.execute(
                "BEGIN IMMEDIATE"
            )  # a deferred one would fail halfway where another writer came between
            try:
                yield LiteWriting(connection, stop)
                stop.check()
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def translated(
        self, statement: Statement | None = None, session: Reading | Writing | None = None
    ) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, sqlite3.Warning, OverflowError) as error:
            if session is not None:
                session.check()
            looking = session if isinstance(session, LiteReading) else None
            raise tool_error(error, statement, looking) from error

    def close(self) -> None:
        if self._anchor is not None:
            self._anchor.close()

    @contextmanager
    def _connected(self, *, write: bool) -> Iterator[sqlite3.Connection]:
        database = self._settings.database
        if database is not None and not database.parent.is_dir():
            raise missing_folder(self.dialect, "SQLITE_CANTOPEN", database, self._settings.project_dir)
        connection = sqlite3.connect(
            self._uri(write),
            uri=True,
            timeout=self._settings.lock_timeout_seconds,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, VALUE_BYTES_MAX)
            yield connection
        finally:
            connection.close()

    def _uri(self, write: bool) -> str:
        path = self._settings.database
        if path is None:
            return self._memory if write else f"{self._memory}&mode=ro"
        if not write and not path.exists():
            raise ToolError(
                f'there is no database file "{path.name}"',
                type="not_found",
                hint="`load` makes it; relative paths start in the project folder",
            )
        return f"file:{quote(str(path))}?mode={'rwc' if write else 'ro'}"


def _read_only(action: int, _table: str | None, function: str | None, *_where: str | None) -> int:
    if action in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (function or "").lower() in SQLITE | _OPERATORS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


class _Catalogue:
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


class LiteReading(_Catalogue):
    def columns(self, table: str) -> list[str]:
        cursor = self._connection.execute(f"SELECT * FROM {quoted(table)} LIMIT 0")  # noqa: S608 - quoted name
        return [entry[0] for entry in cursor.description]

    def rows(self, statement: Statement, most: int) -> Rows:
        cursor = self._connection.execute(statement.text, statement.values)
        names, warnings = unique_names([entry[0] for entry in cursor.description])
        found: list[tuple[Any, ...]] = []
        while len(found) < most and (batch := cursor.fetchmany(min(BATCH_ROWS, most - len(found)))):
            self._stop.check()
            found.extend(batch)
        cursor.close()
        columns = list(zip(*found, strict=True)) if found else [() for _ in names]
        described = [Column(name, _type_name(values)) for name, values in zip(names, columns, strict=True)]
        values = plain_columns(columns, names, warnings)
        rows = [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]
        return Rows(described, rows, sum(map(_bytes, columns)), warnings)

    def batches(self, statement: Statement) -> Batches:
        """Reads twice in one transaction: a column of SQLite may change its type, a file's may not."""
        cursor = self._connection.execute(statement.text, statement.values)
        names, _ = unique_names([entry[0] for entry in cursor.description])
        kinds: list[Kind] = ["null"] * len(names)
        while found := cursor.fetchmany(BATCH_ROWS):
            self._stop.check()
            kinds = [
                kind_of(values, kind) for values, kind in zip(zip(*found, strict=True), kinds, strict=True)
            ]
        schema = pa.schema(
            [pa.field(name, arrow_type(kind)) for name, kind in zip(names, kinds, strict=True)]
        )

        def stream() -> Generator[Any, None, None]:
            again = self._connection.execute(statement.text, statement.values)
            while found := again.fetchmany(BATCH_ROWS):
                self._stop.check()
                columns = zip(zip(*found, strict=True), kinds, strict=True)
                yield pa.record_batch([arrow_column(values, kind) for values, kind in columns], schema=schema)

        described = [Column(name, _KIND_NAMES[kind]) for name, kind in zip(names, kinds, strict=True)]
        return Batches(described, schema, stream())


_KIND_NAMES = {
    "null": "NULL",
    "boolean": "INTEGER",
    "integer": "INTEGER",
    "number": "REAL",
    "bytes": "BLOB",
    "text": "TEXT",
}


def _type_name(values: Sequence[Any]) -> str:
    """SQLite's columns have no type of their own: that of the first value there is."""
    first = next((value for value in values if value is not None), None)
    return _TYPE_NAMES.get(type(first), "NULL")


def _bytes(values: Sequence[Any]) -> int:
    return sum(len(value) if isinstance(value, (str, bytes)) else 8 for value in values)


class LiteWriting(_Catalogue):
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

    def name(self, target: Target) -> str:
        return f"main.{quoted(target.table)}"

    def run(self, sql: str) -> int:
        self._stop.check()
        cursor = self._connection.execute(sql)
        row = cursor.fetchone() if cursor.description else None
        return int(row[0]) if row else max(0, cursor.rowcount)

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
