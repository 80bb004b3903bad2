"""The journey of a spec up to its diagnostics. Each call takes what the one before gave.

    load -> (tree, diagnostics)    parse -> (workflow, diagnostics)
    compile -> (plan, diagnostics) check -> diagnostics
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

    `source` is its text, which shows the lines of a problem even where there is no tree.
    """

    name: str
    source: Source | None
    tree: Tree | None
    workflow: Workflow | None
    plan: Plan | None
    diagnostics: Diagnostics

    @property
    def good(self) -> bool:
        return self.plan is not None and not self.diagnostics.errors


def known_tools() -> Mapping[str, Declaration]:
    """Declarations of every tool there is, loaded as they are asked for."""
    return _REGISTRY


def check_file(path: Path, *, name: str | None = None, tools: Mapping[str, Declaration] | None = None) -> Checked:
    """Load and check a spec file. Raises UsageError when there is no such file; everything else is a diagnostic."""
    shown = name or str(path)
    with _collector_paused():
        source, found = read_source(path, name=shown)
        return _followed(shown, source, form_of(path), found, tools)


def check_text(
    text: str,
    name: str,
    form: Form = "yaml",
    *,
    tools: Mapping[str, Declaration] | None = None,
) -> Checked:
    """Check a spec given as text."""
    with _collector_paused():
        return _followed(name, Source(name, text), form, Diagnostics(), tools)


def _followed(
    name: str, source: Source | None, form: Form, found: Diagnostics, tools: Mapping[str, Declaration] | None
) -> Checked:
    """Follow a text through load, schema, parse, compile and check, collecting everything on the way."""
    tree = None
    if source is not None:
        tree, problems = load_source(source, form)
        found.extend(problems)
    if tree is None:
        return Checked(name, source, None, None, None, found)
    found.extend(schema_problems(tree))
    workflow, told = parse(tree)
    found.extend(told)
    if workflow is None:
        return Checked(name, source, tree, None, None, found)
    known = known_tools() if tools is None else tools
    connections: Mapping[str, Mapping[str, Any]] = {}
    plan, told = compile_workflow(workflow, tree, known, connections)
    found.extend(told)
    subject = Subject(tree, workflow, plan, known, {**connections, **workflow.connections})
    found.extend(check(subject))
    return Checked(name, source, tree, workflow, plan, found)


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
