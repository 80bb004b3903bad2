"""MySQL and MariaDB behind the warehouse's port, by PyMySQL: reading.

Whatever slipped through the parser must still be one statement (the client asks for no more in a message), in a
read-only transaction of a session that reads only, by a role without rights on the server.
"""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

import pyarrow as pa
import pymysql

from engine.errors import ToolError
from engine.tools.port import CallContext
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.dialect import (
    Batches,
    Column,
    Explained,
    Reading,
    Rows,
    Table,
    TableColumn,
    Target,
    Writing,
    quoted,
    unique_names,
)
from engine.tools.warehouse.mysql_catalogue import MysqlCatalogue
from engine.tools.warehouse.mysql_errors import tool_error
from engine.tools.warehouse.mysql_plan import explained
from engine.tools.warehouse.mysql_pool import Connection, MysqlDriver
from engine.tools.warehouse.mysql_values import Kind, kind_of
from engine.tools.warehouse.mysql_writing import MysqlWriting
from engine.tools.warehouse.pool import Pool
from engine.tools.warehouse.statement import Statement
from engine.tools.warehouse.values import mappings, size_of

FIRST_ROWS, MOST_ROWS = 1_000, 50_000
BATCH_BYTES = 8 * 2**20


class MysqlDatabase:
    """One connection's database on a server."""

    dialect = "mysql"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool: Pool[Connection] = Pool(settings, MysqlDriver(settings))

    @contextmanager
    def reading(self, context: CallContext) -> Iterator[MysqlReading]:
        settings = self._settings
        limit = min(settings.query_timeout_seconds, settings.call_timeout_seconds)
        # One state of the tables for all that the call looks at.
        begin = self._limits(limit) + "\nSTART TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
        with self._pool.session(context, begin, limit, "query_timeout") as session:
            reading = MysqlReading(session)
            try:
                yield reading
            finally:
                reading.release()

    @contextmanager
    def writing(self, context: CallContext) -> Iterator[MysqlWriting]:
        limit = self._settings.call_timeout_seconds
        # The session too: after a statement that commits by itself the next transaction writes as well.
        begin = self._limits(limit) + "\nSET SESSION TRANSACTION READ WRITE\nSTART TRANSACTION READ WRITE"
        writing: MysqlWriting | None = None
        try:
            with self._pool.session(context, begin, limit, "max_query_time") as session:
                writing = MysqlWriting(session, self._settings.lock_timeout_seconds)
                yield writing
                session.stop.check()
                writing.commit()
        except BaseException:
            if writing is not None and writing.stages:
                self._removed(writing.stages)
            raise

    @contextmanager
    def translated(
        self, statement: Statement | None = None, session: Reading | Writing | None = None
    ) -> Iterator[None]:
        try:
            yield
        except pymysql.err.Error as error:
            if session is not None:
                session.check()
            raise tool_error(
                error, statement, session if isinstance(session, MysqlReading) else None
            ) from error

    def pool_use(self) -> dict[str, int]:
        """See `Pool.use`."""
        return self._pool.use()

    def close(self) -> None:
        self._pool.close()

    def _removed(self, stages: list[str]) -> None:
        """Tables that a load was about to make; where even that fails, the next load of the same table removes them."""
        begin = self._limits(self._settings.lock_timeout_seconds) + "\nSET SESSION TRANSACTION READ WRITE"
        with (
            suppress(pymysql.err.Error),
            self._pool.session(CallContext(), begin, self._settings.lock_timeout_seconds, "") as session,
        ):
            for stage in stages:
                session.connection.query(f"DROP TABLE IF EXISTS {stage}")

    def _limits(self, seconds: float) -> str:
        """The server's own clock, a second behind ours, which says more. Each server reads the comment that is its own:
        MariaDB passes over those of MySQL's versions 5.7.
        """
        locks = max(1, int(self._settings.lock_timeout_seconds))
        return (
            f"SET SESSION lock_wait_timeout = {locks}, innodb_lock_wait_timeout = {locks}"
            f" /*M!100101 , max_statement_time = {int(seconds) + 1} */"
            f" /*!50708 , max_execution_time = {int(seconds) * 1000 + 1000} */"
        )


