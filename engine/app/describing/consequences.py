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
    (a loop: failed items, as a count or a share). `own_error`: it had failed already, and its rescue was of no help.
    `skipped`: steps (a group stands for all in it) that do not run because of it. `woken`: those that run because of it,
    or though they need what failed.
    """

    group: str | None
    fails: str
    after_tries: int | None
    beyond: int | str | None
    own_error: bool = False
    skipped: list[str] = field(default_factory=list)
    woken: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Consequence:
    """`spreads` from the step's own group outwards, as far as the failure goes.

    `handled_by`, `stopped_by`: the step or group whose `on_error` ends the matter; `run`: how the run ends, None where
    it goes on as if nothing had failed. `rescues`: the steps and groups on the way (None: the file) whose `rescue` runs
    first; one that works ends the matter there.
    """

    spreads: list[Spread] = field(default_factory=list)
    handled_by: str | None = None
    stopped_by: str | None = None
    run: str | None = None
    rescues: list[str | None] = field(default_factory=list)


def when_it_fails(plan: Plan, index: int, tree: Tree) -> Consequence:
    """Follow a failure from a step outwards until something handles it, stops the run, or the file is reached."""
    told = Consequence()
    step, beside = plan.steps[index], None
    while step.index:
        group = plan.steps[step.parent]
        spread = _spread(plan, group, step, beside)
        told.spreads.append(spread)
        if beside is None:
            _note_rescue(step, tree, told)
        if _is_end(step, told):
            return told
        _among_siblings(plan, group, step, spread)
        beside = group.aside
        step = plan.steps[group.parent] if group.aside else group
    if beside is None:
        _note_rescue(step, tree, told)
    told.run = "failed" if beside == "finally" or _fails_wholly(plan) else "partial_failure"
    return told


def _is_end(step: PlanStep, told: Consequence) -> bool:
    """Whether the step's own `on_error` ends the matter; notes how."""
    if step.on_error == "continue":
        told.handled_by = step.id
    elif step.on_error == "stop":
        told.stopped_by, told.run = step.id, "failed"
    return step.on_error in ("continue", "stop")


def _note_rescue(step: PlanStep, tree: Tree, told: Consequence) -> None:
    written = tree.get(step.path)
    if step.on_error != "stop" and isinstance(written, dict) and written.get("rescue"):
        told.rescues.append(step.id or None)


def _spread(plan: Plan, group: PlanStep, failed: PlanStep, beside: str | None) -> Spread:
    """`beside`: the failure came from its rescue or finally, which begin only when all tries are spent."""
    around = plan.steps[group.parent] if group.aside else group
    spread = Spread(around.id or None, failed.id, None, None, own_error=beside == "rescue")
    if beside is None:
        tries = failed.retry.attempts if failed.retry is not None else 1
        spread.after_tries = tries if tries > 1 else None
        if failed.foreach is not None:
            share = failed.foreach.tolerate_share
            spread.beyond = f"{100 * share:.4g}%" if share else failed.foreach.tolerate_count
    return spread


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
