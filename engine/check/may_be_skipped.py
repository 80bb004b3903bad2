"""WF407 may-be-skipped: reading deep into the result of a step that may have been skipped gives null, silently."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.graph.names import step_name
from engine.graph.plan import Plan, PlanStep
from engine.refs import Expression

_SHOWN_AT_MOST = 50
_GUARDS = ("default", "is none", "is defined", "is not none", "is undefined", " if ")


def may_be_skipped(subject: Subject) -> Iterator[Diagnostic]:
    plan = subject.plan
    for step in plan.steps:
        told: set[int] = set()
        for word, expression in subject.expressions(step):
            for target in _deep_reads(plan, expression):
                if target not in told and _may_be_null(plan, step, word, target):
                    told.add(target)
                    yield _told(subject, step, word, expression, target)


def _deep_reads(plan: Plan, expression: Expression) -> Iterator[int]:
    if any(guard in expression.text for guard in _GUARDS):
        return
    for read in expression.reads:
        name = step_name(read.path)
        if name in plan.by_id and read.path[0] != "steps" and len(read.path) > 1:
            yield plan.by_id[name]


def _may_be_null(plan: Plan, step: PlanStep, word: str, target: int) -> bool:
    """Whether `target` may be skipped while `step` still runs. A skip is handed on to siblings with all_success."""
    if word == "outputs" or step.index == 0:
        return plan.steps[target].when not in (None, True)
    mine = plan.ancestors(step.index)
    theirs = plan.ancestors(target)
    common = next(index for index in theirs if index in mine)
    below = theirs[: theirs.index(common)]
    if not below or common == step.index:
        return False  # it reads itself, or what holds it: told elsewhere
    if any(plan.steps[index].when not in (None, True) for index in below[:-1]):
        return True  # inside a group, whose end says nothing about that step
    place = mine.index(common)
    reader = plan.steps[mine[place - 1]]
    return plan.steps[below[-1]].when not in (None, True) and reader.trigger_rule != "all_success"


def _told(subject: Subject, step: PlanStep, word: str, expression: Expression, target: int) -> Diagnostic:
    name = subject.plan.steps[target].id
    span = subject.expression_span(step, word, expression.text)
    message = f'step "{name}" may be skipped, and then step_{name}_result is null here'
    simple = expression.path is not None and len(expression.text) <= _SHOWN_AT_MOST
    shown = expression.text if simple else f"step_{name}_result.…"
    return problem("WF407", message, span, f"write {shown} | default(…), or test it with `is none`")
