"""Recovery: a scan of all runs that have not ended; those that nobody drives are gone on with, each for itself.

Laws. Trouble with one run quarantines that run, with the reason, and never stops the scan. A run whose owner may live is left
alone until the next scan. A store that does not answer is the store's trouble, not a run's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

from engine.app import spans
from engine.app.owner import standing
from engine.app.project import store_name
from engine.app.run_options import RunEnd, RunOptions
from engine.app.running import Driving, go_on
from engine.app.signals import SignalWatch
from engine.app.takeovers import refuse_hopeless
from engine.app.watched_store import WatchedStore
from engine.errors import DamagedRecord, RunOwned, StoreError, WeftError
from engine.execute.facts import Progress, Row
from engine.execute.secrets import scrub_all
from engine.journal import ENDED, Journal, RunRow, StaleOwner

RUNS_MAX = 16  # at once
_REASON_MAX = 500

Say = Callable[[str], None]
_T = TypeVar("_T")


@dataclass(slots=True)
class Recovered:
    """What a recovery did: runs that came to an end here, by status; those it put in quarantine, and those that a failing
    store kept it from, each with the reason; the signal that ended it."""

    ended: dict[str, str] = field(default_factory=dict)
    quarantined: dict[str, str] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    signal: int | None = None


def recover(
    options: RunOptions, say: Say, *, every_seconds: float | None = None, runs_max: int = RUNS_MAX
) -> Recovered:
    """Go on with every run of the store that has not ended and has no living owner, `runs_max` of them at once.

    Returns when the last of them has ended; with `every_seconds` never, but by a signal, which leaves the runs under way to
    be resumed. Raises StoreError where the store cannot be opened, or, without `every_seconds`, read.
    """
    return asyncio.run(recovering(options, say, every_seconds=every_seconds, runs_max=runs_max))


async def recovering(
    options: RunOptions, say: Say, *, every_seconds: float | None = None, runs_max: int = RUNS_MAX
) -> Recovered:
    """As `recover`, on the caller's event loop; to cancel its task is as a signal."""
    name = store_name(options.store)
    store = WatchedStore(name)
    recovery = _Recovery(store, replace(options, store=name, signals=False), say, runs_max)
    try:
        with SignalWatch(recovery.stop, enabled=options.signals) as watch:
            await recovery.scan_all(every_seconds)
        recovery.done.signal = watch.signal
        return recovery.done
    finally:
        await recovery.leave()
        store.journal.close()


class _Slots:
    """How many runs may be under way at once. One that only waits, for a time or a signal, holds none."""

    def __init__(self, number: int) -> None:
        self._left = number
        self._freed = asyncio.Event()

    async def take(self) -> None:
        while self._left <= 0:
            self._freed.clear()
            await self._freed.wait()
        self._left -= 1

    def take_anyway(self) -> None:
        """A run goes on after a wait, whatever the others do."""
        self._left -= 1

    def give(self) -> None:
        self._left += 1
        self._freed.set()


class _Slot:
    """The slot of one run, by what the run tells."""

    def __init__(self, slots: _Slots) -> None:
        self._slots = slots
        self._held = True

    def see(self, news: Row | Progress) -> None:
        kind = news.kind if isinstance(news, Row) else None
        if kind == "RunWaiting":
            self.give()
        elif kind == "RunContinued" and not self._held:
            self._held = True
            self._slots.take_anyway()

    def give(self) -> None:
        if self._held:
            self._held = False
            self._slots.give()


