"""One tool call, from parameters to a fact: the three lanes, the executors of the blocking one, its being stopped.

A call ends exactly once: with its result, its error, its timeout, or its being stopped. What comes later is dropped.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from engine import crash
from engine.execute.binding import Binding, Toolbox
from engine.executors.answers import error_of, plain
from engine.executors.future import LightFuture
from engine.executors.port import Answer, Future, WorkerLost
from engine.executors.threads import Threads, stopped_quietly
from engine.machine import Instance
from engine.tools.port import CallContext

Done = Callable[["Call", Any], None]


class Call:
    """A call under way. `ended` is true once its fact has been told; `stopping` says why it is being stopped."""

    __slots__ = (
        "attempt",
        "binding",
        "context",
        "ended",
        "future",
        "instance",
        "made",
        "parameters",
        "stage",
        "stopping",
        "task",
        "timer",
    )

    def __init__(self, instance: Instance, binding: Binding, parameters: Any, context: CallContext) -> None:
        self.instance = instance
        self.binding = binding
        self.parameters = parameters
        self.context = context
        self.attempt = instance.attempt
        self.made = False
        self.ended = False
        self.stopping: str | None = None
        self.stage: Any = None
        self.task: asyncio.Task[None] | None = None
        self.future: Future | None = None
        self.timer: asyncio.TimerHandle | None = None


class Caller:
    """Makes calls and tells `done(call, Answer | WorkerLost)` on the loop's thread."""

    def __init__(self, toolbox: Toolbox, done: Done) -> None:
        self._toolbox = toolbox
        self._done = done
        self._stoppers = Threads("weft-stop")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.get_ident()
        self._back: deque[tuple[Call, Any]] = deque()
        self._called_back = False
        self._going = 0
        self._idle = asyncio.Event()

    @property
    def busy(self) -> bool:
        """Whether any call is under way outside the loop."""
        return self._going > 0

    async def idle(self, grace_seconds: float) -> bool:
        """Wait until no call works any more, those included whose answer nobody waits for; False: some still do."""
        if not self._going:
            return True
        self._idle.clear()
        try:
            async with asyncio.timeout(grace_seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    def _left(self, call: Call, answer: Any) -> None:
        self._going -= 1
        if not self._going:
            self._idle.set()
        self._done(call, answer)

    def make(self, call: Call) -> None:
        """Begin the call in its lane; an inline one has ended when this returns."""
        call.made = True
        lane = call.binding.operation.lane
        if lane == "inline":
            self._done(call, self._inline(call))
            return
        self._going += 1
        if lane == "async":
            call.task = asyncio.get_running_loop().create_task(self._async(call))
            # Not the coroutine itself tells that it has ended: one cancelled before its first step never runs.
            call.task.add_done_callback(
                lambda task: self._left(call, None if task.cancelled() else task.result())
            )
        else:
            self._submit(call)
        crash.point("CP5")

    def stop(self, call: Call) -> None:
        """Stop the work of a call for good: set its token, run its stoppers off the loop, cancel its task."""
        if call.task is not None:
            call.task.cancel()
            self._stoppers.submit(lambda: stopped_quietly(call.context))
        elif call.future is not None:
            assert call.binding.executor is not None
            call.binding.executor.cancel(call.future)

    def close(self) -> None:
        """End every worker, and the threads that are idle."""
        self._toolbox.executors.close()
        self._stoppers.close()

    def _inline(self, call: Call) -> Any:
        try:
            return self._toolbox.allowed(call.binding, call.parameters).call(
                call.binding.operation_name, call.parameters, call.context
            )
        except Exception as error:
            return error_of(error)

    async def _async(self, call: Call) -> Any:
        try:
            tool = self._toolbox.allowed(call.binding, call.parameters)
            outcome = await tool.call(call.binding.operation_name, call.parameters, call.context)
            return plain(outcome)
        except asyncio.CancelledError:
            return None
        except BaseException as error:
            return error_of(error)

    def _submit(self, call: Call) -> None:
        binding = call.binding
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        try:
            assert binding.executor is not None
            if call.stage is None:
                made = self._toolbox.tool_call(binding, call.parameters, call.context)
            else:
                made = call.stage.tool_call()
            call.future = binding.executor.submit(made)
        except Exception as error:
            self._left(call, error_of(error))
            return
        call.future.add_done_callback(partial(self._come_back, call))

    def _come_back(self, call: Call, future: Future) -> None:
        """On whatever thread the future has ended. Many that end together wake the loop once."""
        if threading.get_ident() == self._thread:
            self._left(call, _answer(future))
            return
        self._back.append((call, _answer(future)))
        if not self._called_back:
            self._called_back = True
            assert self._loop is not None
            try:
                self._loop.call_soon_threadsafe(self._take_back)
            except RuntimeError:
                return  # the loop has ended: nobody waits for this call any more

    def _take_back(self) -> None:
        self._called_back = False  # first: whoever comes back from now on wakes the loop anew
        while self._back:
            self._left(*self._back.popleft())


def _answer(future: Future) -> Answer | WorkerLost:
    if type(future) is LightFuture and future.ended_well:
        return future.answer
    if future.cancelled():
        return None
    error = future.exception()
    if error is None:
        return future.result()
    return error if isinstance(error, WorkerLost) else error_of(error)
