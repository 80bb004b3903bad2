"""WF410 unused-default: what stands in for a skipped step's result is never used where the skip is handed on."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.graph.names import step_name
from engine.graph.plan import Plan, PlanStep
from engine.refs import Expression


def unused_defaults(subject: Subject) -> Iterator[Diagnostic]:
    plan = subject.plan
    for step in plan.steps[1:]:
        told: set[int] = set()
        for word, expression in subject.expressions(step):
            for target in _whole_reads(plan, expression):
                reader = _skipped_with(plan, step, target)
                if reader is not None and target not in told:
                    told.add(target)
                    yield _told(subject, step, reader, target, word, expression)


def _whole_reads(plan: Plan, expression: Expression) -> Iterator[int]:
    """The steps whose whole result has a stand-in here; one for an empty result (`default(x, true)`) is another matter."""
    if "true" in expression.text.lower():
        return
    for read in expression.reads:
        name = step_name(read.path)
        if read.guarded and len(read.path) == 1 and name in plan.by_id:
            yield plan.by_id[name]


def _skipped_with(plan: Plan, step: PlanStep, target: int) -> PlanStep | None:
    """The step (or the group around it) that is skipped whenever `target` is; None where the stand-in may be used."""
    needed = plan.steps[target]
    if needed.when in (None, True, False) or needed.on_error != "fail" or needed.rescue is not None:
        return None  # it is never skipped by itself, or its failure makes it null as well
    if needed.declaration is not None and needed.declaration.name == "python":
        return None  # a function may give null
    around = (plan.steps[index] for index in plan.ancestors(step.index))
    reader = next((one for one in around if target in one.needs), None)
    return reader if reader is not None and reader.trigger_rule == "all_success" else None


def _told(
    subject: Subject, step: PlanStep, reader: PlanStep, target: int, word: str, expression: Expression
) -> Diagnostic:
    name = subject.plan.steps[target].id
    message = f'"{reader.id}" is skipped whenever "{name}" is, so what stands in for its result is never used'
    span = subject.expression_span(step, word, expression.text)
    return problem(
        "WF410", message, span, f'to run "{reader.id}" all the same, write trigger_rule: none_failed'
    )
