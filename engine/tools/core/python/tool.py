"""`python`: a function of the author's. What it raises becomes the step's error, with the frames of the
author's code.

A plain function cannot be stopped from outside: one that runs long takes `context` and calls
`context.check_cancelled()`. An `async` one is cancelled where it awaits.
"""

from __future__ import annotations

import asyncio
import copy
import inspect
import traceback
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from engine.tools.core.python.importing import find_function, importing_from
from engine.tools.jsonable import to_json
from engine.tools.port import CallContext, Cancelled, Result, ToolError

LINES_MAX = 20
MESSAGE_MAX = 2000
_ENGINE = str(Path(__file__).resolve().parents[3])


class Python:
    """Calls functions; keeps nothing but the modules Python itself keeps."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        pass

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        project = Path(context.project_dir).resolve()
        call = parameters["call"]
        with importing_from(project):
            try:
                function = find_function(call, project)
                args, kwargs = _arguments(function, parameters, context)
                returned = function(*args, **kwargs)
                if inspect.isawaitable(returned):
                    returned = asyncio.run(_awaited(returned, context))
            except (ToolError, Cancelled, KeyboardInterrupt):
                raise
            except asyncio.CancelledError:
                context.check_cancelled()
                raise ToolError(
                    f"{call} was cancelled from within", type="failed", code="CancelledError"
                ) from None
            except (
                BaseException
            ) as error:  # SystemExit too: a function that calls exit() ends its step, not the engine
                raise _failure(call, error, project) from error
        return _result(call, returned)

    def close(self) -> None:
        pass


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
        hint = f"its parameters are {signature}"[:MESSAGE_MAX]
        raise ToolError(message, type="invalid", code="TypeError", hint=hint) from None
    return args, kwargs


async def _awaited(awaitable: Awaitable[Any], context: CallContext) -> Any:
    """Awaits it; a cancel of the call cancels the task."""
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


def _failure(call: str, error: BaseException, project: Path) -> ToolError:
    kind = type(error).__name__
    try:
        said = str(error)
    except Exception:
        said = "its text cannot be made"
    message = f"{call} raised {kind}" + (f": {said[:MESSAGE_MAX]}" if said else "")
    return ToolError(message, type="failed", code=kind, data={"traceback": _lines(error, project)})


def _lines(error: BaseException, project: Path) -> list[str]:
    """The last frames of the author's code (below the project folder if any are), paths relative to it."""
    frames = list(traceback.extract_tb(error.__traceback__))
    own = [frame for frame in frames if frame.filename.startswith(f"{project}/")]
    shown = own or [
        f for f in frames if not f.filename.startswith(_ENGINE) and not f.filename.startswith("<frozen")
    ]
    lines = []
    for frame in shown:
        lines.append(
            f'file "{frame.filename.removeprefix(f"{project}/")}", line {frame.lineno}, in {frame.name}'
        )
        if frame.line:
            lines.append(f"  {frame.line}")
    return lines[-LINES_MAX:]
