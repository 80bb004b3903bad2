"""`repeat` through the command line: until, while, last, max, every; nested, resumed, cut."""

from __future__ import annotations

import json
from pathlib import Path

from run_weft import run, weft, write_spec


def _count(name: str, **repeat: object) -> dict[str, object]:
    """A step whose data `n` is 1, 2, 3 … iteration by iteration."""
    return {"id": name, "tool": "echo", "repeat": repeat, "with": {"n": "$<(last.n | default(0)) + 1>"}}


def test_until_is_tested_after_each_iteration_and_the_data_is_the_last_ones(tmp_path: Path) -> None:
    told = run(tmp_path, [_count("a", until="last.n == 3", max=5)])
    assert told.data("a") == {"n": 3}
    assert [each["data"] for each in told.report["steps"]["a"]["iterations"]] == [
        {"n": 1},
        {"n": 2},
        {"n": 3},
    ]


def test_until_runs_at_least_once_and_while_may_run_never(tmp_path: Path) -> None:
    told = run(tmp_path, [_count("a", until=True, max=5), _count("b", **{"while": False}, max=5)])
    assert told.data("a") == {"n": 1}
    assert told.data("b") is None
    assert told.statuses == {"a": "succeeded", "b": "succeeded"}


def test_while_is_tested_before_each_iteration_and_last_is_null_at_first(tmp_path: Path) -> None:
    told = run(tmp_path, [_count("a", **{"while": "last == none or last.n < 4"}, max=9)])
    assert told.data("a") == {"n": 4}


def test_max_reached_with_the_test_unmet_fails_the_step(tmp_path: Path) -> None:
    told = run(
        tmp_path, [_count("a", until="last.n == 9", max=2), _count("b", **{"while": True}, max=3)], mode="dag"
    )
    for name, count in (("a", 2), ("b", 3)):
        (error,) = told.report["steps"][name]["errors"]
        assert error["code"] == "max_iterations"
        assert len(told.report["steps"][name]["iterations"]) == count


def test_max_is_exact_when_the_test_holds_at_the_last_iteration(tmp_path: Path) -> None:
    assert run(tmp_path, [_count("a", until="last.n == 3", max=3)]).data("a") == {"n": 3}


def test_an_iteration_that_fails_fails_the_step(tmp_path: Path) -> None:
    step = {"id": "a", "tool": "fail", "repeat": {"until": False, "max": 3}, "with": {"message": "no"}}
    told = run(tmp_path, [step])
    (error,) = told.report["steps"]["a"]["errors"]
    assert (error["message"], error["step"], error["key"]) == ("no", "a[0]", 0)
    assert run(tmp_path, [{**step, "on_error": "continue"}]).code == 0


def test_an_iteration_has_its_own_retries(tmp_path: Path) -> None:
    body = {"message": "no", "times": 1, "data": {"ok": True}}
    retry = {"attempts": 2, "delay": "1ms", "errors": ["any"]}
    step = {"id": "a", "tool": "fail", "repeat": {"until": "last.ok", "max": 1}, "retry": retry, "with": body}
    told = run(tmp_path, [step])
    assert told.data("a") == {"ok": True}
    assert told.report["steps"]["a"]["iterations"][0]["attempts"] == 2


def test_a_test_that_is_no_boolean_is_an_error(tmp_path: Path) -> None:
    (error,) = run(tmp_path, [_count("a", until="last.n", max=3)]).report["steps"]["a"]["errors"]
    assert error["type"] == "evaluation"
    assert error["message"].startswith("until: a condition must be true or false")


def test_last_belongs_to_the_nearest_repeat_and_groups_are_repeated_as_a_whole(tmp_path: Path) -> None:
    inner = _count("in", until="last.n == 2", max=3)
    outer = {"id": "out", "repeat": {"until": "last.in.n == 2", "max": 3}, "steps": [inner]}
    told = run(tmp_path, [outer])
    assert told.data("out") == {"in": {"n": 2}}


def test_a_repeat_inside_a_foreach_sees_the_item(tmp_path: Path) -> None:
    body = {**_count("r", until="last.n >= item", max=5)}
    told = run(tmp_path, [{"id": "l", "foreach": [1, 3], "steps": [body]}])
    assert told.data("l") == [{"r": {"n": 1}}, {"r": {"n": 3}}]


def test_nobody_outside_reads_into_a_repeat(tmp_path: Path) -> None:
    loop = {"id": "g", "repeat": {"until": True, "max": 1}, "steps": [{"id": "x", "tool": "echo"}]}
    spec = write_spec(tmp_path, [loop, {"id": "y", "tool": "echo", "with": {"v": "$<step_x_result>"}}])
    told = weft("validate", str(spec))
    assert told.code == 1
    assert 'which stands inside the loop "g"' in told.out


def test_a_repeat_needs_one_condition_and_a_bound(tmp_path: Path) -> None:
    def problems(**repeat: object) -> str:
        told = weft("validate", str(write_spec(tmp_path, [_count("a", **repeat)])))
        assert told.code == 1
        return told.out

    assert '"repeat" has no condition' in problems(max=3)
    assert '"repeat" has until and while' in problems(until=True, **{"while": True}, max=3)
    assert '"repeat" has no "max"' in problems(until="last.n == 2")


def test_the_pause_lies_between_iterations_and_is_recorded_as_waiting(tmp_path: Path) -> None:
    """A timeout of the group around it cuts the wait: it would take an hour."""
    group = {"id": "g", "timeout": "200ms", "steps": [_count("a", until="last.n == 3", max=5, every="1h")]}
    told = run(tmp_path, [group])
    assert told.statuses["g"] == "timed_out"
    assert [each["status"] for each in told.report["steps"]["a"]["iterations"]] == ["succeeded", "skipped"]


def test_a_recorded_repeat_is_shown_and_resumed_as_it_was(tmp_path: Path) -> None:
    """The journal alone gives the same result: the answers of the tests are events of their own."""
    steps = [_count("a", until="last.n == 3", max=5, every="1ms"), _count("b", **{"while": "false"}, max=2)]
    spec, store = write_spec(tmp_path, steps), str(tmp_path / "s.db")
    first = weft("run", str(spec), "--store", store, "--run-id", "r", "--output", "json")
    assert first.code == 0
    shown = json.loads(weft("show", "r", "--store", store, "--output", "json").out)
    assert shown["steps"] == first.report["steps"]
