"""The end of a run, printed: a table and one greppable line for people, JSON for programs."""

from __future__ import annotations

import json
from typing import Any

import click

from engine.app.running import RunEnd

DATA_LINES_MAX = 20


def exit_code(end: RunEnd) -> int:
    """0 succeeded · 4 anything else · 128 + signal when one stopped it."""
    if end.signal is not None and end.status != "succeeded":
        return 128 + end.signal
    return 0 if end.status == "succeeded" else 4


def print_end(end: RunEnd, output: str) -> None:
    """The result to standard output, what to do next to standard error."""
    report = end.report
    if output == "json":
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    elif output == "jsonl":
        click.echo(json.dumps({"kind": "result", **report}, ensure_ascii=False))
    else:
        if report["outputs"]:
            click.echo(json.dumps(report["outputs"], ensure_ascii=False, indent=2))
        click.echo(summary(report), err=True)
    if report["resume"]:
        click.echo(f"the run can be resumed with:\n  {report['resume']}", err=True)


def summary(report: dict[str, Any]) -> str:
    """`succeeded=4 failed=1 skipped=3 in 0.4s   show: weft show ID`."""
    counts = {"succeeded": 0, "failed": 0, "skipped": 0}
    extra: dict[str, int] = {}
    reused = 0
    for step in report["steps"].values():
        name = {"timed_out": "failed"}.get(step["status"], step["status"])
        target = counts if name in counts else extra
        target[name] = target.get(name, 0) + 1
        reused += step["reused"]
    words = [f"{name}={number}" for name, number in (counts | extra).items()]
    if reused:
        words.append(f"reused={reused}")
    took = report["execution_time"]
    time = f" in {took:.1f}s" if took is not None else ""
    return f"{report['status']}: {' '.join(words)}{time}   show: weft show {report['run_id']}"
