"""How much one expression may cost: the limits, and the purse an evaluation pays from.

Laws: every filter, test and operator pays *before* it works, so that refusing is cheap. Knows no value and no
name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.errors import EvaluationError

Scope = Callable[[str], Any]
"""Answers a root name (`inputs`, `step_a_result`, …) and the pseudo names `now()`, `uuid()`, `random()`;
KeyError: unknown."""

EXPRESSION_BYTES_MAX = 4096
DEPTH_MAX = 40
NODES_MAX = 400
ELEMENTS_MAX = 1_000_000
TEXT_BYTES_MAX = 1 << 20
TEXT_BYTES_TOTAL_MAX = 16 << 20
EXPONENT_MAX = 64
INTEGER_MIN = -(1 << 63)
INTEGER_MAX = (1 << 63) - 1

_SCAN_SHIFT = 10  # a thousand characters read cost as much as one element


class Evaluation:
    """One evaluation under way: where names come from, and what is left to spend."""

    __slots__ = ("elements_left", "scope", "text_left")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.elements_left = ELEMENTS_MAX
        self.text_left = TEXT_BYTES_TOTAL_MAX

    def visit(self, count: int) -> None:
        """Pay for `count` elements. Raises EvaluationError (`bounds`) when the purse is empty."""
        self.elements_left -= count
        if self.elements_left < 0:
            raise EvaluationError(
                f"the expression visits more than {ELEMENTS_MAX:,} elements",
                hint="do this work in a step of its own, for instance in sql or python",
                code="bounds",
            )

    def scan(self, text: str) -> None:
        """Pay for reading a text from end to end."""
        if len(text) >> _SCAN_SHIFT:
            self.visit(len(text) >> _SCAN_SHIFT)

    def may_make(self, length: int) -> None:
        """Refuse a text of `length` characters before it is made."""
        if length > TEXT_BYTES_MAX:
            raise _too_long()

    def made(self, text: str) -> str:
        """Pay for a text that was made; `text` again."""
        size = len(text)
        if size > TEXT_BYTES_MAX >> 2 and not text.isascii():
            size = len(text.encode("utf-8", "surrogatepass"))
        if size > TEXT_BYTES_MAX:
            raise _too_long()
        self.text_left -= size
        if self.text_left < 0:
            raise EvaluationError(
                "the expression makes more than 16 MiB of text",
                hint="do this work in a step of its own",
                code="bounds",
            )
        return text


def _too_long() -> EvaluationError:
    return EvaluationError(
        "the expression makes a text of more than 1 MiB",
        hint="hand the value over whole, or do this work in a step of its own",
        code="bounds",
    )


def text_bytes(text: str) -> int:
    """Length in UTF-8; a lone surrogate counts three."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
