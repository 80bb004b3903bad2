"""SQLite behind the warehouse's port, by the standard library's `sqlite3` and not by SQLAlchemy: the
authorizer, the limits and `interrupt` are on its connection, and a connection per call is opened in well
under a millisecond.

A database in memory is one of SQLite's own shared memory files, so that every call can have its own
connection to it too.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
import time
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
    PORTION_ROWS,
    Batches,
    Column,
    Explained,
    Reading,
    Rows,
    Table,
    TableColumn,
    Target,
    Writing,
    missing_folder,
    quoted,
    unique_names,
)
from engine.tools.warehouse.kinds import Kind, arrow_column, arrow_type, kind_of
from engine.tools.warehouse.lite_authorizers import read_only
from engine.tools.warehouse.lite_errors import tool_error
from engine.tools.warehouse.lite_plan import explained
from engine.tools.warehouse.lite_writing import LiteCatalogue, LiteWriting
from engine.tools.warehouse.statement import Statement
from engine.tools.warehouse.stopping import stopping
from engine.tools.warehouse.values import mappings, plain_columns, size_of

VALUE_BYTES_MAX = 128 * 2**20
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
            connection.set_authorizer(read_only)
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


class LiteReading(LiteCatalogue):
    def columns(self, table: str) -> list[str]:
        cursor = self._connection.execute(f"SELECT * FROM {quoted(table)} LIMIT 0")  # noqa: S608 - quoted name
        return [entry[0] for entry in cursor.description]

    def table(self, target: Target) -> Table | None:
        if target.schema not in (None, "main"):
            return None
        with self._trusted():
            found = self._connection.execute(
                'SELECT m.name, p.name, p.type, p."notnull" = 0 FROM sqlite_master m, pragma_table_info(m.name) p '
                "WHERE lower(m.name) = lower(?) AND m.type IN ('table', 'view') ORDER BY p.cid",
                (target.table,),
            ).fetchall()
        if not found:
            return None
        columns = [TableColumn(name, kind, bool(nullable)) for _, name, kind, nullable in found]
        return Table(f"main.{quoted(found[0][0])}", found[0][0], columns)

    def explain(self, statement: Statement, *, run: bool) -> Explained:
        found = self._connection.execute(f"EXPLAIN QUERY PLAN {statement.text}", statement.values).fetchall()
        if not run:
            return explained([row[3] for row in found], None, None)
        started = time.perf_counter()
        counted = f"SELECT count(*) FROM ({statement.text})"  # noqa: S608 - guarded text
        ((rows,),) = self._connection.execute(counted, statement.values)
        return explained([row[3] for row in found], time.perf_counter() - started, rows)

    @contextmanager
    def _trusted(self) -> Iterator[None]:
        """While our own statements read the catalogue."""
        self._connection.set_authorizer(None)
        try:
            yield
        finally:
            self._connection.set_authorizer(read_only)

    def rows(self, statement: Statement, most: int) -> Rows:
        cursor = self._connection.execute(statement.text, statement.values)
        names, warnings = unique_names([entry[0] for entry in cursor.description])
        found: list[tuple[Any, ...]] = []
        while len(found) < most and (batch := cursor.fetchmany(min(BATCH_ROWS, most - len(found)))):
            self._stop.check()
            found.extend(batch)
        cursor.close()
        return _as_json(names, found, warnings)

    def portions(self, statement: Statement) -> Iterator[Rows]:
        cursor = self._connection.execute(statement.text, statement.values)
        names, warnings = unique_names([entry[0] for entry in cursor.description])
        found = cursor.fetchmany(PORTION_ROWS)
        yield _as_json(names, found, warnings)
        while found := cursor.fetchmany(PORTION_ROWS):
            self._stop.check()
            yield _as_json(names, found, [])

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


def _as_json(names: list[str], found: list[tuple[Any, ...]], warnings: list[str]) -> Rows:
    columns = list(zip(*found, strict=True)) if found else [() for _ in names]
    described = [Column(name, _type_name(values)) for name, values in zip(names, columns, strict=True)]
    values = plain_columns(columns, names, warnings)
    rows = mappings(names, found, columns, values)
    return Rows(described, rows, sum(map(size_of, columns)), warnings)


def _type_name(values: Sequence[Any]) -> str:
    """SQLite's columns have no type of their own: that of the first value there is."""
    first = next((value for value in values if value is not None), None)
    return _TYPE_NAMES.get(type(first), "NULL")
