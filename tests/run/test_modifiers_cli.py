"""Every modifier through the command line, alone and with the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from run_weft import Told, echo, fail, python, run, weft, write_spec

from engine.execute.retrying import retry_delay
from engine.spec.workflow import RetrySpec

SUCCEEDED, FAILED, SKIPPED = "succeeded", "failed", "skipped"
CANCELLED, TIMED_OUT = "cancelled", "timed_out"
QUICK = {"delay": "1ms", "jitter": False}
SLOW = {"tool": "sleep", "with": {"seconds": 60}}


def errors(told: Told, step: str) -> dict[str, Any]:
    error: dict[str, Any] = told.report["steps"][step]["errors"][0]
    return error


# -- when ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "status"),
    [
        ("inputs.n > 3", SUCCEEDED),
        ("inputs.n > 5", SKIPPED),
        (True, SUCCEEDED),
        (False, SKIPPED),
        ("$<inputs.n == 5>", SUCCEEDED),
        ("inputs.none", SKIPPED),
        ("inputs.n", FAILED),
        ("inputs.text", FAILED),
        ("inputs.n + inputs.none > 1", FAILED),
    ],
)
def test_a_condition_is_true_false_null_or_an_error(tmp_path: Path, when: Any, status: str) -> None:
    inputs = {"n": {"default": 5}, "none": {"default": None}, "text": {"default": "true"}}
    told = run(tmp_path, [echo("a", when=when)], inputs=inputs)
    assert told.statuses["a"] == status
    if status == FAILED:
        assert errors(told, "a")["type"] == "evaluation"
        assert told.report["steps"]["a"]["attempts"] == 0


def test_a_condition_that_cannot_be_evaluated_is_handled_by_on_error(tmp_path: Path) -> None:
    inputs = {"n": {"default": 5}}
    told = run(tmp_path, [echo("a", when="inputs.n", on_error="continue"), echo("b")], inputs=inputs)
    assert told.statuses == {"a": FAILED, "b": SUCCEEDED}
    assert told.code == 0


# -- foreach -------------------------------------------------------------------------------------------------


def test_foreach_over_a_list_gives_a_list_in_item_order(tmp_path: Path) -> None:
    told = run(tmp_path, [echo("a", "$<item>-$<index>-$<key>", foreach={"in": ["x", "y"], "concurrency": 2})])
    assert told.data("a") == [{"v": "x-0-0"}, {"v": "y-1-1"}]
    iterations = told.report["steps"]["a"]["iterations"]
    assert [(i["index"], i["key"], i["status"], i["attempts"]) for i in iterations] == [
        (0, 0, SUCCEEDED, 1),
        (1, 1, SUCCEEDED, 1),
    ]


def test_foreach_over_a_mapping_gives_key_value_items_named_by_their_keys(tmp_path: Path) -> None:
    told = run(tmp_path, [echo("a", "$<key>=$<item.value>$<item.key>", foreach={"in": {"x": 1, "y": 2}})])
    assert told.data("a") == [{"v": "x=1x"}, {"v": "y=2y"}]
    assert [i["key"] for i in told.report["steps"]["a"]["iterations"]] == ["x", "y"]


def test_foreach_over_a_reference_and_its_length_known_only_when_it_runs(tmp_path: Path) -> None:
    told = run(tmp_path, [echo("a", [1, 2, 3]), echo("b", "$<item * 2>", foreach="$<step_a_result.v>")])
    assert told.data("b") == [{"v": 2}, {"v": 4}, {"v": 6}]


def test_foreach_over_nothing_succeeds_with_an_empty_list(tmp_path: Path) -> None:
    told = run(tmp_path, [echo("a", foreach={"in": []}), echo("b", "$<step_a_result>")])
    assert told.data("b") == {"v": []}


@pytest.mark.parametrize("items", [5, None, "text"])
def test_foreach_over_what_is_no_list_fails_the_step(tmp_path: Path, items: Any) -> None:
    told = run(tmp_path, [echo("a", foreach="$<inputs.items>")], inputs={"items": {"default": items}})
    assert told.statuses["a"] == FAILED
    assert "a list or a mapping" in errors(told, "a")["message"]


def test_a_key_names_the_items_and_a_duplicate_is_an_error(tmp_path: Path) -> None:
    items = [{"id": "p"}, {"id": "q"}]
    told = run(tmp_path, [echo("a", "$<key>", foreach={"in": items, "key": "item.id"})])
    assert told.data("a") == [{"v": "p"}, {"v": "q"}]
    # Written out in the file, it would be told before the run.
    twice = {"twice": {"type": "array", "default": [*items, {"id": "p"}]}}
    told = run(tmp_path, [echo("a", foreach={"in": "$<inputs.twice>", "key": "item.id"})], inputs=twice)
    assert errors(told, "a")["message"] == 'foreach: items 0 and 2 have the same key "p"'


def _bad(*numbers: int, **foreach: Any) -> dict[str, Any]:
    items = [{"n": n, "times": 9 if n in numbers else 0} for n in range(6)]
    arguments = {"times": "$<item.times>", "data": "$<item.n>"}
    return {"id": "a", "tool": "fail", "with": arguments, "foreach": {"in": items, **foreach}}


@pytest.mark.parametrize(
    ("bad", "tolerate", "status", "data"),
    [
        ((1,), 0, FAILED, [0, None, None, None, None, None]),
        ((1,), 1, SUCCEEDED, [0, None, 2, 3, 4, 5]),
        ((1, 3), 1, FAILED, [0, None, 2, None, None, None]),
        ((1, 3), "34%", SUCCEEDED, [0, None, 2, None, 4, 5]),
        ((1, 3), "33%", FAILED, [0, None, 2, None, None, None]),
        ((0, 1, 2, 3, 4, 5), "100%", SUCCEEDED, [None] * 6),
    ],
)
def test_after_the_tolerated_number_no_new_item_starts(
    tmp_path: Path, bad: tuple[int, ...], tolerate: Any, status: str, data: list[Any]
) -> None:
    told = run(
        tmp_path,
        [_bad(*bad, tolerate=tolerate), echo("b", "$<step_a_result>", trigger_rule="all_done")],
        mode="dag",
    )
    assert told.statuses["a"] == status
    assert [i["data"] for i in told.report["steps"]["a"]["iterations"]] == data[
        : len(told.report["steps"]["a"]["iterations"])
    ]
    assert told.data("b") == {"v": data if status == SUCCEEDED else None}


def test_a_failed_loop_names_the_item(tmp_path: Path) -> None:
    told = run(tmp_path, [_bad(2, key="'k' ~ item.n")])
    assert (errors(told, "a")["step"], errors(told, "a")["key"]) == ('a["k2"]', "k2")


def test_a_loop_of_groups_keeps_names_to_the_same_item_and_outer_is_the_next_loop_out(tmp_path: Path) -> None:
    inner = {
        "id": "inner",
        "foreach": "$<item.parts>",
        "steps": [
            echo("x", "$<outer.item.name>$<item>$<outer.index>$<index>"),
            echo("y", "$<step_x_result.v>!"),
        ],
    }
    outer = {
        "id": "outer",
        "foreach": {"in": [{"name": "a", "parts": [1, 2]}, {"name": "b", "parts": [3]}]},
        "steps": [inner],
    }
    told = run(tmp_path, [outer])
    said = [[part["y"]["v"] for part in item["inner"]] for item in told.data("outer")]
    assert said == [["a100!", "a201!"], ["b310!"]]
    deep = told.report["steps"]["outer"]["iterations"][1]["steps"]["inner"]["iterations"][0]["steps"]["y"]
    assert deep["instance"] == "outer[1]/inner[0]/y"


def test_a_loops_condition_is_looked_at_once_for_the_whole(tmp_path: Path) -> None:
    told = run(tmp_path, [echo("a", foreach=[1, 2], when=False)])
    assert told.statuses["a"] == SKIPPED
    assert told.report["steps"]["a"]["iterations"] == []


def test_retry_in_a_loop_is_for_each_item(tmp_path: Path) -> None:
    step = {"id": "a", "tool": "fail", "with": {"times": 1, "data": "$<item>"}, "foreach": [1, 2]}
    told = run(tmp_path, [step | {"retry": {"attempts": 2, "errors": ["any"], **QUICK}}])
    assert told.data("a") == [1, 2]
    assert [i["attempts"] for i in told.report["steps"]["a"]["iterations"]] == [2, 2]


# -- retry ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code", "wanted", "attempts"),
    [
        ("connection", None, None, 3),
        ("timeout", None, None, 3),
        ("rate_limit", None, None, 3),
        ("unavailable", None, None, 3),
        ("failed", None, None, 1),
        ("invalid", None, None, 1),
        ("permission", None, None, 1),
        ("failed", None, ["any"], 3),
        ("failed", "HTTP 503", ["HTTP 5xx"], 3),
        ("failed", "HTTP 404", ["HTTP 5xx"], 1),
        ("failed", "HTTP 5031", ["HTTP 5xx"], 1),
        ("connection", None, ["timeout"], 1),
        ("data", "ValueError", ["ValueError"], 3),
    ],
)
def test_which_errors_are_retried(
    tmp_path: Path, kind: str, code: str | None, wanted: list[str] | None, attempts: int
) -> None:
    retry = {"attempts": 3, **QUICK, **({"errors": wanted} if wanted else {})}
    arguments = {"type": kind, **({"code": code} if code else {})}
    told = run(tmp_path, [fail("a", **{"with": arguments}, retry=retry)])
    assert told.report["steps"]["a"]["attempts"] == attempts


def test_attempts_count_all_tries_and_a_later_success_counts(tmp_path: Path) -> None:
    step = fail(
        "a", **{"with": {"type": "connection", "times": 2, "data": 7}}, retry={"attempts": 3, **QUICK}
    )
    told = run(tmp_path, [step])
    assert (told.data("a"), told.report["steps"]["a"]["attempts"], told.code) == (7, 3, 0)
    assert told.report["steps"]["a"]["errors"] == []


def test_defaults_give_retry_to_tool_steps_and_the_steps_own_replaces_it(tmp_path: Path) -> None:
    wrong = {"with": {"type": "connection"}}
    steps = [fail("a", **wrong), fail("b", **wrong, retry={"attempts": 1})]
    told = run(tmp_path, steps, mode="parallel", defaults={"retry": {"attempts": 2, **QUICK}})
    assert [told.report["steps"][x]["attempts"] for x in "ab"] == [2, 1]


def test_what_would_end_after_within_is_not_tried(tmp_path: Path) -> None:
    retry = {"attempts": 5, "delay": "1h", "max_delay": "2h", "jitter": False, "within": "10m"}
    told = run(tmp_path, [fail("a", **{"with": {"type": "connection"}}, retry=retry)])
    assert told.report["steps"]["a"]["attempts"] == 1


def test_retry_after_loses_to_within(tmp_path: Path) -> None:
    wrong = {"type": "rate_limit", "retry_after": 3600}
    told = run(tmp_path, [fail("a", **{"with": wrong}, retry={"attempts": 3, **QUICK, "within": "1m"})])
    assert told.report["steps"]["a"]["attempts"] == 1


@pytest.mark.parametrize(
    ("backoff", "delays"),
    [("constant", [2, 2, 2, 2]), ("linear", [2, 4, 6, 7]), ("exponential", [2, 6, 7, 7])],
)
def test_backoff_kinds_and_the_longest_delay(backoff: str, delays: list[float]) -> None:
    retry = RetrySpec(10, 2.0, backoff, 3.0, 7.0, jitter=False)
    assert [retry_delay(retry, {"type": "connection"}, tries, 0.0) for tries in (1, 2, 3, 4)] == delays


def test_retry_after_wins_over_max_delay_and_jitter_stays_below_the_delay() -> None:
    retry = RetrySpec(10, 2.0, "constant", 2.0, 5.0, jitter=True)
    assert retry_delay(retry, {"type": "connection", "retry_after": 30}, 1, 0.0) == 30
    jittered = [retry_delay(retry, {"type": "connection"}, 1, 0.0) for _ in range(200)]
    assert all(delay is not None and 0 <= delay <= 2 for delay in jittered)
    assert len(set(jittered)) > 1


def test_a_retried_group_runs_again_only_what_had_not_succeeded(tmp_path: Path) -> None:
    (tmp_path / "flow_count.py").write_text(
        "import pathlib\n"
        "def once(name):\n    with open('ledger', 'a') as f: f.write(name + '\\n')\n"
        "def flaky(name):\n    once(name)\n"
        "    if open('ledger').read().count(name) < 2: raise ValueError(name)\n    return name\n"
    )
    ledger = str(tmp_path / "ledger")
    (tmp_path / "flow_count.py").write_text(
        (tmp_path / "flow_count.py").read_text().replace("'ledger'", repr(ledger))
    )
    steps = [
        python("good", "count:once", "good"),
        python("bad", "count:flaky", "bad"),
        python("last", "count:once", "last"),
    ]
    group = {"id": "g", "steps": steps, "retry": {"attempts": 2, "errors": ["any"], **QUICK}}
    told = run(tmp_path, [group])
    assert told.statuses == dict.fromkeys(("g", "good", "bad", "last"), SUCCEEDED)
    assert Path(ledger).read_text().split() == ["good", "bad", "bad", "last"]
    assert [told.report["steps"][x]["attempts"] for x in ("g", "good", "bad", "last")] == [2, 1, 2, 1]


# -- timeout -------------------------------------------------------------------------------------------------


def test_a_calls_timeout_ends_its_attempt(tmp_path: Path) -> None:
    told = run(tmp_path, [{"id": "a", **SLOW, "timeout": "50ms"}])
    assert told.statuses["a"] == TIMED_OUT
    assert errors(told, "a")["type"] == "timeout"
    assert told.report["steps_failed"] == ["a"]


def test_a_timed_out_attempt_is_tried_again(tmp_path: Path) -> None:
    told = run(tmp_path, [{"id": "a", **SLOW, "timeout": "30ms", "retry": {"attempts": 3, **QUICK}}])
    assert told.report["steps"]["a"]["attempts"] == 3


def test_a_groups_timeout_cancels_its_steps_and_not_the_run(tmp_path: Path) -> None:
    group = {"id": "g", "timeout": "50ms", "steps": [{"id": "a", **SLOW}, echo("b")]}
    told = run(tmp_path, [group, echo("c", trigger_rule="all_done", needs=["g"])], mode="dag")
    assert told.statuses == {"g": TIMED_OUT, "a": CANCELLED, "b": SKIPPED, "c": SUCCEEDED}
    assert told.report["status"] == "partial_failure"
    assert [told.report["steps"][x]["reason"] for x in "ab"] == ["timeout", "timeout"]


def test_a_timed_out_group_is_tried_again_and_handled(tmp_path: Path) -> None:
    group = {"id": "g", "timeout": "50ms", "retry": {"attempts": 2, **QUICK}, "steps": [{"id": "a", **SLOW}]}
    told = run(tmp_path, [group | {"on_error": "continue"}, echo("b")])
    assert told.statuses == {"g": TIMED_OUT, "a": CANCELLED, "b": SUCCEEDED}
    assert told.report["steps"]["g"]["attempts"] == 2
    assert told.report["steps"]["g"]["handled"] is True


def test_a_group_inside_a_timed_out_one_is_cancelled(tmp_path: Path) -> None:
    inner = {"id": "inner", "steps": [{"id": "a", **SLOW}], "on_error": "continue"}
    told = run(tmp_path, [{"id": "outer", "timeout": "50ms", "steps": [inner]}])
    assert told.statuses == {"outer": TIMED_OUT, "inner": CANCELLED, "a": CANCELLED}


def test_the_timeout_of_a_loop_of_groups_is_for_each_item(tmp_path: Path) -> None:
    body = [{"id": "a", "tool": "sleep", "with": {"seconds": "$<item>"}}]
    loop = {"id": "l", "foreach": {"in": [60, 0], "tolerate": 1}, "timeout": "50ms", "steps": body}
    told = run(tmp_path, [loop])
    assert [i["status"] for i in told.report["steps"]["l"]["iterations"]] == [TIMED_OUT, SUCCEEDED]
    assert told.statuses["l"] == SUCCEEDED


def test_the_runs_timeout_fails_the_run(tmp_path: Path) -> None:
    told = run(tmp_path, [echo("b"), {"id": "a", **SLOW}], mode="dag", timeout="80ms")
    assert told.report["status"] == "failed"
    assert told.report["error"]["type"] == "timeout"
    assert told.statuses == {"b": SUCCEEDED, "a": CANCELLED}


def test_the_smallest_written_timeout_of_step_and_group_holds(tmp_path: Path) -> None:
    group = {"id": "g", "timeout": "1h", "steps": [{"id": "a", **SLOW, "timeout": "40ms"}]}
    assert run(tmp_path, [group]).statuses == {"g": FAILED, "a": TIMED_OUT}


# -- on_error ------------------------------------------------------------------------------------------------


def test_continue_is_handled_gives_null_and_counts_as_success_for_rules(tmp_path: Path) -> None:
    steps = [fail("a", on_error="continue"), echo("b", "$<step_a_result>"), echo("c", "$<steps.a.status>")]
    told = run(tmp_path, steps)
    assert told.statuses == {"a": FAILED, "b": SUCCEEDED, "c": SUCCEEDED}
    assert told.report["steps"]["a"]["handled"] is True
    assert (told.data("b"), told.data("c")) == ({"v": None}, {"v": "failed"})
    assert told.report["metadata"]["success_rate"] == pytest.approx(2 / 3)


@pytest.mark.parametrize("where", ["step", "group", "loop"])
def test_stop_cancels_everything_else_and_the_run_failed(tmp_path: Path, where: str) -> None:
    bad: dict[str, Any] = fail("bad", on_error="stop")
    if where == "group":
        bad = {"id": "bad", "steps": [fail("x")], "on_error": "stop"}
    elif where == "loop":
        bad |= {"foreach": [1, 2]}
    told = run(tmp_path, [bad, {"id": "slow", **SLOW}, echo("later", needs=["slow"])], mode="dag")
    assert told.report["status"] == "failed"
    assert {name: told.statuses[name] for name in ("bad", "slow", "later")} == {
        "bad": FAILED,
        "slow": CANCELLED,
        "later": SKIPPED,
    }
    assert told.report["error"]["step"].startswith("bad")
    assert told.report["steps"]["slow"]["reason"] == "stopped"


def test_continue_takes_a_failed_group_and_a_failed_loop(tmp_path: Path) -> None:
    steps = [
        {"id": "g", "steps": [fail("a")], "on_error": "continue"},
        fail("l", foreach=[1], on_error="continue"),
        echo("b", "$<step_g_result>$<step_l_result>"),
    ]
    told = run(tmp_path, steps)
    assert told.code == 0
    assert told.data("b") == {"v": "nullnull"}


# -- concurrency ---------------------------------------------------------------------------------------------

OVERLAPS = """
import threading, time, pathlib
lock = threading.Lock()
def work(folder, together):
    \"\"\"Stay until `together` calls were seen at once, or for a moment; write down how many there were.\"\"\"
    folder = pathlib.Path(folder)
    with lock:
        mine = folder / f"in-{time.monotonic_ns()}"
        mine.touch()
        now = len(list(folder.glob("in-*")))
        with open(folder / "seen", "a") as seen: seen.write(f"{now}\\n")
    for _ in range(8):
        if len(list(folder.glob("in-*"))) >= together: break
        time.sleep(0.005)
    time.sleep(0.01)
    mine.unlink()
