"""`weft retry`: the next attempt of a run that has ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

import click

from engine.app.bulk import Bulk
from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.app.sealed import Declared, refuse_recorded
from engine.cli.inputs import gathered_inputs
from engine.cli.jsonl import JsonLines
from engine.cli.options import (
    executor_option,
    max_parallel_option,
    output_option,
    profile_option,
    store_option,
)
from engine.cli.printed import results_alone
from engine.cli.printing import say
from engine.cli.progress import RunObserver, observer_for
from engine.cli.results import exit_code, print_end

EPILOG = """\b
Examples:
  weft retry 0193a1c2
  weft retry 0193a1c2 --from transform
"""


@click.command(epilog=EPILOG)
@click.argument("run")
@click.option(
    "-i",
    "--input",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="A secret input: its value is not recorded.",
)
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
@output_option("text", "json", "jsonl")
def command(
    run: str,
    steps: tuple[str, ...],
    pairs: tuple[str, ...],
    store: str | None,
    profile: str | None,
    executor: str | None,
    max_parallel: int | None,
    output: str,
) -> int:
    """Open the next attempt of RUN (an id or a unique beginning of one), which has ended, with its stored spec.

    What succeeded is not run again, unless --from names it or it was undone. Secret inputs are asked for again (-i).
    """
    from engine.app.running import RunOptions, retry

    store = store or store_name(None, project_here(profile))
    observer: RunObserver = JsonLines(sys.stdout, Bulk(store)) if output == "jsonl" else observer_for(None)
    with observer, results_alone():
        options = RunOptions(store, None, max_parallel, observer.see, signals=True, know=observer.know)
        options.profile = profile
        options.executor = executor
        options.say = say
        options.secret_inputs = lambda declared: _asked(declared, pairs)
        end = retry(run, options, steps)
    print_end(end, output, store, observer)
    return exit_code(end)


def _asked(declared: Declared, pairs: tuple[str, ...]) -> Mapping[str, Any]:
    """The secret inputs from the call and the environment."""
    refuse_recorded(declared, (pair.partition("=")[0] for pair in pairs))
    return gathered_inputs(declared, pairs, None, os.environ)
