"""Operators as closures: signs, arithmetic, `~`, `not`, `and`, `or`, comparisons.

Laws: an operand is compiled before its operator, and nothing is computed while compiling; the answer of a test is
refused where a number or text is wanted, because Jinja reads `n is gt(5) + 1` as `(n is gt(5)) + 1`.
"""

from __future__ import annotations

from typing import Any

from jinja2 import nodes

from engine.refs import operators
from engine.refs.applications import Piece
from engine.refs.bounds import Evaluation
from engine.refs.problems import ExpressionProblem
from engine.refs.steps import Steps

ARITHMETIC: dict[type[nodes.Node], tuple[str, operators.Binary]] = {
    nodes.Add: ("+", operators.add),
    nodes.Sub: ("-", operators.subtract),
    nodes.Mul: ("*", operators.multiply),
    nodes.Div: ("/", operators.divide),
    nodes.FloorDiv: ("//", operators.divide_whole),
    nodes.Mod: ("%", operators.remainder),
    nodes.Pow: ("**", operators.power),
}
COMPARISONS: dict[str, operators.Binary] = {
    "eq": operators.equal,
    "ne": operators.different,
    "lt": operators.less,
    "lteq": operators.less_or_equal,
    "gt": operators.greater,
    "gteq": operators.greater_or_equal,
    "in": operators.contains,
    "notin": operators.contains_not,
}


class Operations(Steps):
    """Compiles operators around parts that are compiled; a link of a chain gets what stands left of it as a Piece."""

    def negation(self, node: nodes.Not, _guarded: bool) -> Piece:
        run, truth = self.compile(node.node).run, operators.truth
        return Piece(lambda evaluation: not truth(run(evaluation)), "boolean")

    def sign(self, node: Any, _guarded: bool) -> Piece:
        inner = self.operand(node.node, "-" if isinstance(node, nodes.Neg) else "+").run
        compute = operators.negative if isinstance(node, nodes.Neg) else operators.positive
        return Piece(lambda evaluation: compute(evaluation, inner(evaluation)), "number")

    def concatenation(self, node: nodes.Concat, _guarded: bool) -> Piece:
        for part in node.nodes:
            if isinstance(part, nodes.Test) or (
                isinstance(part, nodes.Not) and isinstance(part.node, nodes.Test)
            ):
                raise self.test_meets(part, "~")
        runs = [self.compile(part).run for part in node.nodes]
        joined = operators.joined
        return Piece(lambda evaluation: joined(evaluation, [run(evaluation) for run in runs]), "text")

    def arithmetic(self, node: Any, left: Piece) -> Piece:
        symbol, compute = ARITHMETIC[type(node)]
        self.no_answer(node.left, left, symbol)
        right = self.operand(node.right, symbol)
        one, other = left.run, right.run
        gives = "number" if symbol != "+" or left.type == right.type == "number" else None
        if symbol == "+" and left.type == right.type and left.type in ("text", "list"):
            gives = left.type
        return Piece(lambda evaluation: compute(evaluation, one(evaluation), other(evaluation)), gives)

    def operand(self, node: nodes.Node, symbol: str) -> Piece:
        piece = self.compile(node)
        self.no_answer(node, piece, symbol)
        return piece

    def no_answer(self, node: nodes.Node, piece: Piece, symbol: str) -> None:
        """Refuse `n is gt(5) + 1`: the answer of a test is not a number, and Jinja reads it so."""
        if piece.type == "boolean":
            raise self.test_meets(node, symbol)

    def test_meets(self, node: nodes.Node, symbol: str) -> ExpressionProblem:
        hint = "a test ends before an operator: put what belongs to it into its parentheses"
        message = f'true or false meets "{symbol}"'
        return self.problem(node, message, hint=hint, code="type")

    def logic(self, node: Any, left: Piece) -> Piece:
        right = self.compile(node.right)
        one, other, truth = left.run, right.run, operators.truth
        gives = left.type if left.type == right.type else None
        if isinstance(node, nodes.And):

            def both(evaluation: Evaluation) -> Any:
                value = one(evaluation)
                return other(evaluation) if truth(value) else value

            return Piece(both, gives)

        def either(evaluation: Evaluation) -> Any:
            value = one(evaluation)
            return value if truth(value) else other(evaluation)

        return Piece(either, gives)

    def comparison(self, node: nodes.Compare, left: Piece) -> Piece:
        one = left.run
        links = [(COMPARISONS[operand.op], self.compile(operand.expr).run) for operand in node.ops]
        if len(links) == 1:
            compare, other = links[0]
            return Piece(
                lambda evaluation: compare(evaluation, one(evaluation), other(evaluation)), "boolean"
            )

        def chained(evaluation: Evaluation) -> bool:
            value = one(evaluation)
            for compare, run in links:
                following = run(evaluation)
                if not compare(evaluation, value, following):
                    return False
                value = following
            return True

        return Piece(chained, "boolean")
