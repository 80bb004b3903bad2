"""`weft resume`: go on with a run that has not ended."""

from __future__ import annotations

import sys

import click

from engine.app.bulk import Bulk
from engine.cli.jsonl import JsonLines
from engine.cli.options import max_parallel_option, output_option, store_option
from engine.cli.progress import RunObserver, observer_for
from engine.cli.results import exit_code, print_end

EPILOG = """\b
Examples:
  weft resume 0193a1c2
  weft resume 0193a1c2-7e4b --store postgresql://localhost/weft
"""


@click.command(epilog=EPILOG)
@click.argument("run")
@store_option()
@max_parallel_option()
@output_option("text", "json", "jsonl")
def command(run: str, store: str | None, max_parallel: int | None, output: str) -> int:
    """Go on with RUN (an id or a unique beginning of one), with the spec stored when it was started.

    What is recorded as done is not run again.
    """
    from engine.app.running import RunOptions, resume

    observer: RunObserver = JsonLines(sys.stdout, Bulk(store)) if output == "jsonl" else observer_for(None)
    with observer:
        end = resume(
            run, RunOptions(store, None, max_parallel, observer.see, signals=True, know=observer.know)
        )
    print_end(end, output, store, observer)
    return exit_code(end)
