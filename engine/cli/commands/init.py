"""`weft init`: a project to start from, which runs as it is."""

from __future__ import annotations

import shlex
from importlib.util import find_spec
from pathlib import Path

import click

from engine.app.scaffold import write_project
from engine.cli.printing import tell
from engine.text.snippet import visible

EPILOG = """\b
Examples:
  weft init demo
  weft init
"""
_ABOUT = {
    "hello.weft.yaml": "5 steps: load -> big_orders -> top -> not_empty -> report",
    "hello.py": "the function that one of them calls",
    "data/orders.csv": "1,000 orders",
    "weft.toml": "settings of the project",
    "schemas/workflow.schema.json": "completion and checks in the editor",
    ".github/workflows/weft.yml": "validates and runs on every push",
}


@click.command(epilog=EPILOG)
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=Path())
def command(folder: Path) -> int:
    """Make a project in DIR (default: this folder). Files that exist are never overwritten."""
    files = write_project(folder)
    tell(f"Created {visible(str(folder))}/")
    width = max(map(len, files))
    for name in files:
        tell(f"  {name:<{width}}  {_ABOUT.get(name, '')}".rstrip())
    steps = [f"cd {shlex.quote(str(folder))}"] if folder != Path() else []
    if find_spec("sqlglot") is None:
        steps.append("pip install 'weft-engine[warehouse]'")
    tell(f"Next: {' && '.join([*steps, 'weft run hello.weft.yaml'])}")
    return 0
