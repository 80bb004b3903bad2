"""What comes of it when a step fails with all its tries spent: asked of the same table of rules that runs ask.

Told for the plain case: everything else succeeds, every condition holds. `one_failed` and `all_failed` steps are then
the ones that only a failure wakes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.graph import Plan, PlanStep
from engine.graph.plan import sorted_children
from engine.machine.rules import RULES, RUN, SKIP_FOR_FAILURE
from engine.spec.words import ORDERED_MODES


@dataclass(slots=True)
class Consequence:
    """`handled_by`, `stopped_by`: the step or group whose `on_error` ends the matter, else `run` is how the run ends.

    `skipped`: steps (a group stands for all in it) that do not run because of the failure. `woken`: those that run
    because of it, or in spite of it though they need what failed. `fails`: the groups and loops that fail with it.
    """

    skipped: list[str] = field(default_factory=list)
    woken: list[str] = field(default_factory=list)
    fails: list[str] = field(default_factory=list)
    handled_by: str | None = None
    stopped_by: str | None = None
    run: str | None = None


def when_it_fails(plan: Plan, index: int) -> Consequence:
    """Follow a failure from a step outwards until something handles it, stops the run, or the file is reached."""
    told = Consequence()
    step = plan.steps[index]
    while step.index:
        if step.on_error == "continue":
            told.handled_by = step.id
            return told
        if step.on_error == "stop":
            told.stopped_by, told.run = step.id, "failed"
            return told
        group = plan.steps[step.parent]
        _among_siblings(plan, group, step, told)
        if group.index:
            told.fails.append(group.id)
        step = group
    told.run = "failed" if _fails_wholly(plan) else "partial_failure"
    return told


def _fails_wholly(plan: Plan) -> bool:
    """An ordered file is cut short by any failure; a file with one tool step has nothing that could have succeeded."""
    return plan.root.mode in ORDERED_MODES or sum(1 for step in plan.steps if step.tool) < 2


def _among_siblings(plan: Plan, group: PlanStep, failed: PlanStep, told: Consequence) -> None:
    if group.mode in ORDERED_MODES:
        if not group.match_first:
            told.skipped += [plan.steps[kid].id for kid in group.children[failed.position + 1 :]]
        return
    before, after = _verdicts(plan, group, None), _verdicts(plan, group, failed.index)
    for kid in sorted_children(plan, group.index):
        step = plan.steps[kid]
        if kid == failed.index or not (before[kid] == RUN or after[kid] == RUN):
            continue
        if after[kid] != RUN:
            told.skipped.append(step.id)
        elif before[kid] != RUN or any(need == failed.index or after[need] != RUN for need in step.needs):
            told.woken.append(step.id)


def _verdicts(plan: Plan, group: PlanStep, failed: int | None) -> dict[int, str]:
    """What each rule says once all it needs has ended."""
    said: dict[int, str] = {}
    for kid in sorted_children(plan, group.index):
        step = plan.steps[kid]
        counts = {RUN: 0, SKIP_FOR_FAILURE: 0, "skip": 0}
        for need in step.needs:
            counts[SKIP_FOR_FAILURE if need == failed else said[need]] += 1
        if step.needs:
            said[kid] = RULES[step.trigger_rule](0, counts[RUN], counts["skip"], counts[SKIP_FOR_FAILURE])
        else:
            said[kid] = "skip" if step.trigger_rule in ("one_failed", "all_failed") else RUN
    return said
