"""`weft metrics`: how often each tool was called and how that went, and how runs went."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.cli.options import output_option, profile_option, store_option
from engine.cli.printing import print_json, print_table, say, tell
from engine.cli.wording import duration
from engine.text.snippet import shortened, visible

HEADER = ("tool", "type", "calls", "succeeded", "failed", "cached", "average", "p50", "p95", "last error")
ERROR_WIDTH_MAX = 60

EPILOG = """\b
Examples:
  weft metrics
  weft metrics --store postgresql://weft@db/weft --output prometheus
"""


@click.command(epilog=EPILOG)
@store_option("The store to count in.")
@profile_option()
@output_option("text", "json", "prometheus", about="How to print the figures.")
def command(store: str | None, profile: str | None, output: str) -> int:
    """Count the calls of each tool and the runs of a store, over all processes that recorded in it.

    A tool is counted under the name that steps write: a connection's, else its own.
    """
    from engine.app.metering import metrics_of

    entry = metrics_of(store or store_name(None, project_here(profile)))
    if output == "json":
        print_json(entry)
    elif output == "prometheus":
        from engine.app.prometheus import prometheus_text

        sys.stdout.write(prometheus_text(entry))
    else:
        _print(entry)
    left_out = entry["runs_left_out"]
    if left_out:
        say(
            f"weft: {left_out:,} run{'' if left_out == 1 else 's'} left out of the tools: the specs cannot be followed here"
        )
    return 0


def _print(entry: dict[str, Any]) -> None:
    if entry["tools"]:
        print_table([HEADER, *_rows(entry["tools"])])
        tell("")
    for name, value in entry["orchestration"].items():
        shown = duration(value) if name == "average_execution_time" else f"{value:,}"
        tell(f"{name:<24}{f'{value:.1%}' if name == 'success_rate' else shown}")


def _rows(tools: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, one in tools.items():
        counts = ("total_calls", "successful_calls", "failed_calls", "cache_hits")
        times = ("average_execution_time", "p50", "p95")
        error = shortened(one["last_error"] or "-", ERROR_WIDTH_MAX)
        cells = (
            name,
            one["tool"],
            *(f"{one[key]:,}" for key in counts),
            *(duration(one[key]) for key in times),
            error,
        )
        yield tuple(map(visible, cells))
