"""Which version of a tool's code answers a call: a result made by other code is another result.

The engine's own tools have the engine's version; any other tool is as new as the file of its module. Where a parameter names
code of the project (its schema says `x-weft-code`), that module's file counts too; what it imports does not.
"""

from __future__ import annotations

import hashlib
import importlib.machinery
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from engine.spec.toolspec import OperationSpec

CODE_MARK = "x-weft-code"
_DISTRIBUTION = "weft-engine"
_hashes: dict[tuple[str, int, int], str] = {}


def tool_version(tool: Any) -> str:
    """The version of a living tool's code."""
    kind = type(getattr(tool, "lent", tool))
    if kind.__module__.startswith("engine."):
        return f"{_DISTRIBUTION} {_own_version()}"
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return f"{kind.__module__}:{kind.__qualname__} {_of_file(file)}"


@cache
def _own_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:  # run from its sources
        return ""


def code_parameters(operation: OperationSpec) -> tuple[str, ...]:
    """The parameters of an operation that name code, as `module:function`."""
    properties = operation.parameters.get("properties", {})
    return tuple(name for name, schema in properties.items() if schema.get(CODE_MARK))


def named_code(names: tuple[str, ...], parameters: Mapping[str, Any], project: Path) -> list[str]:
    """The versions of the modules those parameters name, from the project folder or else where Python finds them."""
    return [_of_file(_module_file(str(parameters.get(name)).partition(":")[0], project)) for name in names]


def _module_file(module: str, project: Path) -> str | None:
    """The file of a module; nothing is imported."""
    places: list[str] | None = [str(project)]
    first, *rest = module.split(".")
    spec = importlib.machinery.PathFinder.find_spec(
        first, places
    ) or importlib.machinery.PathFinder.find_spec(first)
    for depth in range(len(rest)):
        if spec is None or spec.submodule_search_locations is None:
            return None
        name = ".".join((first, *rest[: depth + 1]))
        spec = importlib.machinery.PathFinder.find_spec(name, list(spec.submodule_search_locations))
    return None if spec is None else spec.origin


def _of_file(path: str | None) -> str:
    """The hash of a file, read again when it has changed; empty where there is none to read."""
    try:
        about = Path(path or "").stat()
        seen = (str(path), about.st_mtime_ns, about.st_size)
        if seen not in _hashes:
            _hashes[seen] = hashlib.sha256(Path(path or "").read_bytes()).hexdigest()
        return _hashes[seen]
    except OSError:
        return ""
