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
from typing import Any, Literal

from engine.check import Subject, check
from engine.diagnostics import Diagnostics
from engine.graph import Plan, compile_workflow
from engine.spec.load import load, load_text
from engine.spec.parse import parse
from engine.spec.schema_check import schema_problems
from engine.spec.toolspec import Declaration
from engine.spec.tree import Tree
from engine.spec.workflow import Workflow
from engine.tools.registry import Registry

_REGISTRY = Registry()


@dataclass(slots=True)
class Checked:
    """A spec as far as it could be followed. `good`: it may be run as far as the language goes."""

    name: str
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
        tree, found = load(path, name=shown)
        return check_tree(shown, tree, found, tools=tools)


def check_text(
    text: str,
    name: str,
    form: Literal["yaml", "json"] = "yaml",
    *,
    tools: Mapping[str, Declaration] | None = None,
) -> Checked:
    """Check a spec given as text."""
    with _collector_paused():
        tree, found = load_text(text, name, form)
        return check_tree(name, tree, found, tools=tools)


def check_tree(
    name: str, tree: Tree | None, found: Diagnostics, *, tools: Mapping[str, Declaration] | None = None
) -> Checked:
    """Follow a loaded tree through schema, parse, compile and check, collecting everything on the way."""
    if tree is None:
        return Checked(name, None, None, None, found)
    found.extend(schema_problems(tree))
    workflow, problems = parse(tree)
    found.extend(problems)
    if workflow is None:
        return Checked(name, tree, None, None, found)
    known = known_tools() if tools is None else tools
    connections: Mapping[str, Mapping[str, Any]] = {}
    plan, problems = compile_workflow(workflow, tree, known, connections)
    found.extend(problems)
    subject = Subject(tree, workflow, plan, known, {**connections, **workflow.connections})
    found.extend(check(subject))
    return Checked(name, tree, workflow, plan, found)


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
