"""WF306 unreachable-step: a step that can never run, whatever happens before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, problem
from engine.graph.plan import Plan, PlanStep
from engine.text.snippet import shortened

_SHOWN_AT_MOST = 80
_NEEDS_A_FAILURE = ("one_failed", "all_failed")


def unreachable(subject: Subject) -> Iterator[Diagnostic]:
    """One problem per cause: what cannot run only because another cannot is named in the hint."""
    plan = subject.plan
    causes: dict[int, int] = {}  # a step that never runs -> the first one with the same cause
    behind: dict[int, list[str]] = {}
    reasons: dict[int, str] = {}
    for index in plan.order():
        step = plan.steps[index]
        if step.when is False:
            causes[index] = index  # told as a constant condition
        elif (cause := _cause(subject, step, causes)) is not None:
            causes[index] = cause
            behind.setdefault(cause, []).append(step.id)
        elif reason := _reason(subject, step):
            causes[index] = index
            reasons[index] = reason
    for index, reason in reasons.items():
        step = plan.steps[index]
        others = behind.get(index, [])
        hint = "nor can: " + shortened(", ".join(others), _SHOWN_AT_MOST) if others else None
        span = subject.tree.span((*step.path, "id"))
        yield problem("WF306", f'step "{step.id}" can never run: {reason}', span, hint)


def _cause(subject: Subject, step: PlanStep, causes: dict[int, int]) -> int | None:
    """The step whose cause also keeps this one from running."""
    plan = subject.plan
    if step.trigger_rule == "all_success":
        for need in step.needs:
            if need in causes:
                return causes[need]
    if _else_before(subject, step) is None:
        return None
    siblings = plan.steps[step.parent].children[: step.position]
    return next(
        (causes[one] for one in siblings if one in causes and _else_before(subject, plan.steps[one])), None
    )


def _reason(subject: Subject, step: PlanStep) -> str | None:
    if step.trigger_rule in _NEEDS_A_FAILURE and not step.needs:
        return f'"trigger_rule: {step.trigger_rule}" waits for a failure, and the step needs nothing'
    if branch := _needed_branch(subject.plan, step):
        return f'it needs "{branch}", and of the branches of a "match: first" group only one runs'
    other = _else_before(subject, step)
    return f'"{other}" before it has no condition and is always the first that holds' if other else None


def _needed_branch(plan: Plan, step: PlanStep) -> str | None:
    """A branch of the same `match: first` group that the step waits for: where that one runs, this one does not."""
    if not plan.steps[step.parent].match_first or step.trigger_rule not in ("all_success", "one_success"):
        return None
    return next((plan.steps[need].id for need in step.needs), None)


def _else_before(subject: Subject, step: PlanStep) -> str | None:
    """An earlier step of a `match: first` group that always holds. A condition that cannot be read is one all the same."""
    plan = subject.plan
    group = plan.steps[step.parent]
    if not group.match_first:
        return None
    for sibling in group.children[: step.position]:
        other = plan.steps[sibling]
        always = other.when is True or (other.when is None and "when" not in _written(subject, other))
        if always and not other.needs:
            return other.id
    return None


def _written(subject: Subject, step: PlanStep) -> dict[str, Any]:
    written = subject.tree.get(step.path)
    return written if isinstance(written, dict) else {}
