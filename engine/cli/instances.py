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


def outermost_loop(path: str) -> str:
    """The loop around everything: `a` of `a[0]/b["x"]`."""
    return path.partition("[")[0]


def around(path: str) -> str:
    """What stands around an instance: its iteration, its group, its loop; empty for the run."""
    if is_iteration(path):
        return loop_of(path)
    plain = _ITERATION.sub(lambda found: "_" * len(found.group()), path)  # keys may hold anything
    return path[: plain.rfind("/")] if "/" in plain else ""


def step_id(path: str) -> str:
    """The step that an instance is a life of."""
    if "[" not in path:
        return path.rpartition("/")[2]
    if is_iteration(path):
        path = loop_of(path)
    return path.rpartition("]")[2].rpartition("/")[2]


def depth(path: str) -> int:
    """How many groups and iterations stand around an instance."""
    plain = _ITERATION.sub("[]", path) if "[" in path else path
    return plain.count("/")
