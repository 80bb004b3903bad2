"""The plan of a run: each sub-workflow put in its place, below the step that calls it.

A calling step becomes a group with one child, the file it calls; that file's steps keep a namespace of their own. Plans are
copied once per place of a call: what a step is given by those around it (context, limits) differs from place to place.
"""

from __future__ import annotations

from copy import copy

from engine.graph.compile import merged
from engine.graph.plan import Plan, PlanStep, Space

STEPS_MAX = 1_000_000
DEPTH_MAX = 32
CALLED_ID = "(workflow)"
"""The id of a called file: none an author may write."""


def link(plan: Plan) -> Plan:
    """The plan with every called workflow in place; the plan itself where it calls none.

    Indexes of the plan's own steps stay as they are. Takes a plan without problems.
    """
    if not any(step.callee for step in plan.steps):
        return plan
    linked = Plan(
        plan.workflow, [copy(step) for step in plan.steps], plan.by_id, plan.inputs_read, plan.label
    )
    brought = dict(plan.connections)
    for step in linked.steps:  # grows while it is walked
        if step.callee is not None:
            for name, config in step.callee.connections.items():
                brought[connection_label(step.callee, name)] = config
            _put(linked, step, step.callee)
    linked.connections = brought
    return linked


def connection_label(plan: Plan, name: str) -> str:
    """What a connection that a sub-workflow brings is called in a linked plan."""
    return f"{name} of {plan.label}"


def _put(linked: Plan, caller: PlanStep, callee: Plan) -> None:
    offset = len(linked.steps)
    caller.is_group, caller.children = True, [offset]
    space = len(linked.spaces)
    by_id = {name: index + offset for name, index in callee.by_id.items()}
    linked.spaces.append(Space(callee.workflow, by_id, offset, callee.label))
    for step in callee.steps:
        moved = _moved(step, offset)
        moved.space = space
        moved.context = merged(caller.context, step.context)
        if not step.priority_written:
            moved.priority = caller.priority
        if step.connection is not None and step.connection in callee.connections:
            moved.connection = connection_label(callee, step.connection)
        linked.steps.append(moved)
    file = linked.steps[offset]
    file.id, file.parent, file.position, file.called = CALLED_ID, caller.index, 0, True


def _moved(step: PlanStep, by: int) -> PlanStep:
    """A copy of a step with every index moved."""
    moved = copy(step)
    moved.index, moved.parent = step.index + by, step.parent + by
    moved.children = [index + by for index in step.children]
    moved.needs = [index + by for index in step.needs]
    moved.dependents = [index + by for index in step.dependents]
    moved.explicit_needs = [index + by for index in step.explicit_needs]
    moved.reads = {index + by for index in step.reads}
    moved.rescue = None if step.rescue is None else step.rescue + by
    moved.finally_ = None if step.finally_ is None else step.finally_ + by
    moved.undo = None if step.undo is None else step.undo + by
    return moved
