"""PostgreSQL behind the warehouse's port, by psycopg.

Reading goes through a cursor of the server in a read-only transaction: whatever slipped through the parser must still be
one statement, and one that DECLARE CURSOR takes, which is a query that changes nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import RawCursor, RawServerCursor

from engine.errors import ToolError
from engine.tools.port import CallContext
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.dialect import (
    NO_VALUES,
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
from engine.tools.warehouse.pool import Pool
from engine.tools.warehouse.postgres_catalogue import PostgresCatalogue
from engine.tools.warehouse.postgres_copy import csv_of, sql_type
from engine.tools.warehouse.postgres_errors import tool_error
from engine.tools.warehouse.postgres_plan import explained
from engine.tools.warehouse.postgres_pool import Connection, PostgresDriver, Session
from engine.tools.warehouse.postgres_types import Kind, decimal_type, kind_of, of_decimal
from engine.tools.warehouse.statement import Statement
from engine.tools.warehouse.tables_by_sql import StandardWriting
from engine.tools.warehouse.types import parsed_type
from engine.tools.warehouse.values import mappings, size_of

FIRST_ROWS, MOST_ROWS = 1_000, 50_000
BATCH_BYTES = 8 * 2**20
_CURSOR = "weft_rows"
_FIRST_OWN = 16384
"""The first number of a type that is a database's own; the ones before are the same in all of them."""
_TYPE_NAMES: dict[tuple[int, int], str] = {}
_DECLARE = f'DECLARE "{_CURSOR}" NO SCROLL CURSOR FOR '


class PostgresDatabase:
    """One connection's database on a server."""

    dialect = "postgresql"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool: Pool[Connection] = Pool(settings, PostgresDriver(settings))

    @contextmanager
    def reading(self, context: CallContext) -> Iterator[PostgresReading]:
        settings = self._settings
        limit = min(settings.query_timeout_seconds, settings.call_timeout_seconds)
        # One state of the tables for all that the call looks at.
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" + self._limits(limit)
        with self._pool.session(context, begin, limit, "query_timeout") as session:
            yield PostgresReading(session)

    @contextmanager
    def writing(self, context: CallContext) -> Iterator[PostgresWriting]:
        limit = self._settings.call_timeout_seconds
        begin = "BEGIN READ WRITE" + self._limits(limit)
        with self._pool.session(context, begin, limit, "max_query_time") as session:
            yield PostgresWriting(session)
            session.stop.check()
            _commit(session)

    @contextmanager
    def translated(
        self, statement: Statement | None = None, session: Reading | Writing | None = None
    ) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            if session is not None:
                session.check()
            looking = session if isinstance(session, PostgresReading) else None
            raise tool_error(error, statement, looking, looking.shift if looking else 0) from error

    def pool_use(self) -> dict[str, int]:
        """See `Pool.use`."""
        return self._pool.use()

    def close(self) -> None:
        self._pool.close()

    def _limits(self, seconds: float) -> str:
        """The server's own clock, a second behind ours, which says more."""
        locks = int(self._settings.lock_timeout_seconds * 1000)
        return (
            f"; SET LOCAL statement_timeout = {int(seconds * 1000) + 1000}; SET LOCAL lock_timeout = {locks}"
        )


def _commit(session: Session) -> None:
    try:
        session.connection.execute("COMMIT")
    except psycopg.Error as error:
        if error.sqlstate is not None and not error.sqlstate.startswith(("08", "57")):
            raise
        raise ToolError(
            "the connection was lost while the transaction was committed: it may or may not be done",
            type="failed",
            code="COMMIT_UNKNOWN",
            hint="look into the table before the step is repeated",
        ) from error


