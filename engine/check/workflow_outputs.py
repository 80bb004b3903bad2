"""WF402 of a step that calls a workflow: reading an output that the workflow does not have."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.graph.names import step_name
from engine.graph.plan import PlanStep
from engine.text import Span, suggestion
from engine.text.snippet import shortened


def workflow_outputs(subject: Subject) -> Iterator[Diagnostic]:
    plan = subject.plan
    if not any(step.callee for step in plan.steps):
        return
    for step in plan.steps:
        told: set[tuple[int, str]] = set()
        for word, expression in subject.expressions(step):
            for read in expression.reads:
                called = plan.steps[plan.by_id.get(step_name(read.path) or "", 0)]
                name = _output(called, read.path)
                if name is not None and (called.index, name) not in told:
                    told.add((called.index, name))
                    span = subject.expression_span(step, word, expression.text)
                    yield _told(called, name, span)


def _output(called: PlanStep, path: tuple[str | int, ...]) -> str | None:
    """The output that a read wants and that the called workflow does not give."""
    if called.callee is None or called.foreach is not None:
        return None
    if path[0] == "steps":
        path = path[2:] if len(path) > 2 and path[2] == "data" else ()
    name = path[1] if len(path) > 1 else None
    outputs = called.callee.workflow.root.outputs or {}
    return name if isinstance(name, str) and name not in outputs else None


def _told(called: PlanStep, name: str, span: Span) -> Diagnostic:
    assert called.callee is not None
    outputs = called.callee.workflow.root.outputs or {}
    hint = suggestion(name, outputs) or "it has no outputs"
    message = f'workflow "{shortened(called.workflow or "")}" has no output "{shortened(name)}"'
    return problem("WF402", message, span, hint)
