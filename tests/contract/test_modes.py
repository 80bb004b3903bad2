"""How the steps of a group run in each mode, beyond what the tests of runs hold already."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from contract_flow import Step, echo, fail, flow, problems, said, statuses, use

ORDERED = ("sequential", "conditional", "pipeline")


@pytest.mark.parametrize("mode", ORDERED)
def test_one_step_ends_before_the_next_begins_in_the_order_written(mode: str) -> None:
    order: list[str] = []

    async def note(name: str) -> None:
        order.append(f"{name} begins")
        for _ in range(5):
            await asyncio.sleep(0)
        order.append(f"{name} ends")

    steps = [use(name, "note", **{"with": {"name": name}}) for name in "cab"]
    assert flow(steps, mode=mode, tools={"note": note}).success
    assert order == [f"{name} {what}" for name in "cab" for what in ("begins", "ends")]


@pytest.mark.parametrize("mode", ORDERED)
def test_a_step_reads_every_earlier_one_and_no_later_one(mode: str) -> None:
    steps = [echo("a", 1), echo("b", 2), echo("c", "$<step_a_result.v + step_b_result.v>")]
    assert said(flow(steps, mode=mode), "c") == 3
    assert [code for code, _, _ in problems([steps[2], *steps[:2]], mode=mode)] == ["WF403", "WF403"]


@pytest.mark.parametrize("mode", ORDERED)
@pytest.mark.parametrize("rule", ["all_success", "all_done", "one_failed"])
def test_the_first_unhandled_failure_ends_the_group_whatever_the_rules_of_later_steps(
    mode: str, rule: str
) -> None:
    told = flow([echo("a"), fail("b"), echo("c", needs=["b"], trigger_rule=rule), echo("d")], mode=mode)
    assert statuses(told) == {"a": "succeeded", "b": "failed", "c": "skipped", "d": "skipped"}
    assert told.status == "failed"


@pytest.mark.parametrize("mode", ORDERED)
def test_a_handled_failure_ends_nothing(mode: str) -> None:
    told = flow([fail("a", on_error="continue"), echo("b")], mode=mode)
    assert statuses(told) == {"a": "failed", "b": "succeeded"}


@pytest.mark.parametrize("mode", ORDERED)
def test_a_skip_is_handed_on_only_to_steps_that_read_or_need_the_skipped_one(mode: str) -> None:
    steps = [
        echo("a", when=False),
        echo("b", 1),
        echo("c", needs=["a"]),
        echo("d", "$<step_a_result>"),
        echo("e", 2),
    ]
    told = flow(steps, mode=mode)
    assert {name for name, status in statuses(told).items() if status == "skipped"} == {"a", "c", "d"}
    assert told.success


@pytest.mark.parametrize("mode", [*ORDERED, "parallel"])
def test_needs_are_held_to_the_mode_as_reads_are(mode: str) -> None:
    """What may not be read may not be needed either."""
    for link, code in (({"needs": ["z"]}, "WF30"), ({"with": {"v": "$<step_z_result>"}}, "WF403")):
        (found,) = [
            one for one, _, _ in problems([{"id": "a", "tool": "echo", **link}, echo("z")], mode=mode)
        ]
        assert found.startswith(code)
    assert problems([echo("a", needs=["z"]), echo("b", "$<step_z_result>"), echo("z")], mode="dag") == []


def test_in_parallel_no_step_waits_for_another() -> None:
    """Each goes on only when all three have begun."""
    begun: list[int] = []
    everybody = asyncio.Event()

    async def meet(n: int) -> None:
        begun.append(n)
        if len(begun) == 3:
            everybody.set()
        await asyncio.wait_for(everybody.wait(), 20)

    steps = [use(f"s{n}", "meet", **{"with": {"n": n}}) for n in range(3)]
    assert flow(steps, mode="parallel", tools={"meet": meet}).success


def test_in_a_dag_a_step_starts_when_what_it_needs_is_done_and_not_later() -> None:
    """`slow` ends only when `b` has run, which needs `a` alone."""
    gone_on = asyncio.Event()

    async def wait() -> None:
        await asyncio.wait_for(gone_on.wait(), 20)

    async def free() -> None:
        gone_on.set()

    steps = [use("slow", "wait"), use("b", "free", needs=["a"]), echo("a"), echo("c", needs=["slow", "b"])]
    told = flow(steps, mode="dag", tools={"wait": wait, "free": free})
    assert set(statuses(told).values()) == {"succeeded"}


def test_a_cycle_shows_its_way_round() -> None:
    steps = [echo("a", needs=["c"]), echo("b", "$<step_a_result>"), echo("c", "$<steps.b.status>")]
    (found,) = problems(steps, mode="dag")
    assert found[:2] == ("WF302", "these steps wait for each other: a -> b -> c -> a")


# -- conditional ------------------------------------------------------------------------------------------------------


def test_a_condition_is_looked_at_when_its_turn_comes_and_not_before() -> None:
    """The second condition could not be evaluated before the first step has run: it would be null."""
    steps = [
        echo("a", 5),
        echo("b", when="step_a_result.v == 5"),
        echo("c", when="steps.b.status == 'succeeded'"),
    ]
    assert set(statuses(flow(steps, mode="conditional")).values()) == {"succeeded"}


@pytest.mark.parametrize(("n", "taken"), [(1, "one"), (2, "two"), (9, None)])
def test_match_first_is_a_switch_on_a_group_and_on_the_file(n: int, taken: str | None) -> None:
    def branches(*last: Step) -> list[Step]:
        return [echo("one", 1, when="inputs.n == 1"), echo("two", 2, when="inputs.n <= 2"), *last]

    inputs = {"n": {"default": n}}
    words: dict[str, Any] = {"mode": "conditional", "match": "first"}
    group = flow([{"id": "g", **words, "steps": branches()}], inputs=inputs)
    assert group.steps["g"].data == (None if taken is None else {"v": n})
    file = flow(branches(echo("other", 3)), inputs=inputs, **words)
    ran = [name for name, status in statuses(file).items() if status == "succeeded"]
    assert ran == [taken or "other"]


# -- pipeline ---------------------------------------------------------------------------------------------------------


def test_each_step_of_a_pipeline_receives_the_data_of_the_one_before() -> None:
    told = flow([echo("a", "$<input>"), echo("b", "$<input.v>"), echo("c", "$<input>")], mode="pipeline")
    assert [said(told, name) for name in "abc"] == [None, None, {"v": None}]


def test_the_others_receive_what_the_skipped_step_of_a_pipeline_would_have() -> None:
    told = flow([echo("a", 1), echo("b", 2, when=False), echo("c", "$<input.v>")], mode="pipeline")
    assert said(told, "c") == 1


def test_a_pipeline_gives_the_data_of_its_last_step() -> None:
    group = {"id": "g", "mode": "pipeline", "steps": [echo("a", 1), echo("b", 2)]}
    assert flow([group]).steps["g"].data == {"v": 2}


def test_the_first_input_of_a_pipeline_is_that_of_the_step_around_it() -> None:
    inner = {"id": "p", "mode": "pipeline", "steps": [echo("b", "$<input.v + 1>")]}
    assert said(flow([echo("a", 1), inner], mode="pipeline"), "b") == 2
    assert said(flow([{**inner, "steps": [echo("b", "$<input>")]}]), "b") is None


# -- rescue and finally -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["rescue", "finally"])
@pytest.mark.parametrize("mode", ["parallel", "dag", "sequential"])
def test_rescue_and_finally_are_sequential_in_whatever_mode(word: str, mode: str) -> None:
    beside = [echo("x", 1), echo("y", "$<step_x_result.v + 1>")]
    told = flow([fail("a")], mode=mode, **{word: beside})
    assert said(told, "y") == 2
    assert [code for code, _, _ in problems([fail("a")], mode=mode, **{word: beside[::-1]})] == ["WF403"]
    wrong = flow([fail("a")], mode=mode, **{word: [fail("x"), echo("y", trigger_rule="all_done")]})
    assert statuses(wrong)["y"] == "skipped"
