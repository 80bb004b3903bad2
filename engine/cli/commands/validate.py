"""`weft validate`: every problem of every file, and a summary."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from engine.app.checking import Checked
from engine.app.discovery import find_specs
from engine.app.spec_named import check_spec
from engine.cli.options import OneOf, profile_option
from engine.cli.printing import print_json, say, tell
from engine.cli.terminal import colours
from engine.diagnostics import Diagnostic, as_json, as_text
from engine.errors import UsageError

EPILOG = """\b
Examples:
  weft validate orders.weft.yaml
  weft validate specs/ --format json > problems.json
"""


@click.command(epilog=EPILOG)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=OneOf("text", "json", "github", "sarif", "junit"),
    default="text",
    help="How to print problems. [text]",
)
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--live", is_flag=True, help="Ask the connections that the specs use, too.")
@profile_option()
def command(paths: tuple[Path, ...], form: str, strict: bool, live: bool, profile: str | None) -> int:
    """Check spec files or folders (default: this folder).

    A named file and every *.weft.yaml is checked; other yaml and json files only with a top-level `weft:` key. Nothing
    is executed, no secret and no connection is needed; with --live the connections are asked whether they work (exit code
    5 where that is all that is wrong).
    """
    found = find_specs(list(paths))
    if not found.specs:
        where = ", ".join(map(str, paths)) or "this folder"
        hint = "specs are named *.weft.yaml, or hold a top-level `weft:` key"
        raise UsageError(
            f"no specs in {where} ({found.passed_over} yaml and json files passed over)", hint=hint
        )
    checked = [check_spec(path, profile=profile) for path in found.specs]
    bad = _bad(checked, strict)
    if live:
        from engine.app.live import ask_live

        ask_live(checked)
    _print(checked, found.passed_over, form, strict)
    if not bad and _bad(checked, strict):
        return 5
    return 1 if bad else 0


def _bad(checked: list[Checked], strict: bool) -> bool:
    return any(one.diagnostics.errors or (strict and one.diagnostics.count("warning")) for one in checked)


def _print(checked: list[Checked], passed_over: int, form: str, strict: bool) -> None:
    problems = [problem for one in checked for problem in one.diagnostics]
    if form == "json":
        print_json(as_json(problems, len(checked)))
    elif form == "sarif":
        from engine.diagnostics.render_sarif import as_sarif

        print_json(as_sarif(problems))
    elif form == "junit":
        from engine.diagnostics.render_junit import as_junit

        sys.stdout.write(as_junit(((one.name, list(one.diagnostics)) for one in checked), strict=strict))
    elif form == "github":
        from engine.diagnostics.render_github import as_github

        for line in as_github(problems):
            tell(line)
        _print_summary(checked, passed_over)
    else:
        _print_text(checked)
        _print_summary(checked, passed_over)


def _print_text(checked: list[Checked]) -> None:
    colour = colours(sys.stdout)
    for one in checked:
        print_problems(one, list(one.diagnostics), colour)
        if one.diagnostics.left_out:
            tell(f"{one.name}: {one.diagnostics.left_out} more problems are not shown\n")


def _print_summary(checked: list[Checked], passed_over: int) -> None:
    counts = {
        kind: sum(one.diagnostics.count(kind) for one in checked) for kind in ("error", "warning", "info")
    }
    told = ", ".join(_counted(number, kind) for kind, number in counts.items() if number) or "no problems"
    over = f", {passed_over} other files passed over" if passed_over else ""
    tell(f"{_counted(len(checked), 'file')} checked{over}: {told}")


def print_problems(one: Checked, problems: list[Diagnostic], colour: bool, *, err: bool = False) -> None:
    """Problems of one spec with their snippets."""
    sources = {**one.sources, **({one.name: one.source} if one.source is not None else {})}
    if problems:
        (say if err else tell)(as_text(problems, sources, colour))


def _counted(number: int, what: str) -> str:
    plural = what if number == 1 or what == "info" else what + "s"
    return f"{number} {plural}"
