"""Reading: rows to values. Each read borrows a connection for one statement: none holds back the writer.

A read whose server is gone waits for it and is done again: reading twice does no harm.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy import Engine, Select, func, select
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from engine.errors import DamagedRecord, StoreError
from engine.journal.chain import Link, decode
from engine.journal.port import ENDED, STATUSES, Event, RunRow, StoredSpec, StoredTemplate, is_run_id
from engine.journal.sql.faults import translated
from engine.journal.sql.ownership import lease_left, runs_with_leases
from engine.journal.sql.patience import Patience
from engine.journal.sql.schema import EVENTS, LARGE_DATA, RUN_VALUES, RUNS, SPECS, TEMPLATES
from engine.journal.tail import is_storable

_T = TypeVar("_T")
_PAGE = 200  # events read at once
_VALUES = (RUN_VALUES.c.inputs, RUN_VALUES.c.outputs, RUN_VALUES.c.error)
_JSON = ("inputs", "owner", "outputs", "error")


class Reader:
    """What a store holds. Every method raises StoreError when it cannot be read."""

    def __init__(self, engine: Engine, store: str, patience_seconds: float = 0.0) -> None:
        self._engine = engine
        self._store = store
        self._patience_seconds = 0.0 if engine.dialect.name == "sqlite" else patience_seconds
        self._closed = False
        self._hurried = threading.Event()
        rows = runs_with_leases(engine.dialect, *_VALUES)
        self._all_rows: Select[Any] = rows.join(RUN_VALUES, RUN_VALUES.c.run_id == RUNS.c.run_id)

    def hurry(self) -> None:
        """Wait no longer for a server that is gone."""
        self._hurried.set()

    def close(self) -> None:
        self._closed = True

    def run(self, run_id: str) -> RunRow | None:
        if not is_run_id(run_id):
            self._check()
            return None
        return next(iter(self._rows(self._all_rows.where(RUNS.c.run_id == run_id))), None)

    def find(self, prefix: str, limit: int) -> list[RunRow]:
        """By range, which an index serves in any database, and by equality, which is exact in any."""
        if prefix and not is_run_id(prefix):
            return []
        found = self._all_rows.order_by(RUNS.c.run_id).limit(limit)
        if prefix:
            after = prefix[:-1] + chr(ord(prefix[-1]) + 1)
            found = found.where(RUNS.c.run_id >= prefix, RUNS.c.run_id < after)
            found = found.where(func.substr(RUNS.c.run_id, 1, len(prefix)) == prefix)
        return self._rows(found)

    def runs(self, status: str | None, workflow: str | None, since: float | None, limit: int) -> list[RunRow]:
        found = self._all_rows.order_by(RUNS.c.created_at.desc(), RUNS.c.run_id.desc()).limit(limit)
        if status is not None:
            found = found.where(RUNS.c.status == status)
        if workflow is not None:
            if not is_storable(workflow):
                return []
            found = found.where(RUNS.c.workflow == workflow)
        if since is not None:
            found = found.where(RUNS.c.created_at >= since)
        return self._rows(found)

    def unfinished(self) -> list[RunRow]:
        moving = [status for status in STATUSES if status not in ENDED]
        return self._rows(
            self._all_rows.where(RUNS.c.status.in_(moving)).order_by(RUNS.c.created_at, RUNS.c.run_id)
        )

    def expired(self, before: float, limit: int) -> list[str]:
        found = select(RUNS.c.run_id).where(RUNS.c.status.in_(sorted(ENDED)), RUNS.c.finished_at < before)
        rows = self._ask(found.order_by(RUNS.c.finished_at, RUNS.c.run_id).limit(limit))
        return [row["run_id"] for row in rows]

    def spec(self, spec_hash: str) -> StoredSpec | None:
        rows = self._ask(select(SPECS).where(SPECS.c.hash == spec_hash))
        return StoredSpec(**{**rows[0], "extra": self._decoded(rows[0]["extra"], "a spec")}) if rows else None

    def templates(self, name: str | None) -> list[StoredTemplate]:
        if name is not None and not is_storable(name):
            return []
        found = select(TEMPLATES).order_by(TEMPLATES.c.name, TEMPLATES.c.place.desc())
        if name is not None:
            found = found.where(TEMPLATES.c.name == name)
        return [self._template(row) for row in self._ask(found)]

    def _template(self, row: dict[str, Any]) -> StoredTemplate:
        del row["place"]
        extra = self._decoded(row["extra"], f"template {row['name']!r}")
        return StoredTemplate(**{**row, "extra": extra})

    def part(self, run_id: str, name: str, number: int) -> bytes | None:
        table = LARGE_DATA.c
        here = (table.run_id == run_id, table.name == name, table.part == number)
        rows = self._ask(select(table.body).where(*here)) if is_run_id(run_id) else []
        body = rows[0]["body"] if rows else None
        return body.encode() if isinstance(body, str) else None if body is None else bytes(body)

    def links(self, run_id: str, after: int = 0) -> Iterator[Link]:
        """The events as they are kept, page by page."""
        while is_run_id(run_id):
            page = select(EVENTS).where(EVENTS.c.run_id == run_id, EVENTS.c.seq > after)
            rows = self._ask(page.order_by(EVENTS.c.seq).limit(_PAGE))
            for row in rows:
                yield Link(**row)
            if len(rows) < _PAGE:
                return
            after = rows[-1]["seq"]

    def events(self, run_id: str, after: int = 0) -> Iterator[Event]:
        for link in self.links(run_id, after):
            payload = self._decoded(link.payload, f"event {link.seq} of run {run_id!r}")
            yield Event(
                run_id, link.seq, link.at, link.kind, link.instance, link.attempt, payload, link.epoch
            )

    def last_event(self, run_id: str) -> int:
        """The highest seq among the run's events, 0 without any."""
        rows = self._ask(select(func.max(EVENTS.c.seq).label("last")).where(EVENTS.c.run_id == run_id))
        return rows[0]["last"] or 0

    def _rows(self, statement: Select[Any]) -> list[RunRow]:
        return [self._run_row(row) for row in self._ask(statement)]

    def _run_row(self, row: dict[str, Any]) -> RunRow:
        for name in _JSON:
            if row[name] is not None:
                row[name] = self._decoded(row[name], f"{name} of run {row['run_id']!r}")
        lease = (row.pop("lease_clock"), row.pop("lease_until"), row.pop("servers_now"))
        return RunRow(**row, lease_left=lease_left(*lease))

    def rows(self, statement: Select[Any]) -> list[tuple[Any, ...]]:
        """What a statement finds, row by row, as it is kept."""
        return [tuple(row) for row in self._found(statement, lambda result: result.all())]

    def _ask(self, statement: Select[Any]) -> list[dict[str, Any]]:
        return self._found(statement, lambda result: [dict(row) for row in result.mappings()])

    def _found(self, statement: Select[Any], take: Callable[[Any], _T]) -> _T:
        patience = Patience(self._patience_seconds, given_up=self._hurried)
        while True:
            self._check()
            connected = False
            try:
                with self._engine.connect() as connection:
                    connected = True
                    return take(connection.execute(statement))
            except SQLAlchemyError as error:
                gone = isinstance(error, DBAPIError) and error.connection_invalidated
                unmade = not connected and isinstance(error, OperationalError)
                if not ((gone or unmade) and patience.wait()):
                    raise translated(error, self._store) from error

    def _check(self) -> None:
        if self._closed:
            raise StoreError("the journal is closed", hint="open the store again")

    def _decoded(self, text: str, what: str) -> Any:
        try:
            return decode(text)
        except (ValueError, RecursionError) as error:
            raise DamagedRecord(
                f"the store {self._store!r} is damaged: {what} is not JSON",
                hint="weft doctor tells what is whole",
            ) from error
