"""`weft retry`: the next attempt of a run that has ended."""

from __future__ import annotations

from pathlib import Path

import click

from engine.app.spec_named import find_spec
from engine.cli.options import (
    executor_option,
    max_parallel_option,
    output_option,
    profile_option,
    secret_inputs_option,
    store_option,
)
from engine.cli.refusing import presentable
from engine.cli.taking_up import taking_up

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
    from engine.app.running import retry

    new = None if spec is None else find_spec(spec, store=store, profile=profile)
    if new is not None and not presentable(new[0], output):
        return 1
    with taking_up(output, store, profile, pairs, executor=executor, max_parallel=max_parallel) as taking:
        end = retry(run, taking.options, steps, new)
    return taking.print(end)
