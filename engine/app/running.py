"""Run a spec, resume a run: from what the user asked for to an ended or interrupted run.

A run's spec is stored with it: resuming reads the stored text, never the file.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.app.checking import Checked, refuse_problems
from engine.app.ids import new_run_id, short_id
from engine.app.owner import is_alive, this_process
from engine.app.project import project_folder, store_name
from engine.app.session import RunEnd, RunOptions, Session, ready_toolbox
from engine.app.stored import find_run, replayed_report, stored_spec
from engine.errors import RunOwned, UsageError
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

__all__ = ["RunEnd", "RunOptions", "resume", "run_checked"]


def run_checked(checked: Checked, path: Path, inputs: Mapping[str, Any], options: RunOptions) -> RunEnd:
    """Run a checked spec to its end. Raises SpecError, UsageError, Unavailable before anything has started."""
    refuse_problems(checked)
    assert checked.workflow is not None
    assert checked.plan is not None
    values = bind_inputs(checked.workflow.inputs, inputs)
    run_id = options.run_id or new_run_id()
    if not is_run_id(run_id):
        hint = "letters, digits, . _ - ; a letter or digit first; at most 128"
        raise UsageError(f'"{run_id}" cannot be a run id', hint=hint)
    spec = _to_store(checked, path)
    toolbox = ready_toolbox(checked.plan, values, Path(spec.extra["project_dir"]), options)
    store = store_name(options.store)
    journal = open_journal(store)
    try:
        existing = journal.run(run_id)
        if existing is not None:
            return _attach(existing, spec, values, journal, store, options)
        row = _create(journal, run_id, checked.workflow.name, spec, values)
        return Session(journal, row, checked.plan, toolbox, store, options).start()
    finally:
        journal.close()


def resume(run_id: str, options: RunOptions) -> RunEnd:
    """Go on with a run that has not ended. Raises UsageError (unknown, ended), RunOwned, StoreError."""
    store = store_name(options.store)
    journal = open_journal(store, create=False)
    try:
        return _resume(find_run(journal, run_id), journal, store, options)
    finally:
        journal.close()


def _to_store(checked: Checked, path: Path) -> StoredSpec:
    assert checked.source is not None
    assert checked.workflow is not None
    text = checked.source.text
    extra = {"project_dir": str(project_folder(path)), "form": form_of(path)}
    return StoredSpec(content_hash(text), checked.workflow.name, text, checked.name, extra)


def _create(journal: Journal, run_id: str, name: str, spec: StoredSpec, inputs: Mapping[str, Any]) -> RunRow:
    now = time.time()
    new = NewRun(run_id, name, inputs, now, "running", now, this_process())
    created = NewEvent(now, "RunCreated", payload={"spec": spec.hash, "inputs": dict(inputs), "attempt": 1})
    return journal.create_run(new, spec, [created])


def _attach(
    row: RunRow, spec: StoredSpec, inputs: Mapping[str, Any], journal: Journal, store: str, options: RunOptions
) -> RunEnd:
    """The run with the id asked for exists: the same one is given its result or gone on with, another is refused."""
    if row.spec_hash != spec.hash or row.inputs != dict(inputs):
        other = "spec" if row.spec_hash != spec.hash else "inputs"
        raise UsageError(f'run "{row.run_id}" exists with another {other}', hint="choose another --run-id")
    if row.status in ENDED:
        return RunEnd(replayed_report(row, journal, store), short_id(journal, row.run_id))
    return _resume(row, journal, store, options)


def _resume(row: RunRow, journal: Journal, store: str, options: RunOptions) -> RunEnd:
    if row.status in ENDED:
        message = f'run "{row.run_id}" has ended: {row.status}'
        raise UsageError(message, hint=f"look at it with: weft show {row.run_id}")
    if row.owner is not None and is_alive(row.owner):
        owner = f"process {row.owner.get('pid')} on {row.owner.get('host')}"
        raise RunOwned(f'run "{row.run_id}" is owned by {owner}', hint="wait for it, or stop that process")
    checked, spec = stored_spec(row, journal)
    assert checked.plan is not None
    if options.know is not None:
        options.know(checked)
    toolbox = ready_toolbox(checked.plan, row.inputs, Path(spec.extra["project_dir"]), options)
    row = journal.claim(row.run_id, this_process(), row.epoch)
    run = replay(checked.plan, journal.events(row.run_id))
    return Session(journal, row, checked.plan, toolbox, store, options).go_on(run)
