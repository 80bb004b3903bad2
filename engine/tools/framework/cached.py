"""Results kept in memory for another call: bounded, each for its time, the least recently used leaves first.

What is kept is read-only by agreement, as every value of a run is: it is handed out as it came in.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NamedTuple

ENTRY_BYTES_MAX = 16 * 1024 * 1024
"""Bytes of JSON of one result; a larger one is not kept."""
MEMORY_BYTES_MAX = 256 * 1024 * 1024
"""Of all results in memory together."""


class Found(NamedTuple):
    """What a cache says of a key.

    `hit`: `payload` is the result. `yours`: there is none, and it is for the asker to make it. `busy`: another process makes
    it. `damaged`: as `yours`, but there was one that could not be read.
    """

    what: str
    payload: Any = None


YOURS, BUSY, DAMAGED = Found("yours"), Found("busy"), Found("damaged")


class _Entry(NamedTuple):
    payload: Any
    size: int
    made_at: float
    until: float
    space: str


class Cache:
    """Results of this process. Safe from several threads. `clock` never goes back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._counts: dict[str, int] = {}
        self._size = 0
        self.salt = secrets.token_bytes(32)

    def look(self, key: str, ttl_seconds: float, holder: str) -> Found:
        """The result of a key that is younger than the asker wants and than its maker said."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return YOURS
            now = self._clock()
            if now >= entry.until:
                self._drop(key)
                return YOURS
            if now - entry.made_at >= ttl_seconds:
                return YOURS  # too old for this asker; another may be content with it
            self._entries.move_to_end(key)
            return Found("hit", entry.payload)

    def keep(
        self, key: str, holder: str, space: str, payload: Any, size: int, ttl_seconds: float, most: int
    ) -> None:
        """Keep a result; of its `space` the `most` used last stay."""
        now = self._clock()
        with self._lock:
            if key in self._entries:
                self._drop(key)
            self._entries[key] = _Entry(payload, size, now, now + ttl_seconds, space)
            self._counts[space] = self._counts.get(space, 0) + 1
            self._size += size
            while self._counts[space] > most:
                self._drop(next(one for one, entry in self._entries.items() if entry.space == space))
            while self._size > MEMORY_BYTES_MAX:
                self._drop(next(iter(self._entries)))

    def give_up(self, key: str, holder: str) -> None:
        """There is no result after all."""

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._counts.clear()
            self._size = 0

    def _drop(self, key: str) -> None:
        entry = self._entries.pop(key)
        self._size -= entry.size
        self._counts[entry.space] -= 1
