"""`module:name` and the settings of a connection -> a living tool. The one place where implementations are imported.

Used in the engine's process and in those of its workers, so it imports next to nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.tools.writing.operation import MARK

if TYPE_CHECKING:
    from engine.tools.port import Tool


def target(path: str) -> Any:
    """What `module:name` names. Raises whatever the import raises, AttributeError where the module has no such name."""
    module, _, name = path.partition(":")
    found: Any = import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def living(factory: str, config: Mapping[str, Any]) -> Tool:
    """The tool a factory makes of the settings of a connection: a callable, a Tool class, a function marked @operation."""
    found = target(factory)
    of_settings = getattr(found, "of_settings", None)
    tool: Tool
    if of_settings is not None:
        tool = of_settings(config)
    elif hasattr(found, MARK):
        from engine.tools.writing.tool import of_function

        tool = of_function(found)()
    else:
        tool = found(config)
    return tool
