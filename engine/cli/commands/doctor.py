"""`weft doctor`: is what the store holds whole?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.cli.options import output_option, profile_option, store_option
from engine.cli.printing import print_json, say, tell
from engine.text.snippet import visible

if TYPE_CHECKING:
    from engine.app.doctor import Examination, Finding

EPILOG = """\b
Examples:
  weft doctor
  weft doctor --deep --store postgresql://weft@db/runs --output json
"""


@click.command(epilog=EPILOG)
@click.option("--run", "run_id", metavar="RUN", help="Only this run (an id or a unique beginning of one).")
@click.option("--deep", is_flag=True, help="Replay ended runs too, and check the file's indexes.")
@store_option("The store to look at.")
@profile_option()
@output_option("text", "json", about="How to print what was found.")
def command(run_id: str | None, deep: bool, store: str | None, profile: str | None, output: str) -> int:
    """Check that what a store holds is whole: every run's record, the row made of it, its spec; the file and its disk.

    It only reads, and may be called while runs go on. Exit code 1 where something is damaged.
    """
    from engine.app.doctor import examine

    seen = examine(store or store_name(None, project_here(profile)), run_id, deep=deep)
    if output == "json":
        print_json(seen.entry())
    else:
        for finding in seen.findings:
            _print(finding)
    say(_summary(seen))
    return 1 if seen.damaged else 0


def _print(finding: Finding) -> None:
    where = f"run {finding.run_id}  " if finding.run_id is not None else ""
    where += f"event {finding.seq}  " if finding.seq is not None else ""
    tell(visible(f"{finding.severity} [{finding.check}] {where}{finding.message}"))
    tell(visible(f"  repair: {finding.repair}"))


def _summary(seen: Examination) -> str:
    runs = f"{seen.runs:,} run{'' if seen.runs == 1 else 's'}, {seen.events:,} event{'' if seen.events == 1 else 's'}"
    damage = sum(one.severity == "damage" for one in seen.findings)
    told = "nothing is damaged" if not damage else f"{damage:,} finding{'' if damage == 1 else 's'} of damage"
    return f"weft: {runs} looked at, {seen.replayed:,} replayed: {told}"
