"""Which tools there are: built-in ones from a literal table, others by the entry point group `weft.tools`.

A declaration is imported when its name is asked for, an implementation when the first call needs it. The environment's
entry points are read only when a name is not built in (it costs as much as validating a small spec).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from engine.errors import Unavailable, UsageError
from engine.spec.toolspec import Declaration
from engine.tools.port import Tool

ENTRY_POINTS = "weft.tools"
BUILT_IN = {
    "assert": "engine.tools.core.asserting.declare:DECLARATION",
    "echo": "engine.tools.core.echo.declare:DECLARATION",
    "fail": "engine.tools.core.fail.declare:DECLARATION",
    "file": "engine.tools.core.file.declare:DECLARATION",
    "http": "engine.tools.core.http.declare:DECLARATION",
    "python": "engine.tools.core.python.declare:DECLARATION",
    "shell": "engine.tools.core.shell.declare:DECLARATION",
    "sleep": "engine.tools.core.sleep.declare:DECLARATION",
    "sql": "engine.tools.warehouse.declare:DECLARATION",
    "transform": "engine.tools.core.transform.declare:DECLARATION",
    "wait": "engine.tools.core.wait.declare:DECLARATION",
}


class Registry(Mapping[str, Declaration]):
    """Declarations by tool name. Iterating reads the entry points too."""

    def __init__(self) -> None:
        self._loaded: dict[str, Declaration] = {}
        self._installed: dict[str, str] | None = None

    def __getitem__(self, name: str) -> Declaration:
        if name not in self._loaded:
            target = BUILT_IN.get(name) or self._entry_points().get(name)
            if target is None:
                raise KeyError(name)
            self._loaded[name] = _declaration(name, target)
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*BUILT_IN, *self._entry_points()}))

    def __len__(self) -> int:
        return len({*BUILT_IN, *self._entry_points()})

    def _entry_points(self) -> dict[str, str]:
        if self._installed is None:
            from importlib.metadata import entry_points

            self._installed = {point.name: point.value for point in entry_points(group=ENTRY_POINTS)}
        return self._installed


def make_tool(declaration: Declaration, config: Mapping[str, Any]) -> Tool:
    """The living tool of a declaration. Raises MissingExtra when its dependencies are not installed."""
    tool: Tool = _target(declaration.factory)(config)
    return tool


def _declaration(name: str, target: str) -> Declaration:
    try:
        found = _target(target)
    except ImportError as error:
        raise Unavailable(f'the tool "{name}" cannot be loaded from {target}: {error}') from error
    if not isinstance(found, Declaration):
        raise UsageError(f'the entry point of the tool "{name}" ({target}) is no Declaration')
    return found


def _target(path: str) -> Any:
    module, _, attribute = path.partition(":")
    return getattr(import_module(module), attribute)
