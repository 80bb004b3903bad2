"""From the path of an instance, as events name it, back to the step of the plan: without replaying the run."""

from __future__ import annotations

import re

from engine.graph.plan import Plan, PlanStep

_ITERATION = re.compile(r'\[(?:-?\d+|"(?:\\.|[^"\\])*")\]')  # the key of an iteration may hold anything
_LAST_ITERATION = re.compile(_ITERATION.pattern + "$")


class StepPaths:
    """The steps of a linked plan by the paths of their instances."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._steps: dict[str, PlanStep] = {}
        paths = [""] * len(plan.steps)
        for step in plan.steps[1:]:  # parents stand before their children
            parent = plan.steps[step.parent]
            if parent.called and step.aside is None:
                parent = plan.steps[
                    parent.parent
                ]  # as the machine does: the file between the two is not told
            above = paths[parent.index]
            paths[step.index] = f"{above}/{step.id}" if above else step.id
            self._steps[paths[step.index]] = step

    def step(self, instance: str) -> PlanStep | None:
        """The step an instance is of, an iteration being of its loop; None where the plan has none."""
        found = self._steps.get(instance)
        if found is None and "[" in instance:
            found = self._steps.get(_ITERATION.sub("", instance))
        return found


def path_around(instance: str) -> str:
    """The path of what an instance stands in: of an iteration its loop, of a step its group; empty for the run."""
    if instance.endswith("]"):
        return _LAST_ITERATION.sub("", instance)
    return instance.rpartition("/")[0]
