"""Run a spec, resume a run: from what the user asked for to an ended or interrupted run.

A run's spec is stored with it: resuming reads the stored text, never the file.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import crash
from engine.app.checking import Checked, refuse_problems
from engine.app.ids import new_run_id, short_id
from engine.app.owner import this_process
from engine.app.project import project_folder, store_name
from engine.app.readying import ready_toolbox
from engine.app.reopening import Again, NewSpec
from engine.app.run_options import RunEnd, RunOptions, made_for
from engine.app.sealed import same_inputs, sealed
from engine.app.session import Session
from engine.app.stored import find_run, replayed_report
from engine.app.taking import Driving, HasEnded, closing, limited, take_over
from engine.errors import PermissionDenied, UsageError
from engine.execute.binding import Toolbox
from engine.execute.secrets import Secrets
from engine.journal import (
    ENDED,
    Journal,
    NewEvent,
    NewRun,
    RunExists,
    RunRow,
    StoredSpec,
    content_hash,
    is_run_id,
    open_journal,
)
from engine.spec.inputs import bind_inputs
from engine.spec.load import form_of
from engine.tools.port import LOCAL_USER, Principal

__all__ = ["Driving", "RunEnd", "RunOptions", "again", "begin", "go_on", "resume", "retry", "run_checked"]


def run_checked(checked: Checked, path: Path, inputs: Mapping[str, Any], options: RunOptions) -> RunEnd:
    """Run a checked spec to its end. Raises SpecError, UsageError, Unavailable before anything has started."""
    return asyncio.run(begin(checked, path, inputs, options))


def resume(run_id: str, options: RunOptions) -> RunEnd:
    """Go on with a run that has not ended. Raises UsageError (unknown, ended), RunOwned, StoreError."""
    return asyncio.run(go_on(run_id, options))


def begin(checked: Checked, path: Path, inputs: Mapping[str, Any], options: RunOptions) -> Driving:
    """Record a run of a checked spec; what is given back drives it. Raises as `run_checked` does, recording nothing."""
    refuse_problems(checked)
    refuse_stranger(options.principal)
    assert checked.workflow is not None
    assert checked.plan is not None
    values = bind_inputs(checked.workflow.inputs, inputs)
    run_id = options.run_id or new_run_id()
    if not is_run_id(run_id):
        hint = "letters, digits, . _ - ; a letter or digit first; at most 128"
        raise UsageError(f'"{run_id}" cannot be a run id', hint=hint)
    spec = _to_store(checked, path)
    options = made_for(options, checked.project)
    secrets = options.secrets or checked.project.secrets()
    toolbox = ready_toolbox(checked, values, Path(spec.extra["project_dir"]), secrets, options)
    store = store_name(options.store, checked.project)
    with ExitStack() as otherwise:
        otherwise.callback(toolbox.close)
        journal = open_journal(store)
        otherwise.callback(journal.close)
        existing = journal.run(run_id)
        if existing is not None:
            toolbox.close()
            driving = _attach(existing, checked, spec, values, journal, store, options)
        else:
            driving = _started(journal, run_id, checked, spec, values, toolbox, secrets, store, options)
        otherwise.pop_all()
    return closing(journal, driving)


def go_on(run_id: str, options: RunOptions) -> Driving:
    """Take over a run that has not ended; what is given back drives it. Raises as `resume` does, changing nothing."""
    refuse_stranger(options.principal)
    store = store_name(options.store)
    journal = open_journal(store, create=False)
    try:
        driving = take_over(find_run(journal, run_id), journal, store, options)
    except BaseException:
        journal.close()
        raise
    return closing(journal, driving)


def refuse_stranger(principal: Principal) -> None:
    """Raise PermissionDenied for one who has not shown who they are: such a one runs nothing."""
    if not principal.authenticated:
        who = f'user "{principal.user_id}"' if principal.user_id else "the principal"
        raise PermissionDenied(
            f"{who} is not authenticated", hint="runs are started by an authenticated principal"
        )


def _to_store(checked: Checked, path: Path) -> StoredSpec:
    assert checked.source is not None
    assert checked.workflow is not None
    text = checked.source.text
    extra: dict[str, Any] = {"project_dir": str(project_folder(path)), "form": form_of(path)}
    whole = text
    if checked.called:
        extra["called"] = dict(checked.called)
        whole = json.dumps([text, checked.called], sort_keys=True)  # another child makes another spec
    return StoredSpec(content_hash(whole), checked.workflow.name, text, checked.name, extra)


def _started(
    journal: Journal,
    run_id: str,
    checked: Checked,
    spec: StoredSpec,
    values: Mapping[str, Any],
    toolbox: Toolbox,
    secrets: Secrets,
    store: str,
    options: RunOptions,
) -> Driving:
    """Create the run and drive it, or attach to it where another process has just created it."""
    try:
        crash.point("CP1")
        row = _create(journal, run_id, checked, spec, values, options)
        crash.point("CP2")
    except RunExists:
        toolbox.close()
        return _attach(find_run(journal, run_id), checked, spec, values, journal, store, options)
    options = limited(options, checked.project)
    return Session(
        journal, row, checked.linked, toolbox, store, options, inputs=values, secrets=secrets
    ).start()


def _create(
    journal: Journal,
    run_id: str,
    checked: Checked,
    spec: StoredSpec,
    values: Mapping[str, Any],
    options: RunOptions,
) -> RunRow:
    assert checked.workflow is not None
    now = time.time()
    inputs = sealed(checked.workflow.inputs, values)
    new = NewRun(run_id, checked.workflow.name, inputs, now, "running", now, this_process())
    # The folder stands with the run: the same text may be run from two folders, and is stored once.
    folder = spec.extra["project_dir"]
    payload: dict[str, Any] = {"spec": spec.hash, "inputs": inputs, "attempt": 1, "folder": folder}
    if checked.project.folder is not None:
        payload["project"] = _to_record(checked)
    if options.principal != LOCAL_USER:
        payload["principal"] = options.principal.to_record()
    tools = _tools_given(checked, options)
    if tools:
        payload["tools"] = tools
    return journal.create_run(new, spec, [NewEvent(now, "RunCreated", payload=payload)])


def _tools_given(checked: Checked, options: RunOptions) -> dict[str, Any]:
    """`{NAME: {default, operations}}` of the program's own tools that are used: enough to look at the run without them."""
    assert checked.plan is not None
    used = {step.declaration.name for step in checked.linked.steps if step.declaration is not None}
    return {
        name: {"default": declaration.operation_name(None), "operations": sorted(declaration.operations)}
        for name, declaration in options.tools.items()
        if name in used
    }


