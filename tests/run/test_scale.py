"""Large workflows: no recursion, no quadratic steps. What is asserted is that they end, and how; never how fast.

The machine alone takes the full sizes within seconds; the whole way through the command line is marked slow.
"""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from run_weft import echo, fail, run

from engine.app.checking import check_text
from engine.machine import (
    Answered,
    Evaluate,
    Finish,
    LoopExpanded,
    RunStarted,
    RunState,
    StartStep,
    StepFailed,
    StepStarted,
    StepSucceeded,
    advance,
)

CHAIN, FAN, ITEMS = 50_000, 10_000, 20_000


def through_the_machine(spec: dict[str, Any]) -> tuple[str, RunState]:
    """The status of a run whose calls of `echo` succeed and whose calls of `fail` fail; every condition is false."""
    checked = check_text(json.dumps({"weft": 1, "name": "large", **spec}), "large.json", "json")
    assert checked.plan is not None
    run = RunState(checked.plan)
    wishes = deque(advance(run, RunStarted(run.root)))
    while wishes:
        wish = wishes.popleft()
        if isinstance(wish, Finish):
            assert not wishes
            return wish.status, run
        if isinstance(wish, Evaluate):
            fact: Any = Answered(wish.at, False) if wish.what == "when" else LoopExpanded(wish.at, ITEMS)
            wishes += advance(run, fact)
        elif isinstance(wish, StartStep):
            wishes += advance(run, StepStarted(wish.at))
            if wish.at.plan.tool == "fail":
                wishes += advance(run, StepFailed(wish.at, {"type": "failed", "message": "no"}))
            elif wish.at.plan.tool:
                wishes += advance(run, StepSucceeded(wish.at))
    raise AssertionError("the run has no end")


def chain(first: dict[str, Any]) -> list[dict[str, Any]]:
    return [first, *({"id": f"s{n}", "tool": "echo", "needs": [f"s{n - 1}"]} for n in range(1, CHAIN))]


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["sequential", "dag"])
@pytest.mark.parametrize(
    ("first", "counted", "status"),
    [
        (echo("s0"), {"succeeded": CHAIN}, "succeeded"),
        (echo("s0", when=False), {"skipped": CHAIN}, "succeeded"),
        (fail("s0"), {"failed": 1, "skipped": CHAIN - 1}, "failed"),
    ],
    ids=["runs", "skipped", "failed"],
)
def test_a_chain_of_fifty_thousand_steps_ends(
    mode: str, first: Any, counted: dict[str, int], status: str
) -> None:
    told, state = through_the_machine({"mode": mode, "steps": chain(first)})
    statuses = [kid.status.shown for kid in state.root.kids or ()]
    assert told == status
    assert {shown: statuses.count(shown) for shown in set(statuses)} == counted


def fan(width: int) -> list[dict[str, Any]]:
    middle = [{"id": f"m{n}", "tool": "echo", "needs": ["first"]} for n in range(width)]
    return [echo("first"), *middle, {"id": "last", "tool": "echo", "needs": [step["id"] for step in middle]}]


@pytest.mark.slow
def test_a_fan_of_ten_thousand_comes_together_again() -> None:
    told, state = through_the_machine({"mode": "dag", "steps": fan(FAN)})
    assert told == "succeeded"
    assert (state.root.kids or [])[-1].succeeded == FAN


def test_a_loop_over_twenty_thousand_items_ends() -> None:
    told, state = through_the_machine({"steps": [echo("l", foreach={"in": [], "concurrency": 7})]})
    assert told == "succeeded"
    assert len((state.root.kids or [])[0].kids or ()) == ITEMS


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["sequential", "dag"])
def test_a_chain_of_fifty_thousand_steps_ends_through_the_command_line(tmp_path: Path, mode: str) -> None:
    told = run(tmp_path, chain(echo("s0")), mode=mode)
    assert told.report["metadata"]["total_steps"] == len(told.report["steps_completed"]) == CHAIN


@pytest.mark.slow
def test_a_skip_travels_down_fifty_thousand_steps_through_the_command_line(tmp_path: Path) -> None:
    told = run(tmp_path, chain(echo("s0", when=False)), mode="dag")
    assert (told.code, len(told.report["steps_skipped"])) == (0, CHAIN)


@pytest.mark.slow
def test_a_fan_of_ten_thousand_ends_through_the_command_line(tmp_path: Path) -> None:
    told = run(tmp_path, fan(FAN), mode="dag")
    assert len(told.report["steps_completed"]) == FAN + 2


@pytest.mark.slow
@pytest.mark.parametrize("concurrency", [1, "all"])
def test_a_loop_over_twenty_thousand_items_ends_through_the_command_line(
    tmp_path: Path, concurrency: Any
) -> None:
    foreach = {"in": "$<step_a_result.v>", "concurrency": concurrency}
    told = run(tmp_path, [echo("a", list(range(ITEMS))), echo("l", "$<item>", foreach=foreach)])
    report = told.report["steps"]["l"]
    assert (len(report["iterations"]), report["iterations_left_out"]) == (1000, ITEMS - 1000)
    assert report["data"][ITEMS - 1] == {"v": ITEMS - 1}


def test_a_chain_of_two_thousand_steps_reads_each_from_the_one_before(tmp_path: Path) -> None:
    steps = [echo("s0", 0), *(echo(f"s{n}", f"$<step_s{n - 1}_result.v + 1>") for n in range(1, 2000))]
    assert run(tmp_path, steps, mode="dag").data("s1999") == {"v": 1999}


def test_groups_nested_as_deep_as_a_file_may_be_end(tmp_path: Path) -> None:
    step = echo("leaf", 1)
    for depth in range(40):
        step = {"id": f"g{depth}", "steps": [step]}
    assert run(tmp_path, [step]).statuses["leaf"] == "succeeded"
