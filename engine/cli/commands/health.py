"""`weft health`: ask connections and tools whether they work, now."""

from __future__ import annotations

from pathlib import Path

import click

from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.cli.options import output_option, profile_option, store_option
from engine.cli.printing import print_json, print_table, say
from engine.text.snippet import visible

HEADER = ("name", "type", "health", "took", "detail")
UNHEALTHY_EXIT = 5

EPILOG = """\b
Examples:
  weft health
  weft health warehouse --output json
"""


@click.command(epilog=EPILOG)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    metavar="SECONDS",
    help="How long one may take to answer. [10]",
)
@store_option("The store whose figures are shown too (JSON).")
@profile_option()
@output_option("text", "json", about="How to print the answers.")
def command(
    names: tuple[str, ...], timeout: float, store: str | None, profile: str | None, output: str
) -> int:
    """Ask the project's connections, or those of NAME, whether they work; all at once, each bounded in time.

    Exit code 5 where one is unhealthy.
    """
    from engine.app.health import Checker, call_figures, checkables_of, health_entry

    project = project_here(profile)
    checkables = checkables_of(project, names)
    if not checkables and output == "text":
        say("no connections here: weft.toml declares those of a project")
        return 0
    checker = Checker(project.folder or Path.cwd(), project.secrets(), timeout_seconds=timeout)
    figures = call_figures(store or store_name(None, project)) if output == "json" else {}
    entry = health_entry(checkables, checker, figures)
    if output == "json":
        print_json(entry)
    else:
        types = {one.name: one.declaration.name for one in checkables}
        print_table([HEADER, *(_cells(one, types) for one in entry["tools"])])
    return UNHEALTHY_EXIT if any(one["health_status"] == "unhealthy" for one in entry["tools"]) else 0


def _cells(one: dict[str, object], types: dict[str, str]) -> tuple[str, ...]:
    metrics = one["metrics"]
    took = metrics.get("check_seconds") if isinstance(metrics, dict) else None
    name = str(one["tool_name"])
    cells = (
        name,
        types[name],
        str(one["health_status"]),
        "-" if took is None else f"{took:.2f}s",
        str(one["detail"]),
    )
    return tuple(map(visible, cells))
