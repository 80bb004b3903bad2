"""`weft describe`: what a spec does, in words."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine.app.describing import Call, as_text, describe, origins
from engine.app.spec_named import check_spec
from engine.cli.commands.validate import print_problems
from engine.cli.options import (
    executor_option,
    max_parallel_option,
    output_option,
    profile_option,
    store_option,
)
from engine.cli.printing import print_json, tell
from engine.cli.terminal import colours
from engine.diagnostics import as_json as problems_json

EPILOG = """\b
Examples:
  weft describe orders.weft.yaml --origins --profile ci
  weft describe orders.weft.yaml --output json | jq '.steps[] | {id, timeout}'
"""


@click.command(epilog=EPILOG)
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--origins", "with_origins", is_flag=True, help="Also where each setting comes from.")
@profile_option()
@store_option("As for `weft run`.")
@executor_option()
@max_parallel_option()
@output_option("text", "json", about="How to print it.")
def command(
    spec: Path,
    with_origins: bool,
    profile: str | None,
    store: str | None,
    executor: str | None,
    max_parallel: int | None,
    output: str,
) -> int:
    """Say in words what SPEC needs, what runs when, with how many tries and how long, and what a failure means.

    With --origins also each setting of a run, and whether it comes from the command line, the environment, the profile,
    the spec, the project file, or is the default.
    """
    checked = check_spec(spec, store=store, profile=profile)
    errors = [d for d in checked.diagnostics if d.severity == "error"]
    if errors or checked.plan is None:
        if output == "json":
            print_json(problems_json(checked.diagnostics, 1))
        print_problems(checked, errors, colours(sys.stderr), err=True)
        return 1
    facts = describe(checked)
    if with_origins:
        facts["origins"] = origins(checked, Call(store, profile, max_parallel, executor))
    if output == "json":
        print_json(facts)
    else:
        tell(as_text(facts))
    return 0
