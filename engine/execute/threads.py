"""Threads for blocking calls: made when needed, used again, never waited for at exit.

A call that outlives its timeout keeps its thread (Python cannot end one); the thread is then counted as abandoned and
another takes its place. The pool of the standard library would wait for it when the process ends.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

Job = Callable[[], None]


class Threads:
    """A pool of daemon threads. Bounded by its users (slots), not by itself."""

    def __init__(self, name: str = "weft-call") -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0
        self._made = 0

    def submit(self, job: Job) -> None:
        """Run `job` in a thread. `job` must not raise."""
        with self._lock:
            if self._idle:
                self._idle -= 1
                start = False
            else:
                self._made += 1
                start = True
        self._jobs.put(job)
        if start:
            threading.Thread(target=self._work, name=f"{self._name}-{self._made}", daemon=True).start()

    def close(self) -> None:
        """Let the idle threads end."""
        for _ in range(self._made):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            with self._lock:
                self._idle += 1
