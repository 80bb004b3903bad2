"""Runs as a store keeps them: found by id, their spec checked again, their result put together from the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.app.bulk import Bulk
from engine.app.checking import Checked, check_text, known_tools, refuse_problems
from engine.app.project import MEMORY, store_option
from engine.app.project_file import Project
from engine.app.sealed import Declared, secret_inputs, veiled
from engine.errors import UsageError
from engine.execute.cellar import RunCellar
from engine.execute.replay import replay
from engine.execute.report import run_report
from engine.graph import Plan
from engine.journal import ENDED, Journal, RunRow, StoredSpec
from engine.spec.toolspec import Declaration, OperationSpec


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


def recorded_tools(row: RunRow, journal: Journal) -> dict[str, Any]:
    """`{NAME: {default, operations}}` of the tools that the program gave which started the run."""
    tools: dict[str, Any] = _created(row, journal).get("tools", {})
    return tools


def refuse_missing_tools(row: RunRow, journal: Journal, tools: Mapping[str, Declaration]) -> None:
    """Raise UsageError where the run needs tools of a program that are not here."""
    missing = [name for name in recorded_tools(row, journal) if name not in tools]
    if missing:
        names = " and ".join(f'"{name}"' for name in missing)
        message = f'run "{row.run_id}" was started from Python with tools of its own: {names}'
        raise UsageError(
            message, hint=f"resume it from Python: resume(run_id, tools={{{names.split()[0]}: …}})"
        )


def _stand_ins(recorded: Mapping[str, Any]) -> dict[str, Declaration]:
    """What is left of tools that are not here: enough to compile the spec again, not to call them."""
    return {
        name: Declaration(
            name,
            "integration",
            "a tool of the program that started the run",
            {operation: OperationSpec("") for operation in told["operations"]},
            "",
            told["default"],
            {},
        )
        for name, told in recorded.items()
    }


def _created(row: RunRow, journal: Journal) -> dict[str, Any]:
    created = next(iter(journal.events(row.run_id)), None)
    return created.payload if created is not None else {}


def stored_spec(
    row: RunRow,
    journal: Journal,
    project: Project | None = None,
    tools: Mapping[str, Declaration] | None = None,
) -> tuple[Checked, StoredSpec]:
    """The spec a run was started with, checked again by this engine. `tools`: those of the program, if any.

    Without a project (to look at the run, not to go on with it) the recorded names of its connections are enough.
    """
    spec = journal.spec(row.spec_hash)
    if spec is None:
        raise UsageError(f'the spec of run "{row.run_id}" is not in the store', hint="the store is damaged")
    created = _created(row, journal)
    return _checked(spec, created, project or _recorded_connections(created), tools), spec


def plan_of(
    spec_hash: str,
    created: Mapping[str, Any],
    journal: Journal,
    tools: Mapping[str, Declaration] | None = None,
) -> Plan:
    """The linked plan of a stored spec, for runs whose first event says this. Raises UsageError, SpecError."""
    spec = journal.spec(spec_hash)
    if spec is None:
        raise UsageError(f'the spec "{spec_hash}" is not in the store', hint="the store is damaged")
    return _checked(spec, created, _recorded_connections(created), tools).linked


def _recorded_connections(created: Mapping[str, Any]) -> Project:
    recorded = created.get("project") or {}
    return Project(
        connections=_as_connections(recorded.get("hidden", {})),
        profile_connections=_as_connections(recorded.get("connections", {})),
    )


def _checked(
    spec: StoredSpec,
    created: Mapping[str, Any],
    project: Project,
    tools: Mapping[str, Declaration] | None,
) -> Checked:
    # What the project thinks of warnings by now is no reason to stop a run that has begun.
    project = replace(project, disabled=frozenset(), severities={})
    own = {**_stand_ins(created.get("tools") or {}), **(tools or {})}
    form = spec.extra.get("form", "yaml")
    name, called = spec.path or spec.name, spec.extra.get("called")
    known = known_tools(own)
    # It was judged when it began: a check that is newer than the run is no reason to leave the run alone.
    checked = check_text(spec.text, name, form, tools=known, project=project, called=called, judging=False)
    refuse_problems(checked)
    return checked


def _as_connections(tools: Mapping[str, str]) -> dict[str, dict[str, str]]:
    return {name: {"tool": tool} for name, tool in tools.items()}


def replayed_report(
    row: RunRow, journal: Journal, store: str, tools: Mapping[str, Declaration] | None = None
) -> dict[str, Any]:
    """The result of a recorded run, put together from its journal."""
    checked, _ = stored_spec(row, journal, tools=tools)
    assert checked.workflow is not None
    run = replay(checked.linked, journal.events(row.run_id), RunCellar(journal, row.run_id))
    return run_report(
        run, about_run(row, store, checked.workflow.inputs), Bulk(store).shelf(row.run_id).shown
    )


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
