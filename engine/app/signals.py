"""Signals while a run is driven: the first one stops it in good order, the second one ends the process at once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Self

WATCHED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class SignalWatch:
    """Calls `stop(name)` on the loop's thread for the first signal. `signal` is its number afterwards."""

    def __init__(self, stop: Callable[[str], None], *, enabled: bool) -> None:
        self._stop = stop
        self._enabled = enabled
        self.signal: int | None = None

    def __enter__(self) -> Self:
        if self._enabled:
            loop = asyncio.get_running_loop()
            for number in WATCHED:
                loop.add_signal_handler(number, self._caught, number)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._enabled:
            loop = asyncio.get_running_loop()
            for number in WATCHED:
                loop.remove_signal_handler(number)

    def _caught(self, number: int) -> None:
        if self.signal is not None:
            sys.stderr.flush()
            os._exit(128 + number)
        self.signal = number
        self._stop(signal.Signals(number).name)
