"""WF206, WF213 bad-input-schema, WF214 bad-default: each input's name, its JSON Schema, and its default
against that schema."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.refs import holds_reference
from engine.spec.inputs import input_schema_problems, value_errors
from engine.spec.schema_wording import format_hint
from engine.spec.words import INPUT_NAME_PATTERN
from engine.text.snippet import shortened

_NAME = re.compile(INPUT_NAME_PATTERN)


def inputs(subject: Subject) -> Iterator[Diagnostic]:
    for name, schema in subject.workflow.inputs.items():
        path = ("inputs", name)
        if not _NAME.match(name):
            span = subject.tree.key_span(path)
            message = f'"{shortened(name)}" cannot be the name of an input'
            yield problem("WF206", message, span, format_hint({"pattern": INPUT_NAME_PATTERN}, name))
        wrong = list(input_schema_problems(schema))
        for found in wrong:
            at = (*path, *found.at)
            span = subject.tree.key_span(at) if found.key else subject.tree.span(at)
            yield problem("WF213", f'input "{shortened(name)}": {found.message}', span, found.hint)
        if "default" in schema and not wrong:
            yield from _default(subject, name)


def _default(subject: Subject, name: str) -> Iterator[Diagnostic]:
    path = ("inputs", name, "default")
    schema = subject.workflow.inputs[name]
    value = schema["default"]
    if isinstance(value, str) and holds_reference(value):
        return  # no reference may stand here, which `reference_places` tells
    for at, message in value_errors(schema, value):
        told = f'the default of input "{shortened(name)}" does not fit its schema: {message}'
        yield problem("WF214", told, subject.tree.span((*path, *at)))
