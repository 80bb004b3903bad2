"""`inline`: calls made where they are submitted, one after the other. For looking at them with a debugger.

Nothing else of the run happens meanwhile: signals are heard when the call has come back. A timeout calls the tool's
stoppers; a call that has none comes back when it does, and counts as timed out.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from engine.executors.answers import answered, timed_out
from engine.executors.future import LightFuture
from engine.executors.port import Settings, ToolCall
from engine.executors.threads import stopped_quietly


class InlineExecutor:
    """Blocks in `submit`; the future it gives has ended."""

    def __init__(self, settings: Settings) -> None:
        self.capacity = 1

    def submit(self, call: ToolCall) -> LightFuture:
        future = LightFuture()
        began = time.monotonic()  # before the timer's: who was stopped by it is late
        with _without_loop(), _stopped_in_time(call):
            answer = answered(call.tool, call.operation, call.parameters, call.context)
        limit = call.limit_seconds
        late = limit is not None and time.monotonic() - began >= limit
        future.set_result(timed_out(limit) if late and limit is not None else answer)
        return future

    def cancel(self, future: LightFuture) -> None:
        return None  # every future has ended

    def close(self) -> None:
        return None


@contextmanager
def _stopped_in_time(call: ToolCall) -> Iterator[None]:
    if call.limit_seconds is None:
        yield
        return
    timer = threading.Timer(call.limit_seconds, stopped_quietly, (call.context,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _without_loop() -> Iterator[None]:
    """Tools that drive a loop of their own (an async function of the author's) may, as they may in a thread."""
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)
