"""How steps, groups and runs end."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from contract_flow import echo, fail, flow, said, slow, spec, statuses, stopped_at, use

from engine import CallContext, aresume, arun
from engine.errors import ERROR_TYPES, RETRIED_BY_DEFAULT
from engine.execute.keys import idempotency_key
from engine.machine import Status

ROOT = Path(__file__).resolve().parents[2]
RETRIED = ["timeout", "connection", "rate_limit", "unavailable", "lost"]
NOT_RETRIED = [
    "failed",
    "invalid",
    "permission",
    "not_found",
    "conflict",
    "data",
    "evaluation",
    "too_large",
    "unhealthy",
    "internal",
]
STATUSES = ["pending", "running", "waiting", "succeeded", "failed", "skipped", "cancelled", "timed_out"]


# -- on_error, rescue, finally -------------------------------------------------------------------------------


def test_stop_runs_no_rescue_around_it_and_every_finally_around_it() -> None:
    bad = fail("a", on_error="stop", rescue=[echo("r")], **{"finally": [echo("f")]})
    group = {"id": "g", "steps": [bad], "rescue": [echo("gr")], "finally": [echo("gf")]}
    told = flow([group, echo("b")], rescue=[echo("rr")], **{"finally": [echo("ff")]})
    ran = {name for name, status in statuses(told).items() if status == "succeeded"}
    assert (told.status, told.steps["a"].status, ran) == ("failed", "failed", {"f", "gf", "ff"})


@pytest.mark.parametrize(
    "body",
    [slow("a", timeout="20ms"), {"id": "a", "timeout": "20ms", "steps": [slow("x")]}],
    ids=["step", "group"],
)
def test_what_ran_out_of_time_is_rescued_like_any_failure(body: dict[str, Any]) -> None:
    told = flow([{**body, "rescue": [echo("r", "$<error.type>")]}, echo("b")])
    assert (told.steps["a"].status, told.steps["b"].status, said(told, "r")) == (
        "succeeded",
        "succeeded",
        "timeout",
    )


def test_a_rescue_of_which_one_step_ran_and_another_was_skipped_has_worked() -> None:
    told = flow([fail("a", rescue=[echo("r", when=False), echo("s")])])
    assert told.steps["a"].status == "succeeded"


@pytest.mark.parametrize(
    "body",
    [
        echo("a"),
        fail("a"),
        fail("a", on_error="continue"),
        fail("a", on_error="stop"),
        fail("a", rescue=[echo("r")]),
        fail("a", rescue=[fail("r")]),
        fail("a", retry={"attempts": 2, "delay": "1ms", "errors": ["any"]}),
        slow("a", timeout="20ms"),
        echo("a", foreach=[1, 2]),
        fail("a", foreach=[1, 2]),
    ],
    ids=[
        "good",
        "failed",
        "continue",
        "stop",
        "rescued",
        "not_rescued",
        "retried",
        "timed_out",
        "loop",
        "failed_loop",
    ],
)
def test_a_finally_runs_once_and_last(body: dict[str, Any]) -> None:
    calls: list[str] = []

    def note() -> None:
        calls.append("finally")

    told = flow([{**body, "finally": [use("f", "note")]}], tools={"note": note})
    assert calls == ["finally"]
    others = [step.finished_at or "" for name, step in told.steps.items() if name not in ("a", "f")]
    assert all(ended <= (told.steps["f"].started_at or "") for ended in others)


def test_a_signal_is_no_end_and_runs_no_finally(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end comes with the resume, and then `finally` runs, once."""
    monkeypatch.chdir(tmp_path)
    calls: list[str] = []

    async def program() -> None:
        began, go_on = asyncio.Event(), asyncio.Event()

        async def gate() -> None:
            calls.append("gate")
            began.set()
            await go_on.wait()

        async def tidy() -> None:
            calls.append("tidy")

        tools = {"gate": gate, "tidy": tidy}
        flow = spec([use("a", "gate", **{"finally": [use("f", "tidy")]})], **{"finally": [use("g", "tidy")]})
        going = asyncio.create_task(arun(flow, tools=tools, run_id="it", store="s.db"))
        await stopped_at(going, began)
        assert calls == ["gate"]
        go_on.set()
        assert (await aresume("it", tools=tools, store="s.db")).success

    asyncio.run(program())
    assert calls == ["gate", "gate", "tidy", "tidy"]


TIDY = [slow("f", 0.1), slow("g", 60, timeout="20ms")]


@pytest.mark.parametrize(
    "group",
    [
        {"timeout": "20ms", "steps": [slow("x")], "finally": TIDY},
        {"timeout": "50ms", "steps": [echo("x", **{"finally": TIDY})]},
    ],
    ids=["its_own_group", "a_group_around"],
)
def test_a_timeout_around_a_finally_does_not_cut_it_and_its_own_does(group: dict[str, Any]) -> None:
    told = flow([{"id": "a", **group}])
    assert told.steps["a"].status == "timed_out"
    assert (told.steps["f"].status, told.steps["g"].status) == ("succeeded", "timed_out")


