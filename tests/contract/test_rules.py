"""When a step runs: its rule, its condition, its items, in the order from the outside in."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from contract_flow import echo, fail, flow, problems, slow, spec, statuses, stopped_at, use

from engine import aresume, arun

RULES = ("all_success", "none_failed", "all_done", "one_success", "one_failed", "all_failed")
QUICK = {"attempts": 3, "delay": "1ms", "errors": ["any"]}


def verdicts(need: list[dict[str, Any]]) -> str:
    """What each rule makes of a step that needs `a`: r for run, s for skip."""
    steps = [echo(rule, needs=["a"], trigger_rule=rule) for rule in RULES]
    told = statuses(flow([*need, *steps], mode="dag"))
    return "".join({"succeeded": "r", "skipped": "s"}[told[rule]] for rule in RULES)


# -- what a need counts as -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "handled",
    [
        fail("a", on_error="continue"),
        fail("a", rescue=[echo("r")]),
        slow("a", timeout="20ms", on_error="continue"),
    ],
    ids=["continue", "rescued", "timed_out"],
)
def test_a_failure_that_was_taken_care_of_counts_as_a_success(handled: dict[str, Any]) -> None:
    assert verdicts([handled]) == verdicts([echo("a")]) == "rrrrss"


def test_a_skip_by_its_own_rule_counts_as_a_skip_by_a_condition() -> None:
    by_rule = [echo("z"), echo("a", needs=["z"], trigger_rule="one_failed")]
    assert verdicts(by_rule) == verdicts([echo("a", when=False)]) == "srrsss"


def test_a_step_that_ran_out_of_time_counts_as_one_that_failed() -> None:
    assert verdicts([slow("a", timeout="20ms")]) == verdicts([fail("a")]) == "ssrsrr"


def test_a_skip_for_a_failure_counts_as_a_failure_and_says_so() -> None:
    chain = [fail("z"), echo("a", needs=["z"])]
    assert verdicts(chain) == "ssrsrr"
    assert flow(chain, mode="dag").steps["a"].reason == "upstream_failed"


# -- early starts --------------------------------------------------------------------------------------------


def test_what_an_early_start_saw_as_null_is_null_after_a_resume_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted while it runs; by then what it had not waited for has long succeeded."""
    monkeypatch.chdir(tmp_path)
    seen: list[Any] = []

    async def program() -> None:
        early_began, late_ended, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def late() -> int:
            await early_began.wait()
            return 7

        async def after(v: int) -> None:
            late_ended.set()

        async def early(late: Any) -> None:
            seen.append(late)
            early_began.set()
            await go_on.wait()

        tools = {"late": late, "early": early, "after": after}
        steps = [
            echo("quick"),
            use("late", "late"),
            use("after", "after", **{"with": {"v": "$<step_late_result>"}}),
            use("early", "early", needs=["quick"], trigger_rule="one_success", **{"with": {"late": "$<step_late_result>"}}),
        ]  # fmt: skip
        going = asyncio.create_task(arun(spec(steps, mode="dag"), tools=tools, run_id="it", store="s.db"))
        await stopped_at(going, late_ended)
        go_on.set()
        done = await aresume("it", tools=tools, store="s.db")
        assert (done.status, done.steps["late"].data) == ("succeeded", 7)

    asyncio.run(program())
    assert seen == [None, None]


# -- from the outside in -------------------------------------------------------------------------------------


def test_the_rule_is_looked_at_before_the_condition() -> None:
    """The condition is no boolean: looked at, it would fail the step."""
    told = flow(
        [echo("z", when=False), echo("a", needs=["z"], when="inputs.n")],
        mode="dag",
        inputs={"n": {"default": 1}},
    )
    assert (told.steps["a"].status, told.steps["a"].reason) == ("skipped", "upstream_skipped")


def test_the_condition_is_looked_at_before_the_named_values() -> None:
    zero = {"n": {"default": 0}}
    assert (
        flow([echo("a", when=False, let={"x": "$<1 / inputs.n>"})], inputs=zero).steps["a"].status
        == "skipped"
    )
    assert (
        flow([echo("a", when=True, let={"x": "$<1 / inputs.n>"})], inputs=zero).steps["a"].status == "failed"
    )


