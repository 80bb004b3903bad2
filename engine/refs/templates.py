"""Values with references in their texts: compiled once, resolved against a scope.

Laws: keys are never looked at; a text that is one reference keeps the value's type; inside longer text a
value is written as text; what comes out of a reference is data and is never read as a template again.
Constant sub-trees are shared between the template and what it resolves to: values are read, never changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from engine.refs.bounds import Evaluation, Scope
from engine.refs.expressions import Expression, compile_expression
from engine.refs.lexer import LexProblem, Part, holds_reference, lex, whole_reference
from engine.refs.problems import ExpressionProblem
from engine.refs.reading import Read
from engine.refs.values import text_of

Path = tuple[str | int, ...]
Resolve = Callable[[Scope], Any]


class Site(NamedTuple):
    """One reference in a value: `at` is the path of its text inside the value; `whole`: it is that text's
    only content."""

    at: Path
    part: Part
    whole: bool


class Template(NamedTuple):
    """A value ready to be resolved. `resolve(scope)` raises EvaluationError.

    `constant`: it holds no reference. `expressions`: those of its references, in order.
    """

    resolve: Resolve
    constant: bool
    expressions: tuple[Expression, ...]

    @property
    def whole_path(self) -> tuple[str | int, ...] | None:
        """The plain path that is all of it, if it is one reference to a path and nothing else."""
        whole = len(self.expressions) == 1 and self.resolve is self.expressions[0].evaluate
        return self.expressions[0].path if whole else None

    @property
    def reads(self) -> tuple[Read, ...]:
        return tuple(read for expression in self.expressions for read in expression.reads)

    @property
    def calls(self) -> frozenset[str]:
        return frozenset(call for expression in self.expressions for call in expression.calls)


def compile_value(value: Any) -> Template:
    """Compile a JSON value. Raises ExpressionProblem, with `at` and offsets in the text there, for the first
    problem."""
    expressions: list[Expression] = []
    resolve = _compile(value, (), expressions)
    if resolve is None:
        constant = _unescaped(value)
        return Template(lambda _scope: constant, True, ())
    return Template(resolve, False, tuple(expressions))


def sites(value: Any) -> Iterator[Site]:
    """Every reference in a value, in order. Texts that cannot be lexed give none: their problems are
    `lex`'s."""
    for at, text in texts(value):
        if "$" in text:
            pieces, _problems = lex(text)
            whole = whole_reference(pieces) is not None
            for piece in pieces:
                if isinstance(piece, Part):
                    yield Site(at, piece, whole)


def texts(value: Any) -> Iterator[tuple[Path, str]]:
    """Every text in a value that is not a key, with its path, in order."""
    pending: list[tuple[Path, Any]] = [((), value)]
    while pending:
        at, item = pending.pop()
        if isinstance(item, str):
            yield at, item
        elif isinstance(item, Mapping):
            pending.extend([((*at, key), each) for key, each in item.items()][::-1])
        elif isinstance(item, (list, tuple)):
            pending.extend([((*at, index), each) for index, each in enumerate(item)][::-1])


def _compile(value: Any, at: Path, found: list[Expression]) -> Resolve | None:
    """None when the value holds no reference."""
    if isinstance(value, str):
        return _text(value, at, found)
    if isinstance(value, Mapping):
        return _mapping(value, at, found)
    if isinstance(value, (list, tuple)):
        return _list(value, at, found)
    return None


def _mapping(value: Mapping[str, Any], at: Path, found: list[Expression]) -> Resolve | None:
    moving = []
    fixed = {}
    for key, item in value.items():
        resolve = _compile(item, (*at, key), found)
        fixed[key] = _unescaped(item) if resolve is None else None
        if resolve is not None:
            moving.append((key, resolve))
    if not moving:
        return None

    def build(scope: Scope) -> dict[str, Any]:
        made = fixed.copy()
        for key, resolve in moving:
            made[key] = resolve(scope)
        return made

    return build


def _list(value: list[Any] | tuple[Any, ...], at: Path, found: list[Expression]) -> Resolve | None:
    parts = [_compile(item, (*at, index), found) for index, item in enumerate(value)]
    moving = [(index, part) for index, part in enumerate(parts) if part is not None]
    if not moving:
        return None
    fixed = [_unescaped(item) if part is None else None for item, part in zip(value, parts, strict=True)]

    def build(scope: Scope) -> list[Any]:
        made = fixed.copy()
        for index, resolve in moving:
            made[index] = resolve(scope)
        return made

    return build


def _text(text: str, at: Path, found: list[Expression]) -> Resolve | None:
    if not holds_reference(text):
        return None
    pieces, problems = lex(text)
    if problems:
        raise _lexed(problems[0], at)
    whole = whole_reference(pieces)
    if whole is not None:
        expression = _expression(whole, at)
        found.append(expression)
        return expression.evaluate
    parts: list[str | Resolve] = []
    for piece in pieces:
        if isinstance(piece, str):
            parts.append(piece)
        else:
            expression = _expression(piece, at)
            found.append(expression)
            parts.append(expression.evaluate)
    return _joined(parts)


def _joined(parts: list[str | Resolve]) -> Resolve:
    def build(scope: Scope) -> str:
        evaluation = Evaluation(scope)
        made = []
        size = 0
        for part in parts:
            if isinstance(part, str):
                made.append(part)
            else:
                written = text_of(evaluation, part(scope))
                size += len(written)
                evaluation.may_make(size)
                made.append(written)
        return "".join(made)

    return build


def _expression(part: Part, at: Path) -> Expression:
    try:
        return compile_expression(part.expression)
    except ExpressionProblem as problem:
        problem.moved(part.expr_start).at = at
        raise


def _lexed(problem: LexProblem, at: Path) -> ExpressionProblem:
    error = ExpressionProblem(problem.message, problem.hint, problem.start, problem.end, code="reference")
    error.at = at
    return error


def _unescaped(value: Any) -> Any:
    """A value without references, `$$<` written `$<`; itself when there is nothing to do."""
    if isinstance(value, str):
        return "".join(piece for piece in lex(value)[0] if isinstance(piece, str)) if "$$" in value else value
    if isinstance(value, Mapping):
        made = {key: _unescaped(item) for key, item in value.items()}
        return value if all(made[key] is item for key, item in value.items()) else made
    if isinstance(value, list):
        listed = [_unescaped(item) for item in value]
        return value if all(one is other for one, other in zip(listed, value, strict=True)) else listed
    return value
