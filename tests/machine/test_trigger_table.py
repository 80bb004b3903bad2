"""The table "When does a step run?" of the language, cell by cell, through the machine."""

from __future__ import annotations

from typing import Any

import pytest
from machine_world import plan_of

from engine.machine import (
    Answered,
    Evaluate,
    Instance,
    RunStarted,
    RunState,
    StartStep,
    Status,
    StepFailed,
    StepStarted,
    StepSucceeded,
    advance,
)

RULES = ("all_success", "none_failed", "all_done", "one_success", "one_failed", "all_failed")
# What it needs: S succeeds, K is skipped by its own `when`, F fails, U is skipped for a failure, R still runs.
TABLE = """
SSS  run   run   run   run   skip  skip
KSS  skip  run   run   run   skip  skip
KKK  skip  run   run   skip  skip  skip
FSS  skip  skip  run   run   run   skip
FKS  skip  skip  run   run   run   skip
USS  skip  skip  run   run   run   skip
FFF  skip  skip  run   skip  run   run
RSS  wait  wait  wait  run   wait  wait
RFF  wait  wait  wait  wait  run   wait
RKK  wait  wait  wait  wait  wait  wait
-    run   run   run   run   skip  skip
"""
CELLS = [
    (line.split()[0].strip("-"), rule, verdict)
    for line in TABLE.strip().splitlines()
    for rule, verdict in zip(RULES, line.split()[1:], strict=True)
]
ERROR = {"type": "failed", "code": None, "message": "no", "hint": None}


@pytest.mark.parametrize(("needs", "rule", "verdict"), CELLS, ids=[f"{n or 'none'}-{r}" for n, r, _ in CELLS])
def test_cell(needs: str, rule: str, verdict: str) -> None:
    assert _verdict(needs, rule)[0] == verdict


@pytest.mark.parametrize(
    ("needs", "rule", "reason"),
    [
        ("FSS", "all_success", "upstream_failed"),
        ("FKS", "none_failed", "upstream_failed"),
        ("USS", "all_success", "upstream_failed"),
        ("FFF", "one_success", "upstream_failed"),
        ("KSS", "all_success", "upstream_skipped"),
        ("KKK", "one_success", "upstream_skipped"),
        ("SSS", "one_failed", "trigger_rule one_failed does not hold"),
        ("FSS", "all_failed", "trigger_rule all_failed does not hold"),
    ],
)
def test_the_reason_of_a_skip_says_whether_a_failure_is_behind_it(needs: str, rule: str, reason: str) -> None:
    assert _verdict(needs, rule)[1].reason == reason


def _verdict(needs: str, rule: str) -> tuple[str, Instance]:
    run = RunState(plan_of(_spec(needs, rule)))
    wishes = list(advance(run, RunStarted(run.root)))
    while wishes:
        wish = wishes.pop(0)
        if isinstance(wish, Evaluate):
            wishes += advance(run, Answered(wish.at, False))
        elif isinstance(wish, StartStep) and wish.at.plan.id != "it":
            wishes += advance(run, StepStarted(wish.at))
            wishes += _ended(run, wish.at)
    it = next(kid for kid in run.root.kids or () if kid.plan.id == "it")
    return {Status.READY: "run", Status.SKIPPED: "skip", Status.PENDING: "wait"}[it.status], it


def _ended(run: RunState, call: Instance) -> list[Any]:
    letter = call.plan.id[0] if call.parent is not None else ""
    if letter == "s":
        return advance(run, StepSucceeded(call))
    if letter in ("f", "x"):
        return advance(run, StepFailed(call, ERROR))
    return []


def _spec(needs: str, rule: str) -> dict[str, Any]:
    steps: list[dict[str, Any]] = []
    for number, letter in enumerate(needs):
        step: dict[str, Any] = {"id": f"{letter.lower()}{number}", "tool": "echo"}
        if letter == "K":
            step["when"] = "inputs.go"
        if letter == "U":
            steps.append({"id": "x9", "tool": "echo"})
            step["needs"] = ["x9"]
        steps.append(step)
    it = {
        "id": "it",
        "tool": "echo",
        "trigger_rule": rule,
        "needs": [f"{n.lower()}{i}" for i, n in enumerate(needs)],
    }
    return {"mode": "dag", "steps": [*steps, it], "inputs": {"go": {"type": "boolean", "default": True}}}
