"""What each name in a reference stands for."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from contract_flow import echo, fail, flow, said, use

from engine import CallContext, Result, ToolError

WHOLE_RESULT = (
    *("status", "data", "metadata", "errors", "warnings", "performance_metrics", "quality_metrics"),
    *("execution_time", "processed_records", "attempts", "started_at", "finished_at", "reason"),
)


def test_an_input_that_was_not_given_reads_its_default() -> None:
    inputs = {"day": {"type": "string"}, "limit": {"type": "integer", "default": 1000}}
    told = flow([echo("a", ["$<inputs.day>", "$<inputs.limit>"])], inputs=inputs, given={"day": "monday"})
    assert said(told, "a") == ["monday", 1000]


def test_a_loops_result_stands_in_the_order_of_its_items_whichever_ended_first() -> None:
    """The first item waits until the second has ended."""
    ended = asyncio.Event()

    async def turn(n: int) -> int:
        if n == 1:
            await ended.wait()
        ended.set()
        return n

    loop = use(
        "l", "turn", **{"with": {"n": "$<item>"}}, foreach={"in": [1, 2], "concurrency": 2}, timeout="10s"
    )
    assert flow([loop], tools={"turn": turn}).steps["l"].data == [1, 2]


@pytest.mark.parametrize(
    "step",
    [
        echo("a", 1, when=False),
        fail("a"),
        {"id": "a", "steps": [echo("x"), fail("y")]},
        {"id": "a", "steps": [echo("x")], "outputs": {"x": 1}, "when": False},
        fail("a", {"times": "$<item>"}, foreach=[0, 9]),
        echo("a", 1, repeat={"until": "last.v == 2", "max": 2}),
    ],
    ids=["skipped", "failed", "failed_group", "skipped_group", "failed_foreach", "failed_repeat"],
)
def test_the_result_of_a_step_that_gave_none_is_null(step: dict[str, Any]) -> None:
    reader = echo("b", ["$<step_a_result>", "$<steps.a.data>"], trigger_rule="all_done")
    assert said(flow([step, reader], mode="dag"), "b") == [None, None]


def test_the_whole_result_of_a_step_has_these_fields() -> None:
    whole = said(flow([echo("a", 1), echo("b", "$<steps.a>")]), "b")
    assert sorted(whole) == sorted(WHOLE_RESULT)
    assert (whole["status"], whole["data"]) == ("succeeded", {"v": 1})
    assert (whole["attempts"], whole["reason"]) == (1, None)
    assert whole["started_at"] <= whole["finished_at"]
    assert whole["execution_time"] >= 0


def test_the_whole_result_tells_the_error_of_a_failure_and_the_reason_of_a_skip() -> None:
    steps = [
        fail("a", {"type": "data", "message": "torn"}),
        echo("b", needs=["a"]),
        echo("c", ["$<steps.a.errors[0].type>", "$<steps.b.reason>"], trigger_rule="all_done"),
    ]
    assert said(flow(steps, mode="dag"), "c") == ["data", "upstream_failed"]


def test_the_whole_result_holds_what_the_tool_told_besides_its_data() -> None:
    def measured() -> Result:
        return Result(
            data=None, warnings=["thin"], processed_records=7, performance_metrics={"seconds": 1.5},
            quality_metrics={"nulls": 0.25}, metadata={"source": "here"},
        )  # fmt: skip

    whole = said(flow([use("a", "measured"), echo("b", "$<steps.a>")], tools={"measured": measured}), "b")
    assert (whole["warnings"], whole["processed_records"]) == (["thin"], 7)
    assert (whole["performance_metrics"], whole["quality_metrics"]) == ({"seconds": 1.5}, {"nulls": 0.25})
    assert whole["metadata"]["source"] == "here"


def test_each_outer_is_one_loop_further_out() -> None:
    inner = echo("x", "$<outer.outer.item>$<outer.item>$<item>", foreach=["c"])
    middle = {"id": "m", "foreach": ["b"], "steps": [inner]}
    told = flow([{"id": "o", "foreach": ["a"], "steps": [middle]}])
    assert told.steps["o"].data == [{"m": [{"x": [{"v": "abc"}]}]}]


def test_error_is_the_first_failure_and_errors_are_all_of_them() -> None:
    group = {
        "id": "g",
        "mode": "parallel",
        "steps": [fail("a", {"message": "one"}), echo("b"), fail("c", {"message": "two"})],
    }
    tidy = echo("f", ["$<error.step>", "$<error.message>", "$<errors | map(attribute='message')>"])
    assert said(flow([{**group, "finally": [tidy]}]), "f") == ["a", "one", ["one", "two"]]


def test_error_holds_the_data_that_the_tool_gave_with_its_error() -> None:
    def torn() -> None:
        raise ToolError("torn", type="data", data={"row": 3})

    told = flow([use("a", "torn", rescue=[echo("r", "$<error.data>")])], tools={"torn": torn})
    assert said(told, "r") == {"row": 3}


def test_the_run_tells_these_fields_of_itself() -> None:
    told = flow([echo("a", "$<run>")])
    run = said(told, "a")
    assert sorted(run) == sorted(["id", "workflow", "started_at", "attempt", "status", "key", "dir"])
    assert (run["id"], run["workflow"], run["attempt"], run["status"]) == (told.run_id, "flow", 1, "running")
    assert run["started_at"] == told.started_at
    assert run["dir"].endswith(told.run_id)


def test_the_key_of_the_run_is_the_idempotency_key_of_the_instance_that_reads_it() -> None:
    def key(given: str, context: CallContext) -> bool:
        return given == context.key

    step = use("a", "key", **{"with": {"given": "$<run.key>"}}, foreach=[1, 2])
    assert flow([step], tools={"key": key}).steps["a"].data == [True, True]
