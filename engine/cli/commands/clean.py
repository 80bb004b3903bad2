"""`weft clean`: delete runs that ended long ago."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.cli.options import output_option, profile_option, store_option
from engine.cli.printing import print_json, print_table, say, tell
from engine.text.snippet import shortened, visible

if TYPE_CHECKING:
    from engine.app.cleaning import CleanUp

HEADER = ("run", "workflow", "status", "ended (UTC)")
NOT_ALL = 5

EPILOG = """\b
Examples:
  weft clean --older-than 30d --dry-run
  weft clean --older-than 7d --status succeeded --store sqlite:///runs.db
"""


@click.command(epilog=EPILOG)
@click.option(
    "--older-than", required=True, metavar="AGE", help="How long ago they ended, at least: 30d, 12h."
)
@click.option(
    "--status", "statuses", multiple=True, metavar="S", help="Only runs that ended with this status."
)
@click.option("--dry-run", is_flag=True, help="Only say which runs these are.")
@click.option("--force", is_flag=True, help="Also with an age of less than an hour.")
@store_option("Where the runs are recorded.")
@profile_option()
@output_option("text", "json", about="How to print what was deleted.")
def command(
    older_than: str,
    statuses: tuple[str, ...],
    dry_run: bool,
    force: bool,
    store: str | None,
    profile: str | None,
    output: str,
) -> int:
    """Delete whole runs that ended long ago: their rows, their large data, and specs that no run is of any more.

    Cached results whose time is over go too.

    Runs that have not ended stay, however old they are. There is no way back but a backup: weft backup FILE.
    """
    from engine.app.cleaning import clean_up

    store = store or store_name(None, project_here(profile))
    done = clean_up(store, older_than, statuses, dry_run=dry_run, force=force)
    if output == "json":
        print_json(done.entry())
    else:
        _print(done)
    for path, reason in done.left.items():
        say(f"weft: {visible(path)} could not be removed: {visible(reason)}")
    return NOT_ALL if done.left else 0


def _print(done: CleanUp) -> None:
    moment = done.entry()["before"][:19].replace("T", " ")
    if done.results:
        number = f"{done.results:,} cached result{'' if done.results == 1 else 's'}"
        say(f"{number} whose time was over {'would be' if done.dry_run else 'were'} deleted")
    if not done.runs:
        left = "no run" if done.results else "nothing"
        say(f"no such run ended before {moment} UTC; {left} was deleted")
        return
    print_table([HEADER, *(_cells(entry) for entry in done.entry()["runs"])])
    number = f"{len(done.runs):,} run{'' if len(done.runs) == 1 else 's'}"
    tell(f"\n{number} would be deleted" if done.dry_run else f"\n{number} deleted")


def _cells(entry: dict[str, str]) -> tuple[str, ...]:
    ended = entry["finished_at"][:19].replace("T", " ")
    return tuple(map(visible, (entry["run_id"], shortened(entry["workflow"], 40), entry["status"], ended)))
