"""WF405 not-a-condition, WF406 constant-condition: a condition must be boolean, and one that never changes decides
nothing."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.errors import EvaluationError
from engine.refs import Expression
from engine.text.snippet import shortened

_KINDS = {"number": "a number", "text": "text", "list": "a list", "mapping": "a mapping"}
_COMPARED = {
    "number": "compare it, as in: … > 3",
    "text": "compare it, as in: … == 'done'",
    "list": "compare it, as in: (… | length) > 0",
    "mapping": "compare one of its values, as in: (…).key == 3",
}


def conditions(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        if step.when is None:
            continue
        span = subject.tree.span((*step.path, "when"))
        when = step.when
        if isinstance(when, bool):
            yield problem("WF406", f"the condition is always {_word(when)}", span, _hint(when))
        elif when.static_type not in (None, "boolean", "null"):
            message = f'a condition must be true or false, and "{shortened(when.text)}" is {_KINDS[when.static_type]}'
            yield problem("WF405", message, span, _COMPARED[when.static_type])
        elif not when.reads and not when.calls:
            value = _value(when)
            if value is not None:
                yield problem("WF406", f"the condition is always {_word(value)}", span, _hint(value))


def _word(value: bool) -> str:
    return "true" if value else "false"


def _hint(value: bool) -> str:
    return "leave `when` out" if value else "the step never runs"


def _value(expression: Expression) -> bool | None:
    """What a condition without any reference gives; None when it cannot be said."""
    try:
        value = expression.evaluate(_nothing)
    except EvaluationError:
        return None  # told as an expression problem or when it runs
    return bool(value) if value is None or isinstance(value, bool) else None


def _nothing(name: str) -> object:
    raise KeyError(name)