class PostgresReading(PostgresCatalogue):
    """`shift`: how many characters stand before a statement's text in what is sent."""

    shift = len(_DECLARE)

    def columns(self, table: str) -> list[str]:
        target = self.resolved(Target.parse(table))
        return [name for name, *_ in self.described(target)] if target else []

    def tables(self) -> list[str]:
        self._revive()
        return super().tables()

    def resolved(self, target: Target) -> Target | None:
        self._revive()
        return super().resolved(target)

    def table(self, target: Target) -> Table | None:
        found = self.resolved(target)
        if found is None:
            return None
        columns = [TableColumn(*row) for row in self.described(found)]
        shown = found.table if found.schema == "public" else f"{found.schema}.{found.table}"
        return Table(f"{quoted(found.schema or '')}.{quoted(found.table)}", shown, columns)

    def explain(self, statement: Statement, *, run: bool) -> Explained:
        how = f"EXPLAIN ({'ANALYZE, BUFFERS, ' if run else ''}FORMAT JSON) "
        self.shift = len(how)
        with RawCursor(self._connection) as cursor:
            # As binary: only the extended protocol has that, and it takes one statement alone.
            cursor.execute((how + statement.text).encode(), list(statement.values.values()), binary=True)
            row = cursor.fetchone()
        assert row is not None
        return explained(row[0][0], run=run)

    def rows(self, statement: Statement, most: int) -> Rows:
        with self._opened(statement) as cursor:
            kinds = self._kinds(cursor)
            names, warnings = unique_names([kind.name for kind in kinds])
            found: list[tuple[Any, ...]] = []
            for rows in self._fetched(cursor, most):
                found.extend(rows)
            described = self._columns_of(cursor, names)
        return _as_json(described, kinds, found, warnings)

    def portions(self, statement: Statement) -> Iterator[Rows]:
        with self._opened(statement) as cursor:
            kinds = self._kinds(cursor)
            names, warnings = unique_names([kind.name for kind in kinds])
            described = self._columns_of(cursor, names)
            yield _as_json(described, kinds, [], warnings)
            for rows in self._fetched(cursor, None):
                yield _as_json(described, kinds, rows, [])

    def batches(self, statement: Statement) -> Batches:
        with self._opened(statement) as cursor:
            kinds = self._kinds(cursor)
            described = self._columns_of(cursor, [kind.name for kind in kinds])
        kinds = self._with_digits(statement, kinds)
        schema = pa.schema([pa.field(kind.name, kind.arrow) for kind in kinds])

        def stream() -> Generator[Any, None, None]:
            with self._opened(statement) as cursor:
                for rows in self._fetched(cursor, None):
                    pairs = zip(kinds, zip(*rows, strict=True), strict=True)
                    yield pa.record_batch([kind.array(values) for kind, values in pairs], schema=schema)

        return Batches(described, schema, stream())

    @contextmanager
    def _opened(self, statement: Statement) -> Iterator[RawServerCursor[tuple[Any, ...]]]:
        with RawServerCursor(self._connection, _CURSOR, scrollable=False) as cursor:
            cursor.execute(statement.text.encode(), list(statement.values.values()))
            yield cursor

    def _fetched(
        self, cursor: RawServerCursor[tuple[Any, ...]], most: int | None
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Rows in portions of about BATCH_BYTES, at most `most` in sum."""
        size, left = FIRST_ROWS, most
        while left is None or left > 0:
            rows = cursor.fetchmany(size if left is None else min(size, left))
            self._stop.check()
            if not rows:
                return
            yield rows
            left = None if left is None else left - len(rows)
            weight = sum(map(size_of, rows[:100])) / len(rows[:100])
            size = max(1, min(MOST_ROWS, int(BATCH_BYTES / max(weight, 1.0))))

    def _kinds(self, cursor: RawServerCursor[Any]) -> list[Kind]:
        result = cursor.pgresult
        assert result is not None
        registry = psycopg.adapters.types
        kinds = []
        for at, column in enumerate(cursor.description or ()):
            info = registry.get(column.type_code)
            item = info.oid if info is not None and info.array_oid == column.type_code else None
            kinds.append(kind_of(column.name, column.type_code, result.fmod(at), item))
        return kinds

    def _columns_of(self, cursor: RawServerCursor[Any], names: Sequence[str]) -> list[Column]:
        """The columns with their types in the database's own words."""
        result = cursor.pgresult
        assert result is not None
        wanted = [(column.type_code, result.fmod(at)) for at, column in enumerate(cursor.description or ())]
        known = dict(_TYPE_NAMES)  # a copy: other threads add to it
        unknown = [kind for kind in sorted({*wanted}) if kind not in known]
        if unknown:
            found = self.asked(
                "SELECT format_type(o, m) FROM unnest($1::oid[], $2::int4[]) WITH ORDINALITY AS t(o, m, n) ORDER BY n",
                ([code for code, _ in unknown], [modifier for _, modifier in unknown]),
            )
            known.update(zip(unknown, (name for (name,) in found), strict=True))
            _TYPE_NAMES.update((kind, name) for kind, name in known.items() if kind[0] < _FIRST_OWN)
        return [Column(name, known[kind]) for name, kind in zip(names, wanted, strict=True)]

    def _with_digits(self, statement: Statement, kinds: list[Kind]) -> list[Kind]:
        """The kinds with a type for each: what digits a decimal without stated precision has, all its values tell."""
        open_ones = [at for at, kind in enumerate(kinds) if kind.arrow is None]
        if not open_ones:
            return kinds
        asked = ", ".join(f"max(length(trunc(abs(c{at}))::text)), max(scale(c{at}))" for at in open_ones)
        names = ", ".join(f"c{at}" for at in range(len(kinds)))
        text = f"SELECT {asked} FROM ({statement.text}) AS q({names})"  # noqa: S608 - guarded text, our own names
        with self._opened(Statement(text, statement.values, None, None, ())) as cursor:
            (told,) = cursor.fetchall()
        known = list(kinds)
        for n, at in enumerate(open_ones):
            digits, scale = told[2 * n] or 1, told[2 * n + 1] or 0
            known[at] = of_decimal(kinds[at], decimal_type(digits, scale))
        return known

    def _revive(self) -> None:
        """After an error nothing more can be asked in its transaction."""
        if self._connection.info.transaction_status == psycopg.pq.TransactionStatus.INERROR:
            self._connection.execute("ROLLBACK")
            self._connection.execute("BEGIN READ ONLY")


class PostgresWriting(PostgresCatalogue, StandardWriting):
    def columns(self, target: Target) -> list[Column] | None:
        found = self.resolved(target)
        return [Column(name, kind) for name, kind, _ in self.described(found)] if found else None

    def types(self, schema: Any) -> list[str]:
        return [sql_type(field.type) for field in schema]

    def parsed_type(self, text: str) -> str:
        return parsed_type(text, "postgresql")

    def spelled(self, name: str) -> str:
        return name.lower() if name.isidentifier() and name.isascii() else name

    def name(self, target: Target) -> str:
        found = self.resolved(target)
        if found is None:
            schema = self.spelled(target.schema) if target.schema else None
            found = Target(schema, self.spelled(target.table))
        return f"{quoted(found.schema)}.{quoted(found.table)}" if found.schema else quoted(found.table)

    def lock(self, target: Target) -> None:
        if self.resolved(target) is None:  # nobody else makes it meanwhile
            self.asked("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", (f"weft.{target}",))
        else:
            self.run(f"LOCK TABLE {self.name(target)} IN SHARE ROW EXCLUSIVE MODE")

    def run(self, sql: str, values: Mapping[str, Any] = NO_VALUES) -> int:
        self._stop.check()
        with RawCursor(self._connection) as cursor:
            cursor.execute(
                sql.encode(), list(values.values()), binary=True
            )  # only the extended protocol has binary, and it takes one statement alone
            row = cursor.fetchone() if cursor.description else None
            return int(row[0]) if row else max(0, cursor.rowcount)

    def insert(self, table: str, names: Sequence[str], batch: Any) -> None:
        self._stop.check()
        listed = ", ".join(map(quoted, names))
        with (
            RawCursor(self._connection) as cursor,
            cursor.copy(f"COPY {table} ({listed}) FROM STDIN (FORMAT csv)".encode()) as copy,
        ):
            copy.write(csv_of(batch))


def _as_json(
    columns: list[Column], kinds: list[Kind], found: list[tuple[Any, ...]], warnings: list[str]
) -> Rows:
    names = [column.name for column in columns]
    by_column = list(zip(*found, strict=True)) if found else [() for _ in names]
    values = [
        Kind(name, kind.arrow, kind.make, kind.item).json(column, warnings)
        for name, kind, column in zip(names, kinds, by_column, strict=True)
    ]
    size = sum(size_of(column) for column in by_column)
    return Rows(columns, mappings(names, found, by_column, values), size, warnings)
