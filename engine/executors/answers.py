"""A call made: from tool, operation and parameters to an answer that is JSON throughout, whatever the tool raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.errors import MissingExtra, ToolError, WeftError
from engine.executors.port import Answer
from engine.tools.jsonable import to_json
from engine.tools.port import CallContext, Cancelled, Records, Result, Tool

STEP_TIMEOUT = "step timeout"


def answered(
    tool: Callable[[], Tool], operation: str, parameters: Mapping[str, Any], context: CallContext
) -> Answer:
    """Make a blocking call in this thread. Raises nothing: a thread that died would leave its step waiting for ever."""
    try:
        return taken(tool().call(operation, parameters, context), context)
    except Cancelled:
        return None
    except BaseException as error:
        return error_of(error)


def taken(answer: Any, context: CallContext) -> Result:
    """The result with everything in it JSON, where what it streams has gone to where the engine wants it."""
    streams = _streams_in(answer.data if isinstance(answer, Result) else answer)
    if not streams:
        return plain(answer)
    result: Result = answer if isinstance(answer, Result) else Result(data=answer)
    return context.spool(result) if context.spool is not None else plain(_gathered(result, streams))


def _streams_in(data: Any) -> list[str]:
    """The members of the data that are streams; an empty name: the data itself."""
    if type(data) is Records:
        return [""]
    return [name for name, member in data.items() if type(member) is Records] if type(data) is dict else []


def _gathered(result: Result, streams: list[str]) -> Result:
    """For whoever has nowhere to put a stream: all of it at once."""
    if streams == [""]:
        result.data = [record for batch in result.data for record in batch]
        return result
    for name in streams:
        records = result.data[name]
        result.data[name] = [record for batch in records for record in batch]
        result.data |= records.said()
    return result


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


def timed_out(limit_seconds: float) -> dict[str, Any]:
    """The error of an attempt that took longer than it may."""
    message = f"took longer than its timeout of {limit_seconds:g}s"
    return {"type": "timeout", "code": STEP_TIMEOUT, "message": message, "hint": None}


def error_of(error: BaseException) -> dict[str, Any]:
    """An exception as the step's typed error: `type code message hint retry_after data`, all of it JSON."""
    if isinstance(error, SystemExit):  # a tool that calls sys.exit() ends its step, not what it runs in
        error = ToolError(f"the tool called sys.exit({error.code!r})", code="SystemExit")
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
