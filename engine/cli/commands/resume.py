"""`weft resume`: go on with a run that has not ended."""

from __future__ import annotations

import click

from engine.cli.options import (
    executor_option,
    max_parallel_option,
    output_option,
    profile_option,
    secret_inputs_option,
    store_option,
)
from engine.cli.taking_up import taking_up

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
    from engine.app.running import resume

    with taking_up(output, store, profile, pairs, executor=executor, max_parallel=max_parallel) as taking:
        end = resume(run, taking.options)
    return taking.print(end)
