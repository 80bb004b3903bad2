"""WF603 secret-in-spec: the default of a secret input stands in the spec, and the spec is stored with every run."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.text.snippet import shortened


def secret_defaults(subject: Subject) -> Iterator[Diagnostic]:
    for name, schema in subject.workflow.inputs.items():
        if schema.get("secret") is True and schema.get("default"):
            message = f'the default of secret input "{shortened(name)}" is no secret: it stands in the spec'
            hint = "leave the default out, and give the value with -i, --inputs or WEFT_INPUT_" + shortened(
                name
            )
            yield problem("WF603", message, subject.tree.span(("inputs", name, "default")), hint)
