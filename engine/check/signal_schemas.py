"""WF504 of a step that waits for a signal: the schema of its data must be one."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.refs import holds_reference, texts
from engine.spec.inputs import input_schema_problems


def signal_schemas(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        path = (*step.path, "with", "schema")
        schema = subject.tree.get(path) if step.waits else None
        if not isinstance(schema, dict) or any(holds_reference(text) for _, text in texts(schema)):
            continue
        for found in input_schema_problems(schema):
            at = (*path, *found.at)
            span = subject.tree.key_span(at) if found.key else subject.tree.span(at)
            yield problem("WF504", f"the schema of the signal: {found.message}", span, found.hint)
