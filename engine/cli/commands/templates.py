"""`weft templates`: specs kept in the store by name, to be run from anywhere as `template:NAME`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from engine.app.checking import Checked, check_file, refuse_problems
from engine.app.project_file import project_here
from engine.cli.commands.validate import print_problems
from engine.cli.options import output_option, profile_option, store_option
from engine.cli.printing import print_json, print_table, say, tell
from engine.cli.terminal import colours
from engine.diagnostics import as_json as problems_json
from engine.errors import SpecError, UsageError
from engine.text import suggestion
from engine.text.snippet import shortened, visible

HEADER = ("template", "version", "workflow", "added (UTC)", "from")
ABOUT_STORE = "Where templates are kept."

EPILOG = """\b
Examples:
  weft templates add orders specs/orders.weft.yaml
  weft templates --output json | jq '.templates[].name'
"""
ADD_EPILOG = """\b
Examples:
  weft templates add orders specs/orders.weft.yaml
  weft templates add orders specs/orders.weft.yaml --store postgresql://weft@db/runs
"""


class Templates(click.Group):
    """Suggests the nearest word."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands and not args[0].startswith("-"):
            hint = suggestion(args[0], self.commands)
            raise UsageError(f'no command "templates {shortened(args[0])}"', hint=hint)
        return super().resolve_command(ctx, args)


@click.group(cls=Templates, epilog=EPILOG, invoke_without_command=True)
@store_option(ABOUT_STORE)
@profile_option()
@output_option("text", "json", about="How to print the templates.")
@click.pass_context
def command(ctx: click.Context, store: str | None, profile: str | None, output: str) -> int:
    """List the templates of a store: specs kept by name, every version of them.

    `template:NAME` stands for the latest version and `template:NAME@HASH` for the one whose hash begins so, wherever a
    command takes a SPEC.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    from engine.app.templates import list_templates

    found = list_templates(store, project_here(profile))
    if output == "json":
        print_json({"version": 1, "templates": found})
    elif found:
        print_table([HEADER, *(row for one in found for row in _rows(one))])
    else:
        say("no templates")
    return 0


def _rows(one: dict[str, Any]) -> list[tuple[str, ...]]:
    """A line for each version, the latest first."""
    workflow = shortened(one["workflow"] or "-", 40)
    return [
        tuple(map(visible, (one["name"], _short(version), workflow, _time(version), version["path"] or "-")))
        for version in one["versions"]
    ]


def _short(version: dict[str, Any]) -> str:
    from engine.app.templates import SHORT

    return str(version["hash"][:SHORT])


def _time(version: dict[str, Any]) -> str:
    return str(version["added_at"][:19]).replace("T", " ")


@command.command("add", epilog=ADD_EPILOG)
@click.argument("name")
@click.argument("spec", type=click.Path(path_type=Path))
@store_option(ABOUT_STORE)
@profile_option()
@output_option("text", "json", about="How to print the template.")
def add(name: str, spec: Path, store: str | None, profile: str | None, output: str) -> int:
    """Check SPEC and keep it, with the files it calls, as the latest version of the template NAME.

    Adding what is the latest version already changes nothing. Earlier versions stay and are run by their hash.
    """
    from engine.app.templates import add_template, shown, version_entry

    checked = check_file(spec, profile=profile)
    if not _fit(checked, output):
        return 1
    kept, added = add_template(name, spec, checked, store)
    if output == "json":
        print_json({"version": 1, "name": name, "added": added, **version_entry(kept)})
    elif added:
        tell(f"{shown(kept)} added; run it with: weft run template:{name}")
    else:
        tell(f"{shown(kept)} is there already; nothing was changed")
    return 0


def _fit(checked: Checked, output: str) -> bool:
    """Whether the spec could be run; what is wrong with it is printed."""
    try:
        refuse_problems(checked)
    except SpecError as error:
        if output == "json":
            print_json(problems_json(error.diagnostics, 1))
        problems = [one for one in error.diagnostics if one.severity == "error" or one.code == "WF212"]
        print_problems(checked, problems, colours(sys.stderr), err=True)
        say(f"weft: {checked.name} cannot be run; no template was added")
        return False
    return True
