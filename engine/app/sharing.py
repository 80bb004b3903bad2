"""What a run shares with those of other processes, behind a thread: limits and results in the tables of its store.

Everything is done in the order it was asked for, on one thread: neither the event loop nor a step waits for the database.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

from engine.errors import StoreError
from engine.journal import open_sharing
from engine.spec.rates import Want
from engine.tools.framework.cached import Found

LEAVE_SECONDS = 5.0
"""How long the end of a run waits for what was asked for."""
Job = tuple[Callable[[], Any], Callable[[Any], None]]


class Sharing:
    """Made for the calls of one run under one epoch. Only `later` is for other threads than its own."""

    def __init__(self, store: str, run_id: str, epoch: int) -> None:
        self._tables = open_sharing(store, run_id, epoch)
        self.store = self._tables.store
        self.salt = self._tables.salt()
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def take(self, wants: list[Want]) -> list[float]:
        return self._tables.take(wants)

    def look(self, key: str, ttl_seconds: float, holder: str) -> Found:
        return Found(*self._tables.look(key, ttl_seconds, holder))

    def keep(
        self, key: str, holder: str, space: str, payload: Any, size: int, ttl_seconds: float, most: int
    ) -> None:
        self._tables.keep(key, holder, space, payload, ttl_seconds, most)

    def give_up(self, key: str, holder: str) -> None:
        self._tables.give_up(key, holder)

    def later(self, job: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do a job on the thread; `then` is called there with its answer, or with the StoreError."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="weft-sharing", daemon=True)
            self._thread.start()
        self._jobs.put((job, then))

    def close(self) -> None:
        """Wait, for a while, until everything is done that was asked for."""
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join(LEAVE_SECONDS)
        else:
            self._tables.close()

    def _work(self) -> None:
        while (one := self._jobs.get()) is not None:
            job, then = one
            try:
                answer = job()
            except StoreError as error:
                answer = error
            except Exception as error:
                answer = StoreError(f"{type(error).__name__}: {error}")
            then(answer)
        self._tables.close()
