"""WF701 unlikely-error-type: `retry.errors` takes types and codes; a text that is nearly a type is likely
that type, misspelt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.errors import ERROR_TYPES
from engine.spec.workflow import Path
from engine.text import nearest


def retry_errors(subject: Subject) -> Iterator[Diagnostic]:
    yield from _unlikely(subject, ("defaults", "retry", "errors"))
    for step in subject.plan.steps[1:]:
        if step.retry is not None:
            yield from _unlikely(subject, (*step.path, "retry", "errors"))


def _unlikely(subject: Subject, path: Path) -> Iterator[Diagnostic]:
    given: Any = subject.tree.get(path)
    for index, text in enumerate(given if isinstance(given, list) else ()):
        if isinstance(text, str) and text not in ERROR_TYPES and text != "any" and text.islower():
            near = nearest(text, ERROR_TYPES)
            if near:
                message = f'no error type is called "{text}"; as a code it may never be seen'
                span = subject.tree.span((*path, index))
                yield problem("WF701", message, span, f'did you mean "{near[0]}"?')
