"""WF206, WF213 bad-input-schema, WF214 bad-default: each input's name, its JSON Schema, and its default against that schema."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.refs import holds_reference
from engine.spec.inputs import input_schema_problems, value_problems
from engine.spec.words import INPUT_NAME_PATTERN
from engine.text.snippet import shortened

_NAME = re.compile(INPUT_NAME_PATTERN)


def inputs(subject: Subject) -> Iterator[Diagnostic]:
    for name, schema in subject.workflow.inputs.items():
        path = ("inputs", name)
        if not _NAME.match(name):
            hint = "write a letter, then letters, digits and _"
            span = subject.tree.key_span(path)
            yield problem("WF206", f'"{shortened(name)}" cannot be the name of an input', span, hint)
        wrong = False
        for at, message, told_hint in input_schema_problems(schema):
            wrong = True
            span = subject.tree.key_span((*path, *at)) if at else subject.tree.span(path)
            yield problem("WF213", f'input "{name}": {message}', span, told_hint)
        if "default" in schema and not wrong:
            yield from _default(subject, name)


def _default(subject: Subject, name: str) -> Iterator[Diagnostic]:
    path = ("inputs", name, "default")
    schema = subject.workflow.inputs[name]
    value = schema["default"]
    if isinstance(value, str) and holds_reference(value):
        yield problem("WF404", "a default is a literal", subject.tree.span(path), "references are not resolved here")
        return
    for message in value_problems(schema, value):
        told = f'the default of input "{name}" does not fit its schema: {message}'
        yield problem("WF214", told, subject.tree.span(path))
