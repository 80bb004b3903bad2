"""WF501, WF507 bad-connection: each connection of the file names a tool that takes one, and its settings fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.spec.schema_check import language_schema
from engine.spec.schema_explain import explain_part
from engine.spec.templated import templated
from engine.text import suggestion


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
        elif declaration.connection is None:
            span = subject.tree.span((*path, "tool"))
            yield problem(
                "WF507", f'tool "{tool}" takes no connection', span, f"write tool: {tool} in the step"
            )
        else:
            yield from _settings(subject, path, config, declaration.connection)


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
    import jsonschema_rs

    return bool(jsonschema_rs.Draft202012Validator(schema, registry=jsonschema_rs.Registry([])).is_valid({}))


def _settings(
    subject: Subject, path: tuple[str, str], config: dict[str, Any], schema: Any
) -> Iterator[Diagnostic]:
    own = {key: value for key, value in config.items() if key != "tool" and not key.startswith("x-")}
    for found in explain_part(subject.tree, path, own, templated(schema)):
        yield replace(found, code="WF507")
    if isinstance(retry := config.get("retry"), dict):
        policy = language_schema()["$defs"]["Retry"]
        for found in explain_part(subject.tree, (*path, "retry"), retry, policy):
            yield replace(found, code="WF507")
