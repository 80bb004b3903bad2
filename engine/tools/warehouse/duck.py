"""DuckDB behind the warehouse's port, by its own API (Arrow in and out)."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from typing import Any

import pyarrow as pa

from engine.errors import ToolError
from engine.tools.port import CallContext
from engine.tools.warehouse import duck_files, duck_turns
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.dialect import (
    BATCH_ROWS,
    NO_VALUES,
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
from engine.tools.warehouse.duck_errors import tool_error
from engine.tools.warehouse.duck_plan import explained
from engine.tools.warehouse.statement import Statement
from engine.tools.warehouse.stopping import Stop, stopping
from engine.tools.warehouse.tables_by_sql import StandardWriting
from engine.tools.warehouse.types import parsed_type
from engine.tools.warehouse.values import json_rows

# Arrow has no type of its own for these; their text says it all.
_AS_TEXT = re.compile(r"^(BIT|TIME WITH TIME ZONE|VARIANT|GEOMETRY)")


class DuckDatabase:
    """One connection's database: a file, opened while calls use it, or a database in memory that lives as
    long as this.
    """

    dialect = "duckdb"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        duck_files.duckdb_module()
        self._memory = duck_files.memory() if settings.database is None else None
        self._memory_lock = threading.Lock()

    @contextmanager
    def reading(self, context: CallContext) -> Iterator[DuckReading]:
        settings = self._settings
        limit = min(settings.query_timeout_seconds, settings.call_timeout_seconds)
        with (
            self._cursor(context, write=False) as cursor,
            stopping(context, cursor.interrupt, limit, "query_timeout") as stop,
        ):
            # Holds by itself: whatever slipped through the parser cannot write in this transaction.
            cursor.execute("BEGIN TRANSACTION READ ONLY")
            yield DuckReading(cursor, stop)

    @contextmanager
    def writing(self, context: CallContext) -> Iterator[DuckWriting]:
        path, limit = self._settings.database, self._settings.call_timeout_seconds
        lock = self._memory_lock if path is None else duck_turns.lock_of(path)
        with (
            # Before the file is opened: who only waits must not hold it.
            duck_turns.turn(lock, wait_seconds=limit, check=context.check_cancelled),
            self._cursor(context, write=True) as cursor,
            stopping(context, cursor.interrupt, limit, "max_query_time") as stop,
        ):
            cursor.execute("BEGIN TRANSACTION")
            try:
                yield DuckWriting(cursor, stop)
                stop.check()
                cursor.execute("COMMIT")
            except BaseException:
                with suppress(
                    duck_files.duckdb_module().Error
                ):  # an error may have ended the transaction already
                    cursor.execute("ROLLBACK")
                raise

    @contextmanager
    def translated(
        self, statement: Statement | None = None, session: Reading | Writing | None = None
    ) -> Iterator[None]:
        try:
            yield
        except (duck_files.duckdb_module().Error, pa.ArrowException, OSError) as error:
            if session is not None:
                session.check()
            looking = session if isinstance(session, DuckReading) else None
            raise tool_error(error, statement, looking) from error

    def close(self) -> None:
        if self._memory is not None:
            self._memory.close()

    @contextmanager
    def _cursor(self, context: CallContext, *, write: bool) -> Iterator[Any]:
        if self._memory is not None:
            with closing(self._memory.cursor()) as cursor:
                yield cursor
            return
        path = self._settings.database
        assert path is not None
        if not write and not path.exists():
            raise ToolError(
                f'there is no database file "{path.name}"',
                type="not_found",
                hint="`load` makes it; relative paths start in the project folder",
            )
        if not path.parent.is_dir():
            raise missing_folder(self.dialect, "IOException", path, self._settings.project_dir)
        # A connection that may write opens the file for writing at once, or its queries would hold up its
        # loads.
        with duck_files.cursor(
            path,
            write=write or self._settings.writable,
            wait_seconds=self._settings.lock_timeout_seconds,
            check=context.check_cancelled,
        ) as cursor:
            yield cursor


class _Catalogue:
    """What both kinds of transaction can look up."""

    def __init__(self, cursor: Any, stop: Stop) -> None:
        self._cursor = cursor
        self._stop = stop

    def check(self) -> None:
        self._stop.check()

    def tables(self) -> list[str]:
        found = self._cursor.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal "
            "UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1, 2"
        ).fetchall()
        return [table if schema == "main" else f"{schema}.{table}" for schema, table in found]

    def _columns(self, target: Target) -> list[Column]:
        found = self._cursor.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE lower(table_name) = lower($table) "
            "AND lower(schema_name) = lower($schema) AND database_name = current_database() "
            "ORDER BY column_index",
            {"table": target.table, "schema": target.schema or "main"},
        ).fetchall()
        return [Column(name, kind) for name, kind in found]


class DuckReading(_Catalogue):
    def columns(self, table: str) -> list[str]:
        return [column.name for column in self._columns(Target.parse(table))]

    def table(self, target: Target) -> Table | None:
        found = self._cursor.execute(
            "SELECT schema_name, table_name, column_name, data_type, is_nullable FROM duckdb_columns() "
            "WHERE lower(table_name) = lower($table) AND lower(schema_name) = lower($schema) "
            "AND database_name = current_database() ORDER BY column_index",
            {"table": target.table, "schema": target.schema or "main"},
        ).fetchall()
        if not found:
            return None
        schema, name = found[0][:2]
        shown = name if schema == "main" else f"{schema}.{name}"
        return Table(f"{quoted(schema)}.{quoted(name)}", shown, [TableColumn(*row[2:]) for row in found])

    def explain(self, statement: Statement, *, run: bool) -> Explained:
        how = "EXPLAIN (ANALYZE, FORMAT JSON)" if run else "EXPLAIN (FORMAT JSON)"
        self._require_query(statement.text)
        started = time.perf_counter()
        row = self._cursor.execute(f"{how} {statement.text}", dict(statement.values) or None).fetchone()
        return explained(json.loads(row[1]), time.perf_counter() - started if run else None)

    def rows(self, statement: Statement, most: int) -> Rows:
        result = self.batches(statement)
        names, warnings = unique_names([column.name for column in result.columns])
        columns = [Column(name, column.type) for name, column in zip(names, result.columns, strict=True)]
        kept, left = [], most
        for batch in result.stream:
            kept.append(batch.slice(0, left))
            left -= kept[-1].num_rows
            if left <= 0:
                break
        result.stream.close()
        rows = json_rows(names, kept, warnings)
        return Rows(columns, rows, sum(batch.nbytes for batch in kept), warnings)

    def portions(self, statement: Statement) -> Iterator[Rows]:
        result = self.batches(statement)
        names, warnings = unique_names([column.name for column in result.columns])
        columns = [Column(name, column.type) for name, column in zip(names, result.columns, strict=True)]
        yield Rows(columns, [], 0, warnings)
        for batch in result.stream:
            for start in range(0, batch.num_rows, PORTION_ROWS):
                told: list[str] = []
                portion = batch.slice(start, PORTION_ROWS)
                yield Rows(columns, json_rows(names, [portion], told), portion.nbytes, told)

    def batches(self, statement: Statement) -> Batches:
        relation = self._relation(statement)
        columns = [
            Column(name, str(kind).strip('"'))
            for name, kind in zip(relation.columns, relation.types, strict=True)
        ]
        make = getattr(relation, "to_arrow_reader", None) or relation.fetch_record_batch  # before DuckDB 2
        reader = make(BATCH_ROWS)
        return Batches(columns, reader.schema, self._stream(reader))

    def _require_query(self, text: str) -> None:
        """By DuckDB's own parser: `commit; delete …` would leave the read-only transaction, whoever let it pass."""
        known = duck_files.duckdb_module().StatementType
        found = [part.type for part in self._cursor.extract_statements(text)]
        if len(found) != 1 or found[0] not in (
            known.SELECT,
            known.MULTI,
        ):  # the second is a select with a pivot
            raise ToolError(
                "refused by the database: this is not one query",
                type="permission",
                code="SQL_REFUSED",
                hint="a query only reads tables",
            )

    def _relation(self, statement: Statement) -> Any:
        self._require_query(statement.text)
        # A relation streams; the cursor's own `execute` would hold the whole result.
        values = dict(statement.values) or None
        relation = self._cursor.sql(statement.text, params=values)
        if not any(_AS_TEXT.match(str(kind)) for kind in relation.types):
            return relation
        wanted = [
            f"CAST(#{at} AS VARCHAR) AS {quoted(name)}"
            if _AS_TEXT.match(str(kind))
            else f"#{at} AS {quoted(name)}"
            for at, (name, kind) in enumerate(zip(relation.columns, relation.types, strict=True), 1)
        ]
        return self._cursor.sql(f"SELECT {', '.join(wanted)} FROM ({statement.text})", params=values)  # noqa: S608 - guarded text, quoted names

    def _stream(self, reader: Any) -> Generator[Any, None, None]:
        try:
            for batch in reader:
                self._stop.check()
                if batch.num_rows:
                    yield batch
        finally:
            reader.close()


