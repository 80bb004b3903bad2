"""WF501 unknown-tool, WF502 unknown-operation: a step's `tool` must be a registered tool or a connection, installed whole, and
its `operation` one that this tool has (or may leave out)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.graph.plan import PlanStep
from engine.refs import holds_reference
from engine.text import suggestion
from engine.text.snippet import shortened


def tools_known(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        if step.tool is None or holds_reference(step.tool):
            continue  # that no reference may stand here is told elsewhere
        if step.declaration is None:
            if (
                step.tool not in subject.connections
            ):  # a connection to an unknown tool is told at the connection
                yield _unknown_tool(subject, step)
        elif step.declaration.broken:
            yield _broken_tool(subject, step, step.declaration.broken)
        elif step.declaration.operation(step.operation) is None:
            yield _unknown_operation(subject, step)


def _unknown_tool(subject: Subject, step: PlanStep) -> Diagnostic:
    hint = suggestion(step.tool or "", [*subject.tools, *subject.connections])
    span = subject.tree.span((*step.path, "tool"))
    return problem("WF501", f'no tool or connection is called "{shortened(step.tool or "")}"', span, hint)


def _broken_tool(subject: Subject, step: PlanStep, why: str) -> Diagnostic:
    span = subject.tree.span((*step.path, "tool"))
    hint = "install its package anew, with what it needs; the other tools are not concerned"
    return problem("WF501", f'tool "{shortened(step.tool or "")}" cannot be used: {why}', span, hint)


def _unknown_operation(subject: Subject, step: PlanStep) -> Diagnostic:
    assert step.declaration is not None
    names = list(step.declaration.operations)
    if step.operation is None:
        span = subject.tree.span((*step.path, "tool"))
        message = f'tool "{step.tool}" has several operations and no default'
        return problem("WF502", message, span, "add operation: " + " or ".join(names))
    span = subject.tree.span((*step.path, "operation"))
    hint = suggestion(step.operation, names)
    return problem("WF502", f'tool "{step.tool}" has no operation "{shortened(step.operation)}"', span, hint)
