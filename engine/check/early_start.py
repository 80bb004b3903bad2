"""WF307 early-start: under one_success and one_failed a step may start before all it reads has ended."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.spec.words import EARLY_RULES


def early_start(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        if step.trigger_rule in EARLY_RULES and step.reads and len(step.needs) > 1:
            span = subject.tree.span((*step.path, "trigger_rule"))
            message = f'step "{step.id}" may start before all it reads has ended ({step.trigger_rule})'
            yield problem("WF307", message, span, "what has not ended reads null: use | default(…)")
