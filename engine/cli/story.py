"""Follows the rows of a run: what is under way, how loops stand, and the lines worth telling.

Plain lines and the live block share it. A loop with more items than `items_told` is told as a whole: its failures up to
FAILURES_TOLD, and how far it is; its memory does not grow with its items. Knows no terminal and no clock: times are the
rows' own.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from engine.cli.instances import in_loop, is_iteration, loop_of, outermost_loop
from engine.cli.steps import Steps
from engine.cli.terminal import Paint
from engine.cli.wording import count, error_text, failure_lines, step_line
from engine.execute.facts import Progress, Row

FAILURES_TOLD = 5
REASONS = {
    "condition is false": "its condition is false",
    "upstream_failed": "upstream {cause} failed",
    "upstream_skipped": "upstream {cause} was skipped",
}


class Going:
    """An instance under way: running, or waiting for its next attempt (`retry_at`, `error`)."""

    __slots__ = ("attempt", "error", "parameters", "progress", "progress_at", "retry_at", "started_at")

    def __init__(self, started_at: float) -> None:
        self.started_at = started_at
        self.attempt = 1
        self.parameters: Any = None
        self.retry_at: float | None = None
        self.error: dict[str, Any] | None = None
        self.progress: Progress | None = None
        self.progress_at: float | None = None
        """When the first progress came: the throughput counts from there."""


class Loop:
    """How far a loop is. `total` None: its items are not known here."""

    __slots__ = ("done", "ended", "failed", "started_at", "tenth", "told", "total")

    def __init__(self, started_at: float | None, total: int | None) -> None:
        self.started_at = started_at
        self.total = total
        self.done = self.failed = self.told = self.tenth = 0
        self.ended: Counter[str] = Counter()

    @property
    def text(self) -> str:
        """`120/1,000 items, 2 failed`."""
        total = f"/{self.total:,}" if self.total is not None else ""
        failed = f", {self.failed:,} failed" if self.failed else ""
        return f"{self.done:,}{total} items{failed}"


class Story:
    """`take(row)` gives the lines to tell. `going` and `loops` are what is under way, by path, the oldest first."""

    def __init__(self, steps: Steps, paint: Paint, items_told: int) -> None:
        self.steps = steps
        self.going: dict[str, Going] = {}
        self.loops: dict[str, Loop] = {}
        self.ended: Counter[str] = Counter()
        """Settled steps outside of loops, groups left out, by state."""
        self.workflow = ""
        self.run_id = ""
        self.stopping: str | None = None
        self.failures: list[tuple[str, dict[str, Any]]] = []
        """The first failures: (path, error)."""
        self._paint = paint
        self._items_told = items_told
        self._told_ends: set[str] = set()

    def take(self, row: Row) -> list[str]:
        """Learn from a row; what to tell about it."""
        handler = _HANDLERS.get(row.kind)
        return handler(self, row, row.instance or "") if handler else []

    def progress(self, news: Progress, at: float) -> None:
        """Learn how far a call is; `at` on the caller's clock."""
        going = self.going.get(news.instance)
        if going is not None:
            going.progress = news
            going.progress_at = going.progress_at or at

    # -- the run --------------------------------------------------------------------------------------------------

    def _created(self, row: Row, path: str) -> list[str]:
        self.workflow = str(row.payload.get("workflow", ""))
        self.run_id = str(row.payload.get("run_id", ""))
        again = ", resumed" if row.kind == "RunResumed" else ""
        return [f"run {self.run_id} of {self.workflow}{again}"] if self.run_id else []

    def _interrupted(self, row: Row, path: str) -> list[str]:
        self.stopping = str(row.payload.get("reason", ""))
        word = "stopping" if row.kind == "RunInterrupted" else "cancelling"
        return [f"{word}: {self.stopping}"]

    # -- what begins ----------------------------------------------------------------------------------------------

    def _started(self, row: Row, path: str) -> list[str]:
        going = self.going.get(path)
        if going is None:
            going = self.going[path] = Going(row.at)
        going.attempt = row.attempt or 1
        going.parameters = row.payload.get("with", going.parameters)
        going.retry_at = going.progress = going.progress_at = None
        return []

    def _expanded(self, row: Row, path: str) -> list[str]:
        loop = self._loop(path)
        loop.started_at = loop.started_at or row.at
        loop.total = len(row.payload["items"])
        return []

    def _loop(self, path: str) -> Loop:
        loop = self.loops.get(path)
        if loop is None:
            loop = self.loops[path] = Loop(None, None)
        return loop

    # -- what ends ------------------------------------------------------------------------------------------------

    def _succeeded(self, row: Row, path: str) -> list[str]:
        if self.steps.ends_by_settling(path):
            return []  # a group with outputs: StepSettled follows
        told = row.payload.get("processed_records")
        return self._end(path, "succeeded", row.at, f"{count(told)} records" if told is not None else "")

    def _failed(self, row: Row, path: str) -> list[str]:
        error = row.payload["error"]
        delay = row.payload.get("retry_in")
        if delay is not None:
            return self._retrying(row, path, error, delay)
        state = "timed_out" if row.payload.get("timed_out") else "failed"
        if self.steps.ends_by_settling(path) is not False:
            self._told_ends.add(path)
        going = self.going.get(path)
        attempt = row.attempt or 1
        lines = self._end(path, state, row.at, error_text(error), error)
        if lines:
            parameters = going.parameters if going is not None else None
            parameters = self.steps.parameters(path) if parameters is None else parameters
            lines += failure_lines(error, self.steps.place(path), attempt, parameters)
        return lines

    def _retrying(self, row: Row, path: str, error: dict[str, Any], delay: float) -> list[str]:
        going = self.going.setdefault(path, Going(row.at))
        going.retry_at, going.error = row.payload.get("retry_at", row.at + delay), error
        if in_loop(path) and not self._tells_items(path):
            return []
        most = self.steps.attempts(path)
        attempt = f"attempt {row.attempt}" + (f" of {most}" if most else "")
        text = f"{attempt}, next in {delay:.1f}s: {error_text(error)}"
        return [step_line(self.steps, self._paint, path, "retrying", None, text)]

    def _skipped(self, row: Row, path: str) -> list[str]:
        return self._end(path, "skipped", row.at, reason_text(row.payload))

    def _stopped(self, row: Row, path: str) -> list[str]:
        state = row.kind.removeprefix("Step").lower()
        if state == "cancelled":
            return self._end(path, state, row.at, reason_text(row.payload))
        going = self.going.pop(path, None)  # it runs again: nothing has ended
        if in_loop(path) and not self._tells_items(path):
            return []
        took = row.at - going.started_at if going is not None else None
        return [step_line(self.steps, self._paint, path, state, took, "it runs again on resume" if took else "")]

    def _reused(self, row: Row, path: str) -> list[str]:
        return self._end(path, "reused", row.at, "recorded as done; not run again")

    def _settled(self, row: Row, path: str) -> list[str]:
        loop = None if is_iteration(path) else self.loops.get(path)
        status = str(row.payload["status"])
        if path in self._told_ends:
            self._told_ends.discard(path)
            self.loops.pop(path, None)
            return []
        text = loop.text if loop is not None else ""
        if status not in ("succeeded", "skipped"):
            text = ", ".join(filter(None, (text, _why(row.payload, loop))))
        return self._end(path, status, row.at, text)

    def _end(self, path: str, state: str, at: float, text: str, error: dict[str, Any] | None = None) -> list[str]:
        going = self.going.pop(path, None)
        begun = going.started_at if going is not None else None
        if not is_iteration(path):
            loop = self.loops.pop(path, None)
            begun = loop.started_at if loop is not None else begun
        if state == "reused":
            begun = None
        failed = state in ("failed", "timed_out")
        if failed and error is not None and len(self.failures) < FAILURES_TOLD:
            self.failures.append((path, error))
        told = self._counted(path, state, failed)
        line = step_line(self.steps, self._paint, path, state, at - begun if begun is not None else None, text)
        return ([line] if told is None or told == "" else []) + ([told] if told else [])

    def _counted(self, path: str, state: str, failed: bool) -> str | None:
        """Count an end. None or empty: tell it; text: tell this instead; a blank is for nothing at all."""
        raise NotImplementedError


def reason_text(payload: dict[str, Any]) -> str:
    """Why a step was skipped or cancelled, in words."""
    reason = str(payload.get("reason") or "")
    return REASONS.get(reason, reason).format(cause=payload.get("cause") or "")
