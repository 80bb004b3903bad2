"""Where the nodes of a tree are in the text, how many there are, and how a problem with one is told.

Laws: the `lineno` of a node is the offset of its telling token (the name of a filter, the `is` of a test, the
dot or bracket of a step).
"""

from __future__ import annotations

from typing import Any

from jinja2 import nodes

from engine.refs.bounds import NODES_MAX
from engine.refs.problems import ExpressionProblem
from engine.refs.tokens import Token, Tokens


class Places:
    """The text of one expression, its tokens, and the count of its nodes."""

    def __init__(self, text: str, tokens: Tokens) -> None:
        self.text = text
        self.tokens = tokens
        self.token_index = {token.start: index for index, token in enumerate(tokens.all)}
        self.node_count = 0

    def count(self, number: int = 1) -> None:
        self.node_count += number
        if self.node_count > NODES_MAX:
            message = f"the expression has more than {NODES_MAX} parts"
            raise ExpressionProblem(message, "name parts of it in `let`", 0, len(self.text), code="bounds")

    def count_inside(self, node: nodes.Node) -> None:
        """Count a literal index, `0` or `-1`."""
        self.count(2 if isinstance(node, nodes.Neg) else 1)

    def refuse_underscore(self, name: str, token: Token) -> None:
        if name.startswith("_"):
            hint = f"read such a key as x['{name}']"
            raise ExpressionProblem(
                f'the name "{name}" begins with "_"', hint, token.start, token.end, code="forbidden"
            )

    def refuse_unpacking(self, node: Any) -> None:
        if getattr(node, "dyn_args", None) is not None or getattr(node, "dyn_kwargs", None) is not None:
            raise self.problem(node, "arguments cannot be unpacked with *", code="forbidden")

    def problem(
        self, node: Any, message: str, *, hint: str | None = None, code: str = "syntax"
    ) -> ExpressionProblem:
        start, end = self.span(node)
        return ExpressionProblem(message, hint, start, end, code=code)

    def span(self, node: Any) -> tuple[int, int]:
        """Where a node is: at least its telling token."""
        token = self.token_at(node.lineno)
        if isinstance(node, nodes.Test):
            return token.start, self.token_after(token.start).end
        return token.start, self.tokens.closed_at.get(token.start, token.end)

    def token_at(self, offset: int) -> Token:
        return self.tokens.all[self.token_index.get(offset, 0)]

    def token_after(self, offset: int) -> Token:
        return self.tokens.all[min(self.token_index[offset] + 1, len(self.tokens.all) - 1)]

    def end_of(self, step: Any) -> int:
        """Where a `.key`, `.0` or `[…]` ends."""
        closed = self.tokens.closed_at.get(step.lineno)
        return closed if closed is not None else self.token_after(step.lineno).end

    def chain_start(self, step: Any) -> int | None:
        """Where the text of a path begins, None when it does not begin with a name."""
        while isinstance(step, (nodes.Getattr, nodes.Getitem)):
            step = step.node
        return step.lineno if isinstance(step, nodes.Name) else None
