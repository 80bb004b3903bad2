"""WF306 unreachable-step: a step that can never run, whatever happens before it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.graph.plan import Plan, PlanStep

_NEEDS_A_FAILURE = ("one_failed", "all_failed")


def unreachable(subject: Subject) -> Iterator[Diagnostic]:
    plan = subject.plan
    never: set[int] = set()
    for index in plan.order():
        step = plan.steps[index]
        if step.when is False:
            never.add(index)  # told as a constant condition
        elif reason := _reason(plan, step, never):
            never.add(index)
            yield problem("WF306", f'step "{step.id}" can never run: {reason}', subject.tree.span((*step.path, "id")))


def _reason(plan: Plan, step: PlanStep, never: set[int]) -> str | None:
    if step.trigger_rule in _NEEDS_A_FAILURE and not step.needs:
        return f"trigger_rule: {step.trigger_rule} waits for a failure, and the step needs nothing"
    if step.trigger_rule == "all_success":
        for need in step.needs:
            if need in never:
                return f'it needs "{plan.steps[need].id}", which never runs'
    return _behind_else(plan, step)


def _behind_else(plan: Plan, step: PlanStep) -> str | None:
    group = plan.steps[step.parent]
    if not group.match_first:
        return None
    for sibling in group.children[: step.position]:
        other = plan.steps[sibling]
        if (other.when is None or other.when is True) and not other.needs:
            return f'"{other.id}" before it has no condition and is always the first that holds'
    return None
