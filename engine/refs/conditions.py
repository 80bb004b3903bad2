"""Bare expressions: `when`, `until`, `while`, `key`, `break_when`.

Laws: one `$<…>` (or `${…}`) around the whole is accepted, and a YAML boolean; a condition is true or false,
null is false, anything else is an error and never quietly false.
"""

from __future__ import annotations

from typing import Any

from engine.errors import EvaluationError
from engine.refs.bounds import Scope
from engine.refs.expressions import Expression, compile_expression
from engine.refs.lexer import Part, holds_reference, lex, whole_reference
from engine.refs.problems import ExpressionProblem
from engine.refs.values import described, shown
from engine.text.snippet import shortened


def bare(text: str) -> Part:
    """The expression of a bare field and where it begins in `text`. Raises ExpressionProblem."""
    stripped = text.strip()
    start = text.index(stripped)
    if not stripped:
        raise ExpressionProblem("the expression is empty", None, 0, len(text))
    if not stripped.startswith("$"):
        return Part(stripped, start, start + len(stripped), start)
    pieces, problems = lex(stripped)
    part = whole_reference(pieces)
    if part is not None:
        return Part(part.expression, start, start + part.end, start + part.expr_start)
    inner = stripped[2:-1].strip() if stripped[-1:] in (">", "}") else ""
    hint = f"write {shortened(inner, 80)} without $<…>" if inner and not holds_reference(inner) else None
    message = problems[0].message if problems else "only one $<…> around the whole expression is accepted"
    raise ExpressionProblem(
        message, hint or "write it without $<…>", start, start + len(stripped), code="reference"
    )


def compile_bare(text: str) -> Expression:
    """The compiled expression of a bare field. Raises ExpressionProblem with offsets in `text`."""
    part = bare(text)
    try:
        return compile_expression(part.expression)
    except ExpressionProblem as problem:
        problem.moved(part.expr_start)
        raise


def condition(value: str | bool | None, scope: Scope) -> bool:
    """Evaluate a condition. Raises EvaluationError (`not-a-boolean`) and whatever the expression raises."""
    if value is None or isinstance(value, bool):
        return bool(value)
    if not isinstance(value, str):
        raise _not_a_boolean(str(value), value)
    return verdict(compile_bare(value), scope)


def verdict(expression: Expression, scope: Scope) -> bool:
    """As `condition`, of what is already compiled."""
    answer = expression.evaluate(scope)
    if answer is True or answer is False:
        return answer
    if answer is None:
        return False
    raise _not_a_boolean(expression.text, answer)


def _not_a_boolean(text: str, answer: Any) -> EvaluationError:
    value = shown(answer) if isinstance(answer, (str, int, float)) else described(answer)
    return EvaluationError(
        f"the condition `{shortened(text)}` is {value}, expected true or false",
        hint="compare it with something, for instance with == or `is defined`",
        code="not-a-boolean",
    )
