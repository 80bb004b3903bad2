"""`weft retry`: the next attempt of a run that has ended."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine.app.bulk import Bulk
from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.app.spec_named import find_spec
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
from engine.cli.refusing import presentable
from engine.cli.results import exit_code, print_end
from engine.cli.secret_inputs import from_call

EPILOG = """\b
Examples:
  weft retry 0193a1c2
  weft retry 0193a1c2 --from transform --spec orders.weft.yaml
"""


@click.command(epilog=EPILOG)
@click.argument("run")
@secret_inputs_option()
@store_option()
@profile_option()
@executor_option()
@max_parallel_option()
@click.option(
    "--from",
    "steps",
    multiple=True,
    metavar="STEP",
    help="Run this step and what depends on it again, though it succeeded.",
)
@click.option(
    "--spec",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Go on with this spec: what succeeded must mean the same in it.",
)
@output_option("text", "json", "jsonl")
def command(
    run: str,
    steps: tuple[str, ...],
    spec: Path | None,
    pairs: tuple[str, ...],
    store: str | None,
    profile: str | None,
    executor: str | None,
    max_parallel: int | None,
    output: str,
) -> int:
    """Open the next attempt of RUN (an id or a unique beginning of one), which has ended, with its stored spec or another.

    What succeeded is not run again, unless --from names it or it was undone. Secret inputs are asked for again (-i).
    """
    from engine.app.running import RunOptions, retry

    new = None if spec is None else find_spec(spec, store=store, profile=profile)
    if new is not None and not presentable(new[0], output):
        return 1
    store = store or store_name(None, project_here(profile))
    observer: RunObserver = JsonLines(sys.stdout, Bulk(store)) if output == "jsonl" else observer_for(None)
    with observer, results_alone():
        options = RunOptions(store, None, max_parallel, observer.see, signals=True, know=observer.know)
        options.profile = profile
        options.executor = executor
        options.say = say
        options.secret_inputs = from_call(pairs)
        end = retry(run, options, steps, new)
    print_end(end, output, store, observer)
    return exit_code(end)
