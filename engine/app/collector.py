"""The garbage collector while runs are driven: one setting for the process, whatever number of runs there are."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Collector:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs = 0
        self._before = (0, 0, 0)

    @contextmanager
    def eased(self) -> Iterator[None]:
        # A run makes many objects that all stay until its end. Walking them again and again finds nothing and makes
        # the cost of a step grow with the run: what is there already is set aside, and the full walks are made rare.
        with self._lock:
            self._runs += 1
            if self._runs == 1:
                self._before = gc.get_threshold()
                gc.freeze()
                gc.set_threshold(50_000, 100, 1_000)
        try:
            yield
        finally:
            with self._lock:
                self._runs -= 1
                if not self._runs:
                    gc.set_threshold(*self._before)
                    gc.unfreeze()


COLLECTOR = _Collector()
