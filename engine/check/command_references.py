"""WF602 reference-in-command: a reference inside a command line, or a template, would be read as part of the
program."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.refs import sites

_WRONG = {
    "command": ("shell text", 'pass the value: args: ["$<…>"] and "$1" in the command, or env'),
    "document": (
        "a part of the template",
        "pass the value: values: {name: $<…>} and {{ name }} in the template",
    ),
}


def command_references(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        operation = step.declaration.operation(step.operation) if step.declaration else None
        for name, schema in (operation.parameters.get("properties", {}) if operation else {}).items():
            if (wrong := _WRONG.get(schema.get("x-weft"))) is not None:
                path = (*step.path, "with", name)
                for site in sites(subject.tree.get(path)):
                    span = subject.tree.text_span((*path, *site.at), site.part.start, site.part.end)
                    yield problem(
                        "WF602", f'a reference inside "{name}" would be read as {wrong[0]}', span, wrong[1]
                    )
