"""`weft describe`: what a spec does, in words."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine.app.checking import check_file
from engine.app.describing import as_text, describe
from engine.cli.commands.validate import print_problems
from engine.cli.options import output_option
from engine.cli.printing import print_json, tell
from engine.cli.terminal import colours
from engine.diagnostics import as_json as problems_json

EPILOG = """\b
Examples:
  weft describe orders.weft.yaml
  weft describe orders.weft.yaml --output json | jq '.steps[] | {id, timeout}'
"""


@click.command(epilog=EPILOG)
@click.argument("spec", type=click.Path(path_type=Path))
@output_option("text", "json", about="How to print it.")
def command(spec: Path, output: str) -> int:
    """Say in words what SPEC needs, what runs when, with how many tries and how long, and what a failure means."""
    checked = check_file(spec)
    errors = [d for d in checked.diagnostics if d.severity == "error"]
    if errors or checked.plan is None:
        if output == "json":
            print_json(problems_json(checked.diagnostics, 1))
        print_problems(checked, errors, colours(sys.stderr), err=True)
        return 1
    facts = describe(checked)
    if output == "json":
        print_json(facts)
    else:
        tell(as_text(facts))
    return 0
