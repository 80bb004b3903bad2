"""What comes of it when a step fails with all its tries spent: asked of the same table of rules that runs ask.

Told for the plain case: everything else succeeds, every condition holds. `one_failed` and `all_failed` steps are then
the ones that only a failure wakes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.graph import Plan, PlanStep
from engine.graph.plan import sorted_children
from engine.machine.rules import RULES, RUN, SKIP_FOR_FAILURE
from engine.spec.tree import Tree
from engine.spec.words import ORDERED_MODES


@dataclass(slots=True)
class Spread:
    """What a failure does among the steps of one group (None: the file).

    `fails`: the step, group or loop that fails there; `after_tries`, `beyond`: what it must have used up before
    (a loop: failed items, as a count or a share). `skipped`: steps (a group stands for all in it) that do not run
    because of it. `woken`: those that run because of it, or though they need what failed.
    """

    group: str | None
    fails: str
    after_tries: int | None
    beyond: int | str | None
    skipped: list[str] = field(default_factory=list)
    woken: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Consequence:
    """`spreads` from the step's own group outwards, as far as the failure goes.

    `handled_by`, `stopped_by`: the step or group whose `on_error` ends the matter; `run`: how the run ends, None where
    it goes on as if nothing had failed. `rescues`: the steps and groups on the way (the workflow's name: the file)
    whose `rescue` runs first; one that works ends the matter there.
    """

    spreads: list[Spread] = field(default_factory=list)
    handled_by: str | None = None
    stopped_by: str | None = None
    run: str | None = None
    rescues: list[str] = field(default_factory=list)


def when_it_fails(plan: Plan, index: int, tree: Tree) -> Consequence:
    """Follow a failure from a step outwards until something handles it, stops the run, or the file is reached."""
    told = Consequence()
    step = plan.steps[index]
    while step.index:
        group = plan.steps[step.parent]
        spread = _spread(group, step)
        told.spreads.append(spread)
        _note_rescue(plan, step, tree, told)
        if step.on_error == "continue":
            told.handled_by = step.id
            return told
        if step.on_error == "stop":
            told.stopped_by, told.run = step.id, "failed"
            return told
        _among_siblings(plan, group, step, spread)
        step = group
    _note_rescue(plan, step, tree, told)
    told.run = "failed" if _fails_wholly(plan) else "partial_failure"
    return told


def _note_rescue(plan: Plan, step: PlanStep, tree: Tree, told: Consequence) -> None:
    written = tree.get(step.path)
    if step.on_error != "stop" and isinstance(written, dict) and written.get("rescue"):
        told.rescues.append(step.id or plan.workflow.name)


def _spread(group: PlanStep, failed: PlanStep) -> Spread:
    tries = failed.retry.attempts if failed.retry is not None and failed.retry.attempts > 1 else None
    beyond: int | str | None = None
    if failed.foreach is not None:
        share = failed.foreach.tolerate_share
        beyond = f"{100 * share:.4g}%" if share else failed.foreach.tolerate_count
    return Spread(group.id or None, failed.id, tries, beyond)


def _fails_wholly(plan: Plan) -> bool:
    """An ordered file is cut short by any failure; a file with one tool step has nothing that could have succeeded."""
    return plan.root.mode in ORDERED_MODES or sum(1 for step in plan.steps if step.tool) < 2


def _among_siblings(plan: Plan, group: PlanStep, failed: PlanStep, told: Spread) -> None:
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
