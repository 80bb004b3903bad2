"""The names an expression reads from what stands around it: named values, the item of a loop, what failed.

Names reach no further than the file an instance belongs to: a called workflow sees nothing of who calls it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.execute.record import record_of
from engine.execute.results import data_of
from engine.machine import Instance, Status

_LOOKED_AT = (Status.ASKED, Status.LISTING)
"""A loop in these states has not begun: what is evaluated for it belongs to what stands around it."""


def named_values(at: Instance) -> dict[str, Any]:
    """`let`: the named values around an instance, inner ones hiding outer ones."""
    named: dict[str, Any] = {}
    for node in _around(at):
        if node.plan.let and node.number < 0:
            named = {**(record_of(node).let or {}), **named}
    return named


def _around(at: Instance) -> Iterator[Instance]:
    """The instance itself and what stands around it, out to the file it belongs to: names reach no further."""
    node: Instance | None = at
    while node is not None:
        yield node
        node = None if node.plan.called else node.parent


def errors_around(at: Instance) -> tuple[Any, list[dict[str, Any]]]:
    """`error` and `errors` as a rescue or finally sees them: the first failure of its body (null: none), and all."""
    aside = next((node for node in _around(at) if node.plan.aside), None)
    if aside is None or aside.parent is None:
        raise KeyError("error")
    failures = _failures(aside.parent)
    return (failures[0] if failures else None), failures


def _failures(owner: Instance) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    stack = [owner]
    while stack:
        it = stack.pop()
        # What a called workflow is made of is not known to who calls it: the failure is the calling step's.
        kids = () if it.plan.callee is not None and not it.is_loop else it.kids or ()
        inner = [kid for kid in kids if kid.error and not kid.handled]
        if inner:
            stack.extend(reversed(inner))
        elif it.error and "type" in it.error:
            found.append(_told(it))
    return found


def _told(failed: Instance) -> dict[str, Any]:
    error = failed.error or {}
    around = next((node for node in _around(failed) if node.number >= 0), None)
    key = None if around is None else around.number if around.key is None else around.key
    told = {name: error.get(name) for name in ("type", "code", "message", "data")}
    return {"step": failed.plan.id or failed.path, **told, "attempts": failed.attempt, "key": key}


def _iterations(at: Instance) -> list[Instance]:
    """The iterations around an instance (itself included), the innermost first."""
    return [node for node in _around(at) if node.number >= 0 and node.plan.foreach is not None]


def last(at: Instance) -> Any:
    """`last`: the data of the iteration of the nearest repeat that ended last, as seen from `at`."""
    for node in _around(at):
        if node.plan.repeat is not None and not (node.is_loop and node.status in _LOOKED_AT):
            loop, before = (node, len(node.kids or ())) if node.is_loop else (node.parent, node.number)
            kids = loop.kids if loop is not None else None
            return data_of(kids[before - 1]) if kids and before > 0 else None
    raise KeyError("last")


def _loop_names(iterations: list[Instance]) -> dict[str, Any]:
    iteration = iterations[0]
    assert iteration.parent is not None
    items = record_of(iteration.parent).items or []
    key = iteration.number if iteration.key is None else iteration.key
    names = {"item": items[iteration.number], "index": iteration.number, "key": key}
    if len(iterations) > 1:
        names["outer"] = _loop_names(iterations[1:])
    return names


def iteration_around(at: Instance, name: str) -> Instance:
    """The iteration nearest around an instance (or itself), to read a name of its loop's."""
    node: Instance | None = at
    while node is not None:
        if node.number >= 0 and node.plan.foreach is not None:
            return node
        node = None if node.plan.called else node.parent
    raise KeyError(name)


def item(at: Instance) -> Any:
    iteration = iteration_around(at, "item")
    assert iteration.parent is not None
    return (record_of(iteration.parent).items or [])[iteration.number]


def key(at: Instance) -> Any:
    iteration = iteration_around(at, "key")
    return iteration.number if iteration.key is None else iteration.key


def outer(at: Instance) -> Any:
    iterations = _iterations(at)
    if not iterations:
        raise KeyError("outer")
    return _loop_names(iterations).get("outer")
