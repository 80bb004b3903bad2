"""What the next attempt of an ended run is to run again: asked for by the ids of its steps, with its own spec or another.

Another spec must be able to have the recorded past: what was recorded is replayed with it, and what succeeded, and is not to
run again, must mean the same in both. What had not succeeded may have become anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.app.checking import Checked
from engine.errors import DamagedRecord, UsageError
from engine.execute.replay import replay
from engine.graph.plan import Plan, PlanStep
from engine.journal import ENDED, Event, RunRow, StoredSpec
from engine.machine import Instance, RunState
from engine.machine.status import SUCCESS
from engine.text import suggestion

_HOW = frozenset(
    {
        *("id", "name", "weft", "description", "labels", "steps", "rescue", "finally", "undo", "workflows"),
        *("needs", "trigger_rule", "retry", "timeout", "priority", "on_error", "context", "concurrency"),
        *("inputs", "connections", "defaults"),
    }
)
"""Words that say how and when a step runs, not what it gives; and those whose steps are looked at for themselves."""


@dataclass(frozen=True, slots=True)
class NewSpec:
    """Another spec for the next attempt, checked, and as it is to be stored."""

    checked: Checked
    stored: StoredSpec


@dataclass(frozen=True, slots=True)
class Again:
    """The next attempt as it is wished for. `steps` are ids."""

    steps: Sequence[str] = ()
    spec: NewSpec | None = None


@dataclass(frozen=True, slots=True)
class Reopening:
    """`again`: plan indexes of steps that run again though they succeeded. `payload`: what the journal keeps of it."""

    again: frozenset[int]
    payload: dict[str, Any]
    spec: StoredSpec | None = None


def reopening(row: RunRow, plan: Plan, again: Again) -> Reopening:
    """The reopening of an ended run. Raises UsageError: not ended, nothing to do, no such step."""
    if row.status not in ENDED:
        hint = f"go on with it: weft resume {row.run_id}"
        raise UsageError(f'run "{row.run_id}" has not ended: {row.status}', hint=hint)
    if row.status == "succeeded" and not again.steps and again.spec is None:
        hint = "name the step to begin with: --from STEP"
        raise UsageError(f'run "{row.run_id}" succeeded: there is nothing to retry', hint=hint)
    for step in again.steps:
        if step not in plan.by_id:
            raise UsageError(f'no step "{step}" in run "{row.run_id}"', hint=suggestion(step, plan.by_id))
    payload: dict[str, Any] = {"from": list(again.steps)} if again.steps else {}
    stored = again.spec.stored if again.spec is not None else None
    if stored is not None:
        payload["spec"] = stored.hash
    return Reopening(plan.downstream_of(again.steps), payload, stored)


def refuse_misfit(
    row: RunRow, old: Checked, new: Checked, events: Iterable[Event], again: frozenset[int]
) -> None:
    """Raise UsageError, with every reason, where a new spec cannot take up what the run has done with the old one."""
    try:
        run = replay(new.linked, events)
    except DamagedRecord as error:
        message = f'the new spec does not fit what run "{row.run_id}" has done: {error.message}'
        raise UsageError(message, hint="start a new run with it") from error
    changed = _changed(run, old, new, again)
    if changed:
        told = "; ".join(
            f'step "{name}" has succeeded and changes its {words}' for name, words in changed.items()
        )
        hint = "begin again with it: " + " ".join(f"--from {name.partition('/')[0]}" for name in changed)
        raise UsageError(f'the new spec does not fit what run "{row.run_id}" has done: {told}', hint=hint)


def _changed(run: RunState, old: Checked, new: Checked, again: frozenset[int]) -> dict[str, str]:
    """The steps that keep their success and mean something else now, with the words that changed."""
    before = {_ids(old.linked, step): step for step in old.linked.steps}
    found: dict[str, str] = {}
    for step in _kept(run, again):
        ids = _ids(new.linked, step)
        name = "/".join(one for one in ids if not one.startswith("("))
        was = before.get(ids)
        one, two = _meaning(new, step), _meaning(old, was) if was is not None else {}
        words = sorted(word for word in one.keys() | two.keys() if one.get(word) != two.get(word))
        if words and name:
            found[name] = ", ".join(f"`{word}`" for word in words)
    return found


def _kept(run: RunState, again: frozenset[int]) -> list[PlanStep]:
    """The steps of which something has succeeded that is not to run again."""
    kept: dict[int, PlanStep] = {}
    stack: list[Instance] = [run.root]
    while stack:
        instance = stack.pop()
        if instance.plan.index in again:
            continue
        stack.extend(instance.parts)
        if instance.outcome == SUCCESS and not instance.handled and not instance.undone:
            kept[instance.plan.index] = instance.plan
    return [kept[index] for index in sorted(kept)]


def _ids(plan: Plan, step: PlanStep) -> tuple[str, ...]:
    """Where a step stands: the ids from the file down to it."""
    return tuple(plan.steps[index].id for index in reversed(plan.ancestors(step.index)[:-1]))


def _meaning(checked: Checked, step: PlanStep) -> Mapping[str, Any]:
    """The words of a step that say what it gives, as they are written."""
    label = checked.linked.spaces[step.space].label
    tree = checked.trees[label] if label else checked.tree
    written = tree.get(step.path) if tree is not None else None
    if not isinstance(written, dict):
        return {}
    return {word: value for word, value in written.items() if word not in _HOW and not word.startswith("x-")}
