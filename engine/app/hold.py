"""One process's hold on one run: every write under its epoch, and what becomes of the hold when the store fails.

Laws. What another process has taken over is not touched again. When the answer to a write is lost, or the store was gone for
too long, the run is claimed anew and goes on from what is recorded; where that cannot be, it is left to be resumed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeVar

from engine import crash
from engine.app.auditing import Auditor
from engine.app.owner import shown_owner, this_process
from engine.app.sealed import Declared
from engine.app.stored import about_run
from engine.errors import RunLeft, RunOwned, StoreError, WeftError
from engine.execute.cellar import RunCellar
from engine.execute.facts import Row
from engine.journal import ENDED, Journal, NewEvent, RunChanges, RunRow, StaleOwner, StoreBusy
from engine.journal.watch import NewEntry

_T = TypeVar("_T")
_STATUSES = {"RunWaiting": "waiting", "RunContinued": "running", "RunResumed": "running"}
_CRASH_POINTS = {"RunWaiting": "CP11", "CancelRequested": "CP13", "LoopExpanded": "CP14"}
CLAIMS_MAX = 5  # in a row: each within CALM_SECONDS of the one before
CALM_SECONDS = 60.0


class Hold:
    """`row` is the run as it was claimed; `declared` are the inputs of its workflow."""

    def __init__(self, journal: Journal, row: RunRow, store: str, declared: Declared) -> None:
        self.journal = journal
        self.row = row
        self.cellar = RunCellar(journal, row.run_id)
        self.auditor: Auditor | None = None
        self._store = store
        self._declared = declared
        self._seq = row.last_seq  # of the last row that onlookers have heard of
        self._claims = 0
        self._claimed_at = 0.0
        self._asked: tuple[list[Row], Sequence[NewEntry]] | None = None
        self._given = False  # with the row that ended the run

    def commit(self, rows: list[Row]) -> None:
        """Write rows, what they change of the run, and take the wishes they name.

        Where it raised StoreBusy it may be called again with the same list.
        """
        changes: RunChanges = {}
        taken: list[int] = []
        for row in rows:
            if row.kind == "RunFinished":
                payload = row.payload
                changes = {"status": payload["status"], "finished_at": row.at, "outputs": payload["outputs"]}
                changes["error"] = payload.get("error")
            elif row.kind in _STATUSES:
                changes = {"status": _STATUSES[row.kind]}
            if "posted" in row.payload:
                taken.append(row.payload["posted"])
        self.cellar.flush()
        events = [NewEvent(*row) for row in rows]
        run_id, epoch = self.row.run_id, self.row.epoch
        audit = self._audited(rows)
        self._seq = self.journal.append(run_id, epoch, events, changes or None, None, taken, audit)
        self._given = changes.get("status") in ENDED
        crash.point("CP8")
        if crash.ARMED:
            _pass_by(rows)

    def _audited(self, rows: list[Row]) -> Sequence[NewEntry]:
        """What the rows add to the trail: asked for once, however often they are tried."""
        if self.auditor is None:
            return ()
        if self._asked is None or self._asked[0] is not rows:
            self._asked = (rows, self.auditor.entries(rows))
        return self._asked[1]

    async def apart(self, act: Callable[..., _T], *arguments: Any) -> _T:
        """Ask the journal something while the event loop stays free, where the answer may take long."""
        if self.journal.local:
            with suppress(StoreBusy), self.journal.at_once():
                return act(*arguments)
        return await asyncio.to_thread(act, *arguments)

    async def claim_again(self, error: StoreError) -> None:
        """After a write that failed: be the owner again, under a new epoch. Raises RunOwned, RunLeft."""
        self.cellar.forget()
        try:
            if isinstance(error, StaleOwner):
                await self._refuse_taken()
            self._count(error)
            if await self._has_ended_here():
                return
            claim = self.journal.claim
            self.row = await self.apart(claim, self.row.run_id, this_process(), self.row.epoch)
            self._given = False
        except StaleOwner:
            await self._refuse_taken()
            raise
        except StoreError as again:
            raise self.left(again) from error

    async def _has_ended_here(self) -> bool:
        """Whether the write whose answer was lost is the one that ended the run: there is nothing left to own."""
        row = await self.apart(self.journal.run, self.row.run_id)
        if row is None or row.epoch != self.row.epoch or row.status not in ENDED:
            return False
        self.row, self._given = row, True
        return True

    async def _refuse_taken(self) -> None:
        row = await self.apart(self.journal.run, self.row.run_id)
        if row is None or row.epoch != self.row.epoch:
            by = "another process" if row is None or row.owner is None else shown_owner(row.owner)
            message = (
                f'run "{self.row.run_id}" was taken over by {by}; this process has stopped working on it'
            )
            raise RunOwned(message, hint=f"look at it with: weft show {self.row.run_id}")

    def _count(self, error: StoreError) -> None:
        now = time.monotonic()
        self._claims = 1 if now - self._claimed_at > CALM_SECONDS else self._claims + 1
        self._claimed_at = now
        if self._claims > CLAIMS_MAX or not self.journal.durable:
            raise error

    @property
    def ended(self) -> bool:
        """Whether the run had ended when it was claimed."""
        return self.row.status in ENDED

    def missed(self) -> list[Row]:
        """Rows that were kept, but whose answer was lost: onlookers have not heard of them."""
        events = list(self.journal.events(self.row.run_id, self._seq))
        self._seq = events[-1].seq if events else self._seq
        return [Row(event.at, event.kind, event.instance, event.attempt, event.payload) for event in events]

    def left(self, error: StoreError) -> RunLeft:
        """That the run is left where it is, with what goes on with it."""
        row = replace(self.row, status="running")
        resume = about_run(row, self._store, self._declared)["resume"]
        return RunLeft(f'run "{self.row.run_id}" is left: {error.message}', hint=error.hint, resume=resume)

    async def give_back(self) -> None:
        """Let go of the run in good order. A run that is another's by now is not touched, nor one that has ended here."""
        if self._given:
            return
        with suppress(StaleOwner):
            await self.apart(self.journal.release, self.row.run_id, self.row.epoch)

    def drop(self) -> None:
        """Let go of the run after trouble: what went wrong comes first, and nothing is waited for."""
        self.journal.hurry()
        if self._given:
            return
        with suppress(WeftError):
            self.journal.release(self.row.run_id, self.row.epoch)


def _pass_by(rows: list[Row]) -> None:
    """The crash points that are about what has been recorded."""
    for row in rows:
        if row.kind in _CRASH_POINTS:
            crash.point(_CRASH_POINTS[row.kind])
        elif row.kind == "StepFailed" and "retry_at" in row.payload:
            crash.point("CP12")
