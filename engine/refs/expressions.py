"""One expression, compiled once per text and evaluated many times.

Laws: a plain path is compiled and evaluated here without Jinja; everything else goes through `closures`,
which is imported when the first such expression is met. An Expression never changes and may be shared by
threads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

from engine.errors import EvaluationError
from engine.refs.bounds import Evaluation, Scope
from engine.refs.paths import evaluator, plain_path
from engine.refs.reading import Read
from engine.refs.values import READY, leave

_CACHED_MAX = 16_384
_NOTHING: frozenset[str] = frozenset()


class Expression(NamedTuple):
    """A compiled expression.

    `evaluate(scope)` gives a JSON value (read it, never change it) or raises EvaluationError. `path`: the
    name, keys and indexes, when it is a path and nothing else. `static_type`: `boolean number text list
    mapping null`, None when it depends on data. `calls`: which of `now uuid random`. `filters`: the names of
    all its filters; `last_filter`: the one applied last to the whole; `pipeline`: the filters, in order, of a
    path that goes through filters and nothing else (empty for a plain path), None for any other shape.
    """

    text: str
    path: tuple[str | int, ...] | None
    reads: tuple[Read, ...]
    evaluate: Callable[[Scope], Any]
    calls: frozenset[str] = _NOTHING
    static_type: str | None = None
    filters: frozenset[str] = _NOTHING
    last_filter: str | None = None
    pipeline: tuple[str, ...] | None = None

    @property
    def constant(self) -> bool:
        """Whether it reads nothing and calls nothing."""
        return not self.reads and not self.calls


@lru_cache(maxsize=_CACHED_MAX)
def compile_expression(text: str) -> Expression:
    """Compile an expression. Raises ExpressionProblem: syntax, bounds, what is forbidden, unknown filters and
    tests."""
    path = plain_path(text)
    if path is None:
        return compile_general(text)
    return Expression(text, path, (Read(path, 0, len(text)),), evaluator(path), pipeline=())


def compile_general(text: str) -> Expression:
    """Compile through Jinja's parser, whatever the text is. Raises ExpressionProblem."""
    from engine.refs.closures import compile_tree

    found = compile_tree(text)
    return Expression(
        text,
        found.path,
        found.reads,
        _evaluator(found.run),
        found.calls,
        found.type,
        found.filters,
        found.last_filter,
        found.pipeline,
    )


def _evaluator(run: Callable[[Evaluation], Any]) -> Callable[[Scope], Any]:
    def evaluate(scope: Scope) -> Any:
        try:
            value = run(Evaluation(scope))
            return value if type(value) in READY else leave(value)
        except RecursionError as error:
            raise EvaluationError("a value is nested too deeply", code="bounds") from error

    return evaluate
