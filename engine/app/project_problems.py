"""What is wrong with a project file: sections, keys, types, checks by name, connections and their references."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from engine.check.connections import dependency_problems, setting_problems
from engine.check.secrets_shown import HINT, harmless, unmasked
from engine.diagnostics import CODES, Diagnostic, problem
from engine.executors.known import executor_problem
from engine.refs import ExpressionProblem, compile_expression, lex, texts
from engine.spec.addresses import address_problem
from engine.spec.policy import tool_problem
from engine.spec.schema_explain import explain_part
from engine.spec.shipped import shipped
from engine.spec.toolspec import Declaration
from engine.spec.tree import Tree
from engine.text import suggestion
from engine.text.snippet import shortened

SECTIONS = ("store", "executor", "connections", "secrets", "checks", "policy")
_FIXED = ("WF212",)
"""Infos that `run` refuses: they cannot be turned off."""


def code_of(name: str) -> str | None:
    """The code that a code or the name of a check stands for."""
    return next((code for code, about in CODES.items() if name in (code, about.name)), None)


def project_problems(tree: Tree, tools: Mapping[str, Declaration]) -> Iterator[Diagnostic]:
    """Every problem of a project file, the profiles included."""
    yield from _of_sections(tree, (), tree.root, (*SECTIONS, "profiles"), tools)
    profiles = tree.root.get("profiles")
    if isinstance(profiles, dict):
        for name, profile in profiles.items():
            yield from _of_sections(tree, ("profiles", name), profile, SECTIONS, tools)


def _of_sections(
    tree: Tree, at: tuple[str, ...], value: Any, known: tuple[str, ...], tools: Mapping[str, Declaration]
) -> Iterator[Diagnostic]:
    if not isinstance(value, dict):
        yield problem(
            "WF203", f'"{at[-1]}" must be a table', tree.span(at), f"write [{'.'.join(at)}.store] and so on"
        )
        return
    for name, section in value.items():
        path = (*at, name)
        if name not in known:
            where = "a profile" if at else "the project file"
            message = f'unknown section "{shortened(name)}" in {where}'
            yield problem("WF202", message, tree.key_span(path), suggestion(name, known))
        elif not isinstance(section, dict):
            message = f'"{name}" must be a table'
            yield problem("WF203", message, tree.key_span(path), f"write [{'.'.join(path)}]")
        elif name != "profiles":
            yield from _of_section(tree, path, section, tools)


def _of_section(
    tree: Tree, path: tuple[str, ...], section: dict[str, Any], tools: Mapping[str, Declaration]
) -> Iterator[Diagnostic]:
    found = list(explain_part(tree, path, section, _schema(path[-1]))) if not _fits(path[-1], section) else []
    yield from found
    if path[-1] == "connections":
        for name, config in section.items():
            if isinstance(config, dict) and isinstance(config.get("tool"), str):
                yield from _of_connection(tree, (*path, name), config, tools)
        known = {**tree.root.get("connections", {}), **section}
        yield from dependency_problems(tree, path, {k: v for k, v in known.items() if isinstance(v, dict)})
    elif path[-1] == "policy" and not found:
        yield from _of_policy(tree, path, section, tools)
    elif path[-1] == "executor":
        yield from _of_executor(tree, path, section, tools)
    elif path[-1] == "checks" and not found:
        yield from _of_checks(tree, path, section)


def _of_executor(
    tree: Tree, path: tuple[str, ...], section: dict[str, Any], tools: Mapping[str, Declaration]
) -> Iterator[Diagnostic]:
    tables = section.get("tools")
    chosen: dict[str, Any] = tables if isinstance(tables, dict) else {}
    named: list[tuple[tuple[str, ...], Any]] = [(("name",), section.get("name"))]
    for at, name in named + [(("tools", tool), name) for tool, name in chosen.items()]:
        wrong = executor_problem(name) if isinstance(name, str) else None
        if wrong is not None:
            yield problem("WF205", wrong[0], tree.span((*path, *at)), wrong[1])
    for key, name in chosen.items():
        if key not in tools:
            message = f'no tool is called "{shortened(key)}"'
            yield problem("WF501", message, tree.key_span((*path, "tools", key)), suggestion(key, tools))
        elif name not in ("inline", "threads") and tools[key].needs_engine:
            message = f'tool "{key}" is called in the engine\'s own process only'
            hint = "it stops its own work there; remove the line"
            yield problem("WF205", message, tree.span((*path, "tools", key)), hint)


def _of_policy(
    tree: Tree, path: tuple[str, ...], section: dict[str, Any], tools: Mapping[str, Declaration]
) -> Iterator[Diagnostic]:
    for written in section.get("tools", ()):
        if (wrong := tool_problem(written, tools)) is not None:
            yield problem("WF205", wrong[0], tree.span((*path, "tools")), wrong[1])
    for written in section.get("http_addresses", ()):
        if (wrong := address_problem(written)) is not None:
            yield problem("WF205", wrong[0], tree.span((*path, "http_addresses")), wrong[1])


def _of_checks(tree: Tree, path: tuple[str, ...], section: dict[str, Any]) -> Iterator[Diagnostic]:
    for name in section.get("disable", ()):
        code = code_of(name)
        if code is None:
            yield _no_check(tree, (*path, "disable"), name)
        elif CODES[code].severity == "error" or code in _FIXED:
            message = f'"{name}" cannot be disabled: a spec that has it cannot be run'
            yield problem("WF205", message, tree.span((*path, "disable")), "warnings and infos can be")
    for name, severity in section.get("severity", {}).items():
        code = code_of(name)
        if code is None:
            yield _no_check(tree, (*path, "severity", name), name)
        elif CODES[code].severity == "error" and severity != "error":
            message = f'"{name}" stays an error: a spec that has it cannot be run'
            yield problem(
                "WF205", message, tree.span((*path, "severity", name)), "warnings and infos can change"
            )


def _no_check(tree: Tree, path: tuple[str, ...], name: str) -> Diagnostic:
    names = [*CODES, *(about.name for about in CODES.values())]
    return problem(
        "WF205", f'no check is called "{shortened(name)}"', tree.span(path), suggestion(name, names)
    )


def _of_connection(
    tree: Tree, path: tuple[str, ...], config: dict[str, Any], tools: Mapping[str, Declaration]
) -> Iterator[Diagnostic]:
    tool = config["tool"]
    declaration = tools.get(tool)
    if declaration is None:
        hint = suggestion(tool, tools)
        yield problem("WF501", f'no tool is called "{shortened(tool)}"', tree.span((*path, "tool")), hint)
    elif declaration.connection is None:
        message = f'tool "{tool}" takes no connection'
        yield problem("WF507", message, tree.span((*path, "tool")), f"write tool: {tool} in the step")
    else:
        yield from setting_problems(tree, path, config, declaration.connection)
    yield from _of_references(tree, path, config)


def _of_references(tree: Tree, path: tuple[str, ...], config: dict[str, Any]) -> Iterator[Diagnostic]:
    """A connection of the project reads secrets and nothing else: it knows no workflow."""
    for at, text in texts(config):
        span = tree.span((*path, *at))
        parts, wrong = lex(text)
        yield from (problem("WF401", one.message, span, one.hint) for one in wrong)
        for part in parts:
            if isinstance(part, str):
                continue
            try:
                expression = compile_expression(part.expression)
            except ExpressionProblem as error:
                yield problem("WF401", error.message, span, error.hint)
                continue
            strange = [read.path[0] for read in expression.reads if read.path[0] != "secrets"]
            for name in strange:
                message = f'"{shortened(str(name))}" is not known in the project file'
                yield problem("WF402", message, span, "a connection of the project reads secrets only")
            if expression.reads and not strange and not harmless(expression):
                yield problem("WF601", unmasked(expression), span, HINT)


@cache
def _schema(section: str) -> dict[str, Any]:
    text = (shipped("schemas") / "project.schema.json").read_bytes()
    schema: dict[str, Any] = json.loads(text)["$defs"][section]
    return schema


def _fits(section: str, value: Any) -> bool:
    return _valid(_schema(section), value)


def _valid(schema: Any, value: Any) -> bool:
    import jsonschema_rs

    return bool(
        jsonschema_rs.Draft202012Validator(schema, registry=jsonschema_rs.Registry([])).is_valid(value)
    )
