"""One spec followed from its text to its plan, with every workflow it calls: each of those is followed once.

A called file is told about where it is called: its own problems belong to itself, and one line says that it has some.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.app.called import Texts, is_path, key_from
from engine.app.project_file import Project
from engine.check import Subject, check, check_runnable
from engine.diagnostics import Diagnostic, Diagnostics, Related, problem
from engine.errors import UsageError
from engine.graph import DEPTH_MAX, STEPS_MAX, Plan, compile_workflow
from engine.refs import holds_reference
from engine.spec.load import Form, file_suggestion, form_of, load_source
from engine.spec.parse import parse
from engine.spec.schema_check import schema_problems
from engine.spec.toolspec import Declaration
from engine.spec.tree import Tree
from engine.spec.workflow import StepSpec, Workflow
from engine.text import Source, Span, suggestion
from engine.text.snippet import shortened

Settings = Mapping[str, Mapping[str, Any]]
Unit = tuple[str, str]
"""A workflow that may be called: a file's key, and the name of one in its `workflows` (empty: the file itself)."""


@dataclass(slots=True)
class Followed:
    """How far a file could be followed. `connections` are those its steps may name."""

    tree: Tree | None
    workflow: Workflow | None
    plan: Plan | None
    found: Diagnostics
    connections: Settings = field(default_factory=dict)


@dataclass(slots=True)
class _File:
    """A file under way: what its sub-workflows need of it. `brought`: connections it brings as a called file."""

    key: str
    tree: Tree
    connections: Settings
    brought: Settings
    found: Diagnostics


class Follower:
    """Follows one spec. `read` holds the text of every file that was called by key, `trees` each workflow's by its label,
    `sources` each called file by the name diagnostics have for it."""

    def __init__(
        self,
        tools: Mapping[str, Declaration],
        project: Project,
        texts: Texts | None,
        *,
        judging: bool = True,
    ) -> None:
        """Without `judging` only what keeps it from being run is told: a stored spec was judged when it began."""
        self._judging = judging
        self.hidden: Settings = {}
        """The project's connections whose names the spec has given to others: called files mean the project's."""
        self.read: dict[str, str] = {}
        self.trees: dict[str, Tree] = {}
        self.sources: dict[str, Source] = {}
        self._tools = tools
        self._project = project
        self._texts = texts
        self._files: dict[str, Followed] = {}
        self._named: dict[Unit, Plan | None] = {}
        self._under_way: list[Unit] = []

    def follow(self, key: str, source: Source | None, form: Form, found: Diagnostics) -> Followed:
        """Load, schema, parse, compile, check, collecting everything on the way."""
        tree = None
        if source is not None:
            tree, problems = load_source(source, form)
            found.extend(problems)
        if tree is None:
            return Followed(None, None, None, found)
        found.extend(schema_problems(tree))
        workflow, told = parse(tree)
        found.extend(told)
        if workflow is None:
            return Followed(tree, None, None, found)
        around, own = _split(self._project, workflow)
        if self._under_way:
            brought: Settings = {**self.hidden, **own.connections}
        else:
            self.hidden = {name: around[name] for name in own.connections if name in around}
            brought = {}
        file = _File(key, tree, {**around, **own.connections}, brought, found)
        self._under_way.append((key, ""))
        plan = self._compiled(file, tree, own, around)
        plan.label, plan.connections = key, brought
        self.trees[key] = tree
        for name in workflow.workflows:
            self._sub_workflow(file, name)
        self._under_way.pop()
        return Followed(tree, workflow, plan, found, file.connections)

    def _compiled(self, file: _File, tree: Tree, workflow: Workflow, around: Settings) -> Plan:
        """The plan of a workflow of a file, and everything wrong with it told."""
        callees: dict[str, Plan | None] = {}
        for step in _calls(workflow.root):
            if step.workflow not in callees:
                span = tree.span((*step.path, "workflow"))
                callees[step.workflow or ""] = self._callee(file, step.workflow or "", span)
        plan, told = compile_workflow(workflow, tree, self._tools, around, callees)
        file.found.extend(told)
        reachable = {**around, **workflow.connections}
        subject = Subject(tree, workflow, plan, self._tools, reachable, self._project.policy)
        file.found.extend(check(subject) if self._judging else check_runnable(subject))
        if plan.size > STEPS_MAX or plan.depth > DEPTH_MAX:
            file.found.extend([_too_much(tree, plan)])
        return plan

    def _callee(self, file: _File, written: str, span: Span) -> Plan | None:
        """The plan of what a step calls; None where that is wrong, which is told."""
        if holds_reference(written):
            return None  # that no reference may stand here is told elsewhere
        unit = (key_from(file.key, written), "") if is_path(written) else (file.key, written)
        if unit in self._under_way:
            file.found.extend([self._recursion(unit, written, span)])
            return None
        return self._called_file(file, written, span) if is_path(written) else self._own(file, written, span)

    def _called_file(self, file: _File, written: str, span: Span) -> Plan | None:
        try:
            followed = self._read(key_from(file.key, written), written)
        except UsageError as error:
            hint = error.hint or self._near(file.key, written)
            file.found.extend([problem("WF308", error.message, span, hint)])
            return None
        file.found.extend(_about(written, followed.found, span))
        return None if followed.found.errors else followed.plan

    def _near(self, caller: str, written: str) -> str | None:
        """Which other file may have been meant, as the caller would write it."""
        key = key_from(caller, written)
        if self._texts is None or not (beside := self._texts.beside(key)):
            return None
        there = {posixpath.basename(one): one for one in beside if one not in (caller, key)}
        own = posixpath.dirname(caller) or "."

        def shown(name: str) -> str:
            path = posixpath.relpath(there[name], own)
            return path if "/" in path and not written.startswith("./") else f"./{path}"

        return file_suggestion(posixpath.basename(key), there, shown)

    def _read(self, key: str, written: str) -> Followed:
        if key not in self._files:
            if self._texts is None:
                raise UsageError("a spec without a file can call no files", hint="write it into `workflows`")
            if written.startswith("/"):
                raise UsageError(f'"{shortened(written)}" is no path from this file', hint="begin with ./")
            source, found = self._texts.read(key)
            if source is not None:
                self.read[key] = source.text
                self.sources[source.name] = source
            self._files[key] = self.follow(key, source, form_of(key), found)
        return self._files[key]

    def _own(self, file: _File, name: str, span: Span) -> Plan | None:
        """The plan of a sub-workflow of the same file."""
        there = file.tree.get(("workflows",))
        names = list(there) if isinstance(there, dict) else []
        if name in names:
            return self._sub_workflow(file, name)
        hint = suggestion(name, names) or f"a file is written as a path: ./{shortened(name)}.yaml"
        file.found.extend([problem("WF308", f'no workflow "{shortened(name)}" in this file', span, hint)])
        return None

    def _sub_workflow(self, file: _File, name: str) -> Plan | None:
        unit = (file.key, name)
        if unit not in self._named:
            self._under_way.append(unit)
            before = file.found.errors
            plan = self._parsed(file, name)
            self._named[unit] = plan if file.found.errors == before else None
            self._under_way.pop()
        return self._named[unit]

    def _parsed(self, file: _File, name: str) -> Plan | None:
        tree = file.tree.under(("workflows", name))
        workflow, told = parse(tree)
        file.found.extend(told)
        if workflow is None:
            return None
        workflow.name = name
        plan = self._compiled(file, tree, workflow, file.connections)
        plan.label = f"{file.key}#{name}"
        self.trees[plan.label] = tree
        plan.connections = {**file.brought, **workflow.connections}
        return plan

    def _recursion(self, unit: Unit, written: str, span: Span) -> Diagnostic:
        around = [*self._under_way[self._under_way.index(unit) :], unit]
        chain = " -> ".join(name or key for key, name in around)
        message = f'"{shortened(written)}" calls itself: {chain}'
        return problem("WF309", message, span, "a loop is written with repeat or foreach")


