"""What really ends a statement: the attempt's cancel, or its own time, both by interrupting the connection.

An interrupt that arrives a moment before the statement begins is lost, so it is repeated until the work has
ended.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

from engine.errors import ToolError
from engine.tools.port import CallContext, Cancelled

AGAIN_SECONDS = 0.05


class Stop:
    """Why the work is to end, if it is. `check` is called between batches and after every error."""

    def __init__(
        self,
        context: CallContext,
        interrupt: Callable[[], None],
        limit_seconds: float,
        setting: str,
        again_seconds: float = AGAIN_SECONDS,
    ) -> None:
        self._context = context
        self._interrupt = interrupt
        self._limit_seconds = limit_seconds
        self._setting = setting
        self._again_seconds = again_seconds
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._reason: Literal["cancelled", "timeout"] | None = None

    def check(self) -> None:
        """Raises Cancelled, or ToolError `timeout`, when the work was told to end."""
        self._context.check_cancelled()
        if self._reason == "timeout":
            raise ToolError(
                f"the query took longer than {self._limit_seconds:g} s and was stopped",
                type="timeout",
                code="QUERY_TIMEOUT",
                hint=f"`{self._setting}` of the connection is the limit",
            )
        if self._reason == "cancelled":
            raise Cancelled

    @property
    def told(self) -> bool:
        """Whether the work was told to end."""
        return self._reason is not None

    def cancel(self) -> None:
        self._end("cancelled")

    def expire(self) -> None:
        self._end("timeout")

    def finish(self) -> None:
        """The connection may be closed after this: no interrupt comes any more."""
        with self._lock:
            self._done.set()

    def _end(self, reason: Literal["cancelled", "timeout"]) -> None:
        with self._lock:
            if self._done.is_set() or self._reason is not None:
                return
            self._reason = reason
        threading.Thread(target=self._insist, name="weft-sql-stop", daemon=True).start()

    def _insist(self) -> None:
        while True:
            with self._lock:
                if self._done.is_set():
                    return
                self._interrupt()
            self._done.wait(self._again_seconds)


@contextmanager
def stopping(
    context: CallContext,
    interrupt: Callable[[], None],
    limit_seconds: float,
    setting: str,
    again_seconds: float = AGAIN_SECONDS,
) -> Iterator[Stop]:
    """While the block runs, a cancel of the call or the end of its time interrupts the connection."""
    stop = Stop(context, interrupt, limit_seconds, setting, again_seconds)
    timer = threading.Timer(limit_seconds, stop.expire)
    timer.daemon = True
    timer.start()
    context.on_cancel(stop.cancel)
    try:
        stop.check()
        yield stop
    finally:
        timer.cancel()
        stop.finish()
