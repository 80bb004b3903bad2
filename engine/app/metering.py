"""Metrics of a store: how often each tool was called and how that went, and how runs went. Folded from recorded facts.

Nothing is counted while runs go on, so the figures hold over processes, restarts and crashes. What `weft clean` has deleted
is no longer counted. A tool is counted under the name that steps write: a connection's, else its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.app.checking import known_tools
from engine.app.project import store_name
from engine.app.stored import plan_of
from engine.errors import WeftError
from engine.execute.step_paths import StepPaths
from engine.execute.times import rfc3339
from engine.journal import ENDED, Fact, Journal, RunMark, open_journal
from engine.spec.toolspec import Declaration
from engine.tools.framework.metrics import CallStats, success_rate

_ERROR_LENGTH_MAX = 500


@dataclass(slots=True)
class _Run:
    """What has been read of one run: how far, the plan it follows now, and its calls under way: path -> begun at."""

    seq: int = 0
    created: dict[str, Any] = field(default_factory=dict)
    paths: StepPaths | None = None
    under_way: dict[str, float] = field(default_factory=dict)


class Metering:
    """The metrics of one store. `read` may be called again: it reads what was recorded since."""

    def __init__(self, journal: Journal, tools: Mapping[str, Declaration] | None = None) -> None:
        self._journal = journal
        self._tools = tools
        self._marks: list[RunMark] = []
        self._runs: dict[str, _Run] = {}
        self._paths: dict[str, StepPaths | None] = {}  # by spec and project
        self.stats: dict[str, CallStats] = {}
        self.left_out: set[str] = set()
        """Runs whose spec cannot be followed any more: their calls are nobody's."""

    def read(self) -> None:
        """Bring the figures up to what is recorded. Raises StoreError."""
        marks = self._journal.watch.runs()
        known = {mark.run_id: mark for mark in marks}
        if self._runs.keys() - known.keys():  # runs were deleted: what they added cannot be taken away again
            self._runs, self.stats, self.left_out = {}, {}, set()
        self._marks = marks
        grown = (
            {one.run_id: self._runs[one.run_id].seq for one in marks if self._has_grown(one)}
            if self._runs
            else None
        )
        for fact in self._journal.watch.facts(grown):
            if fact.run_id in known:
                self._take(fact, known[fact.run_id])
        for mark in marks:
            self._runs.setdefault(mark.run_id, _Run()).seq = mark.last_seq

    def _has_grown(self, mark: RunMark) -> bool:
        return self._runs.setdefault(mark.run_id, _Run()).seq < mark.last_seq

    def _take(self, fact: Fact, mark: RunMark) -> None:
        run = self._runs.setdefault(fact.run_id, _Run())
        if fact.seq > mark.last_seq:
            return  # recorded since the runs were read: the next reading finds it
        if fact.kind in ("RunCreated", "RunReopened"):
            self._follow(run, fact, mark)
        elif run.paths is not None and fact.instance is not None:
            self._call(run, fact)

    def _follow(self, run: _Run, fact: Fact, mark: RunMark) -> None:
        """The run follows a spec from here on."""
        told = fact.told or {}
        if fact.kind == "RunCreated":
            run.created = {name: told.get(name) for name in ("spec", "project", "tools")}
        elif told.get("spec"):
            run.created = {**run.created, "spec": told["spec"]}
        else:
            return
        run.paths = self._plan(run.created)
        if run.paths is None:
            self.left_out.add(mark.run_id)

    def _plan(self, created: dict[str, Any]) -> StepPaths | None:
        key = json.dumps(created, sort_keys=True)
        if key not in self._paths:
            try:
                self._paths[key] = StepPaths(
                    plan_of(str(created["spec"]), created, self._journal, self._tools)
                )
            except WeftError:
                self._paths[key] = None  # a tool that is not installed here, a spec of another version
        return self._paths[key]

    def _call(self, run: _Run, fact: Fact) -> None:
        assert run.paths is not None
        assert fact.instance is not None
        step = run.paths.step(fact.instance)
        if step is None or step.declaration is None:
            return
        name = step.tool or step.declaration.name
        stats = self.stats.get(name)
        if stats is None:
            stats = self.stats[name] = CallStats(step.declaration.name)
        if fact.kind == "StepStarted":
            run.under_way[fact.instance] = fact.at
            stats.begin(fact.run_id, fact.at)
            return
        begun = run.under_way.pop(fact.instance, None)
        if begun is None:
            return  # it failed before it was called
        seconds = max(0.0, fact.at - begun)
        if fact.kind == "StepSucceeded":
            hit = fact.told is not None and (fact.told.get("metadata") or {}).get("from_cache") is True
            stats.end("from_cache" if hit else "succeeded", fact.at, seconds)
        elif fact.kind == "StepFailed":
            stats.end("failed", fact.at, seconds, (fact.told or {}).get("error"))
        else:
            stats.end("stopped", fact.at, seconds)

    def entry(self) -> dict[str, Any]:
        """The figures as `weft metrics --output json` prints them (schemas/metrics.schema.json)."""
        tools = {name: tool_entry(self.stats[name]) for name in sorted(self.stats)}
        return {
            "version": 1,
            "orchestration": self._orchestration(),
            "tools": tools,
            "runs_left_out": len(self.left_out),
        }

    def _orchestration(self) -> dict[str, Any]:
        succeeded = sum(one.status == "succeeded" for one in self._marks)
        failed = sum(one.status in ("failed", "partial_failure") for one in self._marks)
        took = [
            one.finished_at - one.started_at
            for one in self._marks
            if one.started_at is not None and one.finished_at is not None
        ]
        return {
            "total_workflows": len(self._marks),
            "completed_workflows": succeeded,
            "failed_workflows": failed,
            "cancelled_workflows": sum(one.status == "cancelled" for one in self._marks),
            "success_rate": success_rate(succeeded, failed),
            "average_execution_time": round(sum(took) / len(took), 6) if took else 0.0,
            "active_workflows": sum(one.status not in ENDED for one in self._marks),
            "registered_tools": len(known_tools(self._tools)),
            "workflow_templates": len({one.name for one in self._journal.templates()}),
        }


def tool_entry(stats: CallStats) -> dict[str, Any]:
    """The figures of one tool. Times are RFC 3339, durations seconds."""
    error = stats.error or {}
    return {
        "tool": stats.tool,
        "total_calls": stats.succeeded + stats.failed + stats.stopped,
        "successful_calls": stats.succeeded,
        "failed_calls": stats.failed,
        "cache_hits": stats.cache_hits,
        "success_rate": success_rate(stats.succeeded, stats.failed),
        "total_execution_time": round(stats.seconds, 6),
        "average_execution_time": round(stats.seconds / stats.executions, 6) if stats.executions else 0.0,
        "p50": round(stats.percentile(0.5), 6),
        "p95": round(stats.percentile(0.95), 6),
        "last_call_timestamp": rfc3339(stats.last_call),
        "last_success_timestamp": rfc3339(stats.last_success),
        "last_error": str(error.get("message"))[:_ERROR_LENGTH_MAX] if error else None,
        "usage_count": len(stats.runs),
        "registered_at": rfc3339(stats.first_used),
    }


def metrics_of(store: str | None, tools: Mapping[str, Declaration] | None = None) -> dict[str, Any]:
    """The metrics of a store as they are now (see `Metering.entry`). Raises StoreError."""
    journal = open_journal(store_name(store), create=False)
    try:
        metering = Metering(journal, tools)
        metering.read()
        return metering.entry()
    finally:
        journal.close()