def _to_record(checked: Checked) -> dict[str, Any]:
    """Which project the run belongs to, and the tools behind those of its connections that the spec uses."""
    assert checked.plan is not None
    own = checked.plan.workflow.connections
    used = {step.connection for step in checked.linked.steps if step.connection} - own.keys()
    tools = {name: checked.connections[name]["tool"] for name in sorted(used & checked.connections.keys())}
    record = {"folder": str(checked.project.folder), "profile": checked.project.profile, "connections": tools}
    if checked.called and checked.hidden:
        record["hidden"] = {name: config["tool"] for name, config in checked.hidden.items()}
    return record


def _attach(
    row: RunRow,
    checked: Checked,
    spec: StoredSpec,
    inputs: Mapping[str, Any],
    journal: Journal,
    store: str,
    options: RunOptions,
) -> Driving:
    """The run with the id asked for exists: the same one is given its result or gone on with, another is refused."""
    assert checked.workflow is not None
    if row.spec_hash != spec.hash or not same_inputs(checked.workflow.inputs, row.inputs, inputs):
        other = "another spec" if row.spec_hash != spec.hash else "other inputs"
        raise UsageError(f'run "{row.run_id}" exists with {other}', hint="choose another --run-id")
    if row.status in ENDED:
        return _its_result(row.run_id, journal, store, options)
    try:
        driving = take_over(row, journal, store, replace(options, secret_inputs=lambda declared: inputs))
    except HasEnded:
        return _its_result(row.run_id, journal, store, options)
    return _unless_it_ends_first(driving, row.run_id, journal, store, options)


async def _its_result(run_id: str, journal: Journal, store: str, options: RunOptions) -> RunEnd:
    """What a run that has ended is told to who asks for it once more."""
    report = replayed_report(find_run(journal, run_id), journal, store, options.tools)
    return RunEnd(report, short_id(journal, run_id), ended_before=True)


async def _unless_it_ends_first(
    driving: Driving, run_id: str, journal: Journal, store: str, options: RunOptions
) -> RunEnd:
    """Drive the run, or give its result: its owner may end it while its lease is waited for."""
    try:
        return await driving
    except HasEnded:
        return await _its_result(run_id, journal, store, options)


def retry(
    run_id: str, options: RunOptions, steps: Sequence[str] = (), spec: tuple[Checked, Path] | None = None
) -> RunEnd:
    """Run the next attempt of an ended run: what did not succeed, and `steps` with what depends on them.

    With `spec`, a checked one and its file, the run goes on with that. Raises UsageError (unknown, not ended, nothing to do, no
    such step, a spec that does not fit), SpecError, RunOwned, StoreError.
    """
    return asyncio.run(again(run_id, options, steps, spec))


def again(
    run_id: str, options: RunOptions, steps: Sequence[str] = (), spec: tuple[Checked, Path] | None = None
) -> Driving:
    """Take over an ended run for its next attempt; what is given back drives it. Raises as `retry` does."""
    refuse_stranger(options.principal)
    new = None
    if spec is not None:
        refuse_problems(spec[0])
        new = NewSpec(spec[0], _to_store(*spec))
    store = store_name(options.store)
    journal = open_journal(store, create=False)
    try:
        driving = take_over(find_run(journal, run_id), journal, store, options, Again(steps, new))
    except BaseException:
        journal.close()
        raise
    return closing(journal, driving)
