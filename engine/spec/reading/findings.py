"""The problems a reader collects while it goes on reading.

Laws: beyond what a collection keeps, problems are only counted, and nothing is looked up or worded for them:
a file of a million mistakes costs no more than one of a thousand.
"""

from __future__ import annotations

from engine.diagnostics import Diagnostics, Related, problem
from engine.diagnostics.collection import KEPT_AT_MOST
from engine.text import Source


class Findings:
    """Problems by their offsets in one source. `blamed`: where values start that were refused and became null."""

    __slots__ = ("blamed", "problems", "source")

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems = Diagnostics()
        self.blamed: set[int] = set()

    def room_for(self, waiting: int = 1) -> bool:
        """Whether one more is kept when `waiting - 1` others are still to be told; if not, it is counted."""
        if len(self.problems) + waiting <= KEPT_AT_MOST:
            return True
        self.problems.left_out += 1
        return False

    def say(
        self, code: str, message: str, start: int, end: int, hint: str | None = None, *related: Related
    ) -> None:
        if self.room_for():
            self.problems.add(problem(code, message, self.source.span(start, end), hint, *related))

    def related(self, start: int, end: int, message: str) -> Related:
        return Related(self.source.span(start, end), message)