def _calls(root: StepSpec) -> Iterator[StepSpec]:
    """Every step that calls a workflow, in the order written."""
    stack = [root]
    while stack:
        step = stack.pop()
        if step.workflow is not None:
            yield step
        asides = [aside for aside in (step.rescue, step.finally_) if aside is not None]
        stack.extend(reversed([*(step.steps or ()), *asides]))


def _about(written: str, found: Diagnostics, span: Span) -> Iterator[Diagnostic]:
    """What is said of a called file where it is called."""
    shown = shortened(written)
    if found.errors:
        first, more = next(one for one in found if one.severity == "error"), found.errors - 1
        also = f", and {more} more" if more else ""
        message = f'"{shown}" cannot run: {first.message}{also}'
        yield problem(
            "WF310", message, span, f"see: weft validate {first.span.file}", Related(first.span, "here")
        )
        return
    for one in found:
        if one.code == "WF212":
            yield problem("WF212", f'"{shown}": {one.message}', span, one.hint, Related(one.span, "here"))


def _too_much(tree: Tree, plan: Plan) -> Diagnostic:
    span = tree.key_span(("steps",))
    if plan.depth > DEPTH_MAX:
        return problem("WF309", f"the calls go {plan.depth} workflows deep, more than {DEPTH_MAX}", span)
    hint = "call a workflow in a foreach instead of step by step"
    return problem(
        "WF309", f"with all its calls the workflow has {plan.size} steps, more than {STEPS_MAX}", span, hint
    )


def _split(project: Project, workflow: Workflow) -> tuple[Settings, Workflow]:
    """The project's connections, and the workflow without those of its own that a profile has taken the place of."""
    over = project.profile_connections
    if not over.keys() & workflow.connections.keys():
        return {**project.connections, **over}, workflow
    own = {name: config for name, config in workflow.connections.items() if name not in over}
    return {**project.connections, **over}, replace(workflow, connections=own)