"""


def _most(tmp_path: Path, limit: int, steps: Any, *arguments: str, **file: Any) -> int:
    (tmp_path / "flow_overlap.py").write_text(OVERLAPS)
    run(tmp_path, steps, "--executor", "threads", *arguments, **file)
    return max(map(int, (tmp_path / "seen").read_text().split()))


def _workers(tmp_path: Path, limit: int, number: int = 8, prefix: str = "w") -> list[Any]:
    return [python(f"{prefix}{n}", "overlap:work", str(tmp_path), limit) for n in range(number)]


def test_concurrency_of_the_file_bounds_the_calls_under_way(tmp_path: Path) -> None:
    assert _most(tmp_path, 3, _workers(tmp_path, 3), mode="parallel", concurrency=3) == 3


@pytest.mark.parametrize(("file", "option", "holds"), [(4, 2, 2), (2, 4, 2), ("all", 3, 3)])
def test_of_max_parallel_and_the_file_the_smaller_holds(
    tmp_path: Path, file: Any, option: int, holds: int
) -> None:
    steps = _workers(tmp_path, holds)
    assert (
        _most(tmp_path, holds, steps, "--max-parallel", str(option), mode="parallel", concurrency=file)
        == holds
    )


def test_concurrency_of_a_group_bounds_its_own_calls(tmp_path: Path) -> None:
    group = {"id": "g", "mode": "parallel", "concurrency": 2, "steps": _workers(tmp_path, 2)}
    assert _most(tmp_path, 2, [group]) == 2


def test_concurrency_of_a_group_counts_the_calls_of_groups_inside_it(tmp_path: Path) -> None:
    inner = [
        {"id": f"i{n}", "mode": "parallel", "steps": _workers(tmp_path, 2, 3, f"w{n}")} for n in range(3)
    ]
    assert _most(tmp_path, 2, [{"id": "g", "mode": "parallel", "concurrency": 2, "steps": inner}]) == 2


@pytest.mark.parametrize(
    ("concurrency", "most"), [({}, 1), ({"concurrency": 3}, 3), ({"concurrency": "all"}, 8)]
)
def test_items_of_a_loop_run_one_at_a_time_unless_it_says_more(
    tmp_path: Path, concurrency: Any, most: int
) -> None:
    step = python("a", "overlap:work", str(tmp_path), most, foreach={"in": list(range(8)), **concurrency})
    assert _most(tmp_path, most, [step]) == most


def test_the_limit_of_the_file_holds_over_that_of_a_loop(tmp_path: Path) -> None:
    step = python("a", "overlap:work", str(tmp_path), 2, foreach={"in": list(range(8)), "concurrency": 5})
    assert _most(tmp_path, 2, [step], concurrency=2) == 2


# -- the result ----------------------------------------------------------------------------------------------


def test_the_json_result_has_every_field_of_the_contract(tmp_path: Path) -> None:
    group = {"id": "g", "mode": "parallel", "steps": [echo("a", 1), fail("b")]}
    report = run(
        tmp_path,
        [group, echo("c", foreach=[1]), echo("d", needs=["g"])],
        mode="dag",
        inputs={"x": {"default": 1}},
    ).report
    assert set(report) == set(
        [
            "version",
            "run_id",
            "workflow",
            "status",
            "attempt",
            "started_at",
            "finished_at",
            "execution_time",
            "inputs",
            "outputs",
            "steps",
            "steps_completed",
            "steps_failed",
            "steps_skipped",
            "error",
            "metadata",
            "resume",
        ]
    )
    step = set(
        [
            "instance",
            "parent",
            "status",
            "reason",
            "handled",
            "reused",
            "data",
            "metadata",
            "errors",
            "warnings",
            "performance_metrics",
            "quality_metrics",
            "processed_records",
            "attempts",
            "started_at",
            "finished_at",
            "execution_time",
        ]
    )
    assert set(report["steps"]["a"]) == step
    assert set(report["steps"]["c"]) == step | {"iterations"}
    assert set(report["steps"]["c"]["iterations"][0]) == set(
        ["index", "key", "status", "data", "errors", "attempts", "steps"]
    )
    assert (report["steps"]["a"]["instance"], report["steps"]["a"]["parent"]) == ("g/a", "g")
    assert report["inputs"] == {"x": 1}
    assert report["steps_completed"] == ["a", "c"]
    assert (report["steps_failed"], report["steps_skipped"]) == (["g", "b"], ["d"])
    assert report["metadata"] == {
        "execution_mode": "dag",
        "total_steps": 4,
        "success_rate": pytest.approx(2 / 3, abs=1e-5),
    }
    assert report["error"]["step"] == "g/b"
    assert report["attempt"] == 1
    assert report["started_at"].endswith("Z")


def test_success_rate_is_null_where_nothing_ran(tmp_path: Path) -> None:
    report = run(tmp_path, [echo("a", when=False)]).report
    assert report["metadata"]["success_rate"] is None
    assert report["metadata"]["total_steps"] == 1


# -- identity ------------------------------------------------------------------------------------------------


def test_run_key_is_the_same_over_attempts_and_differs_between_items(tmp_path: Path) -> None:
    (tmp_path / "flow_keys.py").write_text(
        "def key(key, context):\n"
        "    if context.attempt < 2: raise ConnectionError('first')\n"
        "    return [key, context.key, context.attempt]\n"
    )
    step = python(
        "a", "keys:key", "$<run.key>", foreach=[1, 2], retry={"attempts": 2, "errors": ["any"], **QUICK}
    )
    told = run(tmp_path, [step])
    (one, same, attempt), (two, _, _) = told.data("a")
    assert one == same
    assert one != two
    assert attempt == 2


@pytest.mark.parametrize("function", ["now()", "uuid()", "random()"])
def test_what_changes_by_itself_is_the_same_in_every_attempt(tmp_path: Path, function: str) -> None:
    ledger = tmp_path / "ledger"
    (tmp_path / "flow_again.py").write_text(
        f"def once(value):\n    with open({str(ledger)!r}, 'a') as f: f.write(f'{{value}}\\n')\n    raise ValueError\n"
    )
    step = python("a", "again:once", f"$<{function}>", retry={"attempts": 3, "errors": ["any"], **QUICK})
    run(tmp_path, [step])
    values = ledger.read_text().split()
    assert len(values) == 3
    assert len(set(values)) == 1


def test_a_spec_with_errors_starts_nothing(tmp_path: Path) -> None:
    path = write_spec(tmp_path, [echo("a"), echo("a")])
    told = weft("run", str(path), "--store", str(tmp_path / "runs.db"))
    assert told.code == 1
    assert not (tmp_path / "runs.db").exists()


def test_a_connections_retry_holds_where_the_step_has_none(tmp_path: Path) -> None:
    """It comes before the file's default, and a step's own replaces both."""
    query = {"tool": "db", "operation": "query", "with": {"sql": "select * from missing"}}
    always = {"delay": "1ms", "errors": ["any"]}
    told = run(
        tmp_path,
        [
            {"id": "a", **query, "on_error": "continue"},
            {"id": "b", **query, "retry": {"attempts": 2, **always}, "on_error": "continue"},
            {"id": "c", "tool": "fail", "on_error": "continue"},
        ],
        connections={"db": {"tool": "sql", "url": "sqlite:///x.db", "retry": {"attempts": 3, **always}}},
        defaults={"retry": {"attempts": 4, **always}},
    )
    assert [told.report["steps"][name]["attempts"] for name in "abc"] == [3, 2, 4]


def test_priority_goes_inwards_to_what_says_none(tmp_path: Path) -> None:
    slow = {"tool": "sleep", "with": {"seconds": 0.01}}
    group = {"id": "z", "priority": "critical", "steps": [{"id": "zz", **slow}]}
    called = {"id": "y", "workflow": "w", "priority": "high"}
    steps = [{"id": "a", **slow}, {"id": "b", **slow}, called, group]
    told = run(
        tmp_path, steps, mode="parallel", concurrency=1, workflows={"w": {"steps": [{"id": "x", **slow}]}}
    )
    steps_ = {**told.report["steps"], "x": told.report["steps"]["y"]["steps"]["x"]}
    order = sorted(("a", "b", "x", "zz"), key=lambda name: steps_[name]["started_at"])
    assert order == ["zz", "x", "a", "b"]


def test_a_key_names_the_items_of_a_mapping_too(tmp_path: Path) -> None:
    items = {"a": {"v": "x"}, "b": {"v": "y"}}
    told = run(tmp_path, [echo("l", "$<key>", foreach={"in": items, "key": "item.value.v"})])
    assert told.data("l") == [{"v": "x"}, {"v": "y"}]
    wrong = run(tmp_path, [echo("l", 1, foreach={"in": items, "key": "item.nope"})])
    assert wrong.statuses == {"l": "failed"}
