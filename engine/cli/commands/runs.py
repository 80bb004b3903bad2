"""`weft runs`: the runs of a store, newest first."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import click

from engine.errors import UsageError

EPILOG = """\b
Examples:
  weft runs --status failed
  weft runs --workflow daily-orders --since 2026-01-31 --output json
"""


@click.command(epilog=EPILOG)
@click.option("--status", help="Only runs with this status.")
@click.option("--workflow", help="Only runs of this workflow.")
@click.option("--since", help="Only runs created since this date or time (RFC 3339).")
@click.option("--limit", type=click.IntRange(min=1), default=50, help="At most so many. [50]")
@click.option("--store", metavar="URL", help="Where the runs are recorded. [.weft/weft.db]")
@click.option("--output", type=click.Choice(["text", "json"]), default="text")
def command(status: str | None, workflow: str | None, since: str | None, limit: int, store: str | None, output: str) -> int:
    """List runs, the newest first."""
    from engine.app.looking import list_runs

    rows = list_runs(store, status=status, workflow=workflow, since=_seconds(since), limit=limit)
    if output == "json":
        click.echo(json.dumps({"version": 1, "runs": rows}, ensure_ascii=False, indent=2))
        return 0
    for row in rows:
        took = f"{row['execution_time']:.1f}s" if row["execution_time"] is not None else "-"
        started = (row["started_at"] or "-")[:19]
        click.echo(f"{row['run_id']}  {row['workflow']:<24} {row['status']:<16} {started}  {took}")
    if not rows:
        click.echo("no runs", err=True)
    return 0


def _seconds(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f'"{text}" is no time', hint="write 2026-01-31 or 2026-01-31T12:00:00Z") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
