"""A run from its making to its deletion, and who holds it in between.

Law: what makes, claims, releases or deletes a run also says what is remembered of its end, under the same lock.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from sqlalchemy import Dialect

from engine.errors import RunOwned
from engine.journal.port import NewEvent, NewRun, RunExists, RunNotFound, RunRow, StoredSpec, is_run_id
from engine.journal.sql.attending import Attending
from engine.journal.sql.reader import Reader
from engine.journal.sql.removal import Removal
from engine.journal.sql.statements import Statements
from engine.journal.sql.tails import Tails
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


class Holding:
    """See `Journal` for what each method promises. `attending` is asked only where a lease or a mark is touched."""

    def __init__(
        self,
        dialect: Dialect,
        statements: Statements,
        tails: Tails,
        writer: Writer,
        reader: Reader,
        attending: Callable[[], Attending],
    ) -> None:
        self._dialect = dialect
        self._statements = statements
        self._tails = tails
        self._writer = writer
        self._reader = reader
        self._attending = attending

    def create(
        self, row: NewRun, spec: StoredSpec, events: Sequence[NewEvent], lease_seconds: float
    ) -> RunRow:
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
            self._statements.keep_spec(cursor, spec, extra)
            self._statements.insert_run.run(cursor, (*present, after.seq, after.hash))
            self._statements.insert_values.run(cursor, (row.run_id, inputs, None, None))
            self._statements.insert_events.run_many(cursor, rows)
            if owner is not None:
                self._attending().leases.give(cursor, row.run_id, after.epoch, lease_seconds)

        with self._writer.held():
            self._writer.transact(write, lambda cursor: self._tails.created(cursor, row.run_id, after))
            self._tails.claimed(row.run_id, after)
        return first_row(row, spec, after, inputs, owner)

    def claim(self, run_id: str, owner: Mapping[str, Any], epoch: int | None, lease_seconds: float) -> RunRow:
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
            self._attending().leases.pass_on(cursor, run_id, taken, lease_seconds)
            self._attending().quarantine.lift(cursor, run_id)
            return taken

        def landed(cursor: Any) -> bool:
            tail, owned = self._tails.read(cursor, run_id)
            return (tail.epoch, owned) == (taken, text)

        with self._writer.held():
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
            self._attending().leases.end(cursor, run_id)

        with self._writer.held():
            self._writer.transact(leave, lambda cursor: self._tails.read(cursor, run_id)[1] is None)
            self._tails.forget(run_id)

    @cached_property
    def _removal(self) -> Removal:
        return Removal(self._dialect)

    def delete(self, run_id: str, before: float) -> bool:
        if not is_run_id(run_id):
            return False

        def landed(cursor: Any) -> bool:
            return self._statements.tail_held.run(cursor, (run_id,)).fetchone() is None

        with self._writer.held():
            deleted = self._writer.transact(lambda cursor: self._removal.run(cursor, run_id, before), landed)
            if deleted:
                self._tails.forget(run_id)
        return deleted
