"""`weft resume`: go on with a run that has not ended."""

from __future__ import annotations

import sys

import click

from engine.cli.progress import observer_for
from engine.cli.results import exit_code, print_end

EPILOG = """\b
Examples:
  weft resume 0193a1c2
  weft resume 0193a1c2-7e4b --store postgresql://localhost/weft
"""


@click.command(epilog=EPILOG)
@click.argument("run")
@click.option("--store", metavar="URL", help="Where the run is recorded. [.weft/weft.db]")
@click.option("--max-parallel", type=click.IntRange(min=1), help="Most tool calls at once.")
@click.option("--output", type=click.Choice(["text", "json", "jsonl"]), default="text", help="How to print the result.")
def command(run: str, store: str | None, max_parallel: int | None, output: str) -> int:
    """Go on with RUN (an id or a unique beginning of one), with the spec stored when it was started.

    What is recorded as done is not run again.
    """
    from engine.app.running import RunOptions, resume

    observer = observer_for(output, None, sys.stderr)
    with observer:
        end = resume(run, RunOptions(store, None, max_parallel, observer.see, signals=True))
    print_end(end, output)
    return exit_code(end)
