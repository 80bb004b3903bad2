"""Run a spec, resume a run: from what the user asked for to an ended or interrupted run.

A run's spec is stored with it: resuming reads the stored text, never the file.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.app.checking import Checked, refuse_problems
from engine.app.ids import new_run_id, short_id
from engine.app.owner import is_alive, this_process
from engine.app.project import project_folder, store_name
from engine.app.project_file import NO_PROFILE, NO_PROJECT, PROJECT_FILE, Project, read_project
from engine.app.sealed import Declared, opened, same_inputs, sealed, secret_inputs
from engine.app.session import RunEnd, RunOptions, Session, ready_toolbox
from engine.app.stored import (
    find_run,
    recorded_folder,
    recorded_project,
    refuse_missing_tools,
    replayed_report,
    stored_spec,
)
from engine.errors import PermissionDenied, RunOwned, UsageError
from engine.execute.replay import replay
from engine.journal import (
    ENDED,
    Journal,
    NewEvent,
    NewRun,
    RunRow,
    StoredSpec,
    content_hash,
    is_run_id,
    open_journal,
)
from engine.spec.inputs import bind_inputs
from engine.spec.load import form_of
from engine.text import suggestion
from engine.tools.port import LOCAL_USER, Principal

__all__ = ["RunEnd", "RunOptions", "begin", "go_on", "resume", "run_checked"]

Driving = Coroutine[Any, Any, RunEnd]
"""Drives a run that is this process's to its end, and closes the journal. It must be awaited."""


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
    secrets = options.secrets or checked.project.secrets()
    toolbox = ready_toolbox(checked, values, Path(spec.extra["project_dir"]), secrets, options)
    store = store_name(options.store, checked.project)
    journal = open_journal(store)
    try:
        existing = journal.run(run_id)
        if existing is not None:
            driving = _attach(existing, checked, spec, values, journal, store, options)
        else:
            row = _create(journal, run_id, checked, spec, values, options)
            options = _limited(options, checked.project)
            driving = Session(
                journal, row, checked.linked, toolbox, store, options, inputs=values, secrets=secrets
            ).start()
    except BaseException:
        journal.close()
        raise
    return _closing(journal, driving)


def go_on(run_id: str, options: RunOptions) -> Driving:
    """Take over a run that has not ended; what is given back drives it. Raises as `resume` does, changing nothing."""
    refuse_stranger(options.principal)
    store = store_name(options.store)
    journal = open_journal(store, create=False)
    try:
        driving = _resume(find_run(journal, run_id), journal, store, options)
    except BaseException:
        journal.close()
        raise
    return _closing(journal, driving)


async def _closing(journal: Journal, driving: Driving) -> RunEnd:
    try:
        return await driving
    finally:
        journal.close()


async def _at_once(end: RunEnd) -> RunEnd:
    return end


def refuse_stranger(principal: Principal) -> None:
    """Raise PermissionDenied for one who has not shown who they are: such a one runs nothing."""
    if not principal.authenticated:
        who = f'user "{principal.user_id}"' if principal.user_id else "the principal"
        raise PermissionDenied(
            f"{who} is not authenticated", hint="runs are started by an authenticated principal"
        )


def _limited(options: RunOptions, project: Project) -> RunOptions:
    """With the project's limit where the call named none."""
    given = options.max_parallel
    return replace(options, max_parallel=project.max_parallel if given is None else given)


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
    return {"folder": str(checked.project.folder), "profile": checked.project.profile, "connections": tools}


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
        other = "spec" if row.spec_hash != spec.hash else "inputs"
        raise UsageError(f'run "{row.run_id}" exists with another {other}', hint="choose another --run-id")
    if row.status in ENDED:
        report = replayed_report(row, journal, store, options.tools)
        return _at_once(RunEnd(report, short_id(journal, row.run_id)))
    return _resume(row, journal, store, replace(options, secret_inputs=lambda declared: inputs))


def _resume(row: RunRow, journal: Journal, store: str, options: RunOptions) -> Driving:
    if row.status in ENDED:
        message = f'run "{row.run_id}" has ended: {row.status}'
        raise UsageError(message, hint=f"look at it with: weft show {row.run_id}")
    if row.owner is not None and is_alive(row.owner):
        owner = f"process {row.owner.get('pid')} on {row.owner.get('host')}"
        raise RunOwned(f'run "{row.run_id}" is owned by {owner}', hint="wait for it, or stop that process")
    project = _project_again(row, journal, options.profile)
    refuse_missing_tools(row, journal, options.tools)
    checked, spec = stored_spec(row, journal, project, options.tools)
    assert checked.plan is not None
    assert checked.workflow is not None
    inputs = _inputs_again(row, checked.workflow.inputs, options)
    if options.know is not None:
        options.know(checked)
    secrets = options.secrets or project.secrets()
    folder = project.folder or recorded_folder(row, journal) or Path(spec.extra["project_dir"])
    toolbox = ready_toolbox(checked, inputs, folder, secrets, options)
    row = journal.claim(row.run_id, this_process(), row.epoch)
    run = replay(checked.linked, journal.events(row.run_id))
    options = _limited(options, project)
    return Session(
        journal, row, checked.linked, toolbox, store, options, inputs=inputs, secrets=secrets
    ).go_on(run)


def _project_again(row: RunRow, journal: Journal, profile: str | None) -> Project:
    """The project the run was started in, as it is now. Raises UsageError where a connection it needs is gone."""
    recorded = recorded_project(row, journal)
    if recorded is None:
        if profile is not None:
            raise UsageError(f'no profile "{profile}": run "{row.run_id}" was started without a project file')
        return NO_PROJECT
    file = Path(recorded["folder"]) / PROJECT_FILE
    if not file.is_file():
        raise UsageError(f'{file} is gone, and run "{row.run_id}" was started with it', hint="put it back")
    project = read_project(file, profile or recorded["profile"] or NO_PROFILE)
    there = {**project.connections, **project.profile_connections}
    for name in recorded["connections"]:
        if name not in there:
            message = f'connection "{name}" of run "{row.run_id}" is not in {file}'
            raise UsageError(message, hint=suggestion(name, there) or "put it back")
    return project


def _inputs_again(row: RunRow, declared: Declared, options: RunOptions) -> Mapping[str, Any]:
    asked = secret_inputs(declared)
    given = options.secret_inputs(asked) if options.secret_inputs is not None else {}
    return opened(declared, row.inputs, given, row.run_id)
