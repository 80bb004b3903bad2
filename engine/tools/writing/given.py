"""What a program may give as a tool — a class, an instance, a function — as a declaration and a maker of living tools."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.errors import UsageError
from engine.spec.toolspec import Declaration
from engine.tools.port import CallContext
from engine.tools.port import Tool as Living
from engine.tools.writing.operation import MARK
from engine.tools.writing.tool import Tool, configured, of_function

Make = Callable[[Mapping[str, Any]], Living]


@dataclass(frozen=True, slots=True)
class Given:
    """A tool of the program: what it promises, and how one is made from the settings of a connection."""

    declaration: Declaration
    make: Make


def installed(name: str, tool: Any, factory: str) -> Declaration | None:
    """What an installed tool promises: a class, or a function marked with `@operation`; None for anything else.

    `factory` is where it was imported from. Raises UsageError as `given` does.
    """
    if isinstance(tool, type) and issubclass(tool, Tool):
        return tool.declaration(name, factory=factory)
    if inspect.isfunction(tool) and hasattr(tool, MARK):
        return of_function(tool).declaration(name, factory=factory)
    return None


class Lent:
    """A tool that somebody else made: used by a run, never closed by it."""

    def __init__(self, tool: Tool) -> None:
        self._tool = tool

    @property
    def lent(self) -> Tool:
        """The tool itself."""
        return self._tool

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Any:
        return self._tool.call(operation, parameters, context)

    @property
    def health_check(self) -> Any:
        """Its own, where it has one."""
        return getattr(self._tool, "health_check", None)

    def close(self) -> None:
        """Its maker closes it."""


def given(name: str, tool: Any, config: Mapping[str, Any] | None = None) -> Given:
    """A tool under a name. `config`: settings it is made with wherever it is used (it then takes no connection).

    Raises UsageError for what is no tool, for signatures that can be no operation's, and for settings that do not fit.
    """
    if isinstance(tool, type) and issubclass(tool, Tool):
        if config is None:
            return Given(tool.declaration(name), lambda settings: configured(tool, settings))
        settings = dict(config)
        configured(tool, settings).close()  # what does not fit is told now
        return Given(tool.declaration(name, configured=True), lambda _: configured(tool, settings))
    if config is not None:
        raise UsageError(
            f'the tool "{name}" takes no config', hint="give the class, to be made with a config"
        )
    if isinstance(tool, Tool):
        return Given(type(tool).declaration(name, configured=True), lambda _: Lent(tool))
    if inspect.isfunction(tool) or inspect.ismethod(tool):
        made = of_function(tool)
        return Given(made.declaration(name), lambda _: made())
    kind = tool.__qualname__ if isinstance(tool, type) else type(tool).__name__
    raise UsageError(
        f'"{name}" is given as a tool, but {kind} is none', hint="give a Tool, its class, or a function"
    )
