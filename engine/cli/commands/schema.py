"""`weft schema`: the JSON Schemas of spec files and of what the commands print."""

from __future__ import annotations

from pathlib import Path

import click

from engine.cli.printing import tell
from engine.errors import UsageError
from engine.spec.shipped import shipped

EPILOG = """\b
Examples:
  weft schema > workflow.schema.json
  weft schema --write schemas/
"""


@click.command(epilog=EPILOG)
@click.option(
    "--write", "folder", type=click.Path(path_type=Path), help="Write every schema into this folder."
)
def command(folder: Path | None) -> int:
    """Print the JSON Schema of spec files, or write every schema Weft has into a folder."""
    schemas = sorted(shipped("schemas").glob("*.schema.json"))
    if folder is None:
        text = (shipped("schemas") / "workflow.schema.json").read_text(encoding="utf-8")
        tell(text.rstrip("\n"))
        return 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for schema in schemas:
            (folder / schema.name).write_bytes(schema.read_bytes())
    except OSError as error:
        raise UsageError(f'cannot write to "{folder}": {error.strerror}') from None
    tell(f"{len(schemas)} schemas written to {folder}")
    return 0
