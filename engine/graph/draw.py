"""A plan drawn: as indented text for people, as nodes and edges for programs."""

from __future__ import annotations

from typing import Any

from engine.graph.names import call_name
from engine.graph.plan import Plan, PlanStep, sorted_children
from engine.refs import Expression

RUNS_WHEN = {"rescue": "on failure", "finally": "always"}
"""What an edge to a rescue or finally is labelled."""


def as_text(plan: Plan) -> str:
    """One line a step, groups indented: `load  [sql.load]  after: extract  when: …`. What stands beside a step is
    indented below it, `rescue` and `finally` last."""
    lines = [f"{plan.workflow.name} ({plan.root.mode})"]
    _text_inside(plan, 0, 1, lines)
    return "\n".join(lines)


def _text_inside(plan: Plan, group: int, depth: int, lines: list[str]) -> None:
    for index in sorted_children(plan, group):
        lines.append("  " * depth + _line(plan, plan.steps[index]))
        _text_inside(plan, index, depth + 1, lines)
    for aside in asides(plan, group):
        lines.append("  " * depth + f"{aside.aside}, {RUNS_WHEN[aside.aside or '']}:")
        _text_inside(plan, aside.index, depth + 1, lines)


def asides(plan: Plan, index: int) -> list[PlanStep]:
    """The rescue and the finally of a step, as far as it has them."""
    step = plan.steps[index]
    return [plan.steps[beside] for beside in (step.rescue, step.finally_) if beside is not None]


def _line(plan: Plan, step: PlanStep) -> str:
    words = [f"{step.id}  [{_body(step)}]"]
    if step.needs:
        words.append("after: " + ", ".join(plan.steps[need].id for need in step.needs))
    words += _modifiers(step)
    return "  ".join(words)


def _body(step: PlanStep) -> str:
    if step.is_group:
        return f"group, {step.mode}"
    if step.tool is None:
        return f"workflow {step.workflow or ''}".rstrip()
    return call_name(step)


def _modifiers(step: PlanStep) -> list[str]:
    out = []
    if step.when is not None:
        out.append(f"when: {_condition(step)}")
    if step.trigger_rule != "all_success":
        out.append(f"rule: {step.trigger_rule}")
    if step.foreach:
        out.append(f"foreach: {_shown(step.foreach.items)}")
    if step.repeat:
        out.append(
            f"repeat: {'until' if step.repeat.until is not None else 'while'}, at most {step.repeat.max}"
        )
    if step.retry:
        out.append(f"attempts: {step.retry.attempts}")
    if step.on_error != "fail":
        out.append(f"on_error: {step.on_error}")
    return out


def _condition(step: PlanStep) -> str:
    return step.when.text if isinstance(step.when, Expression) else str(step.when).lower()


def _shown(items: Any) -> str:
    return items if isinstance(items, str) else f"{len(items)} items" if isinstance(items, list) else "items"


def as_json(plan: Plan) -> dict[str, Any]:
    """`{"version": 1, "workflow", "mode", "nodes": […], "edges": [{"from", "to"}]}`, in plan order.

    The steps of a rescue or finally have the step they belong to as parent, and no edge to it.
    """
    order = [index for index in plan.order() if plan.steps[index].aside is None]
    return {
        "version": 1,
        "workflow": plan.workflow.name,
        "mode": plan.root.mode,
        "nodes": [_node(plan, plan.steps[index]) for index in order],
        "edges": [
            {"from": plan.steps[need].id, "to": plan.steps[index].id}
            for index in order
            for need in plan.steps[index].needs
        ],
    }


def _node(plan: Plan, step: PlanStep) -> dict[str, Any]:
    around = plan.steps[step.parent]
    return {
        "id": step.id,
        "parent": (plan.steps[around.parent] if around.aside else around).id or None,
        "aside": around.aside,
        "tool": step.tool,
        "operation": step.declaration.operation_name(step.operation) if step.declaration else step.operation,
        "mode": step.mode if step.is_group else None,
        "when": _condition(step) if step.when is not None else None,
        "trigger_rule": step.trigger_rule,
        "foreach": step.foreach is not None,
        "on_error": step.on_error,
        "needs": [plan.steps[need].id for need in step.needs],
    }
