"""The journey of a spec up to its diagnostics. Each call takes what the one before gave.

load -> (tree, diagnostics)    parse -> (workflow, diagnostics)
compile -> (plan, diagnostics) check -> diagnostics
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.app.project_file import NO_PROJECT, Project, project_of
from engine.check import Subject, check
from engine.diagnostics import Diagnostics
from engine.errors import SpecError
from engine.graph import Plan, compile_workflow
from engine.spec.load import Form, form_of, load_source, read_source
from engine.spec.parse import parse
from engine.spec.schema_check import schema_problems
from engine.spec.toolspec import Declaration
from engine.spec.tree import Tree
from engine.spec.workflow import Workflow
from engine.text import Source
from engine.tools.registry import Registry

_REGISTRY = Registry()


@dataclass(slots=True)
class Checked:
    """A spec as far as it could be followed. `good`: it may be run as far as the language goes.

    `source` is its text, which shows the lines of a problem even where there is no tree. `connections` are those its
    steps may name: the project's, the spec's own, the profile's, the later winning.
    """

    name: str
    source: Source | None
    tree: Tree | None
    workflow: Workflow | None
    plan: Plan | None
    diagnostics: Diagnostics
    project: Project = NO_PROJECT
    connections: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return self.plan is not None and not self.diagnostics.errors


def known_tools() -> Mapping[str, Declaration]:
    """Declarations of every tool there is, loaded as they are asked for."""
    return _REGISTRY


def check_file(
    path: Path,
    *,
    name: str | None = None,
    tools: Mapping[str, Declaration] | None = None,
    profile: str | None = None,
) -> Checked:
    """Load and check a spec file, with the project it lies in and a profile of that (None: what `WEFT_PROFILE` says).

    Raises UsageError when there is no such file, or the project file is wrong; everything else is a diagnostic.
    """
    shown = name or str(path)
    with _collector_paused():
        source, found = read_source(path, name=shown)
        return _followed(shown, source, form_of(path), found, tools, project_of(path, profile))


def check_text(
    text: str,
    name: str,
    form: Form = "yaml",
    *,
    tools: Mapping[str, Declaration] | None = None,
    project: Project = NO_PROJECT,
) -> Checked:
    """Check a spec given as text."""
    with _collector_paused():
        return _followed(name, Source(name, text), form, Diagnostics(), tools, project)


def _followed(
    name: str,
    source: Source | None,
    form: Form,
    found: Diagnostics,
    tools: Mapping[str, Declaration] | None,
    project: Project,
) -> Checked:
    """Follow a text through load, schema, parse, compile and check, collecting everything on the way."""
    tree = None
    if source is not None:
        tree, problems = load_source(source, form)
        found.extend(problems)
    if tree is None:
        return Checked(name, source, None, None, None, found, project)
    found.extend(schema_problems(tree))
    workflow, told = parse(tree)
    found.extend(told)
    if workflow is None:
        return Checked(name, source, tree, None, None, found, project)
    known = known_tools() if tools is None else tools
    around, own = _split(project, workflow)
    plan, told = compile_workflow(own, tree, known, around)
    found.extend(told)
    connections = {**around, **own.connections}
    found.extend(check(Subject(tree, workflow, plan, known, connections)))
    return Checked(name, source, tree, workflow, plan, project.judged(found), project, connections)


def _split(project: Project, workflow: Workflow) -> tuple[Mapping[str, Mapping[str, Any]], Workflow]:
    """The project's connections, and the workflow without those of its own that a profile has taken the place of."""
    over = project.profile_connections
    if not over.keys() & workflow.connections.keys():
        return {**project.connections, **over}, workflow
    own = {name: config for name, config in workflow.connections.items() if name not in over}
    return {**project.connections, **over}, replace(workflow, connections=own)


def refuse_problems(checked: Checked) -> None:
    """Raise SpecError when a spec has errors, or uses words that this version cannot run."""
    if not checked.good or any(d.code == "WF212" for d in checked.diagnostics):
        raise SpecError(tuple(checked.diagnostics))


@contextmanager
def _collector_paused() -> Iterator[None]:
    # Trees and plans are made of many small objects that all stay: collecting while they are made only costs.
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
