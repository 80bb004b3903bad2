"""`module:function` -> the function, with the project folder as a place to import from.

Laws: `sys.path` is never touched. One finder stands in front of Python's own and looks into the project
folder of the call at hand, told by a context variable: imports of other threads, and of other projects, see
nothing of it. It never hides a module of the standard library, nor an installed package by a folder without
`__init__.py`. One import at a time. A module is imported once per project and process; two projects may have
modules of the same name.
"""

from __future__ import annotations

import contextlib
import contextvars
import importlib
import importlib.machinery
import inspect
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.text.nearest import nearest, suggestion
from engine.tools.port import ToolError

_project: contextvars.ContextVar[Path | None] = contextvars.ContextVar("weft_project", default=None)
_lock = threading.RLock()
_modules: dict[tuple[Path, str], ModuleType] = {}
_owners: dict[str, Path] = {}
"""Top-level name -> the project it was found in last; what Python itself finds is never in here."""


class _ProjectFinder:
    """Finds top-level modules in the project folder of the call at hand."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        project = _project.get()
        if project is None or path is not None or name in sys.stdlib_module_names:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, [str(project)])
        if spec is None or (spec.loader is None and importlib.machinery.PathFinder.find_spec(name)):
            return None
        _owners[name] = project
        return spec


@contextlib.contextmanager
def importing_from(project: Path) -> Iterator[None]:
    """Within the block, imports of this thread and its coroutines look into the project folder first."""
    if not any(finder is _ProjectFinder for finder in sys.meta_path):
        sys.meta_path.insert(0, _ProjectFinder)
    token = _project.set(project)
    try:
        yield
    finally:
        _project.reset(token)


def find_function(call: str, project: Path) -> Callable[..., Any]:
    """The function named `module:function`. Raises ToolError, and whatever the import raises."""
    module_name, _, path = call.partition(":")
    if not module_name or not path:
        meant = ":".join(call.strip(":").rsplit(".", 1))
        hint = f"write {meant}" if ":" in meant else "write module:function"
        raise ToolError(f'"{call}" does not name a function', type="invalid", hint=hint)
    found: Any = _module(module_name, project)
    for part in path.split("."):
        above, found = found, getattr(found, part, None)
        if found is None:
            raise _no_function(part, module_name, above)
    if not callable(found):
        kind = type(found).__name__
        raise ToolError(f'"{path}" of "{module_name}" is a {kind}, expected a function', type="invalid")
    return found  # type: ignore[no-any-return]


def _module(name: str, project: Path) -> ModuleType:
    known = _modules.get((project, name))
    if known is not None:
        return known
    with _lock:
        _make_way(name.partition(".")[0], project)
        importlib.invalidate_caches()  # a file written a moment ago may not be in the finder's listing yet
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name and (name == error.name or name.startswith(error.name + ".")):
                raise _no_module(error.name, project) from error
            raise
        _modules[(project, name)] = module
        return module


def _make_way(top: str, project: Path) -> None:
    """Takes another project's modules out of `sys.modules`, so that this project's of the same name can be
    imported.

    The other project keeps the objects it has; all of its names go, since they may import one another.
    """
    others = {owner for owner in _owners.values() if owner != project}
    if not others or _owners.get(top) == project:
        return
    strangers = {name for name, owner in _owners.items() if owner != project}
    for name in list(sys.modules):
        if name.partition(".")[0] in strangers:
            del sys.modules[name]
    for name in strangers:
        del _owners[name]


def _no_module(missing: str, project: Path) -> ToolError:
    folder = project.joinpath(*missing.split(".")[:-1])
    names = [p.stem for p in folder.glob("*.py")] + [p.parent.name for p in folder.glob("*/__init__.py")]
    hint = suggestion(missing.rpartition(".")[2], sorted(n for n in names if n != "__init__"))
    return ToolError(f'there is no module "{missing}"', type="not_found", code="module", hint=hint)


def _no_function(name: str, module: str, holder: Any) -> ToolError:
    callables = [n for n, member in inspect.getmembers(holder, callable) if not n.startswith("_")]
    near = nearest(name, callables)
    hint = "did you mean " + " or ".join(f'"{n}"' for n in near) + "?" if near else None
    if module == "__main__":
        hint = "a worker process has a program of its own: put the function into a module, or name the executor threads"
    if module in sys.stdlib_module_names and hint is None:
        hint = f'"{module}" is a module of Python itself; rename yours'
    return ToolError(f'"{module}" has no function "{name}"', type="not_found", code="function", hint=hint)
