"""`weft graph`: the steps of a spec, what each waits for, and how groups nest."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from engine.app.checking import check_file
from engine.cli.commands.validate import print_problems
from engine.cli.terminal import colours
from engine.graph.draw import as_json, as_text

EPILOG = """\b
Examples:
  weft graph orders.weft.yaml
  weft graph orders.weft.yaml --format json
"""


@click.command(epilog=EPILOG)
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def command(spec: Path, form: str) -> int:
    """Show the graph of SPEC: which step waits for which, and under what condition it runs."""
    checked = check_file(spec)
    errors = [d for d in checked.diagnostics if d.severity == "error"]
    if errors or checked.plan is None:
        print_problems(checked, errors, colours(sys.stderr), err=True)
        return 1
    if form == "json":
        click.echo(json.dumps(as_json(checked.plan), ensure_ascii=False, indent=2))
    else:
        click.echo(as_text(checked.plan))
    return 0
