"""WF501, WF507 bad-connection: each connection of the file names a tool that takes one, its settings fit, and what it
depends on is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.refs import holds_reference
from engine.spec.connection_words import conflicts, connection_schema
from engine.spec.durations import duration_seconds
from engine.spec.schema_check import language_schema
from engine.spec.schema_explain import explain_part
from engine.spec.tree import Tree
from engine.text import suggestion
from engine.text.snippet import shortened


def connections(subject: Subject) -> Iterator[Diagnostic]:
    yield from _missing(subject)
    for name, config in subject.workflow.connections.items():
        tool = config.get("tool")
        if not isinstance(tool, str):
            continue  # the schema has told it
        path = ("connections", name)
        declaration = subject.tools.get(tool)
        if declaration is None:
            span = subject.tree.span((*path, "tool"))
            yield problem("WF501", f'no tool is called "{tool}"', span, suggestion(tool, subject.tools))
        elif declaration.broken:
            continue  # told at the steps that use it
        elif declaration.connection is None:
            span = subject.tree.span((*path, "tool"))
            yield problem(
                "WF507", f'tool "{tool}" takes no connection', span, f"write tool: {tool} in the step"
            )
        else:
            yield from setting_problems(subject.tree, path, config, declaration.connection)
    yield from dependency_problems(subject.tree, ("connections",), subject.connections)


def _missing(subject: Subject) -> Iterator[Diagnostic]:
    """Steps that use a tool as it is, where the tool cannot do without the settings of a connection."""
    needed: dict[str, bool] = {}
    for step in subject.plan.steps:
        declaration = step.declaration
        if declaration is None or declaration.connection is None or step.connection is not None:
            continue
        if declaration.name not in needed:
            needed[declaration.name] = not _accepts_nothing(declaration.connection)
        if needed[declaration.name]:
            hint = f"declare one below connections, as in NAME: {{tool: {declaration.name}, …}}, and write tool: NAME"
            span = subject.tree.span((*step.path, "tool"))
            yield problem("WF507", f'tool "{declaration.name}" needs a connection', span, hint)


def _accepts_nothing(schema: Any) -> bool:
    return _accepts(schema, {})


def _accepts(schema: Any, value: Any) -> bool:
    import jsonschema_rs

    return bool(
        jsonschema_rs.Draft202012Validator(schema, registry=jsonschema_rs.Registry([])).is_valid(value)
    )


def setting_problems(
    tree: Tree, path: tuple[str, ...], config: Mapping[str, Any], schema: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    """What is wrong with the settings of a connection whose tool takes `schema`."""
    own = {key: value for key, value in config.items() if key != "tool" and not key.startswith("x-")}
    whole = connection_schema(schema)
    if not _accepts(whole, own):
        for found in explain_part(tree, path, own, whole):
            yield replace(found, code="WF507")
    for one, other in conflicts(config):
        message = f'"{path[-1]}" has {one} and {other}'
        hint = (
            "leave it out: there is no limit"
            if other == "burst"
            else f"{one} says the same: write one of them"
        )
        yield problem("WF507", message, tree.key_span((*path, other)), hint)
    if isinstance(retry := config.get("retry"), dict):
        policy = language_schema()["$defs"]["Retry"]
        for found in explain_part(tree, (*path, "retry"), retry, policy):
            yield replace(found, code="WF507")
    written = config.get("timeout")
    if isinstance(written, (str, int, float)) and not _is_time(written):
        hint = "write 30s, 5m, 1h30m, or seconds as a number; more than 0"
        shown = f'"{shortened(str(written))}" is no length of time'
        yield problem("WF507", shown, tree.span((*path, "timeout")), hint)


def _is_time(written: str | int | float) -> bool:
    return duration_seconds(written) is not None or (isinstance(written, str) and holds_reference(written))


def dependency_problems(
    tree: Tree, at: tuple[str, ...], connections: Mapping[str, Mapping[str, Any]]
) -> Iterator[Diagnostic]:
    """Dependencies of the connections written below `at` that nobody knows, and those that come back to themselves."""
    written = tree.get(at)
    for name, config in written.items() if isinstance(written, dict) else ():
        needed = config.get("dependencies") if isinstance(config, dict) else None
        for place, other in enumerate(needed if isinstance(needed, list) else ()):
            if not isinstance(other, str):
                continue  # the schema has told it
            span = tree.span((*at, name, "dependencies", place))
            if other not in connections:
                hint = suggestion(other, (one for one in connections if one != name))
                message = f'"{name}" depends on "{shortened(other)}", which is no connection'
                yield problem("WF507", message, span, hint)
            elif (circle := _circle(name, other, connections)) is not None:
                shown = " -> ".join(f'"{one}"' for one in circle)
                message = (
                    f"connections depend on each other: {shown}"
                    if other != name
                    else f"{shown}: it needs itself"
                )
                yield problem("WF507", message, span, "remove one of them")


def _circle(name: str, first: str, connections: Mapping[str, Mapping[str, Any]]) -> list[str] | None:
    """The way from a connection through its dependency `first` back to itself; None: there is none."""
    ways = [[name, first]]
    seen = {first}
    for way in ways:  # grows while it is walked
        if way[-1] == name:
            return way
        needed = connections.get(way[-1], {}).get("dependencies")
        for other in needed if isinstance(needed, (list, tuple)) else ():
            if isinstance(other, str) and (other == name or other not in seen):
                seen.add(other)
                ways.append([*way, other])
    return None
