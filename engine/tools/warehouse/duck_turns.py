"""Writers of one DuckDB database take turns, whichever connections of this process they come by.

DuckDB lets transactions write side by side and fails all but the first where they meet: four loads that each find no
table each make it, and three are lost. Between processes the file's own lock does the same.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakValueDictionary

from engine.errors import ToolError

LOOK_AGAIN_SECONDS = 0.1

# A lock lives as long as somebody holds it, waits for it, or keeps it.
_of_files: WeakValueDictionary[str, threading.Lock] = WeakValueDictionary()
_looking = threading.Lock()


def lock_of(path: Path) -> threading.Lock:
    """The lock that all writers of this file share."""
    key = str(path.resolve())
    with _looking:
        found = _of_files.get(key)
        if found is None:
            found = _of_files[key] = threading.Lock()
        return found


@contextmanager
def turn(lock: threading.Lock, *, wait_seconds: float, check: Callable[[], None]) -> Iterator[None]:
    """Holds the lock while the block runs.

    While it waits for others it calls `check`, which may raise. Raises ToolError `unavailable` when the wait gets
    longer than `wait_seconds`.
    """
    _take(lock, time.monotonic() + wait_seconds, check)
    try:
        yield
    finally:
        lock.release()


def _take(lock: threading.Lock, deadline: float, check: Callable[[], None]) -> None:
    check()
    while not lock.acquire(timeout=max(0.0, min(deadline - time.monotonic(), LOOK_AGAIN_SECONDS))):
        check()
        if time.monotonic() >= deadline:
            raise ToolError(
                "the database is busy with other writers of this run", type="unavailable", code="BUSY"
            )
