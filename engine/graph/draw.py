"""A plan drawn: as indented text for people, as nodes and edges for programs."""

from __future__ import annotations

from typing import Any

from engine.graph.plan import Plan, PlanStep
from engine.refs import Expression


def as_text(plan: Plan) -> str:
    """One line a step, groups indented: `load  [sql.load]  after: extract  when: …`."""
    lines = [f"{plan.workflow.name} ({plan.root.mode})"]
    for index in plan.order():
        step = plan.steps[index]
        depth = len(plan.ancestors(index)) - 1
        lines.append("  " * depth + _line(plan, step))
    return "\n".join(lines)


def _line(plan: Plan, step: PlanStep) -> str:
    words = [f"{step.id}  [{_body(step)}]"]
    if step.needs:
        words.append("after: " + ", ".join(plan.steps[need].id for need in step.needs))
    words += _modifiers(step)
    return "  ".join(words)


def _body(step: PlanStep) -> str:
    if step.is_group:
        return f"group, {step.mode}"
    name = step.declaration.operation_name(step.operation) if step.declaration else step.operation
    return step.tool if name in (None, step.tool) else f"{step.tool}.{name}"  # type: ignore[return-value]


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
    """`{"version": 1, "workflow", "mode", "nodes": […], "edges": [{"from", "to"}]}`, in plan order."""
    order = plan.order()
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
    return {
        "id": step.id,
        "parent": plan.steps[step.parent].id or None,
        "tool": step.tool,
        "operation": step.declaration.operation_name(step.operation) if step.declaration else step.operation,
        "mode": step.mode if step.is_group else None,
        "when": _condition(step) if step.when is not None else None,
        "trigger_rule": step.trigger_rule,
        "foreach": step.foreach is not None,
        "on_error": step.on_error,
        "needs": [plan.steps[need].id for need in step.needs],
    }
