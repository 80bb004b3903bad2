"""Streams of a plan: which steps give their records batch by batch, who takes them so, and what flows straight on.

A parameter takes a stream where its schema says `x-weft: records` and it is one plain path to a result that says the same. In a
pipeline such a step and the one before it become a stage (batches flow through memory, nothing is kept on the way) where both
may run again at any time (`repeatable`), are called in the engine's own process, and no word of theirs and no other reader
needs what lies between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.graph.names import step_name
from engine.graph.plan import Plan, PlanStep
from engine.refs import compile_value
from engine.spec.toolspec import OperationSpec
from engine.spec.workflow import StepSpec

MARK = "records"


def find_streams(plan: Plan, specs: list[StepSpec]) -> None:
    """Tell the steps of a compiled plan what they give and take as streams."""
    for step, spec in zip(plan.steps, specs, strict=True):
        _find_takes(plan, step, spec)
        _tell_giver_of_items(plan, step)
    for step in plan.steps:
        before = _before(plan, step)
        if before is not None and _joined(plan, before, step):
            before.flows_on = step.flows_in = True


def _find_takes(plan: Plan, step: PlanStep, spec: StepSpec) -> None:
    operation = _operation(step)
    whole = (
        operation is None or step.with_ is None or step.cache is not None
    )  # the key of a cached call is made of all of it
    marked = [] if whole or operation is None else _marked(operation.parameters)
    for name in marked:
        path = compile_value(spec.with_.get(name)).whole_path
        giver = _giver(plan, step, path) if path else None
        if path and giver is not None and _member(giver, path[1:]) is not None:
            step.takes[name] = compile_value(spec.with_[name]).expressions[0]
            giver.gives = _member(giver, path[1:])
    if step.takes:
        step.rest = compile_value(
            {name: value for name, value in spec.with_.items() if name not in step.takes}
        )


def _tell_giver_of_items(plan: Plan, step: PlanStep) -> None:
    path = step.items.whole_path if step.items is not None else None
    giver = _giver(plan, step, path) if path else None
    if path and giver is not None:
        member = _member(giver, path[1:])
        step.over_stream = member is not None
        giver.gives = member if member is not None else giver.gives


def _giver(plan: Plan, step: PlanStep, path: tuple[str | int, ...]) -> PlanStep | None:
    """The tool step whose data a path begins with; None where it is another value."""
    if path[0] == "input":
        giver = _before(plan, step)
    else:
        name = step_name(path[:1])
        giver = plan.steps[plan.by_id[name]] if name in plan.by_id else None
    if giver is None or giver.cache is not None:  # what is cached is kept whole
        return None
    return None if giver.tool is None or giver.loops or giver.is_group else giver


def _before(plan: Plan, step: PlanStep) -> PlanStep | None:
    """The step before in the pipeline that the step itself stands in."""
    group = plan.steps[step.parent]
    inside = step.index and step.position > 0 and group.is_group and group.mode == "pipeline"
    return plan.steps[group.children[step.position - 1]] if inside else None


def _operation(step: PlanStep) -> OperationSpec | None:
    return step.declaration.operation(step.operation) if step.declaration is not None else None


def _marked(schema: Mapping[str, Any]) -> list[str]:
    """The properties that are records."""
    return [name for name, one in schema.get("properties", {}).items() if one.get("x-weft") == MARK]


def _member(giver: PlanStep, keys: tuple[str | int, ...]) -> str | None:
    """The member of the giver's data that the keys lead to and that it can stream; empty: the whole."""
    operation = _operation(giver)
    if operation is None:
        return None
    if not keys:
        return "" if operation.result.get("x-weft") == MARK else None
    return str(keys[0]) if len(keys) == 1 and keys[0] in _marked(operation.result) else None


def _joined(plan: Plan, giver: PlanStep, taker: PlanStep) -> bool:
    inputs = [one for one in taker.takes.values() if one.path is not None and one.path[0] == "input"]
    return (
        len(inputs) == 1
        and giver.gives is not None
        and _member(giver, (inputs[0].path or ())[1:]) == giver.gives
        and _is_plain(giver)
        and _is_plain(taker)
        and not _read_besides(plan, giver, taker)
    )


def _is_plain(step: PlanStep) -> bool:
    """Whether nothing but the call itself, its retry and its timeout belongs to the step."""
    operation = _operation(step)
    wordless = not (step.loops or step.let or step.explicit_needs or step.needs or step.cache or step.rate)
    alone = step.rescue is None and step.finally_ is None and step.undo is None and step.when is None
    usual = step.on_error == "fail" and step.trigger_rule == "all_success"
    if operation is None or not (wordless and alone and usual):
        return False
    return operation.lane == "blocking" and operation.repeatable and operation.executor == "threads"


def _read_besides(plan: Plan, giver: PlanStep, taker: PlanStep) -> bool:
    """Whether anybody reads the giver's data, or the taker its input, but for the stream itself."""
    templates = [taker.rest] if taker.rest is not None else []
    if any(read.path[0] == "input" for template in templates for read in template.reads):
        return True
    return any(giver.index in step.reads for step in plan.steps)
