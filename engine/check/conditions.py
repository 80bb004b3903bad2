"""WF405 not-a-condition, WF406 constant-condition: a condition must be boolean, and one that never changes decides
nothing."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.kinds import SHOWN, kind_of
from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.errors import EvaluationError
from engine.graph.plan import PlanStep
from engine.refs import Expression
from engine.spec.workflow import Path
from engine.text.snippet import shortened

_COMPARED = {
    "number": "compare it, as in: … > 3",
    "text": "compare it, as in: … == 'done'",
    "list": "compare it, as in: (… | length) > 0",
    "mapping": "compare one of its values, as in: (…).key == 3",
}
_CONSTANT = {
    ("when", True): "leave `when` out",
    ("when", False): "the step never runs",
    ("until", True): "the loop ends after its first iteration",
    ("until", False): "the loop fails when `max` is spent",
    ("while", True): "the loop fails when `max` is spent",
    ("while", False): "the loop never runs",
    ("break_when", True): "the loop ends after its first item",
    ("break_when", False): "leave `break_when` out",
}


def conditions(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        for at, condition in _conditions(step):
            yield from _judged(subject, (*step.path, *at), condition)


def _conditions(step: PlanStep) -> Iterator[tuple[Path, Expression | bool]]:
    """Each condition of a step, below the words it stands in."""
    if step.when is not None:
        yield ("when",), step.when
    if step.repeat is not None and step.test is not None:
        yield ("repeat", "until" if step.repeat.until is not None else "while"), step.test
    if step.break_when is not None:
        yield ("foreach", "break_when"), step.break_when


def _judged(subject: Subject, path: Path, condition: Expression | bool) -> Iterator[Diagnostic]:
    span = subject.tree.span(path)
    kind = None if isinstance(condition, bool) else kind_of(subject, condition)
    if kind not in (None, "boolean", "null") and isinstance(condition, Expression):
        message = f'a condition must be true or false, and "{shortened(condition.text)}" is {SHOWN[kind]}'
        yield problem("WF405", message, span, _COMPARED[kind])
    elif (value := _value(condition)) is not None:
        message = f"the condition is always {'true' if value else 'false'}"
        yield problem("WF406", message, span, _CONSTANT.get((str(path[-1]), value)))


def _value(condition: Expression | bool) -> bool | None:
    """What a condition without any reference gives; None when it cannot be said."""
    if isinstance(condition, bool):
        return condition
    if condition.reads or condition.calls:
        return None
    try:
        value = condition.evaluate(_nothing)
    except EvaluationError:
        return None  # told as an expression problem or when it runs
    return bool(value) if value is None or isinstance(value, bool) else None


def _nothing(name: str) -> object:
    raise KeyError(name)
