"""Statements compiled once and run on the driver's own cursor.

A chain of steps commits once a step, so what each write costs beside the disk counts: Core compiles the SQL
for the database at hand, and after that nothing stands between the values and the driver (22 µs for a
commit's statements against 60 through Core's execute). Only plain types are bound, so no value needs
converting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    Column,
    Dialect,
    Table,
    Text,
    Update,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql import ClauseElement

from engine.journal.port import StoredSpec
from engine.journal.sql.schema import EVENTS, RUN_VALUES, RUNS, SPECS

Values = Sequence[Any]


class Statement:
    """SQL of one dialect; `bind` turns values, in the order of `names`, into what the driver takes."""

    __slots__ = ("bind", "sql")

    def __init__(self, clause: ClauseElement, names: Sequence[str], dialect: Dialect) -> None:
        compiled: Any = clause.compile(dialect=dialect)
        self.sql = str(compiled)
        self.bind = _binder(tuple(names), compiled.positiontup)

    def run(self, cursor: Any, values: Values) -> Any:
        """Run once; returns the cursor."""
        cursor.execute(self.sql, self.bind(values))
        return cursor

    def run_many(self, cursor: Any, rows: Sequence[Values]) -> None:
        """Run once for each row."""
        if len(rows) == 1:
            cursor.execute(self.sql, self.bind(rows[0]))
        else:
            cursor.executemany(self.sql, [self.bind(row) for row in rows])


class ColumnwiseInsert(Statement):
    """Inserts rows as one array a column: one statement however many they are.

    psycopg's own executemany is a pipeline, after which the server may forget to undo a transaction that nobody ends
    (idle_in_transaction_session_timeout): an answer lost then could be waited for in vain.
    """

    __slots__ = ("by_column",)

    def __init__(self, table: Table, dialect: Dialect) -> None:
        names = [column.name for column in table.columns]
        super().__init__(insert(table), names, dialect)
        arrays = ", ".join(f"%s::{_bare_type(column, dialect)}[]" for column in table.columns)
        quoted = ", ".join(dialect.identifier_preparer.quote(name) for name in names)
        into = f"INSERT INTO {table.name} ({quoted})"
        self.by_column = f"{into} SELECT * FROM unnest({arrays})"  # noqa: S608 - our own names

    def run_many(self, cursor: Any, rows: Sequence[Values]) -> None:
        if len(rows) == 1:
            super().run_many(cursor, rows)
        else:
            cursor.execute(self.by_column, [list(column) for column in zip(*rows, strict=True)])


def _bare_type(column: Column[Any], dialect: Dialect) -> str:
    """The column's type without its collation, which an array of it cannot name."""
    return str(column.type.compile(dialect)).partition(" COLLATE")[0]


def _binder(names: tuple[str, ...], order: Sequence[str] | None) -> Callable[[Values], Any]:
    if order is None:  # the driver takes names
        return lambda values: dict(zip(names, values, strict=True))
    if tuple(order) == names:
        return tuple
    if len(order) == 1:
        return lambda values: (values[0],)
    return itemgetter(*(names.index(name) for name in order))


class Statements:
    """Every statement of a writer, for one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._advances: dict[tuple[str, ...], Statement] = {}
        self._settings: dict[tuple[str, ...], Statement] = {}
        run_id = RUNS.c.run_id == bindparam("the_run")
        tail = select(RUNS.c.epoch, RUNS.c.last_seq, RUNS.c.last_hash, RUNS.c.status, RUNS.c.owner).where(
            run_id
        )
        self.tail = self._make(tail, "the_run")
        self.tail_held = self._make(tail.with_for_update(), "the_run")
        event = select(EVENTS.c.hash).where(
            EVENTS.c.run_id == bindparam("the_run"), EVENTS.c.seq == bindparam("the_seq")
        )
        self.event_hash = self._make(event, "the_run", "the_seq")
        spec = select(SPECS.c.hash).where(SPECS.c.hash == bindparam("the_hash"))
        self.spec_kept = self._make(spec, "the_hash")
        owned = update(RUNS).where(run_id, RUNS.c.epoch == bindparam("the_epoch"))
        claim = owned.values(epoch=bindparam("new_epoch"), owner=bindparam("new_owner"))
        self.claim = self._make(claim, "new_epoch", "new_owner", "the_run", "the_epoch")
        self.release = self._make(owned.values(owner=None), "owner", "the_run", "the_epoch")
        self.hold_name: Statement | None = None  # SQLite has one writer at a time anyway
        if dialect.name == "postgresql":
            name = func.hashtextextended(bindparam("the_run", type_=Text), literal_column("0"))
            held = func.pg_advisory_xact_lock(name)
            self.hold_name = self._make(select(cast(held, Text)), "the_run")

    def _make(self, clause: ClauseElement, *names: str) -> Statement:
        return Statement(clause, names, self._dialect)

    def _insert(self, table: Table) -> Statement:
        return Statement(insert(table), [column.name for column in table.columns], self._dialect)

    @cached_property
    def insert_run(self) -> Statement:
        return self._insert(RUNS)

    @cached_property
    def insert_values(self) -> Statement:
        return self._insert(RUN_VALUES)

    @cached_property
    def insert_spec(self) -> Statement:
        return self._insert(SPECS)

    def keep_spec(self, cursor: Any, spec: StoredSpec, extra: str) -> None:
        """Keep the spec if it is not there; `extra` is its JSON text."""
        if self.spec_kept.run(cursor, (spec.hash,)).fetchone() is None:
            self.insert_spec.run(cursor, (spec.hash, spec.name, spec.text, spec.path, extra))

    @cached_property
    def insert_events(self) -> Statement:
        if self._dialect.driver == "psycopg":
            return ColumnwiseInsert(EVENTS, self._dialect)
        return self._insert(EVENTS)

    def advance(self, names: tuple[str, ...]) -> Statement:
        """Move a run's tail and set the columns `names`, guarded.

        Binds: the new seq and hash, the new values, then run, epoch, seq and status as the writer believes
        them.
        """
        found = self._advances.get(names)
        if found is None:
            guarded = update(RUNS).where(
                RUNS.c.run_id == bindparam("the_run"),
                RUNS.c.epoch == bindparam("the_epoch"),
                RUNS.c.last_seq == bindparam("the_seq"),
                RUNS.c.status == bindparam("the_status"),
            )
            new = ("last_seq", "last_hash", *names)
            binds = [f"new_{name}" for name in new] + ["the_run", "the_epoch", "the_seq", "the_status"]
            found = self._advances[names] = self._make(_setting(guarded, new), *binds)
        return found

    def set_values(self, names: tuple[str, ...]) -> Statement:
        """Set the columns `names` beside a run's row. Binds: the new values, then the run."""
        found = self._settings.get(names)
        if found is None:
            one = update(RUN_VALUES).where(RUN_VALUES.c.run_id == bindparam("the_run"))
            found = self._settings[names] = self._make(
                _setting(one, names), *(f"new_{n}" for n in names), "the_run"
            )
        return found


def _setting(clause: Update, names: Sequence[str]) -> Update:
    return clause.values({name: bindparam(f"new_{name}") for name in names})
