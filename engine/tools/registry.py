"""Which tools there are: built-in ones from a literal table, others by the entry point group `weft.tools`.

A declaration is imported when its name is asked for, an implementation when the first call needs it. The environment's
entry points are read only when a name is not built in (it costs as much as validating a small spec). An entry point names a
`Declaration`, a `Tool` class or a function marked with `@operation`; one that cannot be loaded is a tool that is there and
broken: who uses it is told why, the others go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.errors import Unavailable, WeftError
from engine.spec.toolspec import Declaration
from engine.text.snippet import shortened
from engine.tools.making import living, target
from engine.tools.port import Tool

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

ENTRY_POINTS = "weft.tools"
BUILT_IN = {
    "assert": "engine.tools.core.asserting.declare:DECLARATION",
    "echo": "engine.tools.core.echo.declare:DECLARATION",
    "fail": "engine.tools.core.fail.declare:DECLARATION",
    "file": "engine.tools.core.file.declare:DECLARATION",
    "http": "engine.tools.core.http.declare:DECLARATION",
    "python": "engine.tools.core.python.declare:DECLARATION",
    "render": "engine.tools.core.render.declare:DECLARATION",
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
        self._installed: dict[str, list[EntryPoint]] | None = None

    def __getitem__(self, name: str) -> Declaration:
        if name not in self._loaded:
            if name in BUILT_IN:
                self._loaded[name] = target(BUILT_IN[name])
            elif name in self._entry_points():
                self._loaded[name] = _installed(name, self._entry_points()[name])
            else:
                raise KeyError(name)
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted({*BUILT_IN, *self._entry_points()}))

    def __len__(self) -> int:
        return len({*BUILT_IN, *self._entry_points()})

    def _entry_points(self) -> dict[str, list[EntryPoint]]:
        if self._installed is None:
            from importlib.metadata import entry_points

            self._installed = {}
            for point in entry_points(group=ENTRY_POINTS):
                same = self._installed.setdefault(point.name, [])
                if all(point.value != other.value for other in same):
                    same.append(point)
        return self._installed


def declared_in(name: str) -> str | None:
    """The module that what a tool promises is read from; None where no such tool is installed."""
    if name in BUILT_IN:
        return BUILT_IN[name].partition(":")[0]
    from importlib.metadata import entry_points

    return next((point.module for point in entry_points(group=ENTRY_POINTS, name=name)), None)


def make_tool(declaration: Declaration, config: Mapping[str, Any]) -> Tool:
    """The living tool of a declaration.

    Raises MissingExtra when its dependencies are not installed, Unavailable when its implementation cannot be imported.
    """
    if declaration.broken:
        raise Unavailable(f'the tool "{declaration.name}" cannot be used: {declaration.broken}')
    try:
        return living(declaration.factory, config)
    except ImportError as error:
        raise _not_importable(declaration, error) from error


def _not_importable(declaration: Declaration, error: ImportError) -> Unavailable:
    hint = None
    if declaration.distribution:
        extra = f"[{declaration.extra}]" if declaration.extra else ""
        hint = f"pip install '{declaration.distribution}{extra}'"
    return Unavailable(f'the tool "{declaration.name}" cannot be imported: {_said(error)}', hint=hint)


def _installed(name: str, points: list[EntryPoint]) -> Declaration:
    """What an installed tool promises. Never raises: whatever is wrong with it is told by what it gives."""
    point = points[0]
    package = point.dist.name if point.dist is not None else None
    where = f"{package}, {point.value}" if package else point.value
    if len(points) > 1:
        others = " and ".join(one.dist.name if one.dist is not None else one.value for one in points)
        return _broken(name, package, f"{others} both bring a tool of this name")
    try:
        found = _declared(name, point)
        if found is not None:
            return replace(found, name=name, distribution=package)
    except (Exception, SystemExit) as error:
        return _broken(name, package, f"it cannot be loaded ({where}): {_said(error)}")
    return _broken(name, package, f"{point.value} is no Declaration, no Tool class and no @operation")


def _declared(name: str, point: EntryPoint) -> Declaration | None:
    factory = f"{point.module}:{point.attr}"
    found = target(factory)
    if isinstance(found, Declaration):
        return found
    if not callable(found):
        return None
    from engine.tools.writing.given import installed

    return installed(name, found, factory)


def _broken(name: str, package: str | None, why: str) -> Declaration:
    about = f"cannot be used: {why}"
    return Declaration(name, "integration", about, {}, "", distribution=package, broken=why)


def _said(error: BaseException) -> str:
    if isinstance(error, WeftError):
        return error.message
    return shortened(f"{type(error).__name__}: {error}".removesuffix(": "), 300)