# -- how a group ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("group", "status"),
    [
        ({"steps": [echo("a")], "when": False}, "skipped"),
        ({"steps": [slow("a")], "timeout": "20ms"}, "timed_out"),
        ({"steps": [fail("a")]}, "failed"),
        ({"steps": [fail("a")], "rescue": [fail("r")]}, "failed"),
        ({"steps": [fail("a")], "rescue": [echo("r")]}, "succeeded"),
        ({"steps": [fail("a")], "rescue": [echo("r")], "finally": [fail("f")]}, "failed"),
        ({"steps": [echo("a")], "finally": [fail("f")]}, "failed"),
        ({"steps": [fail("a", on_error="continue")]}, "succeeded"),
        ({"steps": [echo("a", when=False)]}, "succeeded"),
        ({"steps": [echo("a")]}, "succeeded"),
    ],
    ids=[
        "skipped",
        "timed_out",
        "failed",
        "rescue_failed",
        "rescued",
        "rescued_but_finally_failed",
        "finally_failed",
        "handled",
        "all_skipped",
        "good",
    ],
)
def test_how_a_group_ended(group: dict[str, Any], status: str) -> None:
    assert flow([{"id": "g", **group}]).steps["g"].status == status


def test_a_step_that_is_cut_from_outside_is_not_tried_again() -> None:
    retry = {"attempts": 9, "delay": "1ms", "errors": ["any"]}
    told = flow([{"id": "g", "timeout": "20ms", "steps": [slow("a", retry=retry)]}])
    assert (told.steps["a"].status, told.steps["a"].attempts) == ("cancelled", 1)


# -- words ---------------------------------------------------------------------------------------------------


def test_a_step_has_one_of_eight_statuses() -> None:
    schema = json.loads((ROOT / "schemas" / "run.schema.json").read_text(encoding="utf-8"))
    assert {status.shown for status in Status} == set(STATUSES)
    assert sorted(schema["$defs"]["step_status"]["enum"]) == sorted(STATUSES)


def test_errors_have_one_of_fifteen_types() -> None:
    assert sorted(RETRIED_BY_DEFAULT) == sorted(RETRIED)
    assert sorted(ERROR_TYPES) == sorted([*RETRIED, *NOT_RETRIED])


@pytest.mark.parametrize("kind", [*RETRIED, *NOT_RETRIED])
def test_the_first_five_types_are_tried_again_without_being_named(kind: str) -> None:
    told = flow([fail("a", {"type": kind}, retry={"attempts": 2, "delay": "1ms"})])
    assert told.steps["a"].attempts == (2 if kind in RETRIED else 1)
    assert told.steps["a"].errors[0]["type"] == kind


# -- identity ------------------------------------------------------------------------------------------------


def test_an_instance_is_named_by_the_way_to_it() -> None:
    keyed = {"id": "k", "foreach": {"in": ["eu", "us"], "key": "item"}, "steps": [echo("x")]}
    plain = {"id": "n", "foreach": [1, 2], "steps": [echo("y")]}
    group = {"id": "g", "steps": [echo("z")]}
    call = {"id": "c", "workflow": "w"}
    told = flow([keyed, plain, group, call], workflows={"w": {"steps": [echo("q")]}})
    assert told.steps["k"].iterations[1].steps["x"].instance == 'k["us"]/x'
    assert told.steps["n"].iterations[1].steps["y"].instance == "n[1]/y"
    assert told.steps["z"].instance == "g/z"
    assert told.steps["c"].steps["q"].instance == "c/q"


def test_attempts_are_counted_from_one_for_each_instance() -> None:
    seen: list[tuple[int, int]] = []

    def work(item: int, context: CallContext) -> None:
        seen.append((item, context.attempt))
        if context.attempt < item:
            raise ValueError

    retry = {"attempts": 3, "delay": "1ms", "errors": ["any"]}
    assert flow(
        [use("a", "work", **{"with": {"item": "$<item>"}}, foreach=[1, 2, 3], retry=retry)],
        tools={"work": work},
    ).success
    assert seen == [(1, 1), (2, 1), (2, 2), (3, 1), (3, 2), (3, 3)]


def test_the_key_of_an_instance_is_the_same_after_a_resume_and_another_in_another_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    seen: list[tuple[str, int]] = []

    async def program() -> None:
        began, go_on = asyncio.Event(), asyncio.Event()

        async def gate(key: str, context: CallContext) -> None:
            seen.append((key, context.attempt))
            began.set()
            await go_on.wait()

        tools, flow = {"gate": gate}, spec([use("a", "gate", **{"with": {"key": "$<run.key>"}})])
        going = asyncio.create_task(arun(flow, tools=tools, run_id="one", store="s.db"))
        await stopped_at(going, began)
        go_on.set()
        assert (await aresume("one", tools=tools, store="s.db")).success
        assert (await arun(flow, tools=tools, run_id="two", store="s.db")).success

    asyncio.run(program())
    (first, one), (again, two), (other, _) = seen
    assert (first == again, first == other, one, two) == (True, False, 1, 2)


def test_the_key_depends_on_the_run_the_instance_and_the_attempt_of_the_run() -> None:
    keys = [
        idempotency_key(*parts)
        for parts in [("r", "a", 1), ("s", "a", 1), ("r", "b", 1), ("r", "a", 2), ("r", "a", 1)]
    ]
    assert len(set(keys)) == 4
    assert keys[0] == keys[4]