class DuckWriting(_Catalogue, StandardWriting):
    def columns(self, target: Target) -> list[Column] | None:
        return self._columns(target) or None

    def types(self, schema: Any) -> list[str]:
        if not len(schema):
            return []
        empty = pa.Table.from_batches([], schema=schema)
        self._cursor.register("weft_batch", empty)
        found = self._cursor.execute("DESCRIBE SELECT * FROM weft_batch").fetchall()
        self._cursor.unregister("weft_batch")
        return [
            "VARCHAR" if pa.types.is_null(field.type) else row[1]
            for row, field in zip(found, schema, strict=True)
        ]

    def parsed_type(self, text: str) -> str:
        return parsed_type(text, "duckdb")

    def spelled(self, name: str) -> str:
        return name

    def lock(self, target: Target) -> None:
        """Nothing to do: a database has one writer at a time."""

    def name(self, target: Target) -> str:
        return f"{quoted(target.schema or 'main')}.{quoted(target.table)}"

    def run(self, sql: str, values: Mapping[str, Any] = NO_VALUES) -> int:
        self._stop.check()
        row = self._cursor.execute(sql, dict(values) or None).fetchone()
        return int(row[0]) if row and isinstance(row[0], int) else 0

    def insert(self, table: str, names: Sequence[str], batch: Any) -> None:
        self._stop.check()
        listed = ", ".join(map(quoted, names))
        self._cursor.register("weft_batch", pa.Table.from_batches([batch]).rename_columns(list(names)))
        self._cursor.execute(f"INSERT INTO {table} ({listed}) SELECT {listed} FROM weft_batch")  # noqa: S608 - quoted names
        # Not in a `finally`: after an error the transaction is over and the view goes with the cursor.
        self._cursor.unregister("weft_batch")
