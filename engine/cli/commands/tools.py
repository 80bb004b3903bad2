"""`weft tools`: which tools there are, and what one of them takes and gives."""

from __future__ import annotations

from typing import Any

import click

from engine.app.checking import known_tools
from engine.cli.options import output_option
from engine.cli.printing import print_json, tell
from engine.errors import UsageError
from engine.spec.toolspec import Declaration
from engine.text import suggestion
from engine.text.snippet import shortened

EPILOG = """\b
Examples:
  weft tools
  weft tools http --output json
"""


@click.command(epilog=EPILOG)
@click.argument("name", required=False)
@output_option("text", "json", about="How to print the tools.")
def command(name: str | None, output: str) -> int:
    """List the tools, or show the operations and parameters of NAME."""
    tools = known_tools()
    if name is not None and tools.get(name) is None:
        where = "a connection is shown by its tool, as in: weft tools sql"
        hint = "\n".join(filter(None, (suggestion(name, tools), where)))
        raise UsageError(f'no tool "{shortened(name)}"', hint=hint)
    chosen = [tools[name]] if name is not None else [tools[known] for known in tools]
    if output == "json":
        shown: Any = (
            as_json(chosen[0]) if name else {"version": 1, "tools": [as_json(tool) for tool in chosen]}
        )
        print_json(shown)
    elif name:
        from engine.cli.tool_page import tool_page

        for line in tool_page(chosen[0]):
            tell(line)
    else:
        for tool in chosen:
            tell(f"{tool.name:<12} {tool.category:<16} {tool.description}")
    return 0


def as_json(tool: Declaration) -> dict[str, Any]:
    """The shape of `weft tools NAME --output json`."""
    operations = {
        name: {
            "description": operation.description,
            "parameters": operation.parameters,
            "result": operation.result,
            "permissions": list(operation.permissions),
            **({"any_of": list(operation.any_of)} if operation.any_of else {}),
            "streams": operation.streams,
        }
        for name, operation in tool.operations.items()
    }
    told: dict[str, Any] = {"name": tool.name, "category": tool.category, "priority": tool.priority}
    if tool.distribution:
        told["distribution"] = tool.distribution
    if tool.broken:
        told["broken"] = tool.broken
    return {**told, "operations": operations}
