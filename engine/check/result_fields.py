"""WF413 unknown-result-field: a reference into what a step gives, under a name that the step's tool does not give.

Only where the declared result says all it holds; a read that `default` or `is defined` guards is the author's own affair.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.shapes import UNKNOWN, Missing, Shape, Shapes
from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.graph.names import call_name, step_name
from engine.graph.plan import PlanStep
from engine.refs import Expression
from engine.refs.reading import Read
from engine.refs.values import path_text
from engine.text import suggestion
from engine.text.snippet import shortened

_ROOTS = ("let", "item", "last", "input")


def result_fields(subject: Subject) -> Iterator[Diagnostic]:
    shapes = Shapes(subject)
    for step in subject.plan.steps:
        for word, expression in subject.expressions(step):
            for read in expression.reads:
                if read.guarded or len(read.path) < 2:
                    continue
                if step_name(read.path) is not None or read.path[0] in _ROOTS:
                    shape, used = shapes.of_name(step, word, read.path)
                    if shape is not UNKNOWN and used < len(read.path):
                        yield from _told(subject, step, word, expression, read, shape, used)


def _told(
    subject: Subject, step: PlanStep, word: str, expression: Expression, read: Read, shape: Shape, used: int
) -> Iterator[Diagnostic]:
    for number, key in enumerate(read.path[used:], used):
        if shape is UNKNOWN:
            return
        found = shape.below(key)
        if isinstance(found, Missing):
            span = subject.expression_span(step, word, expression.text)
            yield problem("WF413", _message(subject, read, number, key, found), span, _hint(key, found))
            return
        shape = found


def _message(subject: Subject, read: Read, number: int, key: str | int, missing: Missing) -> str:
    held = shortened(path_text(str(read.path[0]), read.path[1:number]))
    name = shortened(str(key))
    if missing.what is not None:
        return f'"{held}" is {missing.what} and has no "{name}"'
    index = subject.plan.by_id.get(step_name(read.path) or "", 0)
    target = subject.plan.steps[index]
    told = f" ({call_name(target)})" if target.tool is not None else ""
    return f'"{held}"{told} has no "{name}"'


def _hint(key: str | int, missing: Missing) -> str | None:
    if missing.what == "a list":
        return "take an item, as in [0], or go over it with foreach or a filter such as map"
    return suggestion(str(key), missing.known)
