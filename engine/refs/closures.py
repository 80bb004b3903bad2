"""Turns Jinja's tree of an expression into Python closures, refusing everything that is not on the list.

Comes in: text. Goes out: a function from an Evaluation to a value, and what can be said without running it.
Imports jinja2: import this module only for what is not a plain path.

Laws: a node that is not listed here cannot be used; nothing is evaluated while compiling, constants included;
chains (`a + b + …`, `a | f | g`, `a or b …`) are compiled by a loop, so that recursion is bounded by the
nesting that `tokens` allows. Positions are offsets in the text.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from jinja2 import nodes

from engine.errors import EvaluationError
from engine.refs import operators
from engine.refs.applications import Piece, Run
from engine.refs.bounds import Evaluation
from engine.refs.calling import applied
from engine.refs.filters import FILTER_NAMES
from engine.refs.grammar import parsed
from engine.refs.operations import ARITHMETIC, Operations
from engine.refs.predicates import TESTS
from engine.refs.problems import ExpressionProblem
from engine.refs.reading import Read
from engine.refs.tokens import Tokens, tokenize
from engine.refs.values import Key, kind, leave, shown


class Compiled(NamedTuple):
    """A whole expression. `pipeline`: the filters a plain path goes through, None for any other shape."""

    run: Run
    type: str | None
    path: tuple[Key, ...] | None
    reads: tuple[Read, ...]
    calls: frozenset[str]
    filters: frozenset[str]
    last_filter: str | None
    pipeline: tuple[str, ...] | None


CALLS = {"now": "text", "uuid": "text", "random": "number"}
_CALL_HINTS = {
    "len": "| length",
    "str": "| string",
    "range": "a list",
    "dict": "a mapping {…}",
    "sorted": "| sort",
}
_CONSTANTS = {str: "text", int: "number", float: "number", bool: "boolean", type(None): "null"}


def compile_tree(text: str) -> Compiled:
    """Compile an expression. Raises ExpressionProblem."""
    tokens = tokenize(text)
    return _Compiler(text, tokens).whole(parsed(text, tokens))


class _Compiler(Operations):
    """State of one compilation: what was counted and seen so far."""

    def __init__(self, text: str, tokens: Tokens) -> None:
        super().__init__(text, tokens)
        self.calls: set[str] = set()

    def whole(self, tree: nodes.Expr) -> Compiled:
        piece = self.compile(tree)
        pipeline, base = self.pipeline_of(tree)
        path = self.static_path(tree)
        return Compiled(
            piece.run,
            piece.type,
            path,
            tuple(sorted(self.reads, key=lambda read: read.start)),
            frozenset(self.calls),
            frozenset(self.filters),
            tree.name if isinstance(tree, nodes.Filter) else None,
            pipeline if self.static_path(base) is not None else None,
        )

    def compile(self, node: nodes.Node, guarded: bool = False) -> Piece:
        """`guarded`: whoever takes this value takes a missing one too."""
        chain: list[tuple[Any, bool]] = []
        current: Any = node
        while True:
            self.count()
            child = _left(current)
            if child is None:
                break
            chain.append((current, guarded))
            guarded = self.lenient(current)
            current = child
        make = _LEAVES.get(type(current))
        if make is None:
            raise self.problem(current, "this is not part of an expression", code="forbidden")
        piece = make(self, current, guarded)
        for link, link_guarded in reversed(chain):
            piece = self.link(link, piece, link_guarded)
        return piece

    def link(self, node: Any, left: Piece, guarded: bool) -> Piece:
        """One more operator, filter or test around what is already compiled."""
        if isinstance(node, nodes.Filter):
            return self.filter(node, left, guarded)
        if isinstance(node, nodes.Test):
            return self.test(node, left)
        if isinstance(node, nodes.Compare):
            return self.comparison(node, left)
        if isinstance(node, (nodes.And, nodes.Or)):
            return self.logic(node, left)
        return self.arithmetic(node, left)

    # --- leaves ---------------------------------------------------------------------------------------------

    def constant(self, node: nodes.Const, _guarded: bool) -> Piece:
        value = node.value
        return Piece(lambda _evaluation: value, _CONSTANTS[type(value)])

    def list_of(self, node: Any, _guarded: bool) -> Piece:
        runs = [self.compile(item).run for item in node.items]
        return Piece(lambda evaluation: [leave(run(evaluation)) for run in runs], "list")

    def mapping_of(self, node: nodes.Dict, _guarded: bool) -> Piece:
        pairs = []
        for pair in node.items:
            key = self.compile(pair.key)
            if key.type is not None and key.type != "text":
                raise self.problem(pair.key, "a key of a mapping is text", hint="put it into quotes")
            pairs.append((key.run, self.compile(pair.value).run))

        def make(evaluation: Evaluation) -> dict[str, Any]:
            return {_key(key(evaluation)): leave(value(evaluation)) for key, value in pairs}

        return Piece(make, "mapping")

    def conditional(self, node: nodes.CondExpr, guarded: bool) -> Piece:
        if node.expr2 is None:
            raise self.problem(node, "`if` needs an `else`", hint="write a if condition else none")
        test, yes, no = (
            self.compile(node.test),
            self.compile(node.expr1, guarded),
            self.compile(node.expr2, guarded),
        )
        ask, one, other = test.run, yes.run, no.run
        truth = operators.truth

        def choose(evaluation: Evaluation) -> Any:
            return one(evaluation) if truth(ask(evaluation)) else other(evaluation)

        return Piece(choose, yes.type if yes.type == no.type else None)

    def call(self, node: nodes.Call, _guarded: bool) -> Piece:
        name = node.node.name if isinstance(node.node, nodes.Name) else None
        if name not in CALLS:
            raise self.not_callable(node, name)
        if node.args or node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
            raise self.problem(node, f"{name}() takes no arguments", code="argument")
        self.calls.add(name)
        answer = f"{name}()"

        def ask(evaluation: Evaluation) -> Any:
            try:
                return evaluation.scope(answer)
            except KeyError as error:
                raise EvaluationError(f"{answer} has no value here", code="missing-name") from error

        return Piece(ask, CALLS[name])

    def not_callable(self, node: nodes.Call, name: str | None) -> ExpressionProblem:
        method = node.node.attr if isinstance(node.node, nodes.Getattr) else None
        wanted = name or method
        hint = "only now(), uuid() and random() are called"
        if wanted in FILTER_NAMES:
            hint = f"a filter is written | {wanted}"
        elif wanted in _CALL_HINTS:
            hint = f"write {_CALL_HINTS[wanted]}"
        elif wanted in TESTS:
            hint = f"a test is written is {wanted}(…)"
        what = f'"{wanted}"' if wanted else "this"
        return self.problem(node, f"{what} cannot be called", hint=hint, code="forbidden")

    # --- chains ---------------------------------------------------------------------------------------------

    def filter(self, node: nodes.Filter, left: Piece, guarded: bool) -> Piece:
        if isinstance(node.node, nodes.Test) and self.bare_argument(node.node):
            hint = f"put the argument of the test into parentheses: is {node.node.name}(…)"
            raise self.problem(node, f'the filter "{node.name}" meets the answer of a test', hint=hint)
        bound = self.bound_filter(node.name, node, list(node.args), list(node.kwargs), guarded)
        return Piece(applied(bound, left.run), bound.gives)

    def test(self, node: nodes.Test, left: Piece) -> Piece:
        bound = self.bound_test(node.name, node, list(node.args), list(node.kwargs))
        return Piece(applied(bound, left.run), "boolean")

    def lenient(self, node: nodes.Node) -> bool:
        """Whether this filter or test takes a missing value."""
        if isinstance(node, nodes.Filter):
            return node.name == "default"
        return isinstance(node, nodes.Test) and node.name in ("defined", "undefined")


def _left(node: Any) -> Any:
    """What a link of a chain hangs on; None for everything else."""
    if isinstance(node, (nodes.Filter, nodes.Test)):
        return node.node
    if isinstance(node, nodes.Compare):
        return node.expr
    if type(node) in ARITHMETIC or isinstance(node, (nodes.And, nodes.Or)):
        return node.left
    return None


def _key(value: Any) -> str:
    """The key of a mapping literal."""
    if kind(value) != "text":
        raise EvaluationError(f"a key of a mapping is text, got {shown(value)}", code="type")
    return str(value)


_LEAVES: dict[type[nodes.Node], Callable[[_Compiler, Any, bool], Piece]] = {
    nodes.Const: _Compiler.constant,
    nodes.Name: _Compiler.path,
    nodes.Getattr: _Compiler.path,
    nodes.Getitem: _Compiler.path,
    nodes.List: _Compiler.list_of,
    nodes.Tuple: _Compiler.list_of,
    nodes.Dict: _Compiler.mapping_of,
    nodes.CondExpr: _Compiler.conditional,
    nodes.Not: _Compiler.negation,
    nodes.Neg: _Compiler.sign,
    nodes.Pos: _Compiler.sign,
    nodes.Concat: _Compiler.concatenation,
    nodes.Call: _Compiler.call,
}
