"""Everything `weft describe` tells, as plain data: read from a checked spec alone, the same for every reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from engine.app.checking import Checked
from engine.app.describing.calls import Calls
from engine.app.describing.consequences import when_it_fails
from engine.app.describing.limits import Connections, timeout, tries
from engine.graph import Plan, PlanStep
from engine.refs import Expression, sites, texts
from engine.spec.tree import Tree
from engine.spec.words import ORDERED_MODES, PRIORITIES
from engine.spec.workflow import Path

_PASSWORD = re.compile(r"(://[^:/@]*):[^/]*@")
_SECRET = re.compile(r"\bsecrets\s*(?:\.\s*([A-Za-z]\w*)|\[\s*['\"]([^'\"]*)['\"])")
_TOLD = frozenset(
    {
        "id", "description", "tool", "operation", "with", "steps", "workflow", "mode", "match", "concurrency",
        "outputs", "rescue", "finally",
        "needs", "trigger_rule", "when", "foreach", "retry", "timeout", "on_error", "let", "context", "priority",
        "repeat", "undo",
    }
)  # fmt: skip
"""Words of a step that the facts tell. Others are named, so that nobody takes the description for the whole."""
_ALSO = ("triggers",)
"""Words of a file that the facts do not tell."""


def describe(checked: Checked) -> dict[str, Any]:
    """The shape of `weft describe SPEC --output json`. `checked` must have a plan."""
    plan, tree = checked.plan, checked.tree
    assert plan is not None
    assert tree is not None
    workflow = plan.workflow
    connections: Connections = checked.connections
    own = _mapping(tree, ("connections",))
    return {
        "version": 1,
        "workflow": workflow.name,
        "description": workflow.description,
        "needs": {
            "inputs": [_input(name, schema) for name, schema in workflow.inputs.items()],
            "connections": [
                _connection(name, connections[name], _connection_origin(checked, name, own))
                for name in _used(plan, connections, own)
            ],
            "secrets": sorted(set(_secrets(tree))),
            "extras": _extras(plan),
        },
        "runs": {
            **_group(plan, plan.root),
            **_beside(plan, plan.root),
            "timeout": plan.root.timeout_seconds,
            "let": _mapping(tree, ("let",)),
            "context": plan.root.context,
            "also": sorted(word for word in _ALSO if word in tree.root),
        },
        "steps": _steps(checked),
        "outputs": dict(workflow.root.outputs or {}),
    }


def _steps(checked: Checked) -> list[dict[str, Any]]:
    """The steps of the file, those of the workflows they call inside theirs."""

    def steps_of(plan: Plan, tree: Tree) -> list[dict[str, Any]]:
        connections = {**checked.connections, **plan.connections}
        return [_step(plan, step, tree, connections, calls) for step in plan.steps[1:] if step.aside is None]

    calls = Calls(checked.trees, steps_of, _input)
    assert checked.plan is not None
    assert checked.tree is not None
    return steps_of(checked.plan, checked.tree)


def _input(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    told = {"name": name, "type": schema.get("type"), "required": "default" not in schema}
    if "default" in schema:
        told["default"] = "***" if schema.get("secret") is True else schema["default"]
    limits = {
        word: value
        for word, value in schema.items()
        if word not in ("type", "default", "description", "secret")
    }
    return {
        **told,
        "limits": limits,
        "secret": schema.get("secret") is True,
        "description": schema.get("description"),
    }


def _used(plan: Plan, connections: Connections, own: dict[str, Any]) -> list[str]:
    """The connections of the file, then those of the project that some step names."""
    named = {step.connection for step in plan.steps}
    return [name for name in own if name in connections] + sorted(
        name for name in connections if name in named and name not in own
    )


def _connection_origin(checked: Checked, name: str, own: dict[str, Any]) -> str:
    if name in checked.project.profile_connections:
        return f"profile {checked.project.profile}"
    return "spec" if name in own else "project file"


def _connection(name: str, config: Any, origin: str) -> dict[str, Any]:
    url = config.get("url")
    return {
        "name": name,
        "tool": config.get("tool"),
        "url": _PASSWORD.sub(r"\1:***@", url) if isinstance(url, str) else None,
        "writable": config.get("writable") is True,
        "from": origin,
    }


def _secrets(tree: Tree) -> Iterator[str]:
    """Names of the secrets that references and conditions of the file read."""
    for _, text in texts(tree.root):
        if "secrets" in text:
            held = [site.part.expression or "" for site in sites(text)] or [text]
            yield from (match[1] or match[2] for part in held for match in _SECRET.finditer(part))


def _extras(plan: Plan) -> list[dict[str, Any]]:
    """The optional dependencies that tools of the spec come with, and for which tools."""
    found: dict[str, set[str]] = {}
    for step in plan.steps:
        if step.declaration is not None and step.declaration.extra:
            found.setdefault(step.declaration.extra, set()).add(step.declaration.name)
    return [{"extra": extra, "tools": sorted(tools)} for extra, tools in sorted(found.items())]


def _step(plan: Plan, step: PlanStep, tree: Tree, connections: Connections, calls: Calls) -> dict[str, Any]:
    around = plan.steps[step.parent]
    chain = plan.ancestors(step.index)
    return {
        "id": step.id,
        "group": (plan.steps[around.parent] if around.aside else around).id or None,
        "aside": around.aside,
        "depth": sum(plan.steps[index].aside is None for index in chain) - 2,
        "description": step.description,
        "does": calls.told(step) if step.workflow is not None else _body(plan, step),
        "starts": _start(plan, step),
        "when": _condition(step.when),
        "let": _mapping(tree, (*step.path, "let")),
        "foreach": _loop(step),
        "repeat": _repeat(step),
        "priority": PRIORITIES[step.priority],
        "context": step.context,
        "tries": tries(step, tree),
        "timeout": timeout(plan, step, tree, connections),
        "on_error": step.on_error,
        **_beside(plan, step),
        "undo": _undo(plan, step, tree),
        "if_it_fails": asdict(when_it_fails(plan, step.index, tree)),
        "also": sorted(word for word in tree.get(step.path) or () if word not in _TOLD and word[:2] != "x-"),
    }


def _undo(plan: Plan, step: PlanStep, tree: Tree) -> dict[str, Any] | None:
    """What takes the step back; None: nothing does."""
    if step.undo is None:
        return None
    undo = plan.steps[step.undo]
    return {**_body(plan, undo), "tries": tries(undo, tree)["attempts"]}


def _body(plan: Plan, step: PlanStep) -> dict[str, Any]:
    if step.is_group:
        return _group(plan, step)
    declaration = step.declaration
    return {
        "tool": step.tool,
        "operation": declaration.operation_name(step.operation) if declaration else step.operation,
        "kind": declaration.name if declaration else None,
    }


def _group(plan: Plan, group: PlanStep) -> dict[str, Any]:
    return {
        "mode": group.mode,
        "match": ("first" if group.match_first else "all") if group.mode == "conditional" else None,
        "concurrency": group.concurrency,
        "steps": [plan.steps[kid].id for kid in group.children],
    }


def _beside(plan: Plan, step: PlanStep) -> dict[str, list[str]]:
    """The ids of the steps of its rescue and of its finally, in the order they run."""
    groups = {"rescue": step.rescue, "finally": step.finally_}
    return {
        word: [plan.steps[kid].id for kid in plan.steps[index].children] if index is not None else []
        for word, index in groups.items()
    }


def _start(plan: Plan, step: PlanStep) -> dict[str, Any]:
    """`turn_after`: the step before it in an ordered group; `needs` with `rule`: what must have ended, and how."""
    group = plan.steps[step.parent]
    ordered = group.mode in ORDERED_MODES
    before = plan.steps[group.children[step.position - 1]].id if ordered and step.position else None
    return {
        "in_mode": group.mode,
        "match": "first" if group.match_first else None,
        "turn_after": before,
        "needs": [plan.steps[need].id for need in step.needs],
        "rule": step.trigger_rule,
        "reads": sorted(plan.steps[read].id for read in step.reads),
    }


def _mapping(tree: Tree, path: Path) -> dict[str, Any]:
    """What the author wrote at a path, empty where there is nothing."""
    value = tree.get(path)
    return dict(value) if isinstance(value, dict) else {}


def _condition(when: Expression | bool | None) -> str | None:
    return when.text if isinstance(when, Expression) else None if when is None else str(when).lower()


def _loop(step: PlanStep) -> dict[str, Any] | None:
    if step.foreach is None:
        return None
    loop = step.foreach
    return {
        "in": loop.items,
        "key": loop.key,
        "concurrency": loop.concurrency,
        "tolerate_count": loop.tolerate_count,
        "tolerate_share": loop.tolerate_share,
        "break_when": _text(loop.break_when),
    }


def _repeat(step: PlanStep) -> dict[str, Any] | None:
    if step.repeat is None:
        return None
    loop = step.repeat
    return {
        "until": _text(loop.until),
        "while": _text(loop.while_),
        "max": loop.max,
        "every_seconds": loop.every_seconds,
    }


def _text(condition: Any) -> str | None:
    """A condition as written; booleans as YAML has them."""
    return condition if condition is None or isinstance(condition, str) else str(condition).lower()
