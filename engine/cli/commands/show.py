"""`weft show`: what became of a run."""

from __future__ import annotations

import json
from typing import Any

import click

from engine.cli.results import summary
from engine.errors import UsageError
from engine.text import suggestion
from engine.text.snippet import shortened

EPILOG = """\b
Examples:
  weft show 0193a1c2
  weft show 0193a1c2 --step extract --output json
"""


@click.command(epilog=EPILOG)
@click.argument("run")
@click.option("--step", help="Only this step, with its data.")
@click.option("--events", is_flag=True, help="The recorded events instead of the result.")
@click.option("--store", metavar="URL", help="Where the run is recorded. [.weft/weft.db]")
@click.option("--output", type=click.Choice(["text", "json"]), default="text")
def command(run: str, step: str | None, events: bool, store: str | None, output: str) -> int:
    """Show RUN (an id or a unique beginning of one): its steps, result and errors."""
    from engine.app.looking import run_events, show_run

    if events:
        for event in run_events(store, run):
            click.echo(json.dumps(event, ensure_ascii=False) if output == "json" else _event_line(event))
        return 0
    report = show_run(store, run)
    shown: dict[str, Any] = report if step is None else _step(report, step)
    if output == "json":
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
    elif step is not None:
        _print_step(step, shown)
    else:
        _print_run(report)
    return 0


def _step(report: dict[str, Any], name: str) -> dict[str, Any]:
    steps: dict[str, Any] = report["steps"]
    if name not in steps:
        raise UsageError(f'the run has no step "{name}"', hint=suggestion(name, steps))
    found: dict[str, Any] = steps[name]
    return found


def _print_run(report: dict[str, Any]) -> None:
    click.echo(f"run       {report['run_id']}")
    click.echo(f"workflow  {report['workflow']}")
    click.echo(f"status    {report['status']}")
    click.echo(f"started   {report['started_at']}")
    if report["inputs"]:
        click.echo(f"inputs    {json.dumps(report['inputs'], ensure_ascii=False)}")
    click.echo("")
    for name, step in report["steps"].items():
        _print_line(name, step)
    if report["outputs"]:
        click.echo("\noutputs\n" + json.dumps(report["outputs"], ensure_ascii=False, indent=2))
    click.echo("\n" + summary(report).split("   show:", maxsplit=1)[0])
    if report["resume"]:
        click.echo(f"resume with: {report['resume']}")


def _print_line(name: str, step: dict[str, Any]) -> None:
    took = f"{step['execution_time']:.2f}s" if step["execution_time"] is not None else ""
    tries = f"{step['attempts']} attempts" if step["attempts"] > 1 else ""
    items = f"{len(step['iterations'])} items" if "iterations" in step else ""
    depth = "  " * step["instance"].count("/")
    about = ", ".join(part for part in (step["reason"] or "", items, tries) if part)
    click.echo(f"  {depth}{name:<{24 - len(depth)}} {step['status']:<10} {took:>8}  {about}".rstrip())
    for error in step["errors"] if step["status"] != "succeeded" else ():
        click.echo(f"      {_error_text(error)}")


def _error_text(error: Any) -> str:
    if not isinstance(error, dict):
        return str(error)
    code = f" [{error['code']}]" if error.get("code") else ""
    return f"{error['type']}{code}: {error['message']}"


def _print_step(name: str, step: dict[str, Any]) -> None:
    _print_line(name, step)
    for word in ("data", "metadata", "performance_metrics", "quality_metrics", "warnings"):
        if step[word]:
            click.echo(f"{word}: {json.dumps(step[word], ensure_ascii=False, indent=2)}")


def _event_line(event: dict[str, Any]) -> str:
    known = ("seq", "time", "kind", "run_id", "instance", "attempt")
    rest = {key: value for key, value in event.items() if key not in known}
    attempt = f"#{event['attempt']}" if event["attempt"] else ""
    where = f"{event['instance'] or ''}{attempt}"
    about = shortened(json.dumps(rest, ensure_ascii=False), 100) if rest else ""
    return f"{event['seq']:>5}  {event['time'][11:23]}  {event['kind']:<16} {where:<28} {about}".rstrip()
