"""What a rule looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.graph.plan import Plan, PlanStep
from engine.refs import Expression, sites
from engine.spec.policy import OPEN, Policy
from engine.spec.toolspec import Declaration
from engine.spec.tree import Tree
from engine.spec.workflow import Path, Workflow
from engine.text import Span


@dataclass(frozen=True, slots=True)
class Subject:
    """A spec ready to be checked. `connections` are those of project and file."""

    tree: Tree
    workflow: Workflow
    plan: Plan
    tools: Mapping[str, Declaration]
    connections: Mapping[str, Mapping[str, Any]]
    policy: Policy = OPEN

    def expressions(self, step: PlanStep) -> Iterator[tuple[str, Expression]]:
        """Every compiled expression of a step with the word it stands in."""
        for _, named in step.let:
            yield from (("let", expression) for expression in named.expressions)
        templates = (
            ("with", step.with_),
            ("cache", step.cache_key),
            ("foreach", step.items),
            ("outputs", step.outputs),
        )
        for word, template in templates:
            if template is not None and not template.constant:
                yield from ((word, expression) for expression in template.expressions)
        conditions = (("when", step.when), ("break_when", step.break_when), ("repeat", step.test))
        for word, bare in (*conditions, ("key", step.key)):
            if isinstance(bare, Expression):
                yield word, bare

    def expression_span(self, step: PlanStep, word: str, text: str) -> Span:
        """Where an expression of a step first stands."""
        path = self._path(step, word)
        value = self.tree.get(path)
        if word in ("when", "key", "break_when", "repeat") and isinstance(value, str) and text in value:
            start = value.index(text)
            return self.tree.text_span(path, start, start + len(text))
        for site in sites(value):
            if site.part.expression == text:
                start = site.part.expr_start
                return self.tree.text_span((*path, *site.at), start, start + len(text))
        return self.tree.span(path)

    def _path(self, step: PlanStep, word: str) -> Path:
        if word in ("key", "break_when"):
            return (*step.path, "foreach", word)
        if word == "repeat" and step.repeat is not None:
            return (*step.path, word, "until" if step.repeat.until is not None else "while")
        return (*step.path, word)
