"""The words of a step: its id and body, how long an attempt may take, how often it is tried."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping
from typing import Any

import pytest
from contract_flow import Step, echo, fail, flow, problems, slow, spec, statuses, use

import engine
from engine import Tool, operation
from engine.app.checking import check_text
from engine.execute.retrying import retry_delay
from engine.spec.durations import duration_seconds
from engine.spec.toolspec import Declaration, OperationSpec
from engine.spec.workflow import RetrySpec

# -- id and body ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("a" * 80, True),
        ("a" * 81, False),
        ("A_9", True),
        ("_a", False),
        ("9a", False),
        ("a-b", False),
        ("ä", False),
    ],
    ids=["80", "81", "A_9", "_a", "9a", "a-b", "umlaut"],
)
def test_an_id_is_a_letter_then_letters_digits_and_underscores_80_at_most(name: str, good: bool) -> None:
    assert [code for code, _, _ in problems([echo(name)])] == ([] if good else ["WF206"])


def test_an_id_stands_once_in_a_file_whatever_group_it_is_in_and_whatever_its_case() -> None:
    found = problems([echo("load"), {"id": "g", "steps": [echo("LOAD")]}])
    assert [code for code, _, _ in found] == ["WF301"]


def _tool(*operations: str, default: str | None = None) -> dict[str, Declaration]:
    known = {name: OperationSpec("") for name in operations}
    return {"store": Declaration("store", "data_access", "", known, "none:none", default_operation=default)}


@pytest.mark.parametrize(
    ("tools", "good"),
    [(_tool("read"), True), (_tool("read", "write", default="read"), True), (_tool("read", "write"), False)],
    ids=["one", "default", "several"],
)
def test_the_operation_may_be_left_out_where_there_is_one_or_a_default(
    tools: dict[str, Declaration], good: bool
) -> None:
    text = "weft: 1\nname: demo\nsteps: [{id: a, tool: store}]\n"
    assert [one.code for one in check_text(text, "spec.yaml", tools=tools).diagnostics] == (
        [] if good else ["WF502"]
    )


def test_a_step_calls_a_tool_or_a_connection_with_operation_and_parameters() -> None:
    class Shop(Tool):
        category = "integration"

        def configure(self, factor: int = 1) -> None:
            self.factor = factor

        @operation
        def times(self, n: int) -> int:
            return n * self.factor

    steps = [
        use("a", "shop", operation="times", **{"with": {"n": 2}}),
        use("b", "far", operation="times", **{"with": {"n": 2}}),
    ]
    whole = spec(steps, connections={"far": {"tool": "shop", "factor": 10}})
    told = engine.run(whole, tools={"shop": Shop}, store="memory")
    assert [told.steps[name].data for name in "ab"] == [2, 20]


def test_a_group_has_mode_match_concurrency_let_and_outputs_of_its_own() -> None:
    group = {
        "id": "g",
        "mode": "conditional",
        "match": "first",
        "concurrency": 1,
        "let": {"n": 2},
        "steps": [echo("a", 1, when="let.n == 1"), echo("b", 2, when="let.n == 2"), echo("c", 3)],
        "outputs": {"b": "$<step_b_result.v>", "n": "$<let.n>"},
    }
    told = flow([group])
    assert told.steps["g"].data == {"b": 2, "n": 2}
    assert statuses(told) == {"g": "succeeded", "a": "skipped", "b": "succeeded", "c": "skipped"}


def test_needs_and_references_are_edges_alike() -> None:
    steps = [echo("c", "$<step_b_result.v>"), echo("b", 1, needs=["a"]), fail("a")]
    told = flow(steps, mode="dag")
    assert statuses(told) == {"a": "failed", "b": "skipped", "c": "skipped"}


@pytest.mark.parametrize(
    ("word", "value"), [("id", "$<inputs.x>"), ("tool", "$<inputs.x>"), ("needs", ["$<inputs.x>"])]
)
def test_what_names_steps_and_tools_is_never_a_reference(word: str, value: object) -> None:
    found = problems([{**echo("a", "$<inputs.x>"), word: value}], inputs={"x": {}})
    assert [code for code, _, _ in found] == ["WF404"]


@pytest.mark.parametrize("word", ["operation", "workflow"])
def test_what_names_operations_and_workflows_is_never_a_reference(word: str) -> None:
    body = {"id": "a", "workflow": "w"} if word == "workflow" else echo("a")
    found = problems([{**body, word: "$<run.id>"}], workflows={"w": {"steps": [echo("b")]}})
    assert "WF404" in [code for code, _, _ in found]


# -- durations --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("250ms", 0.25), ("30s", 30), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), (90, 90), (0.5, 0.5)],
)
def test_a_duration_has_units_or_is_a_number_of_seconds(written: object, seconds: float) -> None:
    assert duration_seconds(written) == seconds
    assert problems([echo("a", timeout=written)]) == []


@pytest.mark.parametrize("written", [0, -1, "0s", "10 s", "soon", "5m5m", True])
def test_what_is_no_length_of_time_is_an_error(written: object) -> None:
    assert len(problems([echo("a", timeout=written)])) == 1


# -- attempts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("attempts", "good"), [(0, False), (1, True), (10_000, True), (10_001, False)])
def test_attempts_are_one_to_ten_thousand(attempts: int, good: bool) -> None:
    assert (problems([echo("a", retry={"attempts": attempts})]) == []) is good


@pytest.mark.parametrize("kind", ["connection", "failed"])
def test_without_a_word_there_is_one_attempt(kind: str) -> None:
    assert flow([fail("a", {"type": kind})]).steps["a"].attempts == 1


def test_an_empty_retry_waits_a_full_random_share_of_1_2_4_seconds_and_60_at_most() -> None:
    """Full jitter is any share of the wait, from nothing to all of it."""
    for tries, longest in ((1, 1), (2, 2)):
        waits = [retry_delay(RetrySpec(), {"type": "timeout"}, tries, 0.0) for _ in range(300)]
        known = [wait for wait in waits if wait is not None]
        assert len(known) == 300
        assert min(known) < longest * 0.1
        assert longest * 0.9 < max(known) <= longest
    assert retry_delay(RetrySpec(), {"type": "timeout"}, 3, 0.0) is None
    plain = RetrySpec(attempts=99, jitter=False)
    assert [retry_delay(plain, {"type": "timeout"}, tries, 0.0) for tries in (1, 2, 3, 8)] == [1, 2, 4, 60]


# -- timeouts: a tool whose own limit is 40 ms, called for 150 ms ---------------------------------------------------------


@operation(timeout_seconds=0.04)
async def nap() -> str:
    await asyncio.sleep(0.15)
    return "rested"


def _nap(words: Mapping[str, Any], group: Mapping[str, Any], file: Mapping[str, Any]) -> str:
    inner: Step = use("a", "nap", **words)
    return flow([{"id": "g", "steps": [inner], **group}], tools={"nap": nap}, **file).steps["a"].status


@pytest.mark.parametrize(
    ("words", "group", "file", "status"),
    [
        ({}, {}, {}, "timed_out"),
        ({"timeout": "1m"}, {}, {}, "succeeded"),
        ({}, {"timeout": "1m"}, {}, "succeeded"),
        ({}, {}, {"defaults": {"timeout": "1m"}}, "succeeded"),
        ({"timeout": "50ms"}, {}, {"defaults": {"timeout": "1m"}}, "timed_out"),
        ({"timeout": "1m"}, {}, {"defaults": {"timeout": "50ms"}}, "succeeded"),
        ({"timeout": "1m"}, {"timeout": "50ms"}, {}, "cancelled"),
        ({"timeout": "50ms"}, {"timeout": "1m"}, {}, "timed_out"),
    ],
    ids=[
        "built-in",
        "step",
        "group",
        "default",
        "step under default",
        "step over default",
        "group under",
        "step under",
    ],
)
def test_the_smallest_written_limit_holds_and_the_tools_own_where_none_is_written(
    words: dict[str, Any], group: dict[str, Any], file: dict[str, Any], status: str
) -> None:
    assert _nap(words, group, file) == status


QUERY = "select sum(a.range * b.range) from range(1000000) a, range(1000000) b"


@pytest.mark.parametrize(("step", "connection"), [("10s", "80ms"), ("80ms", "10s")])
def test_of_the_limits_of_step_and_connection_the_smaller_holds(step: str, connection: str) -> None:
    connections = {"db": {"tool": "sql", "url": "duckdb:///:memory:", "timeout": connection}}
    told = flow([use("a", "db", timeout=step, **{"with": {"sql": QUERY}})], connections=connections)
    assert told.steps["a"].status == "timed_out"
    assert "0.08s" in told.steps["a"].errors[0]["message"]


@pytest.mark.parametrize(
    ("tool", "seconds"),
    [
        ("http", 300),
        ("file", 300),
        ("shell", 300),
        ("python", 300),
        ("echo", None),
        ("fail", None),
        ("sleep", None),
    ],
)
def test_tools_that_wait_for_something_outside_have_300_seconds_and_others_no_limit(
    tool: str, seconds: float | None
) -> None:
    declared: Declaration = importlib.import_module(f"engine.tools.core.{tool}.declare").DECLARATION
    assert {one.timeout_seconds for one in declared.operations.values()} == {seconds}


def test_a_timeout_is_for_one_attempt() -> None:
    retry = {"attempts": 3, "delay": "1ms"}
    told = flow([slow("a", timeout="20ms", retry=retry)])
    assert (told.steps["a"].status, told.steps["a"].attempts) == ("timed_out", 3)


# -- loops ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("items", "data"),
    [
        ([1, 2], [1, 2]),
        ({"in": [1, 2]}, [1, 2]),
        ({"in": {"x": 1}}, [{"key": "x", "value": 1}]),
        ("$<[3]>", [3]),
    ],
    ids=["list", "long", "mapping", "reference"],
)
def test_a_loop_goes_through_a_list_or_a_mapping_written_short_or_long(
    items: object, data: list[Any]
) -> None:
    told = flow([echo("a", "$<item>", foreach=items)])
    assert [one["v"] for one in told.steps["a"].data] == data


@pytest.mark.parametrize(("repeat", "code"), [({"until": True}, "WF204"), ({"until": True, "max": 1}, None)])
def test_a_repeat_wants_a_bound(repeat: dict[str, Any], code: str | None) -> None:
    found = [one for one, _, _ in problems([echo("a", repeat=repeat)]) if one != "WF406"]
    assert found == ([code] if code else [])


def test_priority_and_rule_are_of_the_words_and_normal_and_all_success_where_nothing_is_said() -> None:
    for priority in ("critical", "high", "normal", "low"):
        assert problems([echo("a", priority=priority)]) == []
    order: list[str] = []

    def note(name: str) -> None:
        order.append(name)

    def noting(name: str, **words: Any) -> Step:
        return use(name, "note", **{"with": {"name": name}}, **words)

    steps = [
        noting("low", priority="low"),
        noting("none"),
        noting("normal", priority="normal"),
        noting("high", priority="high"),
    ]
    assert flow(steps, mode="parallel", concurrency=1, tools={"note": note}).success
    assert order == ["high", "none", "normal", "low"]
    told = flow([fail("a", on_error="fail"), echo("b", needs=["a"]), echo("c")], mode="dag")
    assert statuses(told) == {"a": "failed", "b": "skipped", "c": "succeeded"}


def test_a_condition_that_is_false_skips_the_step() -> None:
    told = flow([echo("a", 1, when="inputs.n > 10")], inputs={"n": {"default": 3}})
    assert (told.steps["a"].status, told.steps["a"].reason) == ("skipped", "condition is false")