class MysqlReading(MysqlCatalogue):
    _result: Any = None

    def columns(self, table: str) -> list[str]:
        target = self.resolved(Target.parse(table))
        return [name for name, *_ in self.described(target)] if target else []

    def table(self, target: Target) -> Table | None:
        found = self.resolved(target)
        if found is None:
            return None
        columns = [TableColumn(*row) for row in self.described(found)]
        shown = found.table if target.schema is None else f"{found.schema}.{found.table}"
        return Table(f"{quoted(found.schema or '')}.{quoted(found.table)}", shown, columns)

    def explain(self, statement: Statement, *, run: bool) -> Explained:
        # With names in double quotes MariaDB writes conditions that end its own JSON's texts.
        self._connection.query(
            "SET @weft_modes = @@sql_mode, sql_mode = replace(@@sql_mode, 'ANSI_QUOTES', '')"
        )
        told = self.asked(f"EXPLAIN FORMAT=JSON {statement.text}", statement.values)
        self._connection.query("SET sql_mode = @weft_modes")
        plan = json.loads(told[0][0])
        if not run:
            return explained(plan, None, None)
        started = time.perf_counter()
        self._open(statement)
        count = sum(map(len, self._fetched(None)))
        return explained(plan, time.perf_counter() - started, count)

    def rows(self, statement: Statement, most: int) -> Rows:
        kinds = self._open(statement)
        names, warnings = unique_names([kind.name for kind in kinds])
        found: list[tuple[Any, ...]] = []
        for rows in self._fetched(most):
            found.extend(rows)
        return _as_json(names, kinds, found, warnings)

    def portions(self, statement: Statement) -> Iterator[Rows]:
        kinds = self._open(statement)
        names, warnings = unique_names([kind.name for kind in kinds])
        yield _as_json(names, kinds, [], warnings)
        for rows in self._fetched(None):
            yield _as_json(names, kinds, rows, [])

    def batches(self, statement: Statement) -> Batches:
        kinds = self._open(statement)
        schema = pa.schema([pa.field(kind.name, kind.arrow) for kind in kinds])

        def stream() -> Generator[Any, None, None]:
            for rows in self._fetched(None):
                pairs = zip(kinds, zip(*rows, strict=True), strict=True)
                yield pa.record_batch([kind.array(values) for kind, values in pairs], schema=schema)

        return Batches([Column(kind.name, kind.type) for kind in kinds], schema, stream())

    def release(self) -> None:
        """Where rows were left unread the connection is of no use to anybody: it could only be read to its end."""
        result = self._result
        if result is not None and result.unbuffered_active:
            result.unbuffered_active = False  # else the client reads all of it when it forgets the result
            self._connection._result = None
            self._session.spoilt = True

    def _open(self, statement: Statement) -> list[Kind]:
        """Sends the statement; its rows stay with the server until they are fetched."""
        if self._result is not None and self._result.unbuffered_active:
            self._result._finish_unbuffered_query()
        self._connection.query(self.bound(statement.text, statement.values), unbuffered=True)
        self._result = self._connection._result
        if not self._result.field_count:
            raise ToolError(
                "refused by the database: this is not one query",
                type="permission",
                code="SQL_REFUSED",
                hint="a query only reads tables",
            )
        return [kind_of(field) for field in self._result.fields]

    def _fetched(self, most: int | None) -> Iterator[list[tuple[Any, ...]]]:
        """Rows in portions of about BATCH_BYTES, at most `most` in sum."""
        assert self._result is not None
        read, size, left = self._result._read_rowdata_packet_unbuffered, FIRST_ROWS, most
        while left is None or left > 0:
            rows = [*islice(iter(read, None), size if left is None else min(size, left))]
            self._stop.check()
            if not rows:
                return
            yield rows
            left = None if left is None else left - len(rows)
            weight = sum(map(size_of, rows[:100])) / len(rows[:100])
            size = max(1, min(MOST_ROWS, int(BATCH_BYTES / max(weight, 1.0))))
        read()  # the mark of the end, if that is what follows


def _as_json(names: list[str], kinds: list[Kind], found: list[tuple[Any, ...]], warnings: list[str]) -> Rows:
    columns = list(zip(*found, strict=True)) if found else [() for _ in names]
    values = [
        Kind(name, kind.type, kind.arrow).json(column, warnings)
        for name, kind, column in zip(names, kinds, columns, strict=True)
    ]
    described = [Column(name, kind.type) for name, kind in zip(names, kinds, strict=True)]
    return Rows(described, mappings(names, found, columns, values), sum(map(size_of, columns)), warnings)
