"""A spec that cannot be run: what is wrong with it is shown as `weft validate` shows it."""

from __future__ import annotations

import sys

from engine.app.checking import Checked, refuse_problems
from engine.cli.commands.validate import print_problems
from engine.cli.jsonl import closing_line
from engine.cli.printing import print_json, say
from engine.cli.terminal import colours
from engine.diagnostics import as_json
from engine.errors import SpecError


def presentable(checked: Checked, output: str) -> bool:
    """Print what is wrong with the spec; False when it cannot be run."""
    try:
        refuse_problems(checked)
    except SpecError as error:
        if output != "text":
            shown = as_json(error.diagnostics, 1)
            print_json(closing_line("problems", shown) if output == "jsonl" else shown, indent=None)
        problems = [d for d in error.diagnostics if d.severity == "error" or d.code == "WF212"]
        print_problems(checked, problems, colours(sys.stderr), err=True)
        say(f"weft: {checked.name} cannot be run; nothing was started")
        return False
    warnings = [d for d in checked.diagnostics if d.severity == "warning"]
    print_problems(checked, warnings, colours(sys.stderr), err=True)
    return True
