"""What a program calls. `run` and `resume` wait; `arun` and `aresume` drive the run on the caller's own event loop.

The other coroutines (`aload`, `avalidate`, `ashow`, `aruns`) do their work in a thread, so that the loop stays free.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

from engine.api.blocking import completed, finished
from engine.api.offers import Offers
from engine.api.results import RunEntry, WorkflowResult, workflow_result
from engine.api.spec import LoadedWorkflow, Spec, load
from engine.app.cancelling import Cancelled, cancelling
from engine.app.checking import known_tools, refuse_problems
from engine.app.discovery import find_specs
from engine.app.looking import list_runs, moment_seconds, run_entry, show_run
from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.app.running import Driving, RunOptions, again, begin, go_on
from engine.app.sealed import Declared, refuse_recorded
from engine.diagnostics import Diagnostic
from engine.errors import InputError, ToolError, UsageError
from engine.spec.toolspec import Declaration
from engine.tools.jsonable import to_json
from engine.tools.port import LOCAL_USER, Principal

Inputs = Mapping[str, Any]
Tools = Mapping[str, Any]
Store = str | os.PathLike[str]


# -- specs ------------------------------------------------------------------------------------------------------------


def validate(spec: Spec, *, tools: Tools | None = None, profile: str | None = None) -> tuple[Diagnostic, ...]:
    """Every problem of a spec, in order; nothing is run. Of a folder: of every spec in it, as `weft validate` finds them.

    Raises UsageError where there is no such file, or the folder holds no specs.
    """
    if isinstance(spec, (str, os.PathLike)) and Path(spec).is_dir():
        found = find_specs([Path(spec)])
        if not found.specs:
            raise UsageError(f"no specs in {Path(spec)}", hint="specs are named *.weft.yaml")
        return tuple(
            one for path in found.specs for one in load(path, tools=tools, profile=profile).diagnostics
        )
    return load(spec, tools=tools, profile=profile).diagnostics


async def avalidate(
    spec: Spec, *, tools: Tools | None = None, profile: str | None = None
) -> tuple[Diagnostic, ...]:
    """As `validate`, in a thread."""
    return await asyncio.to_thread(validate, spec, tools=tools, profile=profile)


async def aload(spec: Spec, *, tools: Tools | None = None, profile: str | None = None) -> LoadedWorkflow:
    """As `load`, in a thread."""
    return await asyncio.to_thread(load, spec, tools=tools, profile=profile)


# -- runs -------------------------------------------------------------------------------------------------------------


def run(
    spec: Spec,
    inputs: Inputs | None = None,
    *,
    store: Store | None = None,
    executor: str | None = None,
    tools: Tools | None = None,
    principal: Principal | None = None,
    profile: str | None = None,
    run_id: str | None = None,
    max_parallel: int | None = None,
) -> WorkflowResult:
    """Run a spec to its end. A run that fails is a result (`success` is False), not an exception.

    `spec` is a path, a mapping or a loaded workflow. `store` is `"memory"`, a path or a URL (None: `WEFT_STORE`, the
    project's, else `.weft/weft.db`). `executor` names where blocking calls are made (`inline`, `threads`, `processes`; tools
    of the program stay in its process). `tools` are the program's own, by the name specs call them. `principal` is for whom
    the run is made (None: the local user, who may do everything). The same `run_id`, spec and inputs again are one run.

    Raises, before anything is started, SpecError (the spec has errors), InputError (the inputs do not fit),
    PermissionDenied (the principal is not authenticated), UsageError (anything else that is wrong with the call) and
    Unavailable (a store or an extra). Works inside a running event loop too, which it blocks; `arun` does not.
    """
    options = _options(store, executor, principal, profile, run_id, max_parallel)
    end = finished(_begun(spec, inputs, options, tools))
    return workflow_result(end.report, store_name(options.store))


async def arun(
    spec: Spec,
    inputs: Inputs | None = None,
    *,
    store: Store | None = None,
    executor: str | None = None,
    tools: Tools | None = None,
    principal: Principal | None = None,
    profile: str | None = None,
    run_id: str | None = None,
    max_parallel: int | None = None,
) -> WorkflowResult:
    """As `run`, on the caller's event loop: several may go on at once. Raises what `run` raises.

    To cancel its task stops the run in good order, then raises CancelledError: in a durable store the run is left to be
    resumed, in memory it is cancelled. The spec is read and the store opened on the loop, before the first await.
    """
    options = _options(store, executor, principal, profile, run_id, max_parallel)
    end = await _begun(spec, inputs, options, tools)
    return workflow_result(end.report, store_name(options.store))


def resume(
    run_id: str,
    inputs: Inputs | None = None,
    *,
    store: Store | None = None,
    executor: str | None = None,
    tools: Tools | None = None,
    principal: Principal | None = None,
    profile: str | None = None,
    max_parallel: int | None = None,
) -> WorkflowResult:
    """Go on with a run that has not ended (an id, or a unique beginning of one), with the spec stored when it began.

    `inputs` are its secret ones: their values are not recorded. Tools the run was started with are given again.
    Raises UsageError (no such run, it has ended, a tool is missing), RunOwned (a living process owns it) and what `run`
    raises.
    """
    options = _options(store, executor, principal, profile, None, max_parallel)
    end = finished(_gone_on(run_id, inputs, options, tools))
    return workflow_result(end.report, store_name(options.store))


async def aresume(
    run_id: str,
    inputs: Inputs | None = None,
    *,
    store: Store | None = None,
    executor: str | None = None,
    tools: Tools | None = None,
    principal: Principal | None = None,
    profile: str | None = None,
    max_parallel: int | None = None,
) -> WorkflowResult:
    """As `resume`, on the caller's event loop; it can be cancelled as `arun` can."""
    options = _options(store, executor, principal, profile, None, max_parallel)
    end = await _gone_on(run_id, inputs, options, tools)
    return workflow_result(end.report, store_name(options.store))


