"""Begin runs and go on with them. `run`, `resume` and `retry` wait; their coroutines drive the run on the caller's own loop."""

from __future__ import annotations

from collections.abc import Sequence

from engine.api.arguments import refused, text
from engine.api.blocking import finished
from engine.api.given import Inputs, Store, Tools, as_json, offer, offer_again, run_options
from engine.api.results import WorkflowResult, workflow_result
from engine.api.spec import Spec, load
from engine.app.checking import refuse_problems
from engine.app.project import store_name
from engine.app.running import Driving, RunOptions, again, begin, go_on
from engine.errors import InputError
from engine.execute.secrets import forgotten_after
from engine.tools.port import Principal


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
    options = run_options(
        store, principal, profile, executor=executor, run_id=run_id, max_parallel=max_parallel
    )
    with forgotten_after():
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
    options = run_options(
        store, principal, profile, executor=executor, run_id=run_id, max_parallel=max_parallel
    )
    with forgotten_after():
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
    options = run_options(store, principal, profile, executor=executor, max_parallel=max_parallel)
    with forgotten_after():
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
    options = run_options(store, principal, profile, executor=executor, max_parallel=max_parallel)
    with forgotten_after():
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
    options = run_options(store, principal, profile, executor=executor, max_parallel=max_parallel)
    with forgotten_after():
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
    options = run_options(store, principal, profile, executor=executor, max_parallel=max_parallel)
    with forgotten_after():
        end = await _opened_again(run_id, inputs, options, tools, steps, spec)
    return workflow_result(end.report, store_name(options.store))


def _begun(spec: Spec, inputs: Inputs | None, options: RunOptions, tools: Tools | None) -> Driving:
    loaded = load(spec, tools=tools, profile=options.profile)
    refuse_problems(loaded.checked)
    offer(options, loaded.offers)
    options.store = store_name(options.store, loaded.checked.project)
    try:
        return begin(loaded.checked, loaded.place, as_json(inputs), options)
    except InputError as error:  # its hint speaks to the command line
        raise InputError(error.message, hint='give them as inputs={"NAME": value}') from None


def _gone_on(run_id: str, inputs: Inputs | None, options: RunOptions, tools: Tools | None) -> Driving:
    offer_again(options, inputs, tools)
    text("run_id", run_id)
    return go_on(run_id, options)


def _opened_again(
    run_id: str,
    inputs: Inputs | None,
    options: RunOptions,
    tools: Tools | None,
    steps: Sequence[str],
    spec: Spec | None,
) -> Driving:
    offer_again(options, inputs, tools)
    text("run_id", run_id)
    _refuse_no_steps(steps)
    if spec is None:
        return again(run_id, options, steps)
    loaded = load(spec, tools=tools, profile=options.profile)
    offer(options, loaded.offers)  # its steps are bound to these
    return again(run_id, options, steps, (loaded.checked, loaded.place))


def _refuse_no_steps(steps: Sequence[str]) -> None:
    if isinstance(steps, str) or not isinstance(steps, Sequence):
        raise refused("steps", steps, 'give a list of ids: steps=["NAME"]')
    for step in steps:
        text("a step", step)
