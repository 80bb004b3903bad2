"""How often a step is tried and how long it may take, each with its origin: step, defaults, a connection, a group, the
file, or built-in. The same choices as `execute/binding.py` makes for a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.errors import RETRIED_BY_DEFAULT
from engine.graph import Plan, PlanStep
from engine.spec.connection_words import written_timeout_seconds
from engine.spec.tree import Tree

Connections = Mapping[str, Mapping[str, Any]]


def tries(step: PlanStep, tree: Tree) -> dict[str, Any]:
    """`{"attempts", "from"}`, with more than one also what is waited between them and which errors are worth it."""
    if step.retry is None:
        return {"attempts": 1, "from": "built-in"}
    retry = step.retry
    told: dict[str, Any] = {
        "attempts": retry.attempts,
        "from": "step" if _has(tree, step, "retry") else "defaults",
    }
    if retry.attempts > 1:
        told |= {
            "delay_seconds": retry.delay_seconds,
            "backoff": retry.backoff,
            "factor": retry.factor if retry.backoff == "exponential" else None,
            "delay_seconds_max": retry.delay_seconds_max,
            "jitter": retry.jitter,
            "within_seconds": retry.within_seconds,
            "errors": list(retry.errors or sorted(RETRIED_BY_DEFAULT)),
        }
    return told


def timeout(plan: Plan, step: PlanStep, tree: Tree, connections: Connections) -> dict[str, Any]:
    """`{"seconds", "from", "around"}`: the limit of one attempt (null: none), and those of the groups around it."""
    around = [
        {"seconds": group.timeout_seconds, "from": _group_name(group)}
        for group in map(plan.steps.__getitem__, plan.ancestors(step.index)[1:])
        if group.timeout_seconds is not None
    ]
    seconds, origin = _own(step, tree, connections)
    if seconds is None and not around and step.declaration is not None:
        operation = step.declaration.operation(step.operation)
        seconds, origin = (operation.timeout_seconds if operation else None), "built-in"
    return {"seconds": seconds, "from": origin if seconds is not None else None, "around": around}


def _own(step: PlanStep, tree: Tree, connections: Connections) -> tuple[float | None, str]:
    """The smaller of the step's limit (or the default) and its connection's."""
    found: list[tuple[float, str]] = []
    if step.timeout_seconds is not None:
        found.append((step.timeout_seconds, "step" if _has(tree, step, "timeout") else "defaults"))
    written = written_timeout_seconds(connections.get(step.connection or "", {}))
    if written is not None:
        found.append((written, f"connection {step.connection}"))
    return min(found, key=lambda one: one[0]) if found else (None, "")


def _has(tree: Tree, step: PlanStep, word: str) -> bool:
    holder = tree.get(step.path)
    return isinstance(holder, dict) and holder.get(word) is not None


def _group_name(group: PlanStep) -> str:
    return f"group {group.id}" if group.index else "file"