def retry(
    run_id: str,
    inputs: Inputs | None = None,
    *,
    steps: Sequence[str] = (),
    spec: Spec | None = None,
    store: Store | None = None,
    executor: str | None = None,
    tools: Tools | None = None,
    principal: Principal | None = None,
    profile: str | None = None,
    max_parallel: int | None = None,
) -> WorkflowResult:
    """Run the next attempt of a run that has ended: what did not succeed, and `steps` (ids) with what depends on them.

    With `spec` it goes on with that one: what succeeded must mean the same in it. `inputs` and `tools` are as for
    `resume`. Raises UsageError (no such run or step, it has not ended, there is nothing to do, a spec that does not fit),
    SpecError, and what `resume` raises.
    """
    options = _options(store, executor, principal, profile, None, max_parallel)
    end = finished(_opened_again(run_id, inputs, options, tools, steps, spec))
    return workflow_result(end.report, store_name(options.store))


async def aretry(
    run_id: str,
    inputs: Inputs | None = None,
    *,
    steps: Sequence[str] = (),
    spec: Spec | None = None,
    store: Store | None = None,
    executor: str | None = None,
    tools: Tools | None = None,
    principal: Principal | None = None,
    profile: str | None = None,
    max_parallel: int | None = None,
) -> WorkflowResult:
    """As `retry`, on the caller's event loop; it can be cancelled as `arun` can."""
    options = _options(store, executor, principal, profile, None, max_parallel)
    end = await _opened_again(run_id, inputs, options, tools, steps, spec)
    return workflow_result(end.report, store_name(options.store))


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
    options = _options(store, None, principal, profile, None, None)
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
    options = _options(store, None, principal, profile, None, None)
    done = await _cancelled(run_id, inputs, options, tools, wait)
    return workflow_result(done.end.report, store_name(options.store))


def _options(
    store: Store | None,
    executor: str | None,
    principal: Principal | None,
    profile: str | None,
    run_id: str | None,
    max_parallel: int | None,
) -> RunOptions:
    if max_parallel is not None and (not isinstance(max_parallel, int) or max_parallel < 1):
        raise UsageError(f"max_parallel cannot be {max_parallel!r}", hint="a whole number from 1 on, or None")
    return RunOptions(
        store=None if store is None else os.fspath(store),
        run_id=run_id,
        executor=executor,
        max_parallel=max_parallel,
        profile=profile,
        principal=LOCAL_USER if principal is None else principal,
    )


def _begun(spec: Spec, inputs: Inputs | None, options: RunOptions, tools: Tools | None) -> Driving:
    loaded = load(spec, tools=tools, profile=options.profile)
    refuse_problems(loaded.checked)
    _offer(options, loaded.offers)
    options.store = store_name(options.store, loaded.checked.project)
    try:
        return begin(loaded.checked, loaded.place, _as_json(inputs), options)
    except InputError as error:  # its hint speaks to the command line
        raise InputError(error.message, hint='give them as inputs={"NAME": value}') from None


