"""The ends of runs: what is remembered of them from the last write, and what the database says.

Laws: what is remembered is only believed by a guarded update; after a write whose outcome is unknown nothing is
known of a run until it is claimed anew. A run that ended is forgotten, so that memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.errors import WeftError
from engine.journal.port import ENDED, RunNotFound, StaleOwner, is_run_id
from engine.journal.sql.plan import Plan
from engine.journal.sql.statements import Statements
from engine.journal.sql.writer import Writer
from engine.journal.tail import Tail, stale

_CLAIM = "claim the run anew and read it"


class Tails:
    """The tails of the runs that this process writes. Its caller holds the writer's lock."""

    def __init__(self, statements: Statements, writer: Writer) -> None:
        self._statements = statements
        self._writer = writer
        self._kept: dict[str, Tail | None] = {}  # None: what was kept is unknown, nothing may be written

    def of(self, run_id: str) -> Tail:
        """The run's tail, from memory if it is there. Raises StaleOwner, RunNotFound, StoreError."""
        tail = self._kept.get(run_id)
        if tail is not None:
            return tail
        if run_id in self._kept:
            raise StaleOwner(f"what was last kept of run {run_id!r} is unknown", hint=_CLAIM)
        return self._writer.query(lambda cursor: self.read(cursor, run_id)[0])

    def remember(self, run_id: str, tail: Tail) -> None:
        if tail.status in ENDED:
            self._kept.pop(run_id, None)
        else:
            self._kept[run_id] = tail

    def claimed(self, run_id: str, tail: Tail) -> None:
        """The run is this process's, whatever its status: what was unknown of it is known again."""
        self._kept[run_id] = tail

    def forget(self, run_id: str) -> None:
        self._kept.pop(run_id, None)

    def doubt(self, run_ids: Iterable[str]) -> None:
        """Whether the last write of these runs was kept is unknown."""
        self._kept |= dict.fromkeys(run_ids, None)

    def read(self, cursor: Any, run_id: str) -> tuple[Tail, str | None]:
        """The run's tail and its owner. Raises RunNotFound."""
        row = self._statements.tail.run(cursor, (run_id,)).fetchone() if is_run_id(run_id) else None
        if row is None:
            raise RunNotFound(f"there is no run {run_id!a}")
        return Tail(*row[:4]), row[4]

    def hold_name(self, cursor: Any, run_id: str) -> None:
        """Let nobody else create a run of this name until the transaction ends."""
        if self._statements.hold_name is not None:
            self._statements.hold_name.run(cursor, (run_id,))

    def created(self, cursor: Any, run_id: str, after: Tail) -> bool:
        """As `landed`, for a run that did not exist: there is no row yet to wait at, so its name is."""
        self.hold_name(cursor, run_id)
        return self.landed(cursor, run_id, after)

    def landed(self, cursor: Any, run_id: str, after: Tail) -> bool:
        """Whether the write that ended in `after` was kept. Waits for a commit that is still under way."""
        self._statements.tail_held.run(cursor, (run_id,)).fetchone()
        row = self._statements.event_hash.run(cursor, (run_id, after.seq)).fetchone()
        return row is not None and row[0] == after.hash

    def why(self, cursor: Any, plan: Plan) -> WeftError:
        """Why the guard of `plan` did not hold."""
        run_id = plan.share.run_id
        try:
            tail, _ = self.read(cursor, run_id)
        except RunNotFound as missing:
            return missing
        if tail.epoch != plan.share.epoch:
            return stale(run_id, plan.share.epoch, tail.epoch)
        return StaleOwner(
            f"run {run_id!r} ends with event {tail.seq}, not {plan.before.seq}: somebody else wrote to it",
            hint=_CLAIM,
        )
