"""Calls answered by an earlier success: what counts as the same call, what is recorded, who makes a result and who waits."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from calls_of import Connected, Counting, spec, step

from engine import arun, run, show, validate
from engine.app.cleaning import clean_up
from engine.app.sharing import Sharing
from engine.execute.reuse import DAMAGED
from engine.journal import NewEvent, NewRun, StoredSpec, open_journal

HOUR = {"ttl": "1h"}
STORES = pytest.mark.parametrize("store", ["memory", "runs.db"])


def _cached(name: str = "a", n: Any = 1, /, **more: Any) -> dict[str, Any]:
    cache = more.pop("cache", HOUR)
    return step(name, cache=cache, **{"with": {"n": n}}, **more)


def _go(counting: Counting, *steps: dict[str, Any], store: str = "memory", **more: Any) -> Any:
    return run(spec(*steps, **more), store=store, tools={"counting": counting})


@pytest.fixture(autouse=True)
def _forget_calls() -> None:
    Connected.calls.clear()


# -- one call again ---------------------------------------------------------------------------------------------------


@STORES
def test_a_success_is_given_again_and_recorded_as_one(store: str) -> None:
    counting = Counting()
    first = _go(counting, _cached(), store=store)
    again = _go(counting, _cached(), store=store)
    assert counting.calls == [1]
    assert (first.steps["a"].data, again.steps["a"].data) == (1, 1)
    assert [one.steps["a"].metadata["from_cache"] for one in (first, again)] == [False, True]
    assert (again.steps["a"].status, again.steps["a"].attempts) == ("succeeded", 1)
    assert again.steps["a"].metadata["call_id"] == "a#1"


def test_a_hit_stands_in_the_journal_as_a_start_and_a_success() -> None:
    counting = Counting()
    for _ in range(2):
        ended = _go(counting, _cached(), store="runs.db")
    journal = open_journal("runs.db")
    kinds = [(event.kind, event.attempt) for event in journal.events(ended.run_id) if event.instance == "a"]
    journal.close()
    assert kinds == [("StepStarted", 1), ("StepSucceeded", 1)]
    assert show(ended.run_id, store="runs.db").steps["a"].metadata["from_cache"] is True


@STORES
@pytest.mark.parametrize("answer", [None, 0, "", False, [], {}])
def test_a_falsy_result_is_given_again(store: str, answer: Any) -> None:
    counting = Counting()
    counting.answers = [answer, "another"]
    for _ in range(2):
        ended = _go(counting, _cached(), store=store)
    assert ended.steps["a"].data == answer
    assert counting.calls == [1]


@STORES
def test_a_failure_is_not_given_again(store: str) -> None:
    counting = Counting()
    counting.fail_first = 1
    assert not _go(counting, _cached(), store=store).success
    assert _go(counting, _cached(), store=store).success
    assert counting.calls == [1, 1]


@STORES
def test_the_attempts_of_a_step_are_inside_its_cache(store: str) -> None:
    counting = Counting()
    counting.fail_first = 2
    ended = _go(counting, _cached(retry={"attempts": 3, "delay": "1ms"}), store=store)
    assert (ended.steps["a"].attempts, ended.steps["a"].data) == (3, 1)
    assert _go(counting, _cached(), store=store).steps["a"].attempts == 1
    assert len(counting.calls) == 3


@pytest.mark.parametrize(
    "other",
    [
        _cached("a", 2),
        _cached("a", 1.0),
        _cached("a", True),
        _cached("a", 1, operation="change"),
        _cached("a", 1, cache={"ttl": "1h", "key": "mine"}),
        _cached("a", 1, context={"processing_options": {"fast": True}}),
    ],
)
def test_another_call_is_made(other: dict[str, Any]) -> None:
    counting = Counting()
    _go(counting, _cached())
    assert _go(counting, other).steps["a"].metadata["from_cache"] is False
    assert len(counting.calls) == 2


def test_the_same_call_of_another_step_and_another_workflow_is_answered() -> None:
    counting = Counting()
    _go(counting, _cached())
    assert (
        _go(counting, _cached("b", description="another"), name="other").steps["b"].metadata["from_cache"]
        is True
    )


def test_the_authors_key_is_a_template_and_sees_the_item() -> None:
    counting = Counting()
    keyed = _cached("a", 1, cache={"ttl": "1h", "key": ["$<item.day>", "$<inputs.shop>"]})
    keyed["foreach"] = [{"day": 1}, {"day": 2}, {"day": 1}]
    inputs = {"shop": {"type": "string", "default": "x"}}
    _go(counting, keyed, inputs=inputs)
    assert len(counting.calls) == 2


def test_a_key_that_cannot_be_evaluated_fails_the_step_and_says_where() -> None:
    wrong = _cached(cache={"ttl": "1h", "key": "$<inputs.shop.name>"})
    ended = _go(Counting(), wrong, inputs={"shop": {"type": "object", "default": {}}})
    error = ended.steps["a"].errors[0]
    assert error["type"] == "evaluation"
    assert error["message"].startswith("cache.key: ")


def test_a_step_that_is_older_than_its_askers_time_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    _go(counting, _cached(), store="runs.db")
    later = time.time() + 1800
    monkeypatch.setattr("engine.journal.sql.results.now_seconds", lambda: later)
    assert (
        _go(counting, _cached(cache={"ttl": "10m"}), store="runs.db").steps["a"].metadata["from_cache"]
        is False
    )
    assert _go(counting, _cached(), store="runs.db").steps["a"].metadata["from_cache"] is True


def test_a_clock_that_was_set_back_finds_no_result_of_the_future(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    _go(counting, _cached(), store="runs.db")
    before = time.time() - 86_400
    monkeypatch.setattr("engine.journal.sql.results.now_seconds", lambda: before)
    assert _go(counting, _cached(), store="runs.db").steps["a"].metadata["from_cache"] is False


def test_the_code_of_a_python_step_is_part_of_the_call(tmp_path: Path) -> None:
    module = tmp_path / "flows.py"
    made = step("a", "python", cache=HOUR, **{"with": {"call": "flows:f", "args": [3]}})
    told = []
    for factor in (2, 2, 10):
        module.write_text(f"def f(n):\n    return n * {factor}\n")
        told.append(run(spec(made), store="runs.db", executor="processes").steps["a"].metadata["from_cache"])
    assert told == [False, True, False]


# -- who makes it -----------------------------------------------------------------------------------------------------


@STORES
def test_of_many_who_ask_at_once_one_makes_the_result(store: str) -> None:
    counting = Counting()
    many = _cached("a", 1, foreach={"in": list(range(20)), "concurrency": "all"})
    ended = _go(counting, many, store=store)
    assert ended.steps["a"].data == [1] * 20
    assert counting.calls == [1]


@STORES
def test_where_the_first_fails_the_next_makes_it(store: str) -> None:
    counting = Counting()
    counting.fail_first = 2
    many = _cached("a", 1, foreach={"in": list(range(5)), "concurrency": "all", "tolerate": 5})
    ended = _go(counting, many, store=store)
    assert [one.status for one in ended.steps["a"].iterations].count("failed") == 2
    assert len(counting.calls) == 3


@STORES
def test_who_waits_for_a_result_holds_no_slot(store: str) -> None:
    """With two slots, one makes the result and ends only when a third call has been made."""
    counting, other = Counting(), Counting()
    counting.hold = threading.Event()
    release = threading.Thread(target=lambda: other.begun.wait(20) and counting.hold and counting.hold.set())
    release.start()
    twice = _cached("a", 1, foreach={"in": [1, 2, 3], "concurrency": "all"}, priority="high")
    group = {
        "id": "g",
        "mode": "parallel",
        "concurrency": 2,
        "steps": [twice, step("b", "other", operation="ask")],
    }
    ended = run(spec(group), store=store, tools={"counting": counting, "other": other})
    release.join()
    assert ended.success
    assert (len(counting.calls), len(other.calls)) == (1, 1)


@STORES
def test_runs_of_one_process_make_a_result_once(store: str) -> None:
    counting = Counting()

    async def both() -> list[Any]:
        one = spec(_cached())
        return await asyncio.gather(*(arun(one, store=store, tools={"counting": counting}) for _ in range(3)))

    ended = asyncio.run(both())
    assert counting.calls == [1]
    assert sorted(one.steps["a"].metadata["from_cache"] for one in ended) == [False, True, True]


def test_where_the_maker_is_cancelled_another_run_makes_the_result() -> None:
    counting = Counting()
    counting.hold = threading.Event()

    async def both() -> Any:
        first = asyncio.create_task(arun(spec(_cached()), store="memory", tools={"counting": counting}))
        while not counting.calls and not first.done():
            await asyncio.sleep(0.01)
        second = asyncio.create_task(arun(spec(_cached()), store="memory", tools={"counting": counting}))
        await asyncio.sleep(0.1)
        assert len(counting.calls) == 1
        counting.hold.set()
        counting.hold = None
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return await second

    assert asyncio.run(both()).success


def _other_run(store: str, run_id: str) -> Any:
    """A journal with a run of another owner, who holds its lease."""
    journal = open_journal(store)
    journal.lease_seconds = 3600.0
    written = StoredSpec("h" * 64, "flow", "weft: 1", None, {})
    owner = {"host": "else", "pid": 1, "pid_start": 1.0, "boot_id": "x", "pid_space": "y"}
    new = NewRun(run_id, "flow", {}, 1.0, "running", 1.0, owner)
    journal.create_run(new, written, [NewEvent(1.0, "RunCreated")])
    return journal


def test_a_maker_in_another_process_is_waited_for_while_it_lives_and_followed_when_it_has_died(
    tmp_path: Path,
) -> None:
    store = str(tmp_path / "runs.db")
    journal = _other_run(store, "other")
    _other_run(store, "mine").close()
    other, mine = Sharing(store, "other", 1), Sharing(store, "mine", 1)
    assert other.look("k" * 64, 60, "x").what == "yours"
    assert mine.look("k" * 64, 60, "y").what == "busy"
    assert other.look("k" * 64, 60, "x").what == "yours", "the same maker may ask again"
    with sqlite3.connect(store) as damaged:
        damaged.execute("update weft_leases set until = 0 where run_id = 'other'")
    damaged.close()
    assert mine.look("k" * 64, 60, "y").what == "yours"
    assert mine.look("k" * 64, 60, "z").what == "busy", "at most one makes it in its place"
    mine.keep("k" * 64, "y", "space", {"data": 1}, 1, 60.0, 10)
    assert other.look("k" * 64, 60, "x").payload == {"data": 1}
    for one in (other, mine):
        one.close()
    journal.close()


def test_what_the_least_recently_used_means_holds_in_a_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = str(tmp_path / "runs.db")
    journal = _other_run(store, "mine")
    mine = Sharing(store, "mine", 1)
    now = [time.time()]
    monkeypatch.setattr("engine.journal.sql.results.now_seconds", lambda: now[0])
    for key in ("a", "b", "c"):
        now[0] += 5
        mine.keep(key, "x", "space", {"data": key}, 1, 600.0, 3)
    now[0] += 5
    assert mine.look("a", 600, "x").what == "hit"
    now[0] += 5
    mine.keep("d", "x", "space", {"data": "d"}, 1, 600.0, 3)
    assert [mine.look(key, 600, "x").what for key in ("a", "b", "c", "d")] == ["hit", "yours", "hit", "hit"]
    mine.close()
    journal.close()


# -- what is kept -----------------------------------------------------------------------------------------------------


def test_a_secret_in_parameters_is_nowhere_in_the_store(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WEFT_SECRET_TOKEN", "s3cr3t-of-the-shop")
    counting = Counting()
    counting.answers = ["it is s3cr3t-of-the-shop", "other"]
    told = step("a", cache=HOUR, **{"with": {"n": 1, "secret": "$<secrets.TOKEN>"}})
    for _ in range(2):
        ended = _go(counting, told, store="runs.db")
    assert ended.steps["a"].metadata["from_cache"] is True
    assert ended.steps["a"].data == "it is ***"
    assert all(b"s3cr3t-of" not in file.read_bytes() for file in tmp_path.glob("runs.db*"))
    monkeypatch.setenv("WEFT_SECRET_TOKEN", "another-of-the-shop")
    assert _go(counting, told, store="runs.db").steps["a"].metadata["from_cache"] is False


@pytest.mark.parametrize(
    "damage", ["text = '{}'", "text = 'no json'", "hash = 'x'", "text = substr(text, 1, 20)"]
)
def test_a_damaged_entry_is_made_anew_and_told(damage: str) -> None:
    counting = Counting()
    _go(counting, _cached(), store="runs.db")
    with sqlite3.connect("runs.db") as store:
        store.execute(f"update weft_results set {damage}")
    store.close()
    again = _go(counting, _cached(), store="runs.db")
    assert (again.success, again.steps["a"].warnings) == (True, [DAMAGED])
    assert _go(counting, _cached(), store="runs.db").steps["a"].metadata["from_cache"] is True
    assert counting.calls == [1, 1]


@STORES
def test_a_result_that_is_too_large_is_not_kept_and_that_is_told(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.execute.reuse.ENTRY_BYTES_MAX", 1024 * 1024)
    counting = Counting()
    counting.answers = ["x" * 2_000_000, "x" * 2_000_000, "small"]
    many = _cached("a", 1, foreach={"in": [1, 2, 3], "concurrency": "all"})
    ended = _go(counting, many, store=store)
    assert ended.success
    assert len(counting.calls) == 3
    told = [one.errors or one.data for one in ended.steps["a"].iterations]
    assert [len(one) for one in told] == [2_000_000, 2_000_000, 5]


def test_a_large_result_is_given_again_whole() -> None:
    counting = Counting()
    counting.answers = [list(range(20_000)), "other"]
    for _ in range(2):
        ended = _go(counting, _cached(), store="runs.db")
    assert ended.steps["a"].data == list(range(20_000))
    assert counting.calls == [1]


def test_a_clean_up_drops_what_may_not_be_given_again(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    _go(counting, _cached(), store="runs.db")
    assert clean_up("runs.db", "1h").results == 0
    later = time.time() + 4000
    monkeypatch.setattr("engine.journal.sql.results.now_seconds", lambda: later)
    assert clean_up("runs.db", "30d", dry_run=True).results == 1
    assert clean_up("runs.db", "30d").results == 1
    assert clean_up("runs.db", "30d").results == 0


# -- connections ------------------------------------------------------------------------------------------------------


def _read(here: dict[str, Any], *steps: dict[str, Any], **more: Any) -> Any:
    connections = {"here": {"tool": "shop", "rate_limit": "none", **here}}
    return run(spec(*steps, connections=connections), store="memory", tools={"shop": Connected}, **more)


def test_a_connection_with_caching_enabled_gives_reads_again_and_makes_every_write() -> None:
    steps = [step("a", "here", operation="read"), step("b", "here", operation="write")]
    _read({"caching_enabled": True}, *steps)
    again = _read({"caching_enabled": True}, *steps)
    assert [again.steps[one].metadata["from_cache"] for one in "ab"] == [True, False]
    assert [name for name, _ in Connected.calls] == ["read", "write", "write"]


def test_a_connection_keeps_nothing_where_it_does_not_say_so() -> None:
    for _ in range(2):
        _read({}, step("a", "here", operation="read"))
    assert len(Connected.calls) == 2


@pytest.mark.parametrize("other", [{"place": "elsewhere"}, {"token": "another"}])
def test_another_configuration_of_a_connection_is_another_call(other: dict[str, Any]) -> None:
    _read({"caching_enabled": True}, step("a", "here", operation="read"))
    again = _read({"caching_enabled": True, **other}, step("a", "here", operation="read"))
    assert again.steps["a"].metadata["from_cache"] is False


def test_a_step_says_for_how_long_also_where_its_connection_does() -> None:
    here = {"caching_enabled": True, "cache_ttl_seconds": 0.001}
    cached = step("a", "here", operation="read", cache=HOUR)
    _read(here, cached)
    assert _read(here, cached).steps["a"].metadata["from_cache"] is True


def test_a_query_says_that_its_result_is_made_anew_and_one_that_writes_a_file_is(tmp_path: Path) -> None:
    connections = {"w": {"tool": "sql", "url": "sqlite:///w.db", "writable": True, "caching_enabled": True}}
    fill = {"sql": "create table t as select 1 as n"}
    run(spec(step("a", "w", operation="execute", **{"with": fill}), connections=connections), store="memory")
    queries = {
        "kept": {"sql": "select n from t"},
        "anew": {"sql": "select n from t", "cache_results": False},
        "file": {"sql": "select n from t", "result_format": "csv", "path": "t.csv"},
    }
    steps = [step(name, "w", **{"with": given}) for name, given in queries.items()]
    for _ in range(2):
        ended = run(spec(*steps, connections=connections), store="memory")
    assert {name: ended.steps[name].metadata["from_cache"] for name in queries} == {
        "kept": True, "anew": False, "file": False,
    }  # fmt: skip


def test_who_may_not_call_a_tool_gets_no_result_of_others() -> None:
    from engine import Principal

    may, may_not = Principal("eve", permissions={"read"}), Principal("eve", permissions=set())
    here = {"caching_enabled": True, "permissions": ["read"]}
    assert _read(here, step("a", "here", operation="read"), principal=may).success
    refused = _read(here, step("a", "here", operation="read"), principal=may_not)
    assert refused.steps["a"].errors[0]["type"] == "permission"
    other = Principal("bob", permissions={"read"})
    assert (
        _read(here, step("a", "here", operation="read"), principal=other).steps["a"].metadata["from_cache"]
        is False
    )


def test_cache_and_limits_are_no_words_of_tomorrow() -> None:
    assert validate(spec(step("a", "echo", cache=HOUR, rate_limit="60/m", **{"with": {"n": 1}}))) == ()


def test_what_is_cached_is_neither_given_nor_taken_as_a_stream(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("n\n1\n2\n3\n")
    read = step("q", "file", operation="read", cache=HOUR, **{"with": {"path": "a.csv"}})
    cut = {"records": "$<input.records>", "steps": [{"limit": 2}]}
    both = [read, step("t", "transform", cache=HOUR, **{"with": cut})]
    for _ in range(2):
        ended = run(spec(*both, mode="pipeline"), store="runs.db")
        assert ended.success
    assert [ended.steps[one].metadata["from_cache"] for one in "qt"] == [True, True]
    assert len(ended.steps["t"].data["records"]) == 2
