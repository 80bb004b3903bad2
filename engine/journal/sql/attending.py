"""What goes on around a run beside its own writes: its owner attends to it, others post to it, recovery marks it.

The owner has a connection of its own for it, so that a write that waits for its server keeps nobody from renewing a lease.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import Dialect

from engine.journal.port import ENDED, Posted, RunEnded, RunNotFound, is_run_id
from engine.journal.sql.audit import AuditChain
from engine.journal.sql.ownership import Inbox, Leases, Quarantine
from engine.journal.sql.statements import Statements
from engine.journal.sql.tails import Tails
from engine.journal.sql.writer import Writer
from engine.journal.tail import Tail, check_posted, check_text, stale


class Attending:
    """See `Journal` for what each method promises. `leases`, `inbox`, `quarantine` and `audit` are the tables' statements."""

    def __init__(
        self, dialect: Dialect, statements: Statements, tails: Tails, writer: Writer, attendant: Writer
    ) -> None:
        self.leases = Leases(dialect)
        self.inbox = Inbox(dialect)
        self.quarantine = Quarantine(dialect)
        self._dialect = dialect
        self._statements = statements
        self._tails = tails
        self._writer = writer
        self._attendant = attendant

    @cached_property
    def audit(self) -> AuditChain:
        return AuditChain(self._dialect)

    def attend(self, run_id: str, epoch: int, lease_seconds: float | None) -> list[Posted]:
        """As `Journal.attend`; without `lease_seconds` nothing is renewed."""

        def work(cursor: Any) -> list[Posted]:
            tail, _ = self._tails.read(cursor, run_id)
            if tail.epoch != epoch:
                raise stale(run_id, epoch, tail.epoch)
            if lease_seconds is not None and tail.status not in ENDED:
                self.leases.renew(cursor, run_id, epoch, lease_seconds)
            return self.inbox.waiting(cursor, run_id)

        if lease_seconds is None:
            return self._attendant.query(work)
        # A commit without an answer counts as none: the next one is soon.
        return self._attendant.transact(work, lambda cursor: False)

    def post(self, run_id: str, kind: str, name: str | None, payload: Mapping[str, Any], at: float) -> int:
        text = check_posted(kind, name, payload)
        number = 0

        def put(cursor: Any) -> int:
            nonlocal number
            row = self._held(cursor, run_id)
            if row.status in ENDED:
                raise RunEnded(f"run {run_id!r} has ended ({row.status})", hint=f"weft show {run_id}")
            number = self.inbox.put(cursor, run_id, kind, name, text, at)
            return number

        def landed(cursor: Any) -> bool:
            self._held(cursor, run_id)
            return self.inbox.holds(cursor, run_id, number, (kind, name, text, at))

        return self._writer.transact(put, landed)

    def mark(self, run_id: str, epoch: int, reason: str, at: float) -> bool:
        """As `Journal.quarantine`."""
        check_text(reason, "the reason")

        def put(cursor: Any) -> bool:
            row = self._held(cursor, run_id)
            if row.status in ENDED or row.epoch != epoch:
                return False
            self.quarantine.put(cursor, run_id, reason, at)
            return True

        return self._writer.transact(put, lambda cursor: self.quarantine.holds(cursor, run_id, reason))

    def _held(self, cursor: Any, run_id: str) -> Tail:
        """The run's tail; nobody writes to the run until the transaction ends. Raises RunNotFound."""
        row = self._statements.tail_held.run(cursor, (run_id,)).fetchone() if is_run_id(run_id) else None
        if row is None:
            raise RunNotFound(f"there is no run {run_id!a}")
        return Tail(*row[:4])
