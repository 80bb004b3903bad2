"""Workflow -> Plan in four passes: lay out the steps, read their references, join the edges, look for cycles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.diagnostics import Diagnostic, Related, problem
from engine.graph.cycles import cycle_problems
from engine.graph.edges import Edges
from engine.graph.plan import Plan, PlanStep
from engine.graph.references import ReferenceReader
from engine.graph.streams import find_streams
from engine.spec import words
from engine.spec.connection_words import written_retry
from engine.spec.toolspec import Declaration
from engine.spec.tree import Tree
from engine.spec.workflow import StepSpec, Workflow

NO_CALLEES: Mapping[str, Plan | None] = {}


def compile_workflow(
    workflow: Workflow,
    tree: Tree,
    tools: Mapping[str, Declaration],
    connections: Mapping[str, Mapping[str, Any]],
    callees: Mapping[str, Plan | None] = NO_CALLEES,
) -> tuple[Plan, list[Diagnostic]]:
    """The plan of a workflow and everything that is wrong with its ids, references, needs and cycles.

    `tools` are the declarations known by name, `connections` those of the project (the spec's own come on top),
    `callees` the plans of the workflows its steps call, by what they write.

    The plan is complete enough for further checks even when there are problems; only one without problems may be run.
    """
    problems: list[Diagnostic] = []
    plan = _lay_out(workflow, tree, problems)
    name_tools(plan, tools, {**connections, **workflow.connections})
    reader = ReferenceReader(plan, tree, problems)
    edges = Edges(plan, tree, problems)
    for step, spec in zip(plan.steps, _specs(workflow.root), strict=True):
        reader.compile_step(step, spec)
    for step in plan.steps:
        step.callee = callees.get(step.workflow or "")
    for name, config in workflow.connections.items():
        reader.template(plan.root, "connections", config, ("connections", name))
    for step, spec in zip(plan.steps, _specs(workflow.root), strict=True):
        edges.join(step, spec, reader.step_reads[step.index])
    edges.finish()
    problems += cycle_problems(plan, tree, edges.places)
    find_streams(plan, _specs(workflow.root))
    called = [step.callee for step in plan.steps if step.callee]
    plan.size = len(plan.steps) + sum(callee.size for callee in called)
    plan.depth = 1 + max((callee.depth for callee in called), default=0)
    return plan, problems


def name_tools(
    plan: Plan, tools: Mapping[str, Declaration], connections: Mapping[str, Mapping[str, Any]]
) -> None:
    """Give each tool step the declaration its `tool` stands for: a connection's, else the tool of that name.

    A tool used by its own name means the connection `default` where that is one of this tool.
    """
    for step in plan.steps:
        if step.tool is None:
            continue
        if step.tool in connections:
            step.connection = step.tool
            step.declaration = tools.get(str(connections[step.tool].get("tool")))
        else:
            step.declaration = tools.get(step.tool)
            if connections.get("default", {}).get("tool") == step.tool:
                step.connection = "default"
        if step.connection is not None:
            _as_connected(step, connections[step.connection])
        operation = step.declaration.operation(step.operation) if step.declaration else None
        step.waits = operation is not None and operation.lane == "wait"


def _as_connected(step: PlanStep, connection: Mapping[str, Any]) -> None:
    """What the step does not say itself, and its connection does."""
    retry = None if step.retry_written else written_retry(connection)
    if retry is not None:
        step.retry = retry
    if not step.priority_written and connection.get("priority") in words.PRIORITIES:
        step.priority, step.priority_written = words.PRIORITIES.index(connection["priority"]), True


def _specs(root: StepSpec) -> list[StepSpec]:
    """Every step spec, the file first, parents before children, in the order written."""
    out: list[StepSpec] = []
    stack = [root]
    while stack:
        spec = stack.pop()
        out.append(spec)
        stack.extend(reversed([*(spec.steps or ()), *(aside for _, aside in _asides(spec))]))
    return out


def _asides(spec: StepSpec) -> list[tuple[str, StepSpec]]:
    return [
        (word, aside)
        for word, aside in (("rescue", spec.rescue), ("finally", spec.finally_), ("undo", spec.undo))
        if aside is not None
    ]


def _lay_out(workflow: Workflow, tree: Tree, problems: list[Diagnostic]) -> Plan:
    plan = Plan(workflow, [], {})
    folded: dict[str, int] = {}
    stack: list[tuple[StepSpec, int, int, str | None]] = [(workflow.root, 0, 0, None)]
    while stack:
        spec, parent, position, aside = stack.pop()
        index = len(plan.steps)
        step = _plan_step(workflow, spec, index, parent, position)
        plan.steps.append(step)
        step.context = merged(plan.steps[parent].context if index else {}, spec.context)
        if not step.priority_written:
            around = plan.steps[parent]
            step.priority, step.priority_written = around.priority, around.priority_written
        if aside is not None:
            step.aside, step.id = aside, f"({aside})"  # no id an author may write
            setattr(plan.steps[parent], "finally_" if aside == "finally" else aside, index)
        elif index:
            plan.steps[parent].children.append(index)
        if spec.id:
            _register(plan, tree, step, folded, problems)
        stack.extend((beside, index, -1, word) for word, beside in reversed(_asides(spec)))
        stack.extend((child, index, at, None) for at, child in reversed(list(enumerate(spec.steps or ()))))
    return plan


def _plan_step(workflow: Workflow, spec: StepSpec, index: int, parent: int, position: int) -> PlanStep:
    is_group = spec.steps is not None
    step = PlanStep(index, spec.id, spec.path, parent, position, is_group, spec.tool, spec.operation)
    step.description, step.workflow = spec.description, spec.workflow
    if is_group:
        step.mode, step.match_first, step.concurrency = spec.mode, spec.match == "first", spec.concurrency
    step.trigger_rule, step.on_error, step.foreach = spec.trigger_rule, spec.on_error, spec.foreach
    step.repeat, step.cache, step.rate = spec.repeat, spec.cache, spec.rate
    step.retry, step.timeout_seconds = spec.retry, spec.timeout_seconds
    if spec.tool:
        step.retry, step.retry_written = spec.retry or workflow.default_retry, spec.retry is not None
        step.timeout_seconds = spec.timeout_seconds or workflow.default_timeout_seconds
    step.timeout_written = step.timeout_seconds is not None
    if spec.priority in words.PRIORITIES:
        step.priority, step.priority_written = words.PRIORITIES.index(spec.priority), True
    step.let_names = list(spec.let)
    if index == 0:
        step.concurrency = workflow.concurrency
    return step


def merged(outer: dict[str, Any], inner: dict[str, Any]) -> dict[str, Any]:
    """A context merged inwards: mappings key by key, anything else replaced."""
    if not inner:
        return outer  # shared, never changed
    out = dict(outer)
    for key, value in inner.items():
        before = out.get(key)
        out[key] = merged(before, value) if isinstance(before, dict) and isinstance(value, dict) else value
    return out


def _register(
    plan: Plan, tree: Tree, step: PlanStep, folded: dict[str, int], problems: list[Diagnostic]
) -> None:
    first = folded.setdefault(step.id.lower(), step.index)
    if first == step.index:
        plan.by_id[step.id] = step.index
        return
    other: Any = plan.steps[first]
    same = "" if other.id == step.id else f' (the same as "{other.id}": case is ignored)'
    message = f'the id "{step.id}" is taken{same}'
    here = Related(tree.span((*other.path, "id")), "first used here")
    problems.append(
        problem("WF301", message, tree.span((*step.path, "id")), "ids are unique in a file", here)
    )
