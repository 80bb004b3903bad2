"""Paths of instances taken apart: `group/step`, `loop[3]`, `loop["key"]/step`. Ids hold neither `/` nor `[`."""

from __future__ import annotations

import re

_LAST_ITERATION = re.compile(r'\[(?:-?\d+|"(?:[^"\\]|\\.)*")\]$')
_ITERATION = re.compile(r'\[(?:-?\d+|"(?:[^"\\]|\\.)*")\]')


def is_iteration(path: str) -> bool:
    """Whether the instance is one iteration of a loop (not something inside one)."""
    return path.endswith("]")


def in_loop(path: str) -> bool:
    """Whether the instance is an iteration or stands inside one."""
    return "[" in path


def loop_of(path: str) -> str:
    """The loop that an iteration belongs to: `a[0]/b` of `a[0]/b["x"]`."""
    if path[-2:-1] != '"':
        return path[: path.rfind("[")]
    found = _LAST_ITERATION.search(path)
    return path[: found.start()] if found else path


def loops_around(path: str) -> list[str]:
    """Every loop around an instance, the outermost first: `a` and `a[0]/b` of `a[0]/b[1]/c`."""
    return [path[: found.start()] for found in _ITERATION.finditer(path)]


def outermost_loop(path: str) -> str:
    """The loop around everything: `a` of `a[0]/b["x"]`."""
    return path.partition("[")[0]


def around(path: str) -> str:
    """What stands around an instance: its iteration, its group, its loop; empty for the run."""
    if is_iteration(path):
        return loop_of(path)
    return path[: max(0, _plain(path).rfind("/"))]


def step_id(path: str) -> str:
    """The step that an instance is a life of."""
    if "[" not in path:
        return path.rpartition("/")[2]
    if is_iteration(path):
        path = loop_of(path)
    return path.rpartition("]")[2].rpartition("/")[2]


def callers(path: str) -> list[str]:
    """The ids of what stands around an instance, the outermost first: `a` and `b` of `a[0]/b/c`."""
    return _ITERATION.sub("", path).split("/")[:-1]


def last_part(path: str) -> str:
    """The path without the groups around: `loop["a/b"]` of `group/loop["a/b"]`."""
    return path[_plain(path).rfind("/") + 1 :]


def depth(path: str) -> int:
    """How many groups, loops and iterations stand around an instance."""
    if "[" not in path:
        return path.count("/")
    return _plain(path).count("/") + len(loops_around(path))


def _plain(path: str) -> str:
    """The path with its keys blotted out: they may hold anything."""
    return _ITERATION.sub(lambda found: "_" * len(found.group()), path) if "[" in path else path
