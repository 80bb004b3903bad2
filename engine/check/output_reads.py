"""WF403: outputs that read what can have no result when they are evaluated: the rescue beside them (it runs only where
they are not evaluated) and any finally (it runs after them)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.graph.names import step_name
from engine.graph.plan import PlanStep
from engine.refs import Expression


def output_reads(subject: Subject) -> Iterator[Diagnostic]:
    for step in subject.plan.steps:
        if step.outputs is None:
            continue
        for expression in step.outputs.expressions:
            yield from _told(subject, step, expression)


def _told(subject: Subject, group: PlanStep, expression: Expression) -> Iterator[Diagnostic]:
    plan = subject.plan
    for read in expression.reads:
        name = step_name(read.path)
        target = plan.by_id.get(name) if name is not None else None
        around = plan.ancestors(target) if target is not None else []
        if group.index not in around:
            continue  # told with the edges
        asides = [
            plan.steps[index] for index in around[: around.index(group.index)] if plan.steps[index].aside
        ]
        never = next((one for one in asides if one.aside == "finally" or one.parent == group.index), None)
        if never is not None:
            where = f"the {never.aside} of {_owner(plan.steps[never.parent])}"
            message = f'an output reads "{name}", which stands in {where}'
            if never.aside == "rescue":
                hint = (
                    "where a rescue has run the outputs are null; put a group around the step that may fail"
                )
            else:
                hint = "nobody reads what runs at the end"
            yield problem("WF403", message, subject.expression_span(group, "outputs", expression.text), hint)


def _owner(step: PlanStep) -> str:
    return f'"{step.id}"' if step.id else "the file"
