"""One tool call, from parameters to a fact: the three lanes, the timeout, and foreign exceptions translated.

A call ends exactly once: with its result, its error, its timeout, or its being stopped. What comes later is dropped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from engine.errors import MissingExtra, ToolError, WeftError
from engine.execute.binding import Binding, Toolbox
from engine.execute.threads import Threads
from engine.machine import Instance
from engine.tools.jsonable import to_json
from engine.tools.port import CallContext, Cancelled, Result

Done = Callable[["Call", Any], None]


class Call:
    """A call under way. `ended` is true once its fact has been told; `stopping` says why it is being stopped."""

    __slots__ = (
        "attempt",
        "binding",
        "context",
        "ended",
        "instance",
        "made",
        "parameters",
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
        self.task: asyncio.Task[None] | None = None
        self.timer: asyncio.TimerHandle | None = None


class Caller:
    """Makes calls and tells `done(call, Result | error mapping)` on the loop's thread."""

    def __init__(self, toolbox: Toolbox, done: Done, threads: Threads) -> None:
        self._toolbox = toolbox
        self._done = done
        self._threads = threads
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
            loop = asyncio.get_running_loop()
            self._threads.submit(lambda: self._blocking(call, loop))

    def stop(self, call: Call) -> None:
        """Stop the work of a call for good: set its token, run its stoppers off the loop, cancel its task."""
        if call.task is not None:
            call.task.cancel()
        self._threads.submit(lambda: _stopped_quietly(call))

    def _inline(self, call: Call) -> Any:
        try:
            return self._toolbox.tool(call.binding).call(
                call.binding.operation_name, call.parameters, call.context
            )
        except Exception as error:
            return error_of(error)

    async def _async(self, call: Call) -> Any:
        try:
            tool = self._toolbox.tool(call.binding)
            outcome = await tool.call(call.binding.operation_name, call.parameters, call.context)
            return plain(outcome)
        except asyncio.CancelledError:
            return None
        except SystemExit as error:
            return _exit_error(error)
        except BaseException as error:
            return error_of(error)

    def _blocking(self, call: Call, loop: asyncio.AbstractEventLoop) -> None:
        try:
            tool = self._toolbox.tool(call.binding)
            answer: Any = plain(tool.call(call.binding.operation_name, call.parameters, call.context))
        except Cancelled:
            answer = None
        except SystemExit as error:  # a tool that calls sys.exit() ends its step, not its thread
            answer = _exit_error(error)
        except (
            BaseException
        ) as error:  # whatever it is: a thread that dies would leave its step waiting for ever
            answer = error_of(error)
        try:
            loop.call_soon_threadsafe(self._left, call, answer)
        except RuntimeError:
            return  # the loop has ended: nobody waits for this call any more


def _stopped_quietly(call: Call) -> None:
    try:
        call.context.cancel_now()
    except Exception as error:
        call.context.logger.warning("stopping %s failed: %s", call.instance.path, error)


def plain(answer: Any) -> Result:
    """The result with everything in it JSON; a bare value becomes the data of a result."""
    result: Result = answer if isinstance(answer, Result) else Result(data=answer)
    notes: list[str] = []
    result.data = to_json(result.data, notes)
    result.metadata = to_json(result.metadata, notes, at="metadata")
    result.performance_metrics = to_json(result.performance_metrics, notes, at="performance_metrics")
    result.quality_metrics = to_json(result.quality_metrics, notes, at="quality_metrics")
    result.warnings = [*result.warnings, *notes]
    return result


def _exit_error(error: SystemExit) -> dict[str, Any]:
    return error_of(ToolError(f"the tool called sys.exit({error.code!r})", code="SystemExit"))


def error_of(error: BaseException) -> dict[str, Any]:
    """An exception as the step's typed error: `type code message hint retry_after data`, all of it JSON."""
    try:
        told: dict[str, Any] = to_json(_told(error), [], at="error")
    except Exception as second:  # an error that cannot be told may not take the step with it
        told = {"type": "internal", "code": type(error).__name__, "hint": None}
        told["message"] = f"{type(error).__name__}, whose text cannot be told ({type(second).__name__})"
    return told


def _data_told(data: Any) -> Any:
    try:
        return to_json(data, [], at="error data")
    except ToolError as refused:
        return f"not kept: {refused.message}"


def _told(error: BaseException) -> dict[str, Any]:
    if isinstance(error, ToolError):
        return {
            "type": error.type,
            "code": error.code,
            "message": error.message,
            "hint": error.hint,
            **({"retry_after": error.retry_after} if error.retry_after is not None else {}),
            **({"data": _data_told(error.data)} if error.data is not None else {}),
        }
    if isinstance(error, MissingExtra):
        return {"type": "unavailable", "code": "missing extra", "message": error.message, "hint": error.hint}
    if isinstance(error, WeftError):
        return {
            "type": "evaluation",
            "code": getattr(error, "code", None),
            "message": error.message,
            "hint": error.hint,
        }
    message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return {"type": "internal", "code": type(error).__name__, "message": message, "hint": None}
