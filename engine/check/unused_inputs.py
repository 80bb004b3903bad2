"""WF408 unused-input: an input nobody reads is usually a misspelling of one that is read."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem


def unused_inputs(subject: Subject) -> Iterator[Diagnostic]:
    read = subject.plan.inputs_read
    if "*" in read or subject.workflow.unbuilt:
        return
    for name in subject.workflow.inputs:
        if name not in read:
            span = subject.tree.key_span(("inputs", name))
            yield problem("WF408", f'nothing reads input "{name}"', span, f"use $<inputs.{name}> or remove it")
