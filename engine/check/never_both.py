"""WF311 never-both: a step with `all_success` is skipped as soon as one of its needs is, and of these one always is.

The run succeeds all the same, so nothing else would ever tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from engine.check.subject import Subject
from engine.diagnostics import Diagnostic, Related, problem
from engine.graph.names import step_name
from engine.graph.plan import Plan, PlanStep
from engine.refs import Expression
from engine.refs.exclusion import exclude

SOURCES_MAX = 5
"""Conditions a step is known to hang on: of more the latest are kept, so that long chains stay cheap."""
Conditions = dict[int, Expression]
"""By step, the conditions that hold whenever another step runs."""


def never_both(subject: Subject) -> Iterator[Diagnostic]:
    plan = subject.plan
    known: dict[int, Conditions] = {0: {}}
    for index in plan.order():
        step = plan.steps[index]
        holds, pair = _together(_sources(plan, step, known))
        if pair is not None:
            yield _told(subject, step, *pair)
            holds = {}  # what only hangs on this step is not told again
        known[index] = dict(list(holds.items())[-SOURCES_MAX:])


def _sources(plan: Plan, step: PlanStep, known: dict[int, Conditions]) -> Iterator[Conditions]:
    """What holds when the step runs: what its group and, with all_success, its needs hang on, then its own condition."""
    yield {source: condition for source, condition in known[step.parent].items() if _lasting(condition)}
    if step.trigger_rule == "all_success":
        yield from (known.get(need, {}) for need in step.needs)
    if isinstance(step.when, Expression):
        yield {step.index: step.when}


def _together(sources: Iterator[Conditions]) -> tuple[Conditions, tuple[int, int] | None]:
    """All conditions of the sources, and two of them that exclude each other. Those of one source are known to agree."""
    holds: Conditions = {}
    for source in sources:
        new = {index: condition for index, condition in source.items() if index not in holds}
        for one, other in product(holds, new):
            if not _reads_input(holds[one]) and exclude(holds[one], new[other]):
                return {}, (one, other)
        holds |= new
    return holds, None


def _lasting(condition: Expression) -> bool:
    """Whether the condition reads the same inside the step as around it; loops and `let` bring names of their own."""
    return all(read.path[0] in ("inputs", "steps") or step_name(read.path) for read in condition.reads)


def _reads_input(condition: Expression) -> bool:
    """Whether the condition reads what the step before gave: that is another value for each step of a pipeline."""
    return any(read.path[0] == "input" for read in condition.reads)


def _told(subject: Subject, step: PlanStep, one: int, other: int) -> Diagnostic:
    plan, tree = subject.plan, subject.tree
    first, second = (plan.steps[index] for index in (one, other))
    if second.index == step.index and first.index in plan.ancestors(step.index):
        reason = f'its condition and that of the group "{first.id}" around it exclude each other'
        hint = "the condition of a group holds for all that stands in it"
    elif second.index == step.index:
        reason = f'its condition and that of "{first.id}", which it waits for, exclude each other'
        hint = "to run it after whatever came before, write trigger_rule: none_failed"
    else:
        reason = f'of "{first.id}" and "{second.id}", which it waits for, one is always skipped'
        hint = "to run it after whichever of them ran, write trigger_rule: none_failed"
    places = (Related(tree.span((*plan.steps[at].path, "when")), "this condition") for at in (one, other))
    message = f'step "{step.id}" can never run: {reason}'
    return problem("WF311", message, tree.span((*step.path, "id")), hint, *places)
