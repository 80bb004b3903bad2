"""`weft runs`: the runs of a store, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.cli.options import output_option, profile_option, store_option
from engine.cli.printing import print_json, print_table, say
from engine.cli.wording import duration
from engine.text.snippet import shortened, visible

if TYPE_CHECKING:
    from engine.journal import RunRow

HEADER = ("run", "workflow", "status", "started (UTC)", "took")
WORKFLOW_WIDTH_MAX = 40

EPILOG = """\b
Examples:
  weft runs --status failed
  weft runs --workflow daily-orders --since 2026-01-31 --output json
"""


@click.command(epilog=EPILOG)
@click.option("--status", metavar="S", help="Only runs with this status.")
@click.option("--workflow", metavar="NAME", help="Only runs of this workflow.")
@click.option("--since", metavar="TIME", help="Only runs created since this date or time (RFC 3339).")
@click.option("--limit", type=click.IntRange(min=1), default=50, metavar="N", help="At most so many. [50]")
@store_option("Where the runs are recorded.")
@profile_option()
@output_option("text", "json", about="How to print the runs.")
def command(
    status: str | None,
    workflow: str | None,
    since: str | None,
    limit: int,
    store: str | None,
    profile: str | None,
    output: str,
) -> int:
    """List runs, the newest first."""
    from engine.app.looking import list_runs, moment_seconds, run_entry

    store = store or store_name(None, project_here(profile))
    rows = list_runs(
        store,
        status=status,
        workflow=workflow,
        since=None if since is None else moment_seconds(since),
        limit=limit,
    )
    if output == "json":
        print_json({"version": 1, "runs": [run_entry(row) for row in rows]})
    elif rows:
        print_table([HEADER, *map(_cells, rows)])
    else:
        say("no runs")
    return 0


def _cells(row: RunRow) -> tuple[str, ...]:
    from engine.app.looking import has_process, run_entry

    entry = run_entry(row)
    took = duration(entry["execution_time"]) if entry["execution_time"] is not None else "-"
    started = (entry["started_at"] or "-")[:19].replace("T", " ")
    alone = " (no process)" if row.status == "running" and not has_process(row) else ""
    alone = " (quarantine)" if row.quarantined is not None else alone
    workflow = shortened(row.workflow, WORKFLOW_WIDTH_MAX)
    return tuple(map(visible, (row.run_id, workflow, row.status + alone, started, took)))
