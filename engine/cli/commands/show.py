"""`weft show`: what became of a run."""

from __future__ import annotations

import sys
from typing import Any

import click

from engine.app.bulk import Bulk
from engine.cli.options import output_option, store_option
from engine.cli.printing import json_text, print_json, say, tell
from engine.cli.results import summary
from engine.cli.terminal import Paint, colours
from engine.cli.wording import count, duration, error_text
from engine.errors import UsageError
from engine.text import suggestion
from engine.text.snippet import shortened, visible

EPILOG = """\b
Examples:
  weft show 0193a1c2
  weft show 0193a1c2 --step extract --output json
"""


@click.command(epilog=EPILOG)
@click.argument("run")
@click.option("--step", help="Only this step, with its data.")
@click.option("--events", is_flag=True, help="The recorded events instead of the result.")
@store_option()
@output_option("text", "json")
def command(run: str, step: str | None, events: bool, store: str | None, output: str) -> int:
    """Show RUN (an id or a unique beginning of one): its steps, result and errors."""
    from engine.app.looking import run_events, show_run

    if events:
        for event in run_events(store, run):
            _print_event(event, output)
        return 0
    report = show_run(store, run)
    if step is not None:
        found = _step(report, step)
        print_json(found) if output == "json" else _print_step(step, found)
    elif output == "json":
        bulk = Bulk(store)
        print_json(bulk.report(report["run_id"], report))
        if bulk.failed:
            say(f"weft: large data stays in the JSON: {bulk.failed}")
    else:
        _print_run(report)
    return 0


def _step(report: dict[str, Any], name: str) -> dict[str, Any]:
    steps: dict[str, Any] = report["steps"]
    if name not in steps:
        raise UsageError(f'the run has no step "{shortened(name)}"', hint=suggestion(name, steps))
    found: dict[str, Any] = steps[name]
    return found


def _print_run(report: dict[str, Any]) -> None:
    tell(f"run       {report['run_id']}")
    tell(f"workflow  {visible(report['workflow'])}")
    tell(f"status    {report['status']}")
    tell(f"started   {report['started_at']}")
    if report["inputs"]:
        tell(f"inputs    {_json(report['inputs'])}")
    tell("")
    width = max(
        (len(name) + 2 * step["instance"].count("/") for name, step in report["steps"].items()), default=0
    )
    for name, step in report["steps"].items():
        _print_line(name, step, min(max(width, 12), 32))
    if report["outputs"]:
        tell(f"\noutputs\n{_json(report['outputs'], 2)}")
    tell("\n" + summary(report))
    if report["resume"]:
        tell(f"resume with: {report['resume']}")


def _print_line(name: str, step: dict[str, Any], width: int) -> None:
    took = duration(step["execution_time"]) if step["execution_time"] is not None else ""
    indent = "  " * step["instance"].count("/")
    state = Paint(colours(sys.stdout))(step["status"].ljust(10), step["status"])
    tell(f"  {indent}{visible(name).ljust(width - len(indent))}  {state} {took:>7}  {_about(step)}".rstrip())
    for error in step["errors"] if step["status"] != "succeeded" else ():
        tell(f"      {error_text(error) if isinstance(error, dict) else visible(str(error))}")


def _about(step: dict[str, Any]) -> str:
    items = len(step["iterations"]) + step.get("iterations_left_out", 0) if "iterations" in step else None
    parts = (
        visible(step["reason"] or ""),
        f"{items:,} items" if items is not None else "",
        f"{step['attempts']} attempts" if step["attempts"] > 1 else "",
        f"{count(step['processed_records'])} records" if step["processed_records"] is not None else "",
    )
    return ", ".join(filter(None, parts))


def _print_step(name: str, step: dict[str, Any]) -> None:
    _print_line(name, step, max(len(name), 12))
    for word in ("data", "metadata", "performance_metrics", "quality_metrics", "warnings", "errors"):
        if step[word]:
            tell(f"{word}: {_json(step[word], 2)}")


def _json(value: Any, indent: int | None = None) -> str:
    return json_text(value, indent, sys.stdout.encoding)


def _print_event(event: dict[str, Any], output: str) -> None:
    if output == "json":
        print_json(event, indent=None)
        return
    known = ("seq", "time", "kind", "run_id", "instance", "attempt")
    rest = {key: value for key, value in event.items() if key not in known}
    attempt = f"#{event['attempt']}" if event["attempt"] else ""
    where = visible(f"{event['instance'] or ''}{attempt}")
    about = shortened(_json(rest), 100) if rest else ""
    tell(f"{event['seq']:>5}  {event['time'][11:23]}  {event['kind']:<16} {where:<28} {about}".rstrip())
