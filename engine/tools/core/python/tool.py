"""`python`: a function of the author's. What it raises becomes the step's error, with the frames of the
author's code.

In a worker process, where it is called unless somebody says otherwise, a function is ended wherever it stands. In a thread
it cannot be: one that runs long takes `context` and calls `context.check_cancelled()`; an `async` one is cancelled where it
awaits.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from engine.tools.core.limits import keep
from engine.tools.core.python.importing import find_function, importing_from
from engine.tools.core.python.raised import failure
from engine.tools.jsonable import to_json
from engine.tools.port import CallContext, Cancelled, Result, ToolError

HINT_MAX = 2000


class Python:
    """Calls functions; keeps nothing but the modules Python itself keeps."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        pass

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        project = Path(context.project_dir).resolve()
        call = parameters["call"]
        limits = _limits(parameters, context)
        with importing_from(project):
            try:
                with keep.kept(limits):
                    returned = _returned(call, parameters, context, project)
            except (ToolError, Cancelled, KeyboardInterrupt):
                raise
            except (
                BaseException
            ) as error:  # SystemExit too: a function that calls exit() ends its step, not the engine
                raise failure(call, error, project, limits) from error
        result = _result(call, returned)
        result.warnings = [*result.warnings, *limits.unkept()]
        return result

    def close(self) -> None:
        pass


def _limits(parameters: Mapping[str, Any], context: CallContext) -> keep.Limits:
    """Those of the call. Raises ToolError where they would be the engine's own."""
    limits = keep.read(parameters.get("limits"))
    if limits != keep.Limits() and not context.apart:
        message = '"limits" are kept in a worker process only, and this call is made in the engine\'s own'
        raise ToolError(
            message, type="invalid", code="limits", hint="leave the executor out, or name processes"
        )
    return limits


def _returned(call: str, parameters: Mapping[str, Any], context: CallContext, project: Path) -> Any:
    """What the function returned. Raises whatever it, or the import of its module, raises."""
    function = find_function(call, project)
    args, kwargs = _arguments(function, parameters, context)
    returned = function(*args, **kwargs)
    return _driven(call, returned, context) if inspect.isawaitable(returned) else returned


def _arguments(
    function: Callable[..., Any], parameters: Mapping[str, Any], context: CallContext
) -> tuple[list[Any], dict[str, Any]]:
    """Copies of the arguments (the function may change them), with `context` where it is asked for. Raises
    ToolError."""
    args = copy.deepcopy(list(parameters.get("args", [])))
    kwargs = copy.deepcopy(dict(parameters.get("kwargs", {})))
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return args, kwargs  # some built-in functions have none to read
    try:
        if (
            "context" in signature.parameters
            and "context" not in signature.bind_partial(*args, **kwargs).arguments
        ):
            kwargs["context"] = context
        signature.bind(*args, **kwargs)
    except TypeError as error:
        message = f"{parameters['call']} cannot be called so: {error}"
        hint = f"its parameters are {signature}"[:HINT_MAX]
        raise ToolError(message, type="invalid", code="TypeError", hint=hint) from None
    return args, kwargs


def _driven(call: str, awaitable: Awaitable[Any], context: CallContext) -> Any:
    """Awaits it on a loop of its own. Raises Cancelled where the call is, ToolError where the task was, what it raises else."""
    import asyncio  # half of what a worker would have to import, and few functions need it

    try:
        return asyncio.run(_awaited(awaitable, context))
    except asyncio.CancelledError:
        context.check_cancelled()
        raise ToolError(f"{call} was cancelled from within", type="failed", code="CancelledError") from None


async def _awaited(awaitable: Awaitable[Any], context: CallContext) -> Any:
    """Awaits it; a cancel of the call cancels the task."""
    import asyncio

    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def stop() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(task.cancel)

    context.on_cancel(stop)
    return await awaitable


def _result(call: str, returned: Any) -> Result:
    """What the function returned as JSON; a `Result` of its own is taken as it is, but for its data."""
    result = returned if isinstance(returned, Result) else Result(data=returned)
    result.data = to_json(result.data, result.warnings, at=f"the result of {call}")
    if result.processed_records is None and isinstance(result.data, list):
        result.processed_records = len(result.data)
    return result
