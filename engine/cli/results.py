"""The end of a run, printed: one greppable line for people, JSON for programs."""

from __future__ import annotations

from collections import Counter
from typing import Any

from engine.app.bulk import Bulk
from engine.app.project import MEMORY, store_name, store_option
from engine.app.running import RunEnd
from engine.cli.jsonl import JsonLines
from engine.cli.printing import print_json, say
from engine.cli.progress import RunObserver
from engine.execute.report import is_undone

_ALWAYS = ("succeeded", "failed", "skipped")


def exit_code(end: RunEnd) -> int:
    """0 succeeded · 4 anything else · 128 + signal when one stopped it."""
    if end.signal is not None and end.status != "succeeded":
        return 128 + end.signal
    return 0 if end.status == "succeeded" else 4


def print_end(end: RunEnd, output: str, store: str | None, observer: RunObserver) -> None:
    """The result to standard output, what to do next to standard error: last of all how to resume the run."""
    report = end.report
    if output == "json":
        bulk = Bulk(store)
        print_json(bulk.report(report["run_id"], report))
        if bulk.failed:
            say(f"weft: large data stays in the JSON: {bulk.failed}")
    elif isinstance(observer, JsonLines):
        observer.result(report)
    elif report["outputs"]:
        print_json(report["outputs"])
    if end.ended_before:
        say(f"run {report['run_id']} had ended; nothing was run")
    say(summary(report) + _look(end, store_name(store)))
    if report["resume"]:
        say(f"the run can be resumed with:\n{report['resume']}")


def _look(end: RunEnd, store: str) -> str:
    """How to look at the run again; a run in memory is gone."""
    return "" if store == MEMORY else f"   show: weft show {end.short_id}{store_option(store)}"


def summary(report: dict[str, Any]) -> str:
    """`succeeded=4 failed=1 skipped=3 handled=1 reused=1 warnings=2 status=failed in 0.4s`: steps by how they ended.

    A loop is one step, a group is none; timed out ones are among the failed, those that were dealt with are not; what was
    taken back is undone, of a loop already where one item was; no
    status is a run that succeeded. Warnings count wherever they stand.
    """
    steps = report["steps"]
    groups = {step["parent"] for step in steps.values()}
    counts = Counter(_state(step) for name, step in steps.items() if name not in groups)
    reused = sum(bool(step["reused"]) for name, step in steps.items() if name not in groups)
    others = [name for name in counts if name not in _ALWAYS]
    words = [f"{name}={counts[name]}" for name in (*_ALWAYS, *others)]
    if reused:
        words.append(f"reused={reused}")
    warnings = _warnings(steps)
    if warnings:
        words.append(f"warnings={warnings}")
    if report["status"] != "succeeded":
        words.append(f"status={report['status']}" + _deadline(report.get("error")))
    took = report["execution_time"]
    return " ".join(words) + (f" in {took:.1f}s" if took is not None else "")


def _deadline(error: dict[str, Any] | None) -> str:
    """That it was the run's own timeout that ended it."""
    return " (run timeout)" if error and error.get("code") == "run timeout" and "step" not in error else ""


def _state(step: dict[str, Any]) -> str:
    if step["handled"]:
        return "handled"
    if is_undone(step):
        return "undone"
    return "failed" if step["status"] == "timed_out" else str(step["status"])


def _warnings(steps: dict[str, Any]) -> int:
    """How many warnings there are, those of steps in loops and of loops over one tool included."""
    number = 0
    for step in steps.values():
        number += len(step["warnings"])
        number += sum(_warnings(item["steps"]) for item in step.get("iterations", ()))
    return number
