"""The journey of a spec up to its diagnostics. Each call takes what the one before gave.

load -> (tree, diagnostics)    parse -> (workflow, diagnostics)
compile -> (plan, diagnostics) check -> diagnostics
"""

from __future__ import annotations

import gc
import os
from collections import ChainMap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.app.called import DiskTexts, StoredTexts, Texts
from engine.app.following import Follower
from engine.app.project_file import NO_PROJECT, Project, project_of
from engine.diagnostics import Diagnostics
from engine.errors import SpecError
from engine.graph import Plan, link
from engine.spec.load import Form, form_of, read_source
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
    called: Mapping[str, str] = field(default_factory=dict)
    """The text of every file that its steps call, by key (see `engine.app.called`)."""
    hidden: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Connections of the project that the spec has others of the same name for; called files mean these."""
    trees: Mapping[str, Tree] = field(default_factory=dict)
    """The tree of every workflow by the label of its plan."""
    sources: Mapping[str, Source] = field(default_factory=dict)
    """The texts of called files, by the name that diagnostics have for them."""
    _linked: Plan | None = None

    @property
    def good(self) -> bool:
        return self.plan is not None and not self.diagnostics.errors

    @property
    def linked(self) -> Plan:
        """The plan of a run of it: its own, with every called workflow in its place."""
        if self._linked is None:
            assert self.plan is not None
            self._linked = link(self.plan)
        return self._linked


def known_tools(own: Mapping[str, Declaration] | None = None) -> Mapping[str, Declaration]:
    """Declarations of every tool there is, loaded as they are asked for; `own` ones of a program come first."""
    return ChainMap(dict(own), _REGISTRY) if own else _REGISTRY  # type: ignore[arg-type]  # read only


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
        project = project_of(path, profile, tools)
        texts = DiskTexts(path.parent, os.path.dirname(shown), [project.folder] if project.folder else [])
        return _followed(shown, source, form_of(path), found, tools, project, texts)


def check_text(
    text: str,
    name: str,
    form: Form = "yaml",
    *,
    tools: Mapping[str, Declaration] | None = None,
    project: Project = NO_PROJECT,
    called: Mapping[str, str] | None = None,
    folder: Path | None = None,
    judging: bool = True,
) -> Checked:
    """Check a spec given as text, with the texts of the files it may call: those `called`, or those found in a folder.

    Without `judging` only what keeps it from being run at all is told.
    """
    with _collector_paused():
        texts: Texts | None = None if called is None else StoredTexts(called, os.path.dirname(name))
        if folder is not None:
            texts = DiskTexts(folder, "", [project.folder] if project.folder else [])
        found = Diagnostics()
        return _followed(name, Source(name, text), form, found, tools, project, texts, judging=judging)


def _followed(
    name: str,
    source: Source | None,
    form: Form,
    found: Diagnostics,
    tools: Mapping[str, Declaration] | None,
    project: Project,
    texts: Texts | None,
    *,
    judging: bool = True,
) -> Checked:
    follower = Follower(known_tools() if tools is None else tools, project, texts, judging=judging)
    seen = follower.follow(Path(name).name, source, form, found)
    checked = Checked(name, source, seen.tree, seen.workflow, seen.plan, project.judged(found), project)
    checked.connections, checked.called, checked.trees = seen.connections, follower.read, follower.trees
    checked.hidden, checked.sources = follower.hidden, follower.sources
    return checked


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
