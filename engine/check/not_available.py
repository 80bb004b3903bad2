"""WF212 not-available: a word of the language that this version does not run yet: an info from `validate`, a refusal
from `run`."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem


def not_available(subject: Subject) -> Iterator[Diagnostic]:
    for path in subject.workflow.unbuilt:
        span = subject.tree.key_span(path)
        yield problem(
            "WF212", f'"{path[-1]}" is not available in this version', span, "`weft run` refuses this spec"
        )
