"""`weft schema`: the JSON Schemas of spec files and of what the commands print."""

from __future__ import annotations

import json
from pathlib import Path

import click

from engine.app.checking import known_tools
from engine.cli.printing import tell
from engine.errors import UsageError
from engine.spec.schema_dispatch import dispatch
from engine.spec.shipped import shipped
from engine.tools.registry import BUILT_IN

EPILOG = """\b
Examples:
  weft schema > workflow.schema.json
  weft schema --write schemas/
"""


SPEC_FILES = "workflow.schema.json"


@click.command(epilog=EPILOG)
@click.option(
    "--write", "folder", type=click.Path(path_type=Path), help="Write every schema into this folder."
)
def command(folder: Path | None) -> int:
    """Print the JSON Schema of spec files, or write every schema Weft has into a folder.

    The schema of spec files knows the parameters of every tool that is installed here, for editors.
    """
    schemas = sorted(shipped("schemas").glob("*.schema.json"))
    if folder is None:
        tell(_of_spec_files().rstrip("\n"))
        return 0
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for schema in schemas:
            (folder / schema.name).write_bytes(schema.read_bytes())
        (folder / SPEC_FILES).write_text(_of_spec_files(), encoding="utf-8")
    except OSError as error:
        raise UsageError(f'cannot write to "{folder}": {error.strerror}') from None
    tell(f"{len(schemas)} schemas written to {folder}")
    return 0


def _of_spec_files() -> str:
    """The shipped schema, with the tools that other packages bring put beside the engine's own."""
    text = (shipped("schemas") / SPEC_FILES).read_text(encoding="utf-8")
    tools = known_tools()
    others = [tools[name] for name in tools if name not in BUILT_IN]
    if not any(tool.operations for tool in others):
        return text
    schema = json.loads(text)
    schema["$defs"]["tool_parameters"]["allOf"] += [dispatch(tool) for tool in others if tool.operations]
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