@pytest.mark.parametrize(
    "loop", [{"foreach": [1]}, {"repeat": {"until": "inputs.yes", "max": 1}}], ids=["foreach", "repeat"]
)
def test_the_named_values_of_a_loop_are_made_before_it(loop: dict[str, Any]) -> None:
    yes = {"yes": {"type": "boolean", "default": True}}
    assert flow([echo("a", "$<let.x>", let={"x": 5}, **loop)], inputs=yes).success
    inside = {"foreach": "item", "repeat": "last"}[next(iter(loop))]
    told = problems([echo("a", "$<inputs.yes>", let={"x": f"$<{inside}>"}, **loop)], inputs=yes)
    assert [(code, message) for code, message, _ in told] == [("WF402", f'"{inside}" is not known here')]


def test_a_condition_sees_no_item_of_its_own_loop() -> None:
    told = problems([echo("a", foreach=[1], when="item == 1")])
    assert [(code, message) for code, message, _ in told] == [("WF402", '"item" is not known here')]


def test_each_item_has_its_own_attempts_and_each_attempt_its_own_timeout() -> None:
    """The first attempt of each uses up a whole timeout; were it one for all, nothing would be left."""
    tried: list[int] = []

    async def work(item: int) -> int:
        tried.append(item)
        await asyncio.sleep(60 if tried.count(item) == 1 else 0)
        return item

    step = use("a", "work", **{"with": {"item": "$<item>"}}, foreach=[1, 2], timeout="80ms", retry=QUICK)
    assert flow([step], tools={"work": work}).steps["a"].data == [1, 2]
    assert tried == [1, 1, 2, 2]


@pytest.mark.parametrize(
    "loop", [{"foreach": [1, 2]}, {"repeat": {"until": False, "max": 2}}], ids=["foreach", "repeat"]
)
def test_rescue_finally_and_on_error_are_for_the_whole_of_a_loop(loop: dict[str, Any]) -> None:
    calls: list[str] = []

    def note(name: str) -> None:
        calls.append(name)
        if name == "rescue":
            raise ValueError

    asides = {
        "rescue": [use("r", "note", **{"with": {"name": "rescue"}})],
        "finally": [use("f", "note", **{"with": {"name": "finally"}})],
    }
    told = flow([fail("a", on_error="continue", **loop, **asides), echo("b")], tools={"note": note})
    assert calls == ["rescue", "finally"]
    assert (told.steps["a"].handled, told.steps["b"].status) == (True, "succeeded")


def test_on_error_takes_the_failure_of_a_finally() -> None:
    told = flow([echo("a", on_error="continue", **{"finally": [fail("f")]}), echo("b")])
    assert (told.steps["a"].status, told.steps["a"].handled, told.steps["b"].status) == (
        "failed",
        True,
        "succeeded",
    )


# -- slots, loops --------------------------------------------------------------------------------------------


def test_groups_loops_and_called_workflows_hold_no_slots() -> None:
    """With one slot for the run, a group that held it would wait for ever for its own steps."""
    deep = {"id": "h", "foreach": {"in": [1, 2], "concurrency": 2}, "steps": [slow("a", 0.001)]}
    called = {"id": "c", "workflow": "w", "repeat": {"until": True, "max": 1}}
    steps = [{"id": "g", "mode": "parallel", "steps": [deep, called]}, slow("b", 0.001)]
    told = flow(
        steps, mode="parallel", concurrency=1, timeout="10s", workflows={"w": {"steps": [slow("x", 0.001)]}}
    )
    assert told.status == "succeeded"


def test_a_loop_that_says_nothing_tolerates_nothing() -> None:
    told = flow([fail("a", {"times": "$<item>"}, foreach=[0, 9, 0])])
    assert (told.steps["a"].status, len(told.steps["a"].iterations)) == ("failed", 2)
