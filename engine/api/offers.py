"""The tools a program offers beside the installed ones: for one run (`tools=`), or for the process (`register_tool`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.api.arguments import refused
from engine.errors import UsageError
from engine.spec.toolspec import Declaration
from engine.text.snippet import shortened
from engine.tools.port import Tool as Living
from engine.tools.registry import BUILT_IN, make_tool

if TYPE_CHECKING:
    from engine.tools.writing.given import Given

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_REGISTERED: dict[str, Given] = {}


def register_tool(name: str, tool: Any, config: Mapping[str, Any] | None = None) -> None:
    """Offer a tool to every spec that this process loads, checks or runs from now on; the same name again replaces it.

    `tool` is a `Tool` class (made anew for each run that uses it, and closed with it), an instance (used as it is, never
    closed), or a function. `config` are the settings a class is configured with: steps then name the tool itself; without,
    specs may configure it by `connections`. Raises UsageError for what is no tool, a config that does not fit, and the
    name of a built-in tool (which `tools=` may replace for one run).
    """
    from engine.tools.writing.given import given

    if name in BUILT_IN:
        raise UsageError(
            f'"{name}" is a built-in tool', hint="choose another name, or replace it for one run: tools={…}"
        )
    _REGISTERED[_named(name)] = given(name, tool, config)


class Offers:
    """The tools offered at one call, by name. Those given with the call win over registered ones."""

    def __init__(self, tools: Mapping[str, Any] | None) -> None:
        self._given = dict(_REGISTERED)
        if tools is not None and not isinstance(tools, Mapping):
            raise refused("tools", tools, 'give them as a mapping: tools={"NAME": tool}')
        if tools:
            from engine.tools.writing.given import given

            self._given |= {_named(name): given(name, tool) for name, tool in tools.items()}
        self.declarations: dict[str, Declaration] = {
            name: offered.declaration for name, offered in self._given.items()
        }

    def make(self, declaration: Declaration, settings: Mapping[str, Any]) -> Living:
        """The living tool of a declaration: an offered one is made here, others by the registry."""
        offered = self._given.get(declaration.name)
        if offered is not None and offered.declaration is declaration:
            return offered.make(settings)
        return make_tool(declaration, settings)


def _named(name: str) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UsageError(
            f'"{shortened(str(name))}" cannot be the name of a tool', hint="letters, digits, _ . -"
        )
    return name
