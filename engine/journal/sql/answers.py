"""How long an answer of a PostgreSQL server is waited for.

A server that is gone is told by the network, sooner or later. Where its answers are lost on a line that stays up (a proxy, a
firewall that forgot the connection) nothing ever tells: psycopg would wait for ever. Such a connection is closed, and what
became of its last write is asked for on another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

ANSWER_SECONDS = 60.0  # the server itself gives up earlier: see what connect.py tells it
HURRIED_ANSWER_SECONDS = 5.0
Waits = Generator[Any, Any, Any]


class Answers:
    """The patience of one journal's connections. `hurry` shortens it, for what waits already too."""

    def __init__(self, seconds: float = ANSWER_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._hurried = Event()
        self._unlimited = False

    def hurry(self) -> None:
        """Wait no longer than a few seconds for any answer."""
        self._hurried.set()

    @contextmanager
    def unlimited(self) -> Iterator[None]:
        """Wait as long as it takes, on any connection: a change of tables may take long, and nothing else goes on."""
        self._unlimited = True
        try:
            yield
        finally:
            self._unlimited = False

    def limited(self, waits: Waits, give_up: Callable[[float], Exception]) -> Waits:
        """The same waits, until it has been too long; then `give_up(seconds)` is raised.

        `waits` yields what it waits for and is sent what is ready, or nothing when it has to wait on: as psycopg's do.
        """
        began = self._clock()
        try:
            wanted = next(waits)
            while True:
                ready = yield wanted
                limit = self._limit()
                if not ready and limit is not None and self._clock() - began >= limit:
                    raise give_up(limit)
                wanted = waits.send(ready)
        except StopIteration as end:
            return end.value

    def _limit(self) -> float | None:
        if self._hurried.is_set():
            return min(self.seconds, HURRIED_ANSWER_SECONDS)
        return None if self._unlimited else self.seconds


def connection_class(answers: Answers) -> Any:
    """psycopg's connection, with that patience."""
    import psycopg

    class WaitedConnection(psycopg.Connection[Any]):
        def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
            return super().wait(answers.limited(gen, self._give_up), *args, **options)

        def _give_up(self, seconds: float) -> Exception:
            self.pgconn.finish()
            return psycopg.OperationalError(f"no answer for {seconds:g} s")

    return WaitedConnection
