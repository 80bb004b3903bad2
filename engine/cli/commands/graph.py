"""`weft graph`: the steps of a spec, what each waits for, and how groups nest."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine.app.spec_named import check_spec
from engine.cli.commands.validate import print_problems
from engine.cli.options import OneOf, profile_option
from engine.cli.printing import print_json, tell
from engine.cli.terminal import colours
from engine.diagnostics import as_json as problems_json
from engine.graph import draw
from engine.graph.diagrams import as_dot, as_mermaid
from engine.graph.svg import as_svg

_DRAWINGS = {"text": draw.as_text, "mermaid": as_mermaid, "dot": as_dot, "svg": as_svg}

EPILOG = """\b
Examples:
  weft graph orders.weft.yaml
  weft graph orders.weft.yaml --format svg > orders.svg
"""


@click.command(epilog=EPILOG)
@click.argument("spec", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=OneOf("text", "mermaid", "dot", "svg", "json"),
    default="text",
    help="How to show it. [text]",
)
@profile_option()
def command(spec: Path, form: str, profile: str | None) -> int:
    """Show the graph of SPEC: which step waits for which, and under what condition it runs."""
    checked = check_spec(spec, profile=profile)
    errors = [d for d in checked.diagnostics if d.severity == "error"]
    if errors or checked.plan is None:
        if form == "json":
            print_json(problems_json(checked.diagnostics, 1))
        print_problems(checked, errors, colours(sys.stderr), err=True)
        return 1
    if form == "json":
        print_json(draw.as_json(checked.plan))
    else:
        tell(_DRAWINGS[form](checked.plan))
    return 0
