"""The table "When does a step run?" through the command line: one spec a row, a step for each rule."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from run_weft import echo, fail, run

RULES = ("all_success", "none_failed", "all_done", "one_success", "one_failed", "all_failed")
# S succeeds, K is skipped by its own `when`, F fails, U is skipped for a failure.
ROWS = {
    "SSS": "run  run  run  run  skip skip",
    "KSS": "skip run  run  run  skip skip",
    "KKK": "skip run  run  skip skip skip",
    "FSS": "skip skip run  run  run  skip",
    "FKS": "skip skip run  run  run  skip",
    "USS": "skip skip run  run  run  skip",
    "FFF": "skip skip run  skip run  run",
    "": "run  run  run  run  skip skip",
}
BODIES: dict[str, Any] = {
    "S": lambda name: [echo(name)],
    "K": lambda name: [echo(name, when=False)],
    "F": lambda name: [fail(name)],
    "U": lambda name: [fail(f"x_{name}"), echo(name, needs=[f"x_{name}"])],
}


@pytest.mark.parametrize(("needs", "verdicts"), ROWS.items(), ids=[row or "no_needs" for row in ROWS])
def test_row(tmp_path: Path, needs: str, verdicts: str) -> None:
    ids = [f"{letter.lower()}{number}" for number, letter in enumerate(needs)]
    steps = [step for name in ids for step in BODIES[name[0].upper()](name)]
    steps += [echo(rule, needs=ids, trigger_rule=rule) for rule in RULES]
    told = run(tmp_path, steps, mode="dag")
    shown = {"succeeded": "run", "skipped": "skip"}
    assert [shown[told.statuses[rule]] for rule in RULES] == verdicts.split()


@pytest.mark.parametrize(("rule", "first"), [("one_success", "quick_good"), ("one_failed", "quick_bad")])
def test_one_star_rules_start_before_the_rest_is_settled(tmp_path: Path, rule: str, first: str) -> None:
    """The slow step waits for a file that only the early one writes: it ends only if that one really is early."""
    wait = 'while [ ! -e "$1" ]; do sleep 0.01; done; echo here'
    flag = str(tmp_path / "flag")
    steps = [
        echo("quick_good") if first == "quick_good" else fail("quick_bad"),
        {"id": "slow", "tool": "shell", "with": {"command": wait, "args": [flag]}, "timeout": "20s"},
        {
            "id": "early",
            "tool": "shell",
            "with": {"command": 'touch "$1"; echo "slow said: $2"', "args": [flag, "$<step_slow_result>"]},
            "needs": [first, "slow"],
            "trigger_rule": rule,
        },
    ]
    told = run(tmp_path, steps, mode="dag")
    assert told.statuses["slow"] == "succeeded"
    assert told.data("early")["stdout"].strip() == "slow said: null"
