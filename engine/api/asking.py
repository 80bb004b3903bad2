"""Ask something of a run, wherever it is under way: to end (`cancel`), to take a signal (`signal`)."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from engine.api.arguments import text
from engine.api.blocking import completed
from engine.api.given import Inputs, Store, Tools, offer_again, run_options
from engine.api.results import WorkflowResult, workflow_result
from engine.app.cancelling import Cancelled, cancelling
from engine.app.project import store_name
from engine.app.running import RunOptions
from engine.app.signalling import Signalled, signalling
from engine.errors import ToolError, UsageError
from engine.execute.secrets import forgotten_after
from engine.tools.jsonable import to_json
from engine.tools.port import Principal


def cancel(
    run_id: str,
    inputs: Inputs | None = None,
    *,
    wait: bool = False,
    store: Store | None = None,
    tools: Tools | None = None,
    principal: Principal | None = None,
    profile: str | None = None,
) -> WorkflowResult:
    """Cancel a run (an id, or a unique beginning of one), wherever it is under way; gives it as it is then.

    The process that owns the run is told, and ends it within a second or so: `wait` for that, or the result is that of a run
    still `running`. Where no owner lives, the run is taken over and ended here: its secret `inputs` and the `tools` it was
    started with are needed for its `finally`. Raises UsageError where there is no such run or it has ended.
    """
    options = run_options(store, principal, profile)
    with forgotten_after():
        done = completed(_cancelled(run_id, inputs, options, tools, wait))
    return workflow_result(done.end.report, store_name(options.store))


async def acancel(
    run_id: str,
    inputs: Inputs | None = None,
    *,
    wait: bool = False,
    store: Store | None = None,
    tools: Tools | None = None,
    principal: Principal | None = None,
    profile: str | None = None,
) -> WorkflowResult:
    """As `cancel`, on the caller's event loop, on which the run itself may be driven."""
    options = run_options(store, principal, profile)
    with forgotten_after():
        done = await _cancelled(run_id, inputs, options, tools, wait)
    return workflow_result(done.end.report, store_name(options.store))


def signal(
    run_id: str,
    name: str,
    data: Any = None,
    inputs: Inputs | None = None,
    *,
    store: Store | None = None,
    tools: Tools | None = None,
    principal: Principal | None = None,
    profile: str | None = None,
) -> WorkflowResult:
    """Send the signal `name` to a run (an id, or a unique beginning of one): `data` is what the step that waits for it gives.

    The process that owns the run is told, and the result is the run as it is then. Where no owner lives, the run goes on here
    until it ends or waits again: its secret `inputs` and the `tools` it was started with are needed. Raises UsageError where
    there is no such run, it has ended, no step of it waits for such a signal, or the data does not fit; then nothing is sent.
    """
    options = run_options(store, principal, profile)
    with forgotten_after():
        done = completed(_signalled(run_id, name, data, inputs, options, tools))
    return workflow_result(done.end.report, store_name(options.store))


async def asignal(
    run_id: str,
    name: str,
    data: Any = None,
    inputs: Inputs | None = None,
    *,
    store: Store | None = None,
    tools: Tools | None = None,
    principal: Principal | None = None,
    profile: str | None = None,
) -> WorkflowResult:
    """As `signal`, on the caller's event loop, on which the run itself may be driven."""
    options = run_options(store, principal, profile)
    with forgotten_after():
        done = await _signalled(run_id, name, data, inputs, options, tools)
    return workflow_result(done.end.report, store_name(options.store))


def _cancelled(
    run_id: str, inputs: Inputs | None, options: RunOptions, tools: Tools | None, wait: bool
) -> Coroutine[Any, Any, Cancelled]:
    offer_again(options, inputs, tools)
    text("run_id", run_id)
    return cancelling(run_id, options, wait=wait)


def _signalled(
    run_id: str, name: str, data: Any, inputs: Inputs | None, options: RunOptions, tools: Tools | None
) -> Coroutine[Any, Any, Signalled]:
    offer_again(options, inputs, tools)
    text("run_id", run_id)
    text("name", name)
    try:
        told = to_json(data, at="data")
    except ToolError as error:
        raise UsageError(error.message, hint=error.hint) from error
    return signalling(run_id, name, told, options)
