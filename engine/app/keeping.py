"""Keeps a run its owner's: renews the lease, hears what others wish of the run, notices when it has been taken over.

All of it on a thread and a connection of its own, so that neither a step nor a commit can hold it up. A store that does
not answer is asked again: until the lease ends nobody takes the run, and after that the epoch refuses this owner's writes.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from engine.errors import StoreError
from engine.journal import Journal, Posted, RunNotFound, StaleOwner

LOOK_SECONDS = 0.5  # between two looks into the inbox
_BEATS = 4  # renewals in the time of one lease
_LEAVE_SECONDS = 1.0  # how long the end of a run waits for a look that is under way


class Keeper:
    """Tells `heard(posted)` and `lost(error)`, each at most once for the same thing, on the event loop it is entered on.

    `at_once`: something may be waiting already. A store in memory has no other process: nothing is kept.
    """

    def __init__(
        self,
        journal: Journal,
        run_id: str,
        epoch: int,
        heard: Callable[[Posted], None],
        lost: Callable[[StoreError], None],
        *,
        at_once: bool,
    ) -> None:
        self._journal = journal
        self._run_id = run_id
        self._epoch = epoch
        self._heard = heard
        self._lost = lost
        self._at_once = at_once
        self._known: set[int] = set()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._beat_seconds = journal.lease_seconds / _BEATS

    def __enter__(self) -> Self:
        if self._journal.durable:
            loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._keep, args=(loop,), name="weft-keeper", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_LEAVE_SECONDS)

    def _keep(self, loop: asyncio.AbstractEventLoop) -> None:
        renewed = time.monotonic()
        pause = 0.0 if self._at_once else min(LOOK_SECONDS, self._beat_seconds)
        while not self._stop.wait(pause):
            pause = min(LOOK_SECONDS, self._beat_seconds)
            due = time.monotonic() - renewed >= self._beat_seconds
            try:
                posted = self._journal.attend(self._run_id, self._epoch, renew=due)
            except (StaleOwner, RunNotFound) as error:
                refused = error if isinstance(error, StoreError) else StaleOwner(error.message)
                self._tell(loop, self._lost, refused)
                return
            except StoreError:
                continue
            if due:
                renewed = time.monotonic()
            for each in posted:
                if each.number not in self._known:
                    self._known.add(each.number)
                    self._tell(loop, self._heard, each)

    def _tell(self, loop: asyncio.AbstractEventLoop, hears: Callable[[Any], None], what: Any) -> None:
        if self._stop.is_set():
            return
        try:
            loop.call_soon_threadsafe(hears, what)
        except RuntimeError:
            self._stop.set()  # the loop has ended: nobody hears
