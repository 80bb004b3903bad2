"""`weft runs`: the runs of a store, newest first."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from engine.cli.options import output_option, store_option
from engine.cli.printing import print_json, say, tell
from engine.errors import UsageError
from engine.text.snippet import shortened, visible

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
@output_option("text", "json", about="How to print the runs.")
def command(
    status: str | None, workflow: str | None, since: str | None, limit: int, store: str | None, output: str
) -> int:
    """List runs, the newest first."""
    from engine.app.looking import list_runs

    rows = list_runs(store, status=status, workflow=workflow, since=_seconds(since), limit=limit)
    if output == "json":
        print_json({"version": 1, "runs": rows})
        return 0
    for row in rows:
        took = f"{row['execution_time']:.1f}s" if row["execution_time"] is not None else "-"
        started = (row["started_at"] or "-")[:19]
        tell(f"{row['run_id']}  {visible(row['workflow']):<24} {row['status']:<10} {started}  {took}")
    if not rows:
        say("no runs")
    return 0


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f'"{shortened(text)}" is no time', hint="write 2026-01-31 or 2026-01-31T12:00:00Z"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