def _gone_on(run_id: str, inputs: Inputs | None, options: RunOptions, tools: Tools | None) -> Driving:
    _offer_again(options, inputs, tools)
    return go_on(run_id, options)


def _opened_again(
    run_id: str,
    inputs: Inputs | None,
    options: RunOptions,
    tools: Tools | None,
    steps: Sequence[str],
    spec: Spec | None,
) -> Driving:
    _offer_again(options, inputs, tools)
    if spec is None:
        return again(run_id, options, steps)
    loaded = load(spec, tools=tools, profile=options.profile)
    _offer(options, loaded.offers)  # its steps are bound to these
    return again(run_id, options, steps, (loaded.checked, loaded.place))


def _cancelled(
    run_id: str, inputs: Inputs | None, options: RunOptions, tools: Tools | None, wait: bool
) -> Coroutine[Any, Any, Cancelled]:
    _offer_again(options, inputs, tools)
    return cancelling(run_id, options, wait=wait)


def _offer_again(options: RunOptions, inputs: Inputs | None, tools: Tools | None) -> None:
    """For a run that is recorded: its secret inputs and the program's tools, and the store to look in."""
    _offer(options, Offers(tools))
    options.store = _store_here(options.store, options.profile, options.tools)
    given = _as_json(inputs)

    def asked(declared: Declared) -> Inputs:
        refuse_recorded(declared, given)
        return given

    options.secret_inputs = asked


def _offer(options: RunOptions, offers: Offers) -> None:
    options.tools = offers.declarations
    options.make_tool = offers.make


def _store_here(store: Store | None, profile: str | None, tools: Mapping[str, Declaration]) -> str:
    """The store to look in, where no spec says which project it is."""
    given = None if store is None else os.fspath(store)
    return given or store_name(None, project_here(profile, known_tools(tools)))


def _as_json(inputs: Inputs | None) -> dict[str, Any]:
    """Inputs as JSON: dates become texts, frames records. Raises InputError for what no JSON stands for."""
    try:
        given: dict[str, Any] = to_json(dict(inputs or {}), at="inputs")
    except ToolError as error:
        raise InputError(error.message, hint=error.hint) from error
    return given


# -- what was run -----------------------------------------------------------------------------------------------------


def show(
    run_id: str, *, store: Store | None = None, tools: Tools | None = None, profile: str | None = None
) -> WorkflowResult:
    """The result of a recorded run, so far as it has come, by its id or a unique beginning of one.

    Raises UsageError where there is no such run, StoreError where there is no store.
    """
    offers = Offers(tools)
    name = _store_here(store, profile, offers.declarations)
    return workflow_result(show_run(name, run_id, offers.declarations).report, name)


async def ashow(
    run_id: str, *, store: Store | None = None, tools: Tools | None = None, profile: str | None = None
) -> WorkflowResult:
    """As `show`, in a thread."""
    return await asyncio.to_thread(show, run_id, store=store, tools=tools, profile=profile)


def runs(
    *,
    status: str | None = None,
    workflow: str | None = None,
    since: datetime | date | str | None = None,
    limit: int = 50,
    store: Store | None = None,
    profile: str | None = None,
) -> list[RunEntry]:
    """The runs of a store, the newest first: those with a status, of a workflow, created since a time.

    `since` is a datetime (without a zone: UTC), a date, or the text of one. Raises UsageError for a status or time that
    is none, StoreError where there is no store.
    """
    name = _store_here(store, profile, Offers(None).declarations)
    moment = None if since is None else _moment(since)
    rows = list_runs(name, status=status, workflow=workflow, since=moment, limit=limit)
    return [RunEntry(**run_entry(row)) for row in rows]


async def aruns(
    *,
    status: str | None = None,
    workflow: str | None = None,
    since: datetime | date | str | None = None,
    limit: int = 50,
    store: Store | None = None,
    profile: str | None = None,
) -> list[RunEntry]:
    """As `runs`, in a thread."""
    return await asyncio.to_thread(
        runs, status=status, workflow=workflow, since=since, limit=limit, store=store, profile=profile
    )


def _moment(since: datetime | date | str) -> float:
    if isinstance(since, str):
        return moment_seconds(since)
    moment = since if isinstance(since, datetime) else datetime.combine(since, time(), UTC)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
