"""Taking a run over: from its row to a session that drives it, once it is known that its owner does not live.

An owner that was seen to be gone is followed at once; one that cannot be seen only when its lease has ended, which is waited
for. Nothing is changed before everything the run needs is here.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine import crash
from engine.app.checking import Checked
from engine.app.keeping import LOOK_SECONDS
from engine.app.owner import shown_owner, standing, this_process
from engine.app.project_file import NO_PROFILE, NO_PROJECT, PROJECT_FILE, Project, read_project
from engine.app.readying import ready_toolbox
from engine.app.reopening import Again, refuse_misfit, reopening
from engine.app.run_options import RunEnd, RunOptions, made_for
from engine.app.sealed import Declared, opened, secret_inputs
from engine.app.session import Session
from engine.app.stored import find_run, recorded_folder, recorded_project, refuse_missing_tools, stored_spec
from engine.errors import RunOwned, UsageError
from engine.execute.cellar import RunCellar
from engine.execute.replay import replay
from engine.journal import ENDED, Journal, RunRow, StoredSpec
from engine.spec.inputs import bind_inputs
from engine.text import suggestion

RENEWED_SECONDS = 1.0  # a lease that ends later than it was said to by more than this has been renewed

Driving = Coroutine[Any, Any, RunEnd]
"""Drives a run that is this process's to its end, and closes the journal. It must be awaited."""


class HasEnded(UsageError):
    """The run that was to be gone on with has ended: before, or since it was looked at."""


async def closing(journal: Journal, driving: Driving) -> RunEnd:
    """The end of a run; the journal is closed then."""
    try:
        return await driving
    finally:
        journal.close()


def take_over(
    row: RunRow,
    journal: Journal,
    store: str,
    options: RunOptions,
    again: Again | None = None,
) -> Driving:
    """Go on with a run, or with `again` (steps to run again) open its next attempt.

    Where its owner may live, what is given back waits for that owner's lease to end. Raises RunOwned where it does live.
    """
    refuse_ended(row, again)
    state = standing(row)
    if state.lives:
        raise owned(row)
    if not state.free:
        return _when_free(row, journal, store, options, again)
    return _taken(row, journal, store, options, again)


def owned(row: RunRow) -> RunOwned:
    """That a living process owns the run."""
    message = f'run "{row.run_id}" is owned by {shown_owner(row.owner)}'
    if row.status == "waiting":
        return RunOwned(message, hint=f"it waits: send what it waits for with weft signal {row.run_id} NAME")
    return RunOwned(message, hint="wait for it, or stop that process")


def refuse_ended(row: RunRow, again: Again | None = None) -> None:
    """Raise HasEnded for a run that has ended, unless its next attempt is wanted."""
    if again is None and row.status in ENDED:
        message = f'run "{row.run_id}" has ended: {row.status}'
        hint = f"weft show {row.run_id} shows it, weft retry {row.run_id} runs what did not succeed"
        raise HasEnded(message, hint=hint)


async def _when_free(
    row: RunRow, journal: Journal, store: str, options: RunOptions, again: Again | None
) -> RunEnd:
    """Take the run over when the lease that was seen has ended. Raises RunOwned where it is renewed meanwhile."""
    left = row.lease_left or 0.0
    options.say(
        f'run "{row.run_id}" belongs to {shown_owner(row.owner)}, which cannot be seen from here: '
        f"waiting up to {left:.0f} s until its lease ends"
    )
    until = time.monotonic() + left
    while not (state := standing(row)).free:
        renewed = time.monotonic() + state.wait_seconds > until + RENEWED_SECONDS
        if state.lives or renewed:
            raise owned(row)
        await asyncio.sleep(min(state.wait_seconds, LOOK_SECONDS))
        row = find_run(journal, row.run_id)
        refuse_ended(row, again)
    return await _taken(row, journal, store, options, again)


