"""WF408 unused-input: an input nobody reads is usually a misspelling of one that is read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.refs import texts
from engine.text import nearest

_NAMED = re.compile(r"\binputs\s*(?:\.\s*([A-Za-z]\w*)|\[\s*['\"]([^'\"]*)['\"])")


def unused_inputs(subject: Subject) -> Iterator[Diagnostic]:
    read = subject.plan.inputs_read
    if "*" in read or not subject.workflow.inputs.keys() - read:
        return
    read = read | _named(subject)
    for name in read - subject.workflow.inputs.keys():  # told where it is read
        read = read.union(nearest(name, subject.workflow.inputs)[:1])
    for name in subject.workflow.inputs:
        if name not in read and isinstance(subject.tree.get(("inputs", name)), dict):
            span = subject.tree.key_span(("inputs", name))
            yield problem(
                "WF408", f'nothing reads input "{name}"', span, f"use $<inputs.{name}> or remove it"
            )


def _named(subject: Subject) -> set[str]:
    """Names in any text of the file: also in connections, in words not run yet, and in what is wrong."""
    found: set[str] = set()
    for _, text in texts(subject.tree.root):
        if "inputs" in text:
            found.update(match[1] or match[2] for match in _NAMED.finditer(text))
    return found
