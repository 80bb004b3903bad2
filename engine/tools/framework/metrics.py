"""What is counted of the calls of one tool: sums over all of them, percentiles over the latest.

Laws: only calls that have ended are counted. A call that was stopped (cancelled, interrupted, lost with its process)
neither succeeded nor failed. A result from the cache is a success and no execution: it has no time of its own.
"""

from __future__ import annotations

import heapq
from math import ceil
from typing import Any, Literal

HISTORY = 1000
"""Executions that the percentiles are taken from: those that ended last."""
Outcome = Literal["succeeded", "from_cache", "failed", "stopped"]


class CallStats:
    """The calls of one tool. Times are seconds since the epoch, durations seconds."""

    __slots__ = (
        "cache_hits",
        "error",
        "failed",
        "first_used",
        "last_call",
        "last_failure",
        "last_success",
        "latest",
        "runs",
        "seconds",
        "stopped",
        "succeeded",
        "tool",
    )

    def __init__(self, tool: str) -> None:
        self.tool = tool
        self.succeeded = self.failed = self.stopped = self.cache_hits = 0
        self.seconds = 0.0
        self.runs: set[str] = set()
        self.first_used: float | None = None
        self.last_call: float | None = None
        self.last_success: float | None = None
        self.last_failure: float | None = None
        self.error: dict[str, Any] | None = None
        self.latest: list[tuple[float, float]] = []  # a heap of (ended at, seconds)

    def begin(self, run_id: str, at: float) -> None:
        """A call was begun by a run."""
        self.runs.add(run_id)
        self.first_used = at if self.first_used is None else min(at, self.first_used)
        self.last_call = at if self.last_call is None else max(at, self.last_call)

    def end(self, outcome: Outcome, at: float, seconds: float, error: dict[str, Any] | None = None) -> None:
        """A call has ended. `error` is that of a failure."""
        if outcome == "stopped":
            self.stopped += 1
            return
        if outcome == "failed":
            self.failed += 1
            if self.last_failure is None or at >= self.last_failure:
                self.last_failure, self.error = at, error
        else:
            self.succeeded += 1
            self.last_success = at if self.last_success is None else max(at, self.last_success)
        if outcome == "from_cache":
            self.cache_hits += 1
            return
        self.seconds += seconds
        if len(self.latest) < HISTORY:
            heapq.heappush(self.latest, (at, seconds))
        else:
            heapq.heappushpop(self.latest, (at, seconds))

    @property
    def executions(self) -> int:
        """Calls that were really made and came to an end of their own."""
        return self.succeeded + self.failed - self.cache_hits

    def percentile(self, share: float) -> float:
        """The duration that `share` (0 to 1) of the latest executions did not exceed; 0 without any."""
        durations = sorted(seconds for _, seconds in self.latest)
        return durations[max(0, ceil(share * len(durations)) - 1)] if durations else 0.0


def success_rate(succeeded: int, failed: int) -> float:
    """The share of successes among what succeeded or failed; 0 where nothing did."""
    return round(succeeded / (succeeded + failed), 6) if succeeded + failed else 0.0
