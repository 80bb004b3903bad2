"""The machine against an interpreter of the contract's rules, written from its words and from nothing else."""

from __future__ import annotations

import random
from typing import Any

from generated import over
from hypothesis import HealthCheck
from hypothesis import strategies as st
from machine_world import CALM, RULES, World, instances, plan_of

from engine.machine import Answered, Instance

SUCCEEDED, FAILED, SKIPPED = "succeeded", "failed", "skipped"


@st.composite
def dags(draw: st.DrawFn) -> dict[str, Any]:
    """Groups of mode dag, two deep, with rules, conditions and handled failures; no loops, no retries."""
    counter = iter(range(1, 1000))

    def group(depth: int) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = []
        for _ in range(draw(st.integers(1, 6 if depth else 3))):
            step: dict[str, Any] = {"id": f"s{next(counter)}", "trigger_rule": draw(st.sampled_from(RULES))}
            if depth and draw(st.integers(0, 4)) == 0:
                step |= {"mode": "dag", "steps": group(depth - 1)}
            else:
                step["tool"] = "echo"
            if steps:
                step["needs"] = draw(
                    st.lists(st.sampled_from([s["id"] for s in steps]), unique=True, max_size=4)
                )
            if draw(st.booleans()):
                step["when"] = "inputs.go"
            step["on_error"] = draw(st.sampled_from(("fail", "fail", "fail", "continue")))
            steps.append(step)
        return steps

    spec = {"mode": "dag", "steps": group(2), "inputs": {"go": {"type": "boolean", "default": True}}}
    draw(st.randoms(use_true_random=False)).shuffle(spec["steps"])
    return spec


# -- the interpreter -----------------------------------------------------------------------------------------

RUNS = {
    "all_success": lambda s, k, f: f == k == 0,
    "none_failed": lambda s, k, f: f == 0,
    "all_done": lambda s, k, f: True,
    "one_success": lambda s, k, f: s > 0,
    "one_failed": lambda s, k, f: f > 0,
    "all_failed": lambda s, k, f: s == k == 0 and f > 0,
}
BECAUSE_OF_A_FAILURE = {
    "all_success",
    "none_failed",
    "one_success",
}  # rules that a failure keeps from holding


def interpret(steps: list[dict[str, Any]], good: dict[str, bool], holds: dict[str, bool]) -> dict[str, str]:
    """Status by id for a dag and everything in it, and its letters S K F in `_letters`."""
    told: dict[str, str] = {}
    letters: dict[str, str] = {}
    left = list(steps)
    while left:
        step = next(s for s in left if all(need in letters for need in s.get("needs", ())))
        left.remove(step)
        needs = [letters[need] for need in step.get("needs", ())]
        told[step["id"]], letters[step["id"]] = _one(step, needs, good, holds, told)
    told["_letters"] = "".join(letters.values())
    return told


def _one(step: Any, needs: list[str], good: Any, holds: Any, told: dict[str, str]) -> tuple[str, str]:
    rule = step["trigger_rule"]
    counts = [needs.count(letter) for letter in "SKF"]
    runs = RUNS[rule](*counts) if needs else rule not in ("one_failed", "all_failed")
    if not runs:
        _never(step, told)
        return SKIPPED, "F" if rule in BECAUSE_OF_A_FAILURE and counts[2] else "K"
    if "when" in step and not holds[step["id"]]:
        _never(step, told)
        return SKIPPED, "K"
    if "steps" in step:
        inside = interpret(step["steps"], good, holds)
        succeeded = "F" not in inside.pop("_letters")
        told.update(inside)
    else:
        succeeded = good[step["id"]]
    if succeeded:
        return SUCCEEDED, "S"
    return FAILED, "S" if step["on_error"] == "continue" else "F"


def _never(step: Any, told: dict[str, str]) -> None:
    for child in step.get("steps", ()):
        told[child["id"]] = "absent"
        _never(child, told)


# -- the machine ---------------------------------------------------------------------------------------------


class FatedWorld(World):
    """Calls and conditions end as they are fated to; only the order is random."""

    good: dict[str, bool]
    holds: dict[str, bool]

    def evaluate(self, wish: Any) -> None:
        holds = self.holds[wish.at.plan.id]
        self.answers[wish.at] = holds
        self.tell(Answered(wish.at, holds), None if holds else "StepSkipped", {"answer": False})

    def end_call(self, at: Instance) -> None:
        if self.good[at.plan.id]:
            self.succeed(at)
        else:
            self.fail(at, {"type": "failed", "message": "fated"}, timed_out=False)


@over(
    dags(),
    st.integers(0, 2**32 - 1),
    examples=300,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)
def test_a_dag_ends_as_the_contracts_rules_say_in_whatever_order_calls_end(
    spec: dict[str, Any], seed: int
) -> None:
    plan, dice = plan_of(spec), random.Random(seed)
    world = FatedWorld(plan, dice, CALM)
    world.good = {step.id: dice.random() < 0.5 for step in plan.steps}
    world.holds = {step.id: dice.random() < 0.7 for step in plan.steps}
    world.begin()
    status = world.drive()
    expected = interpret(spec["steps"], world.good, world.holds)
    letters = expected.pop("_letters")
    told = {step.id: "absent" for step in plan.steps[1:]}
    told |= {i.plan.id: i.status.shown for i in instances(world.run) if i.parent is not None}
    assert told == expected
    calls = [
        world.good[step.id] for step in plan.steps[1:] if not step.is_group and told[step.id] == SUCCEEDED
    ]
    assert status == ("succeeded" if "F" not in letters else "partial_failure" if calls else "failed")
