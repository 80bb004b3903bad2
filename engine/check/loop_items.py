"""WF409 not-a-list: a loop goes over a list or a mapping; a text, a number or a condition has no items."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.check.kinds import SHOWN, kind_of
from engine.check.other_templates import braces_told
from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.graph.names import step_name
from engine.graph.plan import PlanStep
from engine.graph.scopes import known_roots
from engine.refs import Expression, ExpressionProblem, compile_expression, lex
from engine.text.snippet import shortened

_LOOPABLE = (None, "list", "mapping")


def loop_items(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        if step.foreach is None or (_direct(step) and not isinstance(step.foreach.items, str)):
            continue  # a number or a boolean in the short form is told by the schema
        items = step.foreach.items
        kind = _kind(subject, items)
        if kind in _LOOPABLE or _told_already(subject, step):
            continue
        shown = (
            f'"{shortened(items)}" is {SHOWN[kind]}' if isinstance(items, str) else f"this is {SHOWN[kind]}"
        )
        message = f"a loop goes over a list or a mapping, and {shown}"
        yield problem("WF409", message, subject.tree.span(step.foreach.path), _hint(subject, step))


def _told_already(subject: Subject, step: PlanStep) -> bool:
    """Whether the text is another engine's way to write a reference."""
    assert step.foreach is not None
    items, path = step.foreach.items, step.foreach.path
    return isinstance(items, str) and "{{" in items and any(braces_told(subject, step, path, items))


def _direct(step: PlanStep) -> bool:
    return step.foreach is not None and step.foreach.path[-1] == "foreach"


def _kind(subject: Subject, items: Any) -> str | None:
    """The kind of what a loop goes over; None where it depends on data, or is wrong and told."""
    if isinstance(items, bool):
        return "boolean"
    if not isinstance(items, str):
        return None if isinstance(items, (list, dict)) else "null" if items is None else "number"
    pieces, problems = lex(items)
    if problems:
        return None
    if len(pieces) != 1 or isinstance(pieces[0], str):
        return "text"
    expression = _expression(pieces[0].expression)
    return kind_of(subject, expression) if expression is not None else None


def _hint(subject: Subject, step: PlanStep) -> str:
    assert step.foreach is not None
    items = step.foreach.items
    if isinstance(items, str) and "$" not in items:
        return _meant(subject, step, items) or f"write a list: [{shortened(items)}], or a reference to one"
    return "give a list, as in: [a, b], or a reference to one"


def _meant(subject: Subject, step: PlanStep, text: str) -> str | None:
    """A reference written without its brackets."""
    expression = _expression(text)
    if expression is None or not expression.reads:
        return None
    roots = known_roots(subject.plan, step, "foreach")
    known = all(
        read.path[0] in roots or step_name(read.path) in subject.plan.by_id for read in expression.reads
    )
    return f'did you mean "$<{shortened(text)}>"?' if known else None


def _expression(text: str) -> Expression | None:
    try:
        return compile_expression(text)
    except ExpressionProblem:
        return None
