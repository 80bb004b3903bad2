"""Runs as a store keeps them: found by id, their spec checked again, their result put together from the journal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.app.checking import Checked, check_text, refuse_problems
from engine.app.project import MEMORY, store_option
from engine.app.project_file import Project
from engine.app.sealed import Declared, secret_inputs, veiled
from engine.errors import UsageError
from engine.execute.replay import replay
from engine.execute.report import run_report
from engine.journal import ENDED, Journal, RunRow, StoredSpec


def find_run(journal: Journal, run_id: str) -> RunRow:
    """The run with this id or unique prefix. Raises UsageError naming the nearest."""
    found = journal.find(run_id, limit=4)
    if found and (len(found) == 1 or found[0].run_id == run_id):
        return found[0]
    if found:
        names = ", ".join(row.run_id for row in found[:3])
        raise UsageError(f'"{run_id}" is the beginning of several runs: {names}', hint="write more of the id")
    recent = ", ".join(row.run_id for row in journal.runs(limit=3))
    hint = f"the latest are: {recent}" if recent else "the store holds no runs; is it the right --store?"
    raise UsageError(f'no run "{run_id}"', hint=hint)


def recorded_project(row: RunRow, journal: Journal) -> dict[str, Any] | None:
    """`{folder, profile, connections: {NAME: TOOL}}` of a run's project; None: it was started without one."""
    return _created(row, journal).get("project")


def recorded_folder(row: RunRow, journal: Journal) -> Path | None:
    """The project folder the run was started in."""
    folder = _created(row, journal).get("folder")
    return Path(folder) if folder is not None else None


def _created(row: RunRow, journal: Journal) -> dict[str, Any]:
    created = next(iter(journal.events(row.run_id)), None)
    return created.payload if created is not None else {}


def stored_spec(row: RunRow, journal: Journal, project: Project | None = None) -> tuple[Checked, StoredSpec]:
    """The spec a run was started with, checked again by this engine.

    Without a project (to look at the run, not to go on with it) the recorded names of its connections are enough.
    """
    spec = journal.spec(row.spec_hash)
    if spec is None:
        raise UsageError(f'the spec of run "{row.run_id}" is not in the store', hint="the store is damaged")
    if project is None:
        tools = (recorded_project(row, journal) or {}).get("connections", {})
        project = Project(profile_connections={name: {"tool": tool} for name, tool in tools.items()})
    # What the project thinks of warnings by now is no reason to stop a run that has begun.
    project = replace(project, disabled=frozenset(), severities={})
    checked = check_text(spec.text, spec.path or spec.name, spec.extra.get("form", "yaml"), project=project)
    refuse_problems(checked)
    return checked, spec


def replayed_report(row: RunRow, journal: Journal, store: str) -> dict[str, Any]:
    """The result of a recorded run, put together from its journal."""
    checked, _ = stored_spec(row, journal)
    assert checked.plan is not None
    run = replay(checked.plan, journal.events(row.run_id))
    return run_report(run, about_run(row, store, checked.plan.workflow.inputs))


def about_run(row: RunRow, store: str, declared: Declared) -> dict[str, Any]:
    """What a report says of the run itself. `declared` are the inputs of its workflow."""
    resumable = row.status not in ENDED and store != MEMORY
    asked = (name for name, schema in secret_inputs(declared).items() if "default" not in schema)
    again = "".join(f" -i {name}=VALUE" for name in asked)
    return {
        "run_id": row.run_id,
        "workflow": row.workflow,
        "status": row.status,
        "attempt": row.attempt,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "inputs": veiled(declared, row.inputs),
        "outputs": row.outputs or {},
        "error": row.error,
        "resume": f"weft resume {row.run_id}{store_option(store)}{again}" if resumable else None,
    }
