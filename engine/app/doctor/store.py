"""Reading a store for the doctor: columns as they are, each run in a transaction that sees one moment.

A journal would bring the store to today's version, and refuse a damaged row; this does neither. It asks only for columns
that the first version of the format has, and for a table of a later one where it is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Select, func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from engine.app.doctor.kept import KeptRun
from engine.errors import StoreError
from engine.journal import NewerStore, store_url
from engine.journal.chain import Link
from engine.journal.sql.connect import make_engine, shown_name
from engine.journal.sql.faults import driver_error, translated
from engine.journal.sql.migrations import migrations
from engine.journal.sql.schema import EVENTS, LARGE_DATA, QUARANTINE, RUN_VALUES, RUNS, SCHEMA, SPECS

RUN_COLUMNS = (
    "run_id",
    "workflow",
    "status",
    "spec_hash",
    "created_at",
    "started_at",
    "finished_at",
    "attempt",
    "epoch",
    "owner",
    "last_seq",
    "last_hash",
)
_RUN = select(*(RUNS.c[name] for name in RUN_COLUMNS))
_VALUES = select(RUN_VALUES.c.inputs, RUN_VALUES.c.outputs, RUN_VALUES.c.error)
_EVENTS = select(*(EVENTS.c[name] for name in Link._fields))
_SPEC = select(SPECS.c.hash, SPECS.c.name, SPECS.c.text, SPECS.c.path, SPECS.c.extra)


class DamagedPages(StoreError):
    """What the file holds cannot be what was written to it."""


class DoctorsStore:
    """A durable store, opened for reading. Methods raise DamagedPages for damage, StoreError for what else is in the way."""

    def __init__(self, store: str) -> None:
        """Raises UsageError for what is no store, StoreError for one that is not there, NewerStore."""
        url = store_url(store)
        self.name = shown_name(url)
        self.file = url.database if url.get_backend_name() == "sqlite" else None
        self.is_postgresql = url.get_backend_name() == "postgresql"
        self._engine = make_engine(url, busy_seconds=10.0)
        try:
            with self._told():
                self._connection = self._opened()
                self.version = self._version()
        except BaseException:
            self._engine.dispose()
            raise

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def run_ids(self) -> list[str]:
        """Every run, the oldest first."""
        with self._moment():
            found = self._connection.execute(select(RUNS.c.run_id).order_by(RUNS.c.created_at, RUNS.c.run_id))
            return [row[0] for row in found]

    def run(self, run_id: str) -> KeptRun | None:
        """The run with its events and its spec, all as of one moment; None: it is gone."""
        with self._moment():
            row = self._first(_RUN.where(RUNS.c.run_id == run_id))
            if row is None:
                return None
            values = self._first(_VALUES.where(RUN_VALUES.c.run_id == run_id))
            nothing = {"inputs": None, "outputs": None, "error": None}
            events = self._connection.execute(_EVENTS.where(EVENTS.c.run_id == run_id).order_by(EVENTS.c.seq))
            links = [Link(*event) for event in events]
            spec = self._first(_SPEC.where(SPECS.c.hash == row["spec_hash"]))
            return KeptRun({**row, **(values or nothing)}, links, spec, values is not None)

    def without_row(self) -> dict[str, int]:
        """Runs that have events and no row: by id the number of events."""
        alone = select(EVENTS.c.run_id, func.count()).where(
            ~select(1).where(RUNS.c.run_id == EVENTS.c.run_id).exists()
        )
        with self._moment():
            found = self._connection.execute(alone.group_by(EVENTS.c.run_id).order_by(EVENTS.c.run_id))
            return {row[0]: row[1] for row in found}

    def quarantined(self) -> dict[str, str]:
        """Runs that recovery leaves alone: by id the reason. An early version of the format has none."""
        with self._moment():
            if not inspect(self._connection).has_table(QUARANTINE.name):
                return {}
            rows = self._connection.execute(select(QUARANTINE.c.run_id, QUARANTINE.c.reason))
            return {run_id: reason for run_id, reason in sorted(tuple(row) for row in rows)}

    def data_size(self, run_id: str, name: str) -> tuple[int, int]:
        """How many parts of large data are kept under a name, and their bytes in all."""
        here = (LARGE_DATA.c.run_id == run_id, LARGE_DATA.c.name == name)
        counted = select(func.count(), func.coalesce(func.sum(func.length(LARGE_DATA.c.body)), 0)).where(
            *here
        )
        with self._moment():
            parts, size = self._connection.execute(counted).one()
            return int(parts), int(size)

    def data_part(self, run_id: str, name: str, number: int) -> bytes:
        """One part of large data that is there."""
        here = (LARGE_DATA.c.run_id == run_id, LARGE_DATA.c.name == name, LARGE_DATA.c.part == number)
        with self._moment():
            body = self._connection.execute(select(LARGE_DATA.c.body).where(*here)).scalar_one()
            return body.encode() if isinstance(body, str) else bytes(body)

    def ask(self, sql: str) -> list[Any]:
        """The first column of what our own `sql` gives."""
        with self._moment():
            return [row[0] for row in self._connection.exec_driver_sql(sql)]

    def _opened(self) -> Connection:
        connection = self._engine.connect()
        if self.file is not None:
            connection.exec_driver_sql("PRAGMA query_only = ON")
        elif self.is_postgresql:
            connection = connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        return connection

    def _version(self) -> int:
        with self._moment():
            there = inspect(self._connection).has_table(SCHEMA.name)
            version = self._connection.execute(select(func.max(SCHEMA.c.version))).scalar() if there else None
        latest = migrations()[-1].version
        if not version:
            raise StoreError(
                f"there is no journal in {self.name!r}", hint="weft run creates one; is --store right?"
            )
        if version > latest:
            raise NewerStore(
                f"the store {self.name!r} has schema version {version}, this engine knows versions up to {latest}",
                hint="use the newer engine that wrote it: pip install --upgrade weft-engine",
            )
        return int(version)

    def _first(self, statement: Select[Any]) -> dict[str, Any] | None:
        found = self._connection.execute(statement).mappings().first()
        return None if found is None else dict(found)

    @contextmanager
    def _moment(self) -> Iterator[None]:
        """Within the block, every statement sees the store as it was at the first."""
        with self._told():
            try:
                if self.file is not None:
                    self._connection.exec_driver_sql("BEGIN")
                yield
            finally:
                self._connection.rollback()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            told = translated(error, self.name)
            if _is_damage(error):
                raise DamagedPages(told.message, hint=told.hint) from error
            raise told from error


def _is_damage(error: SQLAlchemyError) -> bool:
    source = driver_error(error)
    return getattr(source, "sqlite_errorname", "").startswith("SQLITE_CORRUPT") or "UTF-8" in str(source)