class _Recovery:
    def __init__(self, store: WatchedStore, options: RunOptions, say: Say, runs_max: int) -> None:
        self.done = Recovered()
        self._store = store
        self._trouble_said: str | None = None  # with the store, since it could last be scanned
        self._options = options
        self._say = say
        self._slots = _Slots(runs_max)
        self._going: dict[str, asyncio.Task[None]] = {}
        self._stopped = asyncio.Event()

    @property
    def _journal(self) -> Journal:
        return self._store.journal

    def stop(self, why: str) -> None:
        self._journal.hurry()
        self._stopped.set()

    async def scan_all(self, every_seconds: float | None) -> None:
        while not self._stopped.is_set():
            try:
                await self._scan()
                if spans.provider() is not None:
                    await asyncio.to_thread(spans.send_owed, self._journal)
                self._say_trouble(None)
            except StoreError as error:
                if every_seconds is None:
                    raise
                self._store.failed()
                self._say_trouble(error.message)
            if every_seconds is None:
                await self._first(*self._going.values())
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(every_seconds):
                    await self._stopped.wait()

    def _say_trouble(self, message: str | None) -> None:
        """Once, not at every scan; and when it is over."""
        if message is not None and message != self._trouble_said:
            self._say(f"the store cannot be scanned: {message}")
        elif message is None and self._trouble_said is not None:
            self._say("the store can be scanned again")
        self._trouble_said = message

    async def _first(self, *going: asyncio.Task[None]) -> None:
        """Wait for all of them, or for the signal."""
        stopped = asyncio.ensure_future(self._stopped.wait())
        try:
            left = {*going}
            while left and not stopped.done():
                done, _ = await asyncio.wait({*left, stopped}, return_when=asyncio.FIRST_COMPLETED)
                left -= done
        finally:
            stopped.cancel()

    async def leave(self) -> None:
        """What is under way is left in good order, to be resumed."""
        for task in self._going.values():
            task.cancel()
        await asyncio.gather(*self._going.values(), return_exceptions=True)

    async def _scan(self) -> None:
        for row in await self._apart(self._unfinished):
            if row.run_id not in self._going and row.quarantined is None and standing(row).free:
                task = asyncio.ensure_future(self._recovered(row.run_id))
                self._going[row.run_id] = task
                task.add_done_callback(partial(self._gone, row.run_id))

    def _unfinished(self) -> list[RunRow]:
        return self._store.at_hand().unfinished()

    def _gone(self, run_id: str, task: asyncio.Task[None]) -> None:
        self._going.pop(run_id, None)

    async def _recovered(self, run_id: str) -> None:
        await self._slots.take()
        slot = _Slot(self._slots)
        try:
            driving = await self._apart(self._taken_over, run_id, slot)
            self._ended(run_id, await driving)
        except asyncio.CancelledError:
            self._ended_before_it_was_stopped(run_id)
            raise
        except (RunOwned, StaleOwner):
            pass  # another process has it
        except StoreError as error:
            if isinstance(error, DamagedRecord):
                self._trouble(run_id, error)
            else:
                self.done.left[run_id] = error.message
                self._say(f"run {run_id} cannot be recovered now: {error.message}")
        except Exception as error:
            self._trouble(run_id, error)
        finally:
            slot.give()

    def _taken_over(self, run_id: str, slot: _Slot) -> Driving:
        row = self._journal.run(run_id)
        if row is not None:
            refuse_hopeless(row, self._journal)
        return go_on(run_id, replace(self._options, observer=slot.see))

    async def _apart(self, act: Callable[..., _T], *arguments: Any) -> _T:
        """Signals are heard while a server is waited for."""
        if self._journal.local:
            return act(*arguments)
        return await asyncio.to_thread(act, *arguments)

    def _ended(self, run_id: str, end: RunEnd) -> None:
        self.done.left.pop(run_id, None)
        if end.status in ENDED:
            self._told_ended(run_id, end.status)

    def _told_ended(self, run_id: str, status: str) -> None:
        self.done.ended[run_id] = status
        self._say(f"run {run_id} ended {status}")

    def _ended_before_it_was_stopped(self, run_id: str) -> None:
        """A signal came between the end of a run and the news of it."""
        with suppress(StoreError):
            row = self._journal.run(run_id)
            if row is not None and row.status in ENDED:
                self._told_ended(run_id, row.status)

    def _trouble(self, run_id: str, error: Exception) -> None:
        """Mark the run, where it is the run's trouble and still nobody's."""
        told = error.message if isinstance(error, WeftError) else f"{type(error).__name__}: {error}"
        hint = f" ({error.hint})" if isinstance(error, WeftError) and error.hint else ""
        reason = scrub_all(told + hint)[:_REASON_MAX].replace("\0", "")
        try:
            row = self._journal.run(run_id)
            if row is None or not self._still_nobodys(row):
                return
            if self._journal.quarantine(run_id, row.epoch, reason, time.time()):
                self.done.quarantined[run_id] = reason
                self._say(f"run {run_id} is in quarantine: {reason}")
        except StoreError as gone:
            self.done.left[run_id] = gone.message
            self._say(f"run {run_id} cannot be recovered now: {gone.message}")

    def _still_nobodys(self, row: RunRow) -> bool:
        return row.status not in ENDED and standing(row).free