def _taken(row: RunRow, journal: Journal, store: str, options: RunOptions, again: Again | None) -> Driving:
    project = _project_again(row, journal, options.profile)
    refuse_missing_tools(row, journal, options.tools)
    checked, spec = stored_spec(row, journal, project, options.tools)
    assert checked.plan is not None
    assert checked.workflow is not None
    old = checked
    if again is not None and again.spec is not None:
        checked, spec, project = again.spec.checked, again.spec.stored, again.spec.checked.project
    elif again is not None:
        _tell_changed(row, spec, folder=recorded_folder(row, journal), options=options)
    reopen = None if again is None else reopening(row, checked.linked, again)
    if reopen is not None and checked is not old:
        refuse_misfit(row, old, checked, journal.events(row.run_id), reopen.again)
        _refuse_new_connections(row, journal, checked)
    assert checked.workflow is not None
    inputs = _inputs_again(row, checked.workflow.inputs, options)
    if options.know is not None:
        options.know(checked)
    options = made_for(options, project)
    secrets = options.secrets or project.secrets()
    folder = project.folder or recorded_folder(row, journal) or Path(spec.extra["project_dir"])
    toolbox = ready_toolbox(checked, inputs, folder, secrets, options)
    with ExitStack() as otherwise:
        otherwise.callback(toolbox.close)
        row = journal.claim(row.run_id, this_process(), row.epoch)
        otherwise.callback(journal.release, row.run_id, row.epoch)
        crash.point("CP3")
        refuse_ended(row, again)  # it may have ended since it was looked at
        run = replay(checked.linked, journal.events(row.run_id), RunCellar(journal, row.run_id))
        last = next(journal.events(row.run_id, row.last_seq - 1), None)
        otherwise.pop_all()
    options = limited(options, project)
    row = row if reopen is None else replace(row, attempt=row.attempt + 1)
    session = Session(
        journal,
        row,
        checked.linked,
        toolbox,
        store,
        options,
        inputs=inputs,
        secrets=secrets,
        recorded_until=last.at if last is not None else 0.0,
    )
    return session.go_on(run) if reopen is None else session.reopen(run, reopen)


def limited(options: RunOptions, project: Project) -> RunOptions:
    """With the project's limit where the call named none."""
    given = options.max_parallel
    return replace(options, max_parallel=project.max_parallel if given is None else given)


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
    command = f"weft {'retry' if row.status in ENDED else 'resume'} {row.run_id}"
    asked = secret_inputs(declared)
    given = options.secret_inputs(asked) if options.secret_inputs is not None else {}
    return _fitting(declared, opened(declared, row.inputs, given, command))


def _tell_changed(row: RunRow, spec: StoredSpec, *, folder: Path | None, options: RunOptions) -> None:
    """Say so where the file of the spec is another by now: who mended it expects that it is taken."""
    file = next(
        (one for one in (Path(spec.path or ""), (folder or Path()) / (spec.path or "")) if one.is_file()),
        None,
    )
    try:
        changed = file is not None and file.read_text(encoding="utf-8-sig") != spec.text
    except (OSError, UnicodeDecodeError):
        return
    if changed:
        options.say(
            f"{spec.path} has changed: the run goes on with it as it was (--spec {spec.path} takes it as it is)"
        )


def _fitting(declared: Declared, values: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a run for the spec it goes on with: those it declares, with the defaults of those it did not have.

    Raises UsageError that names every input that has no value, or one that does not fit.
    """
    return bind_inputs(declared, {name: value for name, value in values.items() if name in declared})


def _refuse_new_connections(row: RunRow, journal: Journal, checked: Checked) -> None:
    """Raise UsageError where a new spec uses connections of the project that the run has not known."""
    own = checked.linked.workflow.connections.keys() | checked.linked.connections.keys()
    recorded = (recorded_project(row, journal) or {}).get("connections", {})
    used = {step.connection for step in checked.linked.steps if step.connection is not None}
    for name in sorted(used - own - recorded.keys()):
        message = (
            f'the new spec uses connection "{name}" of the project, which run "{row.run_id}" has not known'
        )
        raise UsageError(message, hint="declare it in the spec, or start a new run")
