"""Waiting: for a server to come back, and for the lock of a file that another process writes to.

Pauses that grow, until the time is over. A file that cannot be opened is not waited for: it will not come back.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from random import SystemRandom
from threading import Event

_FIRST_SECONDS = 0.02
_PAUSE_SECONDS_MAX = 1.0
_LOCK_FIRST_SECONDS = 0.001
_LOCK_PAUSE_SECONDS_MAX = 0.025
HURRIED_SECONDS = 1.0  # that a lock is waited for in a hurry: another's commit takes far less
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


class LockPatience:
    """How much longer somebody waits for a lock. The time begins with the first pause; a hurry shortens it.

    Not left to SQLite: it would sleep through a signal and a hurry alike.
    """

    def __init__(
        self,
        seconds: float,
        hurried: Event,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._seconds = seconds
        self._hurried = hurried
        self._sleep = sleep
        self._clock = clock
        self._until: float | None = None
        self._in_a_hurry = False
        self._pause = _LOCK_FIRST_SECONDS

    def wait(self) -> bool:
        """Pause and say True, or say False when the time is over."""
        now = self._clock()
        if self._until is None:
            self._until = now + self._seconds
        if not self._in_a_hurry and self._hurried.is_set():
            self._in_a_hurry = True
            self._until = min(self._until, now + HURRIED_SECONDS)
        left = self._until - now
        if left <= 0:
            return False
        self._sleep(min(left, _RANDOM.uniform(self._pause / 2, self._pause)))
        self._pause = min(self._pause * 2, _LOCK_PAUSE_SECONDS_MAX)
        return True
