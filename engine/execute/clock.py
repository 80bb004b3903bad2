"""The clock as a port: the time of a run's record, the time of the day, and monotonic time for waiting.

The machine's clock may be set, by hours. The record of a run is told in a time of its own that never goes back, so that
nothing ends before it began, and a wait that goes on in another process is as long as what was left of it.
"""

from __future__ import annotations

import time
from typing import Protocol

_NOTICED_SECONDS = 1.0  # a clock that ran on by more than this beyond what has passed was set


class Clock(Protocol):
    """`now()` is a run's time: seconds since the epoch (UTC) that never go back. `wall()` is what the machine's clock says,
    for moments that people name; `monotonic()` is for what passes in between."""

    def now(self) -> float: ...

    def wall(self) -> float: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's own clocks. For one run, on one thread.

    `now()` follows the machine's clock where that is set on. Where it is set back, or stands before `not_before`, it goes
    on from where it was, until the machine's has caught up or is set on again.
    """

    def __init__(self, not_before: float = 0.0) -> None:
        self._last = not_before
        self._passed = time.monotonic()
        self._ahead = 0.0  # of the machine's clock

    def now(self) -> float:
        wall, passed = time.time(), time.monotonic()
        since, now = passed - self._passed, wall + self._ahead
        if now < self._last:
            now = self._last + since
        elif self._ahead and now > self._last + since + _NOTICED_SECONDS:
            now = max(wall, self._last + since)
        self._ahead = max(0.0, now - wall)
        self._last, self._passed = now, passed
        return now

    def wall(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()
