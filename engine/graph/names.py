"""Which step a name in a reference means: `step_X_result…`, `steps.X…`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.graph.plan import PlanStep

PREFIX, SUFFIX = "step_", "_result"


def step_name(path: Sequence[str | int]) -> str | None:
    """The id of the step a read begins with, or None when it reads something else."""
    root = path[0]
    if not isinstance(root, str):
        return None
    if root == "steps":
        return path[1] if len(path) > 1 and isinstance(path[1], str) else None
    if root.startswith(PREFIX) and root.endswith(SUFFIX) and len(root) > len(PREFIX) + len(SUFFIX):
        return root[len(PREFIX) : -len(SUFFIX)]
    return None


def call_name(step: PlanStep) -> str:
    """What a tool step calls, as people read it: `sql.query`; `echo` of a tool with one operation, or one of its own name."""
    declaration = step.declaration
    name = declaration.operation_name(step.operation) if declaration is not None else step.operation
    only = declaration is not None and len(declaration.operations) == 1
    tool = step.tool or ""
    return tool if name is None or name == tool or only else f"{tool}.{name}"
