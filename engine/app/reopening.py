"""What the next attempt of an ended run is to run again: asked for by the ids of its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import UsageError
from engine.graph.plan import Plan
from engine.journal import ENDED, RunRow
from engine.text import suggestion


@dataclass(frozen=True, slots=True)
class Reopening:
    """`again`: plan indexes of steps that run again though they succeeded. `payload`: what the journal keeps of it."""

    again: frozenset[int]
    payload: dict[str, Any]


def reopening(row: RunRow, plan: Plan, steps: Sequence[str]) -> Reopening:
    """The reopening of an ended run. Raises UsageError: not ended, nothing to do, no such step."""
    if row.status not in ENDED:
        hint = f"go on with it: weft resume {row.run_id}"
        raise UsageError(f'run "{row.run_id}" has not ended: {row.status}', hint=hint)
    if row.status == "succeeded" and not steps:
        hint = "name the step to begin with: --from STEP"
        raise UsageError(f'run "{row.run_id}" succeeded: there is nothing to retry', hint=hint)
    for step in steps:
        if step not in plan.by_id:
            raise UsageError(f'no step "{step}" in run "{row.run_id}"', hint=suggestion(step, plan.by_id))
    return Reopening(plan.downstream_of(steps), {"from": list(steps)} if steps else {})
