"""WF501, WF507 bad-connection: each connection of the file names a tool that takes one, and its settings fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.spec.schema_explain import explain_part
from engine.spec.templated import templated
from engine.text import suggestion


def connections(subject: Subject) -> Iterator[Diagnostic]:
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
            yield problem("WF507", f'tool "{tool}" takes no connection', span, f"write tool: {tool} in the step")
        else:
            yield from _settings(subject, path, config, declaration.connection)


def _settings(subject: Subject, path: tuple[str, str], config: dict[str, Any], schema: Any) -> Iterator[Diagnostic]:
    own = {key: value for key, value in config.items() if key != "tool" and not key.startswith("x-")}
    for found in explain_part(subject.tree, path, own, templated(schema)):
        yield replace(found, code="WF507")
