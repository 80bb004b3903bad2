"""WF209 conflicting-keys: `cache` and `rate_limit` on a step whose tool waits: a wait is no call."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem


def waits_are_no_calls(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        if not step.waits:
            continue
        for word, written in (("cache", step.cache), ("rate_limit", step.rate)):
            if written is not None:
                span = subject.tree.key_span((*step.path, word))
                message = f'"{word}" belongs to a call, and step "{step.id}" waits'
                yield problem("WF209", message, span, "leave it out")
