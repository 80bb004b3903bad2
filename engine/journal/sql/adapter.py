"""The journal in a database: what the port promises, said in statements.

A run's tail is remembered from its last write, so an append reads nothing; the guard in its update proves
that the memory is right. A refused writer stays refused until it claims the run anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from sqlalchemy import URL
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import RunOwned, WeftError
from engine.journal.chain import PROBLEMS_MAX, Link, chain_problems
from engine.journal.port import (
    ENDED,
    LEASE_SECONDS,
    Append,
    Event,
    NewEvent,
    NewRun,
    OutcomeUnknown,
    Posted,
    RunChanges,
    RunExists,
    RunNotFound,
    RunRow,
    StoredSpec,
    StoredTemplate,
    is_run_id,
)
from engine.journal.sql.attending import Attending
from engine.journal.sql.connect import make_engine, shown_name, use_write_ahead_log
from engine.journal.sql.faults import translated
from engine.journal.sql.line import CommitLine
from engine.journal.sql.migrate import migrate
from engine.journal.sql.migrations import migrations
from engine.journal.sql.plan import Plan, planned
from engine.journal.sql.reader import Reader
from engine.journal.sql.removal import Removal
from engine.journal.sql.statements import Statements
from engine.journal.sql.tails import Tails
from engine.journal.sql.templates import Templates
from engine.journal.sql.writer import Writer
from engine.journal.tail import (
    Tail,
    check_new_run,
    encode_mapping,
    encode_spec_extra,
    first_row,
    links,
    stale,
)


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
        self._engine = make_engine(url, busy_seconds)
        self._reader = Reader(self._engine, self._store, reconnect_seconds)
        self._writer = Writer(self._engine, self._store, reconnect_seconds)
        self._attendant = Writer(self._engine, self._store)  # its own connection: no write keeps it waiting
        self._line = CommitLine(self._append_all)
        self._statements = Statements(self._engine.dialect)
        self._tails = Tails(self._statements, self._writer)
        try:
            self._prepare(busy_seconds, create)
        except BaseException:
            self.close()
            raise

    def _prepare(self, busy_seconds: float, create: bool) -> None:
        try:
            if self._engine.dialect.name == "sqlite":
                use_write_ahead_log(self._engine, self._store, busy_seconds)
            migrate(self._engine, self._store, migrations(), create=create)
        except SQLAlchemyError as error:
            raise translated(error, self._store) from error

    def close(self) -> None:
        self._reader.close()
        self._attendant.close()
        self._writer.close()
        self._engine.dispose()

    def hurry(self) -> None:
        self._reader.hurry()
        self._writer.hurry()

    # --- writing

    def create_run(self, row: NewRun, spec: StoredSpec, events: Sequence[NewEvent]) -> RunRow:
        start = check_new_run(row, events)
        rows = list(links(row.run_id, start, events))
        after = Tail(start.epoch, rows[-1].seq, rows[-1].hash, start.status)
        owner = None if row.owner is None else encode_mapping(row.owner, "the owner")
        inputs = encode_mapping(row.inputs, "inputs")
        extra = encode_spec_extra(spec)
        created, started = float(row.created_at), row.started_at
        present = (
            row.run_id,
            row.workflow,
            row.status,
            spec.hash,
            created,
            started,
            None,
            1,
            after.epoch,
            owner,
        )

        def write(cursor: Any) -> None:
            self._tails.hold_name(cursor, row.run_id)
            if self._statements.tail.run(cursor, (row.run_id,)).fetchone() is not None:
                raise RunExists(f"run {row.run_id!r} exists already")
            self._keep_spec(cursor, spec, extra)
            self._statements.insert_run.run(cursor, (*present, after.seq, after.hash))
            self._statements.insert_values.run(cursor, (row.run_id, inputs, None, None))
            self._statements.insert_events.run_many(cursor, rows)
            if owner is not None:
                self._attending.leases.give(cursor, row.run_id, after.epoch, self.lease_seconds)

        with self._writer.lock:
            self._writer.transact(write, lambda cursor: self._tails.created(cursor, row.run_id, after))
            self._tails.claimed(row.run_id, after)
        return first_row(row, spec, after, inputs, owner)

    def append(
        self,
        run_id: str,
        epoch: int,
        events: Sequence[NewEvent],
        changes: RunChanges | None = None,
        spec: StoredSpec | None = None,
        taken: Sequence[int] = (),
    ) -> int:
        answer = self.append_all((Append(run_id, epoch, events, changes, spec, taken),))[0]
        if isinstance(answer, WeftError):
            raise answer
        return answer

    def append_all(self, group: Sequence[Append]) -> list[int | WeftError]:
        return self._line.write(group)

    def _append_all(self, group: Sequence[Append]) -> list[int | WeftError]:
        """Write the shares in one transaction."""
        with self._writer.lock:
            self._writer.check()
            ready, answers = self._planned(group)
            if ready:
                for index, why in self._write(ready).items():
                    answers[index] = why
            return answers

    def _planned(self, group: Sequence[Append]) -> tuple[dict[int, Plan], list[int | WeftError]]:
        """The shares that may be written, by their place, and what all are answered if nothing comes between."""
        answers: list[int | WeftError] = []
        ready: dict[int, Plan] = {}
        tails: dict[str, Tail] = {}  # as they will be when all of the group is kept
        for index, share in enumerate(group):
            try:
                plan = planned(share, tails.get(share.run_id) or self._tails.of(share.run_id))
            except WeftError as refusal:
                answers.append(refusal)
                continue
            tails[share.run_id] = plan.after
            ready[index] = plan
            answers.append(plan.after.seq)
        return ready, answers

    def _write(self, ready: Mapping[int, Plan]) -> dict[int, WeftError]:
        """Write the plans in one transaction; returns those whose guard did not hold, and why."""
        refused: dict[int, WeftError] = {}

        def work(cursor: Any) -> None:
            refused.clear()  # the work is done again when the connection is lost before COMMIT
            rows: list[Link] = []
            for index, plan in ready.items():
                if self._advance(cursor, plan):
                    rows += plan.rows
                else:
                    refused[index] = self._tails.why(cursor, plan)
            if rows:
                self._statements.insert_events.run_many(cursor, rows)

        def landed(cursor: Any) -> bool:
            kept = (plan for index, plan in ready.items() if index not in refused)
            return all(self._tails.landed(cursor, plan.share.run_id, plan.after) for plan in islice(kept, 1))

        try:
            self._writer.transact(work, landed)
        except OutcomeUnknown:
            self._tails.doubt(plan.share.run_id for plan in ready.values())
            raise
        for index, plan in ready.items():
            if index not in refused:
                self._tails.remember(plan.share.run_id, plan.after)
        return refused

    def _advance(self, cursor: Any, plan: Plan) -> bool:
        """Move the run's row on; False, and nothing is changed, when it is not as the plan believes."""
        run_id, before, after = plan.share.run_id, plan.before, plan.after
        if plan.share.spec is not None and plan.extra is not None:
            self._keep_spec(cursor, plan.share.spec, plan.extra)
        moved = self._statements.advance(tuple(plan.columns))
        new = (after.seq, after.hash, *plan.columns.values())
        moved.run(cursor, (*new, run_id, before.epoch, before.seq, before.status))
        if cursor.rowcount != 1:
            return False
        if plan.share.taken:
            self._attending.inbox.take(cursor, run_id, plan.share.taken, after.seq)
        if after.status in ENDED:
            self._attending.inbox.close(cursor, run_id, after.seq)
        if plan.values:
            self._statements.set_values(tuple(plan.values)).run(cursor, (*plan.values.values(), run_id))
        return True

    def claim(self, run_id: str, owner: Mapping[str, Any], epoch: int | None = None) -> RunRow:
        text = encode_mapping(owner, "the owner")
        taken = 0

        def take(cursor: Any) -> int:
            nonlocal taken
            tail, owned = self._tails.read(cursor, run_id)
            if epoch is None and owned is not None:
                raise RunOwned(f"run {run_id!r} has an owner", hint="claim it with the epoch it was seen at")
            if epoch is not None and epoch != tail.epoch:
                raise stale(run_id, epoch, tail.epoch)
            self._statements.claim.run(cursor, (tail.epoch + 1, text, run_id, tail.epoch))
            if cursor.rowcount != 1:
                raise stale(run_id, tail.epoch, self._tails.read(cursor, run_id)[0].epoch)
            taken = tail.epoch + 1
            self._attending.leases.pass_on(cursor, run_id, taken, self.lease_seconds)
            self._attending.quarantine.lift(cursor, run_id)
            return taken

        def landed(cursor: Any) -> bool:
            tail, owned = self._tails.read(cursor, run_id)
            return (tail.epoch, owned) == (taken, text)

        with self._writer.lock:
            mine = self._writer.transact(take, landed)
            row = self._reader.run(run_id)
            if row is None:
                raise RunNotFound(f"there is no run {run_id!a}")
            if row.epoch != mine:
                raise stale(run_id, mine, row.epoch)
            self._tails.claimed(run_id, Tail(row.epoch, row.last_seq, row.last_hash, row.status))
        return row

    def release(self, run_id: str, epoch: int) -> None:
        def leave(cursor: Any) -> None:
            self._statements.release.run(cursor, (None, run_id, epoch))
            if cursor.rowcount != 1:
                raise stale(run_id, epoch, self._tails.read(cursor, run_id)[0].epoch)
            self._attending.leases.end(cursor, run_id)

        with self._writer.lock:
            self._writer.transact(leave, lambda cursor: self._tails.read(cursor, run_id)[1] is None)
            self._tails.forget(run_id)

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
    def _removal(self) -> Removal:
        return Removal(self._engine.dialect)

    def delete_run(self, run_id: str, before: float) -> bool:
        if not is_run_id(run_id):
            return False

        def landed(cursor: Any) -> bool:
            return self._statements.tail_held.run(cursor, (run_id,)).fetchone() is None

        with self._writer.lock:
            deleted = self._writer.transact(lambda cursor: self._removal.run(cursor, run_id, before), landed)
            if deleted:
                self._tails.forget(run_id)
        return deleted

    @cached_property
    def _templates(self) -> Templates:
        return Templates(self._engine.dialect, self._writer, self._reader)

    def add_template(self, new: StoredTemplate) -> bool:
        return self._templates.add(new)

    def templates(self, name: str | None = None) -> list[StoredTemplate]:
        return self._templates.all(name)

    def _keep_spec(self, cursor: Any, spec: StoredSpec, extra: str) -> None:
        if self._statements.spec_kept.run(cursor, (spec.hash,)).fetchone() is None:
            self._statements.insert_spec.run(cursor, (spec.hash, spec.name, spec.text, spec.path, extra))

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
