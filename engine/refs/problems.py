"""What is wrong with an expression before anything is evaluated."""

from __future__ import annotations

from engine.errors import EvaluationError


class ExpressionProblem(EvaluationError):
    """An expression that cannot be used: syntax, bounds, something forbidden, an unknown filter or test.

    `start` and `end` are offsets in the text that was compiled. When a whole value was compiled, `at` is the
    path of the text inside the value, and the offsets are offsets in that text.
    """

    def __init__(
        self, message: str, hint: str | None = None, start: int = 0, end: int = 0, *, code: str = "syntax"
    ) -> None:
        super().__init__(message, hint=hint, code=code)
        self.start = start
        self.end = end
        self.at: tuple[str | int, ...] = ()

    def moved(self, offset: int) -> ExpressionProblem:
        """The same problem, seen from a text in which the expression begins at `offset`."""
        self.start += offset
        self.end += offset
        return self
