"""Paths inside a tree: the longest static part is read at once, the rest step by step.

Laws: what a path reads statically is noted, with its place; a step is a key or an index, never an attribute.
"""

from __future__ import annotations

from typing import Any

from jinja2 import nodes

from engine.errors import EvaluationError
from engine.refs.applications import Applications, Piece
from engine.refs.bounds import Evaluation
from engine.refs.paths import RESERVED, reader
from engine.refs.problems import ExpressionProblem
from engine.refs.reading import Read
from engine.refs.tokens import Tokens
from engine.refs.values import Key, Missing, kind, member, need, shown, wrong


class Steps(Applications):
    """Compiles names, `.key`, `[index]` and `[from:to]`."""

    def __init__(self, text: str, tokens: Tokens) -> None:
        super().__init__(text, tokens)
        self.reads: list[Read] = []

    def path(self, node: Any, guarded: bool) -> Piece:
        """A name and what is read from it: the longest static part at once, the rest step by step."""
        steps: list[Any] = []
        base: Any = node
        while isinstance(base, (nodes.Getattr, nodes.Getitem)):
            if steps:
                self.count()
            steps.append(base)
            base = base.node
        steps.reverse()
        if isinstance(base, nodes.Name):
            if steps:
                self.count()
            piece, used = self.static_part(base, steps, guarded)
        else:
            piece, used = self.compile(base, True), 0
        for step in steps[used:]:
            piece = self.step(piece, step, guarded)
        return piece

    def static_part(self, name: nodes.Name, steps: list[Any], guarded: bool) -> tuple[Piece, int]:
        start = name.lineno
        token = self.token_at(start)
        if name.name in RESERVED:
            hint = "null is written none" if name.name == "null" else None
            raise ExpressionProblem(
                f'"{name.name}" is a word of the language, not a name', hint, start, token.end
            )
        self.refuse_underscore(name.name, token)
        keys: list[Key] = []
        end = token.end
        for step in steps:
            key = self.static_key(step)
            if key is None:
                break
            if isinstance(step, nodes.Getitem):
                self.count_inside(step.arg)
            keys.append(key)
            end = self.end_of(step)
        self.reads.append(Read((name.name, *keys), start, end, guarded))
        read = reader((name.name, *keys))
        return Piece(lambda evaluation: read(evaluation.scope)), len(keys)

    def static_key(self, step: Any) -> Key | None:
        """The key of a step that does not depend on data."""
        if isinstance(step, nodes.Getattr):
            self.refuse_underscore(step.attr, self.token_after(step.lineno))
            return step.attr
        arg = step.arg
        if isinstance(arg, nodes.Neg) and isinstance(arg.node, nodes.Const) and type(arg.node.value) is int:
            return -arg.node.value
        if isinstance(arg, nodes.Const) and type(arg.value) in (int, str):
            return arg.value  # type: ignore[no-any-return]
        return None

    def step(self, holder: Piece, step: Any, guarded: bool = False) -> Piece:
        """`holder[key]` where the key or the holder depends on data."""
        start, end = self.chain_start(step), step.lineno
        text = self.text

        def where() -> str:
            return text[start:end] if start is not None else "the value"

        run = holder.run
        if isinstance(step, nodes.Getitem) and isinstance(step.arg, nodes.Slice):
            return self.slice(holder, step.arg)
        key = self.static_key(step)
        if key is not None:
            if isinstance(step, nodes.Getitem):
                self.count_inside(step.arg)
            return Piece(lambda evaluation: member(run(evaluation), key, where))
        if isinstance(step.arg, nodes.Tuple):
            raise self.problem(step, "a subscript is one key or index", code="forbidden")
        index = self.compile(step.arg, guarded).run
        return Piece(lambda evaluation: member(run(evaluation), index(evaluation), where))

    def slice(self, holder: Piece, node: nodes.Slice) -> Piece:
        self.count()
        bounds = [
            self.compile(each).run if each is not None else None
            for each in (node.start, node.stop, node.step)
        ]
        run = holder.run

        def part(evaluation: Evaluation) -> Any:
            value = run(evaluation)
            return cut(
                evaluation, value, [None if bound is None else need(bound(evaluation)) for bound in bounds]
            )

        return Piece(part)

    def static_path(self, tree: Any) -> tuple[Key, ...] | None:
        keys: list[Key] = []
        while isinstance(tree, (nodes.Getattr, nodes.Getitem)):
            key = self.static_key(tree)
            if key is None:
                return None
            keys.append(key)
            tree = tree.node
        return (tree.name, *reversed(keys)) if isinstance(tree, nodes.Name) else None

    def pipeline_of(self, tree: Any) -> tuple[tuple[str, ...], Any]:
        names: list[str] = []
        while isinstance(tree, nodes.Filter) and tree.node is not None:
            names.append(tree.name)
            tree = tree.node
        return tuple(reversed(names)), tree


def cut(evaluation: Evaluation, value: Any, edges: list[Any]) -> Any:
    """`value[from:to:step]` of a list or text; null stays null. Raises EvaluationError."""
    if value is None or type(value) is Missing:
        return value
    if kind(value) not in ("list", "text"):
        raise wrong("[from:to]", "a list or text", value)
    for edge in edges:
        if edge is not None and type(edge) is not int:
            raise EvaluationError(f"[from:to] takes integers, got {shown(edge)}", code="type")
    if edges[2] == 0:
        raise EvaluationError("[from:to:step] cannot step by 0", code="argument")
    part = value[slice(*edges)]
    if type(part) is str:
        return evaluation.made(part)
    evaluation.visit(len(part))
    return part
