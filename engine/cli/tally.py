"""The books of a story: what is under way, how loops stand, what has ended, and what of it deserves a line of its own.

Their size follows the steps of a run and what is under way, never the items of its loops.
"""

from __future__ import annotations

from engine.cli.instances import around, in_loop, is_iteration, loop_of, loops_around, outermost_loop
from engine.cli.steps import Steps
from engine.cli.under_way import Going, Loop

FAILURES_TOLD = 5
FAILED = ("failed", "timed_out")


class Tally:
    """`going` and `loops` are what is under way, by path, the oldest first; `ended` has the state of every settled step that
    stands in no loop, `steps_done` and `steps_failed` count those that are no groups."""

    def __init__(self, steps: Steps, items_told: int) -> None:
        self.going: dict[str, Going] = {}
        self.loops: dict[str, Loop] = {}
        self.ended: dict[str, str] = {}
        self.steps_done = self.steps_failed = 0
        self._steps = steps
        self._items_told = items_told

    def begin_around(self, path: str) -> None:
        """Groups that were running when the run was left are not told again: what begins in one says that it runs."""
        place = around(path)
        while place and place not in self.going and place not in self.loops:
            self.going[place] = Going(None)
            place = around(place)

    def loop(self, path: str) -> Loop:
        loop = self.loops.get(path)
        if loop is None:
            loop = self.loops[path] = Loop(self._steps.noun(path))
        return loop

    def count(self, path: str, state: str) -> None:
        if path in self.ended:
            self.uncount(path)
        self.ended[path] = state
        if self._steps.is_counted(path):
            self.steps_done += 1
            self.steps_failed += state in FAILED

    def uncount(self, path: str) -> None:
        state = self.ended.pop(path)
        if self._steps.is_counted(path):
            self.steps_done -= 1
            self.steps_failed -= state in FAILED

    def forget(self, path: str) -> float | None:
        """Take an instance off what is under way; when it began."""
        going = self.going.pop(path, None)
        loop = None if is_iteration(path) else self.loops.pop(path, None)
        if loop is not None and loop.started_at is not None:
            return loop.started_at
        return going.started_at if going is not None else None

    def end_in_loop(self, path: str, state: str, *, told_by_itself: bool) -> bool:
        """Count an end inside a loop; whether to tell it by a line of its own."""
        if outermost_loop(path) in self.ended:
            return False  # recorded as done, and so is everything in it
        if is_iteration(path):
            loop = self.loop(loop_of(path))
            loop.done += 1
            loop.failed += state in FAILED
        if self.is_told(path):
            return True
        if state not in FAILED or not told_by_itself:
            return False
        outermost = self.loop(outermost_loop(path))
        outermost.told += 1
        return outermost.told <= FAILURES_TOLD

    def is_told(self, path: str) -> bool:
        """Whether news of the instance get a line: outside of loops always, inside where all of these are short."""
        if not in_loop(path):
            return True
        if not self._items_told:
            return False
        return all(
            loop in self.loops and (self.loops[loop].total or self.loops[loop].done) <= self._items_told
            for loop in loops_around(path)
        )
