"""Token buckets, and who is next in line for them. For all runs of this process; safe from several threads.

A bucket holds at most `size` tokens and gains `per_second`; a call takes one of every bucket it needs, or none of any. So no
more than rate × time + size calls begin in any time, whatever they wait for besides.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence

from engine.spec.rates import Want, tokens_left, wait_seconds

__all__ = ["Queues", "Tokens", "Want"]

BUCKETS_MAX = 10_000
"""More are looked through for full ones, which say no more than none."""


class Tokens:
    """Buckets in memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float, Want]] = {}

    def take(self, wants: Sequence[Want]) -> list[float]:
        """Take a token of each bucket and give only zeros, or take none and give how long each of them needs for one."""
        if len(wants) == 1:
            return [self._take_one(wants[0])]
        with self._lock:
            now = self._clock()
            levels = [self._level(want, now) for want in wants]
            waits = [wait_seconds(level, want) for level, want in zip(levels, wants, strict=True)]
            if not any(waits):
                for level, want in zip(levels, wants, strict=True):
                    self._buckets[want.bucket] = (level - 1, now, want)
                if len(self._buckets) > BUCKETS_MAX:
                    self._forget_full(now)
            return waits

    def _take_one(self, want: Want) -> float:
        """As `take`: most calls need one token, and this is half the price."""
        bucket, per_second, size, ahead = want
        with self._lock:
            now = self._clock()
            level, at, _ = self._buckets.get(bucket) or (float(size), now, want)
            level = min(size, level + (now - at) * per_second)
            if level < 1 + ahead:
                return wait_seconds(level, want)
            self._buckets[bucket] = (level - 1, now, want)
            if len(self._buckets) > BUCKETS_MAX:
                self._forget_full(now)
            return 0.0

    def _level(self, want: Want, now: float) -> float:
        level, at, _ = self._buckets.get(want.bucket, (float(want.size), now, want))
        return tokens_left(level, now - at, want)

    def _forget_full(self, now: float) -> None:
        kept = {key: one for key, one in self._buckets.items() if self._level(one[2], now) < one[2].size}
        self._buckets = kept


class Queues:
    """Who waits for which bucket: one from each line of each run, by priority, then first come, first served."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, dict[int, tuple[int, int]]] = {}
        self._numbers = itertools.count()

    def number(self) -> int:
        """A place in line, later than every one before."""
        return next(self._numbers)

    def ahead(self, bucket: str, place: tuple[int, int]) -> int:
        """How many that wait for this bucket come before somebody's (priority, number)."""
        waiting = self._waiting.get(bucket)
        if not waiting:
            return 0
        with self._lock:
            return sum(other < place for other in waiting.values())

    def wait(self, buckets: Sequence[str], place: tuple[int, int]) -> None:
        """Stand in line for those buckets."""
        with self._lock:
            for bucket in buckets:
                self._waiting.setdefault(bucket, {})[place[1]] = place

    def leave(self, buckets: Sequence[str], place: tuple[int, int]) -> None:
        with self._lock:
            for bucket in buckets:
                waiting = self._waiting.get(bucket)
                if waiting is not None:
                    waiting.pop(place[1], None)
                    if not waiting:
                        del self._waiting[bucket]
