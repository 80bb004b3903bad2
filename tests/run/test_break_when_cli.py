"""`foreach.break_when` through the command line: what ends a loop early, and what that leaves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from run_weft import begin, echo, run, wait_for, weft, write_spec


def loop(items: Any, break_when: Any, **more: Any) -> dict[str, Any]:
    long = {"in": items, "break_when": break_when, **more.pop("foreach", {})}
    return {**echo("l", "$<item>"), "foreach": long, **more}


def test_the_loop_ends_at_the_first_item_that_holds_and_the_rest_is_null(tmp_path: Path) -> None:
    told = run(tmp_path, [loop([1, 2, 3, 4], "last.v == 2")])
    assert told.data("l") == [{"v": 1}, {"v": 2}, None, None]
    assert told.statuses == {"l": "succeeded"}


@pytest.mark.parametrize("condition", ["item == 2", "index == 1", "key == 1", "last.v == 2"])
def test_it_sees_the_item_its_place_its_key_and_its_data(tmp_path: Path, condition: str) -> None:
    assert run(tmp_path, [loop([1, 2, 3], condition)]).data("l") == [{"v": 1}, {"v": 2}, None]


def test_it_cancels_what_is_running_and_the_run_goes_on(tmp_path: Path) -> None:
    step = {
        "id": "l",
        "tool": "sleep",
        "with": {"seconds": "$<item>"},
        "foreach": {"in": [0.01, 30, 30, 30], "concurrency": 2, "break_when": "index == 0"},
    }
    told = run(tmp_path, [step, echo("after", "$<step_l_result | length>")])
    iterations = told.report["steps"]["l"]["iterations"]
    assert [one["status"] for one in iterations] == ["succeeded", "cancelled"]
    assert told.data("after") == {"v": 4}
    assert told.report["status"] == "succeeded"


def test_it_is_asked_of_failed_items_too_with_null_as_last(tmp_path: Path) -> None:
    step = {
        "id": "l",
        "tool": "fail",
        "foreach": {"in": [1, 2, 3], "break_when": "last is none", "tolerate": 3},
    }
    told = run(tmp_path, [step])
    assert told.statuses == {"l": "succeeded"}
    assert len(told.report["steps"]["l"]["iterations"]) == 1


def test_a_broken_loop_has_failed_where_more_had_failed_than_it_tolerates(tmp_path: Path) -> None:
    step = {"id": "l", "tool": "fail", "foreach": {"in": [1, 2, 3], "break_when": "true"}}
    assert run(tmp_path, [step]).statuses == {"l": "failed"}


def test_a_value_that_is_no_boolean_fails_the_loop_and_starts_nothing_more(tmp_path: Path) -> None:
    told = run(tmp_path, [loop([1, 2, 3], "last.v")])
    step = told.report["steps"]["l"]
    assert (step["status"], step["errors"][0]["code"]) == ("failed", "not-a-boolean")
    assert step["errors"][0]["message"] == "break_when: a condition must be true or false, not 1"
    assert len(step["iterations"]) == 1


def test_null_is_false(tmp_path: Path) -> None:
    assert run(tmp_path, [loop([1, 2], "last.missing | default(none)")]).data("l") == [{"v": 1}, {"v": 2}]


def test_it_cannot_read_what_is_not_known_there(tmp_path: Path) -> None:
    path = write_spec(tmp_path, [loop([1], "input == 1")])
    told = json.loads(weft("validate", str(path), "--format", "json").out)["problems"]
    assert [(one["code"], one["message"]) for one in told] == [("WF402", '"input" is not known here')]


def test_last_outside_of_it_is_still_unknown_in_a_foreach(tmp_path: Path) -> None:
    step = {**echo("l", "$<last>"), "foreach": {"in": [1], "break_when": "last.v == 1"}}
    told = json.loads(weft("validate", str(write_spec(tmp_path, [step])), "--format", "json").out)["problems"]
    assert [(one["code"], one["message"]) for one in told] == [("WF402", '"last" is not known here')]


def test_a_group_as_body_gives_its_mapping_as_last(tmp_path: Path) -> None:
    step = {
        "id": "l",
        "foreach": {"in": [1, 2, 3], "break_when": "last.x.v == 2"},
        "steps": [echo("x", "$<item>")],
    }
    assert run(tmp_path, [step]).data("l") == [{"x": {"v": 1}}, {"x": {"v": 2}}, None]


def test_the_answers_are_in_the_journal_and_a_killed_loop_goes_on_by_them(tmp_path: Path) -> None:
    """Killed in item 2, after the answers of items 0 and 1: on resume item 2 runs again and ends the loop."""
    command = "echo x >> began; test $(wc -l < began) -lt 3 || test -e go || sleep 30; echo $1"
    step = {
        "id": "l",
        "tool": "shell",
        "with": {"command": command, "args": ["$<item>"]},
        "foreach": {"in": ["a", "b", "c", "d"], "break_when": "item == 'c'"},
    }
    path = write_spec(tmp_path, [step])
    process = begin(tmp_path, "run", str(path), "--run-id", "r1")
    wait_for(tmp_path / "began", 3)
    process.kill()
    process.communicate()
    (tmp_path / "go").write_text("")
    told = weft("resume", "r1", "--output", "json")
    assert told.code == 0, told.err
    assert [one["status"] for one in told.report["steps"]["l"]["iterations"]] == ["succeeded"] * 3
    assert len((tmp_path / "began").read_text().splitlines()) == 4
    events = [
        json.loads(line) for line in weft("show", "r1", "--events", "--output", "json").out.splitlines()
    ]
    tested = [(one["instance"], one["answer"]) for one in events if one["kind"] == "LoopTested"]
    assert tested == [("l[0]", False), ("l[1]", False), ("l[2]", True)]
