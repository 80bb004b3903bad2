"""`weft run`: validate, run, tell how it went."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from engine.app.checking import Checked
from engine.app.project import store_name
from engine.app.sealed import veiled
from engine.app.spec_named import find_spec
from engine.cli.inputs import gathered_inputs
from engine.cli.options import (
    executor_option,
    max_parallel_option,
    output_option,
    profile_option,
    store_option,
)
from engine.cli.printed import results_alone
from engine.cli.printing import json_text, print_json, say, tell
from engine.cli.progress import observer_for
from engine.cli.refusing import presentable

EPILOG = """\b
Examples:
  weft run orders.weft.yaml -i day=2026-01-31 -i limit=10
  weft run orders.weft.yaml --store memory --output json | jq .outputs
"""


@click.command(epilog=EPILOG)
@click.argument("spec", type=click.Path(path_type=Path))
@click.option(
    "-i", "--input", "pairs", multiple=True, metavar="NAME=VALUE", help="An input; NAME=@file reads a file."
)
@click.option(
    "--inputs",
    "inputs_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Inputs from a YAML or JSON file.",
)
@store_option("Where the run is recorded: a URL, a file, or memory.")
@profile_option()
@executor_option()
@max_parallel_option()
@output_option("text", "json", "jsonl")
@click.option("--dry-run", is_flag=True, help="Check the spec and the inputs, run nothing.")
@click.option(
    "--run-id", metavar="ID", help="Makes starting idempotent: the same id, spec and inputs are one run."
)
def command(
    spec: Path,
    pairs: tuple[str, ...],
    inputs_file: Path | None,
    store: str | None,
    profile: str | None,
    executor: str | None,
    max_parallel: int | None,
    output: str,
    dry_run: bool,
    run_id: str | None,
) -> int:
    """Validate SPEC, then run it.

    Results go to standard output, progress and problems to standard error. Exit code 4: the run ended other than
    succeeded.
    """
    checked, path = find_spec(spec, store=store, profile=profile)
    if not presentable(checked, output):
        return 1
    assert checked.workflow is not None
    inputs = gathered_inputs(checked.workflow.inputs, pairs, inputs_file, os.environ)
    if dry_run:
        return _dry_run(checked, inputs, output)
    from engine.app.running import RunOptions, run_checked
    from engine.cli.results import exit_code, print_end

    store = store_name(store, checked.project)
    observer = observer_for(output, store, checked)
    options = RunOptions(store, run_id, max_parallel, observer.see, signals=True, executor=executor)
    options.say, options.large = say, "none" if output == "text" else "files"
    with observer, results_alone():
        end = run_checked(checked, path, inputs, options)
    print_end(end, output, store, observer)
    return exit_code(end)


def _dry_run(checked: Checked, inputs: dict[str, Any], output: str) -> int:
    from engine.spec.inputs import bind_inputs

    assert checked.workflow is not None
    assert checked.plan is not None
    declared = checked.workflow.inputs
    values = veiled(declared, bind_inputs(declared, inputs))
    if output != "text":
        print_json({"version": 1, "dry_run": True, "inputs": values}, indent=None)
        return 0
    shown = json_text(values, None, sys.stdout.encoding)
    tell(f"{checked.workflow.name}: {len(checked.plan.steps) - 1} steps, inputs {shown}; nothing was run")
    return 0
