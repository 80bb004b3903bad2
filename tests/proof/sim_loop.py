"""An event loop whose time is told, not measured: it leaps to the next timer when there is nothing to do."""

from __future__ import annotations

import asyncio
import selectors
from asyncio import Future
from collections.abc import Callable
from typing import Any


class SimClock:
    """Seconds since the simulated world began, and a wall clock that goes with them."""

    BEGAN = 1_800_000_000.0

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> float:
        return self.BEGAN + self.seconds


class Stuck(AssertionError):
    """Nothing is to be done, no timer is set, and what is driven has not ended."""


class _Leaping(selectors.DefaultSelector):  # type: ignore[misc, valid-type]
    def __init__(self, clock: SimClock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise Stuck("nothing is to be done, and nothing is waited for")
        self._clock.seconds += timeout
        return ready


class SimLoop(asyncio.SelectorEventLoop):
    """On a `SimClock`. What is sent to other threads is done at once, in its turn."""

    def __init__(self, clock: SimClock) -> None:
        super().__init__(_Leaping(clock))
        self._sim_clock = clock

    def time(self) -> float:
        return self._sim_clock.seconds

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Future[Any]:
        answer: Future[Any] = self.create_future()
        try:
            answer.set_result(func(*args))
        except Exception as error:
            answer.set_exception(error)
        return answer
