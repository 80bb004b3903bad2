"""`weft show`: what became of a run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from engine.app.bulk import Bulk, Large
from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.cli.options import output_option, profile_option, store_option
from engine.cli.printing import json_text, print_json, say, tell
from engine.cli.results import summary
from engine.cli.terminal import Paint, colours
from engine.cli.wording import error_text
from engine.errors import UsageError
from engine.text import suggestion
from engine.text.snippet import shortened, visible

if TYPE_CHECKING:
    from engine.app.looking import Look

EPILOG = """\b
Examples:
  weft show 0193a1c2
  weft show 0193a1c2 --step extract --output json
"""


@click.command(epilog=EPILOG)
@click.argument("run")
@click.option("--step", help="Only this step or item (a name the run prints), with its data.")
@click.option("--events", is_flag=True, help="The recorded events instead of the result.")
@store_option()
@profile_option()
@output_option("text", "json")
def command(
    run: str, step: str | None, events: bool, store: str | None, profile: str | None, output: str
) -> int:
    """Show RUN (an id or a unique beginning of one): its steps, result and errors."""
    from engine.app.looking import run_events, show_run

    store = store or store_name(None, project_here(profile))
    if events:
        for event in run_events(store, run):
            _print_event(event, output)
        return 0
    large: Large = "whole" if step is not None else "files" if output == "json" else "none"
    look = show_run(store, run, large=large)
    report = look.report
    if step is not None:
        path, found = _step(report, step)
        print_json(found) if output == "json" else _print_step(look, step, path, found)
    elif output == "json":
        bulk = Bulk(store)
        print_json(bulk.report(report["run_id"], report))
        if bulk.failed:
            say(f"weft: large data stays in the JSON: {bulk.failed}")
    else:
        _print_run(look)
    return 0


def _step(report: dict[str, Any], name: str) -> tuple[str, dict[str, Any]]:
    """A step by its id, or a step or iteration by the path a run prints. Raises UsageError."""
    from engine.cli.recorded import instances

    steps: dict[str, dict[str, Any]] = report["steps"]
    if name in steps:
        return steps[name]["instance"], steps[name]
    known = dict(instances(steps))
    if name not in known:
        hint = suggestion(name, [*steps, *known] if "[" in name or "/" in name else steps)
        raise UsageError(f'the run has no step "{shortened(name)}"', hint=hint)
    return name, known[name]


def _print_run(look: Look) -> None:
    from engine.cli.recorded import Recorded

    report = look.report
    tell(f"run       {report['run_id']}")
    tell(f"workflow  {visible(report['workflow'])}")
    tell(f"status    {report['status']}")
    tell(f"started   {report['started_at']}")
    if look.quarantined is not None:
        tell(f"in quarantine: {visible(look.quarantined)}")
    if report["error"] and "step" not in report["error"]:  # of the run itself: no step tells it
        tell(f"error     {error_text(report['error'])}")
    if report["inputs"]:
        tell(f"inputs    {_json(report['inputs'])}")
    tell("")
    for line in Recorded(look, Paint(colours(sys.stdout))).lines():
        tell(line)
    if report["outputs"]:
        tell(f"\noutputs\n{_json(report['outputs'], 2)}")
    tell("\n" + summary(report))
    if report["resume"]:
        tell(f"resume with: {report['resume']}")


def _print_step(look: Look, name: str, path: str, step: dict[str, Any]) -> None:
    from engine.cli.recorded import Recorded

    for line in Recorded(look, Paint(colours(sys.stdout))).step(path, name, step):
        tell(line)
    for word in ("data", "metadata", "performance_metrics", "quality_metrics", "warnings", "errors"):
        if step.get(word):
            tell(f"{word}: {_json(step[word], 2)}")
    inner = step.get("steps")
    if inner:
        tell("steps: " + ", ".join(visible(entry["instance"]) for entry in inner.values()))


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
