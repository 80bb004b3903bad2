"""The journal in a database: what the port promises, said in statements.

A run's tail is remembered from its last write, so an append reads nothing; the guard in its update proves
that the memory is right. A refused writer stays refused until it claims the run anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from itertools import islice
from typing import Any

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import WeftError
from engine.journal.chain import PROBLEMS_MAX, chain_problems
from engine.journal.port import (
    LEASE_SECONDS,
    Append,
    Event,
    NewEvent,
    NewRun,
    Posted,
    RunChanges,
    RunNotFound,
    RunRow,
    StoredSpec,
    StoredTemplate,
)
from engine.journal.sql.answers import Answers
from engine.journal.sql.appending import Appending
from engine.journal.sql.attending import Attending
from engine.journal.sql.connect import make_engine, shown_name, use_write_ahead_log
from engine.journal.sql.faults import translated
from engine.journal.sql.holding import Holding
from engine.journal.sql.large_data import LargeData
from engine.journal.sql.migrate import migrate
from engine.journal.sql.migrations import migrations
from engine.journal.sql.reader import Reader
from engine.journal.sql.statements import Statements
from engine.journal.sql.tails import Tails
from engine.journal.sql.templates import Templates
from engine.journal.sql.watch import SqlWatch
from engine.journal.sql.writer import AtOnce, Writer
from engine.journal.watch import NewEntry


class SqlJournal:
    """Keeps runs in a database. See `Journal` for what each method promises.

    `busy_seconds`: how long to wait for another process that holds SQLite's write lock. `reconnect_seconds`: how long
    to wait for a server that was there when the journal was opened and is gone.
    """

    durable = True

    def __init__(
        self, url: URL, *, busy_seconds: float = 10.0, reconnect_seconds: float = 30.0, create: bool = True
    ) -> None:
        self.local = url.get_backend_name() == "sqlite"
        self.lease_seconds = LEASE_SECONDS
        self._store = shown_name(url)
        self._answers = Answers()
        self._engine = make_engine(url, busy_seconds, self._answers)
        self._reader = Reader(self._engine, self._store, reconnect_seconds)
        self._at_once = AtOnce()
        self._writer = Writer(self._engine, self._store, reconnect_seconds, busy_seconds, self._at_once)
        # A connection of its own: no write keeps it waiting.
        self._attendant = Writer(self._engine, self._store, 0.0, busy_seconds, self._at_once)
        self._statements = Statements(self._engine.dialect)
        self._tails = Tails(self._statements, self._writer)
        base = (self._statements, self._tails, self._writer)
        self._appending = Appending(*base, lambda: self._attending)
        self._holding = Holding(self._engine.dialect, *base, self._reader, lambda: self._attending)
        try:
            self._prepare(busy_seconds, create)
        except BaseException:
            self.close()
            raise

    def _prepare(self, busy_seconds: float, create: bool) -> None:
        try:
            if self._engine.dialect.name == "sqlite":
                use_write_ahead_log(self._engine, self._store, busy_seconds)
            steps, unlimited = migrations(), self._answers.unlimited
            migrate(self._engine, self._store, steps, create=create, unlimited=unlimited)
        except SQLAlchemyError as error:
            raise translated(error, self._store) from error

    def close(self) -> None:
        self._reader.close()
        self._attendant.close()
        self._writer.close()
        self._engine.dispose()

    def at_once(self) -> AbstractContextManager[None]:
        return self._at_once

    def hurry(self) -> None:
        self._answers.hurry()
        self._reader.hurry()
        self._writer.hurry()
        self._attendant.hurry()

    # --- writing

    def create_run(self, row: NewRun, spec: StoredSpec, events: Sequence[NewEvent]) -> RunRow:
        return self._holding.create(row, spec, events, self.lease_seconds)

    def append(
        self,
        run_id: str,
        epoch: int,
        events: Sequence[NewEvent],
        changes: RunChanges | None = None,
        spec: StoredSpec | None = None,
        taken: Sequence[int] = (),
        audit: Sequence[NewEntry] = (),
    ) -> int:
        answer = self.append_all((Append(run_id, epoch, events, changes, spec, taken, audit),))[0]
        if isinstance(answer, WeftError):
            raise answer
        return answer

    def append_all(self, group: Sequence[Append]) -> list[int | WeftError]:
        return self._appending.append_all(group)

    def claim(self, run_id: str, owner: Mapping[str, Any], epoch: int | None = None) -> RunRow:
        return self._holding.claim(run_id, owner, epoch, self.lease_seconds)

    def release(self, run_id: str, epoch: int) -> None:
        self._holding.release(run_id, epoch)

    def delete_run(self, run_id: str, before: float) -> bool:
        return self._holding.delete(run_id, before)

    @cached_property
    def _attending(self) -> Attending:
        return Attending(self._engine.dialect, self._statements, self._tails, self._writer, self._attendant)

    def attend(self, run_id: str, epoch: int, *, renew: bool = True) -> list[Posted]:
        return self._attending.attend(run_id, epoch, self.lease_seconds if renew else None)

    def post(self, run_id: str, kind: str, name: str | None, payload: Mapping[str, Any], at: float) -> int:
        return self._attending.post(run_id, kind, name, payload, at)

    def quarantine(self, run_id: str, epoch: int, reason: str, at: float) -> bool:
        return self._attending.mark(run_id, epoch, reason, at)

    @cached_property
    def watch(self) -> SqlWatch:
        return SqlWatch(self._engine.dialect, self._reader, self._writer)

    @cached_property
    def _templates(self) -> Templates:
        return Templates(self._engine.dialect, self._writer, self._reader)

    @cached_property
    def _large_data(self) -> LargeData:
        return LargeData(self._engine.dialect, self._writer, self._reader)

    def keep(self, run_id: str, name: str, first: int, parts: Sequence[bytes]) -> None:
        self._large_data.keep(run_id, name, first, parts)

    def part(self, run_id: str, name: str, number: int) -> bytes | None:
        return self._large_data.part(run_id, name, number)

    def drop(self, run_id: str, name: str) -> None:
        self._large_data.drop(run_id, name)

    def add_template(self, new: StoredTemplate) -> bool:
        return self._templates.add(new)

    def templates(self, name: str | None = None) -> list[StoredTemplate]:
        return self._templates.all(name)

    # --- reading

    def run(self, run_id: str) -> RunRow | None:
        return self._reader.run(run_id)

    def find(self, prefix: str, limit: int = 10) -> list[RunRow]:
        return self._reader.find(prefix, limit)

    def runs(
        self,
        *,
        status: str | None = None,
        workflow: str | None = None,
        since: float | None = None,
        limit: int = 100,
    ) -> list[RunRow]:
        return self._reader.runs(status, workflow, since, limit)

    def unfinished(self) -> list[RunRow]:
        return self._reader.unfinished()

    def expired(self, before: float, limit: int = 100) -> list[str]:
        return self._reader.expired(before, limit)

    def events(self, run_id: str, after: int = 0) -> Iterator[Event]:
        return self._reader.events(run_id, after)

    def spec(self, spec_hash: str) -> StoredSpec | None:
        return self._reader.spec(spec_hash)

    def verify(self, run_id: str) -> list[str]:
        """The row is read first, so what is appended meanwhile is not taken for damage."""
        row = self._reader.run(run_id)
        if row is None:
            raise RunNotFound(f"there is no run {run_id!a}")
        within = (link for link in self._reader.links(run_id) if link.seq <= row.last_seq)
        problems = list(islice(chain_problems(within, row.epoch, row.last_seq, row.last_hash), PROBLEMS_MAX))
        last = self._reader.last_event(run_id)
        now = self._reader.run(run_id)
        if now is not None and last > now.last_seq:
            problems.append(f"the run's row says event {now.last_seq} is the last, event {last} is there")
        return problems
