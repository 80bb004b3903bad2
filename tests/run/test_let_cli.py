"""`let`, `context` and `priority` through the command line."""

from __future__ import annotations

import json
from pathlib import Path

from run_weft import run, weft, write_spec


def _echo(name: str, value: str, **words: object) -> dict[str, object]:
    return {"id": name, "tool": "echo", "with": {"v": value}, **words}


def _refused(folder: Path, steps: list[dict[str, object]], **file: object) -> str:
    told = weft("validate", str(write_spec(folder, steps, **file)))
    assert told.code == 1
    return told.out


def test_named_values_are_made_in_order_and_inner_ones_hide_outer_ones(tmp_path: Path) -> None:
    inner = {
        "id": "g",
        "let": {"a": "inner $<let.b>"},
        "steps": [_echo("x", "$<let.a>", let={"c": "$<let.a>!"})],
    }
    told = run(tmp_path, [inner, _echo("y", "$<let.a>")], let={"a": 1, "b": "$<let.a + 1>"})
    assert told.data("x") == {"v": "inner 2"}
    assert told.data("y") == {"v": 1}


def test_a_loops_named_values_are_made_once_before_its_items_and_see_no_item(tmp_path: Path) -> None:
    loop = _echo("a", "$<let.stamp>", foreach="$<let.many>", let={"many": [1, 2, 3], "stamp": "$<uuid()>"})
    stamps = [each["v"] for each in run(tmp_path, [loop]).data("a")]
    assert len(stamps) == 3
    assert len(set(stamps)) == 1
    wrong = _refused(tmp_path, [_echo("a", "x", foreach=[1], let={"bad": "$<item>"})])
    assert "`item` is known only inside a foreach" in wrong


def test_named_values_see_what_the_condition_allowed_and_the_condition_does_not_see_them(
    tmp_path: Path,
) -> None:
    wrong = _refused(tmp_path, [_echo("a", "x", when="let.own", let={"own": True})])
    assert '"let.own" is not known yet' in wrong


def test_a_named_value_that_cannot_be_evaluated_fails_its_step(tmp_path: Path) -> None:
    told = run(tmp_path, [_echo("a", "$<let.x>", let={"x": "$<inputs.n / 0>"})], inputs={"n": {"default": 1}})
    (error,) = told.report["steps"]["a"]["errors"]
    assert error["type"] == "evaluation"
    assert error["message"].startswith("let.x: ")
    file = run(tmp_path, [_echo("a", "x")], inputs={"n": {"default": 1}}, let={"x": "$<inputs.n / 0>"})
    assert file.code == 4
    assert file.report["status"] == "failed"
    assert file.report["steps"] == {}


def test_a_files_named_value_may_not_read_a_step(tmp_path: Path) -> None:
    wrong = _refused(tmp_path, [_echo("a", "x")], let={"x": "$<step_a_result>"})
    assert 'the file reads "a", which stands in it' in wrong


def test_a_resume_sees_the_named_values_of_the_first_start(tmp_path: Path) -> None:
    """`now() uuid() random()` are recorded with what they were made for."""
    path = write_spec(tmp_path, [_echo("a", "$<let.id>")], let={"id": "$<uuid()>"})
    store = str(tmp_path / "s.db")
    first = weft("run", str(path), "--store", store, "--run-id", "r", "--output", "json")
    shown = weft("show", "r", "--store", store, "--events", "--output", "json")
    events = [json.loads(line) for line in shown.out.splitlines()]
    started = next(event for event in events if event["kind"] == "RunStarted")
    assert started["let"] == {"id": first.data("a")["v"]}


def test_a_missed_requirement_of_the_context_warns_or_fails(tmp_path: Path) -> None:
    """`records` is processed_records; inner contexts are merged key by key."""
    step = {"id": "t", "tool": "transform", "with": {"records": [{"a": 1}], "steps": [{"select": ["a"]}]}}
    wanted = {"quality_requirements": {"min_records": 5}}
    told = run(tmp_path, [step], context=wanted)
    assert told.code == 0
    assert told.report["steps"]["t"]["warnings"] == ["min_records: records is 1, wanted at least 5"]
    told = run(tmp_path, [{**step, "context": {"on_miss": "fail"}}], context=wanted)
    (error,) = told.report["steps"]["t"]["errors"]
    assert (error["type"], error["code"]) == ("data", "requirements")
    inner = {"quality_requirements": {"max_records": 9}, "performance_targets": {"max_execution_time": "1h"}}
    told = run(tmp_path, [{**step, "context": inner}], context={"quality_requirements": {"min_records": 1}})
    assert told.report["steps"]["t"]["warnings"] == []


def test_the_more_urgent_goes_first_when_slots_are_short(tmp_path: Path) -> None:
    def step(name: str, priority: str) -> dict[str, object]:
        with_ = {"command": f"echo {name} >> order.txt"}
        return {"id": name, "tool": "shell", "with": with_, "priority": priority}

    steps = [step("d", "low"), step("c", "normal"), step("a", "critical"), step("b", "high")]
    told = run(tmp_path, steps, mode="parallel", concurrency=1)
    assert told.code == 0
    order = (tmp_path / "order.txt").read_text().split()
    # All are ready at once and one slot is free: it goes to whoever is most urgent.
    assert order == ["a", "b", "c", "d"]
