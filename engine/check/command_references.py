"""WF602 reference-in-command: a reference inside a command line would be read by the shell as part of the program."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.refs import sites


def command_references(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        operation = step.declaration.operation(step.operation) if step.declaration else None
        for name, schema in (operation.parameters.get("properties", {}) if operation else {}).items():
            if schema.get("x-weft") == "command":
                path = (*step.path, "with", name)
                for site in sites(subject.tree.get(path)):
                    span = subject.tree.text_span((*path, *site.at), site.part.start, site.part.end)
                    hint = 'pass the value: args: ["$<…>"] and "$1" in the command, or env'
                    yield problem(
                        "WF602", f'a reference inside "{name}" would be read as shell text', span, hint
                    )
