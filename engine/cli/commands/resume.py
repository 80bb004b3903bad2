"""`weft resume`: go on with a run that has not ended."""

from __future__ import annotations

import sys

import click

from engine.app.bulk import Bulk
from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.cli.jsonl import JsonLines
from engine.cli.options import (
    executor_option,
    max_parallel_option,
    output_option,
    profile_option,
    secret_inputs_option,
    store_option,
)
from engine.cli.printed import results_alone
from engine.cli.printing import say
from engine.cli.progress import RunObserver, observer_for
from engine.cli.results import exit_code, print_end
from engine.cli.secret_inputs import from_call

EPILOG = """\b
Examples:
  weft resume 0193a1c2
  weft resume 0193a1c2-7e4b --store sqlite:///runs.db -i token=@token.txt
"""


@click.command(epilog=EPILOG)
@click.argument("run")
@secret_inputs_option()
@store_option()
@profile_option()
@executor_option()
@max_parallel_option()
@output_option("text", "json", "jsonl")
def command(
    run: str,
    pairs: tuple[str, ...],
    store: str | None,
    profile: str | None,
    executor: str | None,
    max_parallel: int | None,
    output: str,
) -> int:
    """Go on with RUN (an id or a unique beginning of one), with the spec stored when it was started.

    What is recorded as done is not run again. Secret inputs are asked for again (-i); a profile is the one the run was
    started with.
    """
    from engine.app.running import RunOptions, resume

    store = store or store_name(None, project_here(profile))
    observer: RunObserver = JsonLines(sys.stdout, Bulk(store)) if output == "jsonl" else observer_for(None)
    with observer, results_alone():
        options = RunOptions(store, None, max_parallel, observer.see, signals=True, know=observer.know)
        options.profile = profile
        options.executor = executor
        options.say = say
        options.secret_inputs = from_call(pairs)
        end = resume(run, options)
    print_end(end, output, store, observer)
    return exit_code(end)
