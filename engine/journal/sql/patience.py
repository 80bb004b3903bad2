"""Waiting for a server to come back: pauses that grow, until the time is over.

A file needs none of it: SQLite waits for locks by itself, and a file that cannot be opened will not come back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from random import SystemRandom
from threading import Event

_FIRST_SECONDS = 0.02
_PAUSE_SECONDS_MAX = 1.0
_RANDOM = SystemRandom()


class Patience:
    """How much longer somebody waits. The time begins with the first pause."""

    def __init__(
        self,
        seconds: float,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        given_up: Event | None = None,
    ) -> None:
        self._seconds = seconds
        self._sleep = sleep
        self._clock = clock
        self._given_up = given_up
        self._until: float | None = None
        self._pause = _FIRST_SECONDS

    def wait(self) -> bool:
        """Pause and say True, or say False when the time is over or the waiting was given up.

        Each pause is up to twice as long as the one before, drawn at random: of many that lost one server not all
        knock at once.
        """
        if self._until is None:
            self._until = self._clock() + self._seconds
        left = self._until - self._clock()
        if left <= 0:
            return False
        pause = min(left, _RANDOM.uniform(self._pause / 2, self._pause))
        self._pause = min(self._pause * 2, _PAUSE_SECONDS_MAX)
        if self._given_up is not None:
            return not self._given_up.wait(pause)
        self._sleep(pause)
        return True
