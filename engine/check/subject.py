"""What a rule looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.graph.plan import Plan, PlanStep
from engine.refs import Expression
from engine.spec.toolspec import Declaration
from engine.spec.tree import Tree
from engine.spec.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Subject:
    """A spec ready to be checked. `connections` are those of project and file; `reads` whether all references compiled."""

    tree: Tree
    workflow: Workflow
    plan: Plan
    tools: Mapping[str, Declaration]
    connections: Mapping[str, Mapping[str, Any]]

    def expressions(self, step: PlanStep) -> Iterator[tuple[str, Expression]]:
        """Every compiled expression of a step with the word it stands in."""
        for word, template in (("with", step.with_), ("foreach", step.items), ("outputs", step.outputs)):
            if template is not None and not template.constant:
                yield from ((word, expression) for expression in template.expressions)
        for word, bare in (("when", step.when), ("key", step.key)):
            if isinstance(bare, Expression):
                yield word, bare
