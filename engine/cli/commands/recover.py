"""`weft recover`: go on with every run that nobody drives."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext

import click

from engine.app.project import store_name
from engine.app.project_file import Project, project_here
from engine.cli.inputs import gathered_inputs
from engine.cli.options import (
    executor_option,
    max_parallel_option,
    output_option,
    profile_option,
    store_option,
)
from engine.cli.printed import results_alone
from engine.cli.printing import print_json, say, tell
from engine.text.snippet import visible

EPILOG = """\b
Examples:
  weft recover
  weft recover --watch 30 --store postgresql://weft@db/weft
"""


@click.command(epilog=EPILOG)
@click.option(
    "--watch",
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="Scan again and again, this often, until a signal ends it.",
)
@click.option(
    "--max-runs", type=click.IntRange(min=1), default=16, metavar="N", help="Most runs at once. [16]"
)
@store_option("Where the runs are recorded.")
@profile_option()
@executor_option()
@max_parallel_option()
@output_option("text", "json", about="How to print what was done.")
def command(
    watch: float | None,
    max_runs: int,
    store: str | None,
    profile: str | None,
    executor: str | None,
    max_parallel: int | None,
    output: str,
) -> int:
    """Go on with every run of the store that has not ended and whose owner is gone.

    A run that cannot be gone on with is put in quarantine: recovery leaves it alone, `weft resume` may still try. Exit
    code 5: there was one, or the store failed.
    """
    from engine.app.recovering import recover
    from engine.app.running import RunOptions

    project = project_here(profile)
    store = store or store_name(None, project)
    options = RunOptions(store, None, max_parallel, signals=True, profile=profile, executor=executor)
    options.secret_inputs = lambda declared: gathered_inputs(declared, (), None, os.environ)
    with results_alone(), _rounds(project) if watch else nullcontext():
        done = recover(
            options, lambda line: say(f"weft: {visible(line)}"), every_seconds=watch, runs_max=max_runs
        )
    if output == "json":
        print_json({"version": 1, "ended": done.ended, "quarantined": done.quarantined, "left": done.left})
    else:
        tell(f"ended={len(done.ended)} quarantined={len(done.quarantined)} left={len(done.left)}")
    if done.signal is not None:
        return 128 + done.signal
    return 5 if done.quarantined or done.left else 0


def _rounds(project: Project) -> AbstractContextManager[None]:
    """The project's connections are asked beside the watch, each on its interval."""
    from engine.app.health_rounds import rounds

    return rounds(project, lambda line: say(f"weft: {visible(line)}"))
