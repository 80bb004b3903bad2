"""What is told of a step that calls a workflow: the inputs it takes, what it gives, and its steps, at the first call of it.

Steps are told to a depth of CALLS_TOLD calls inside each other; below, and at a further call, the workflow is only named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from engine.graph import Plan, PlanStep
from engine.spec.tree import Tree

CALLS_TOLD = 3

StepsOf = Callable[[Plan, Tree], list[dict[str, Any]]]
InputOf = Callable[[str, dict[str, Any]], dict[str, Any]]


class Calls:
    """Told once for a description. `trees` are those of the called workflows, by the label of their plan."""

    def __init__(self, trees: Mapping[str, Tree], steps_of: StepsOf, input_of: InputOf) -> None:
        self._trees = trees
        self._steps_of = steps_of
        self._input_of = input_of
        self._first: dict[str, str] = {}  # where each workflow was told, by label
        self._around: list[str] = []

    def told(self, step: PlanStep) -> dict[str, Any]:
        """Facts of the called workflow. `steps` None: they are told at the step `told_at`, or (null) too deep inside."""
        callee = step.callee
        facts: dict[str, Any] = {"workflow": step.workflow}
        tree = self._trees.get(callee.label) if callee is not None else None
        if callee is None or tree is None:
            return facts
        workflow = callee.workflow
        facts["inputs"] = [self._input_of(name, schema) for name, schema in workflow.inputs.items()]
        facts["outputs"] = dict(workflow.root.outputs or {})
        facts["told_at"], facts["steps"] = self._first.get(callee.label), None
        if facts["told_at"] is None and len(self._around) < CALLS_TOLD:
            self._first[callee.label] = "/".join([*self._around, step.id])
            with self._inside(step.id):
                facts["steps"] = self._steps_of(callee, tree)
        return facts

    @contextmanager
    def _inside(self, name: str) -> Iterator[None]:
        self._around.append(name)
        try:
            yield
        finally:
            self._around.pop()
