"""Says in which word of a step an expression could not be evaluated."""

from __future__ import annotations

from engine.errors import EvaluationError


class Word:
    """Say in which word of the step an expression could not be evaluated."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, EvaluationError):
            told = f"{self.name}: {error.message}"
            raise EvaluationError(told, hint=error.hint, code=error.code, type=error.type) from error
