"""`weft backup`: a copy of a store that may be in use."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.cli.options import profile_option, store_option
from engine.cli.printing import say, tell
from engine.text.snippet import visible

EPILOG = """\b
Examples:
  weft backup runs-2026-01-31.db
  weft backup /backups/runs.db --store sqlite:///runs.db
"""


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@store_option("The store to copy.")
@profile_option()
def command(file: Path, store: str | None, profile: str | None) -> int:
    """Copy the store to the new file FILE while runs go on: whole, as of one moment, a store itself.

    A store on a server is copied by the server's own tools: pg_dump, for instance. Large data below .weft/runs is not part
    of the store: copy that folder too.
    """
    from engine.journal import back_up

    back_up(store or store_name(None, project_here(profile)), file)
    tell(f"copied to {visible(str(file))} ({file.stat().st_size:,} bytes)")
    say(f"look at it with: weft runs --store {visible(shlex.quote(str(file)))}")
    return 0
