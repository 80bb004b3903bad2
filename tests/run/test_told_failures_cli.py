"""What is told of failures that were tolerated, rescued, or happened deep inside; and of the run as its end comes near."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from run_weft import Told, echo, fail, run, weft, write_spec


def _bad(name: str, condition: str) -> dict[str, Any]:
    return fail(name, when=condition, **{"with": {"message": "no luck", "type": "data", "code": "X1"}})


def _body(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": "each", "foreach": {"in": ["a", "b", "c"], "key": "item", **more}, "steps": list(steps)}


def _last_line(told: Told) -> str:
    return told.err.strip().splitlines()[-1]


def test_the_failures_a_loop_tolerated_can_be_read_and_stand_in_its_result(tmp_path: Path) -> None:
    steps = [_body(_bad("bad", "item != 'b'"), tolerate=2), echo("after", "$<steps.each.errors>")]
    told = run(tmp_path, steps)
    errors = told.report["steps"]["each"]["errors"]
    assert told.code == 0
    assert [(one["step"], one["key"], one["code"]) for one in errors] == [
        ('each["a"]/bad', "a", "X1"),
        ('each["c"]/bad', "c", "X1"),
    ]
    assert told.data("after") == {"v": errors}


def test_a_loop_that_failed_lists_each_failed_item_once(tmp_path: Path) -> None:
    told = run(tmp_path, [_body(_bad("bad", "item != 'b'"), concurrency="all", tolerate=1)], mode="dag")
    assert [one["key"] for one in told.report["steps"]["each"]["errors"]] == ["a", "c"]


def test_the_error_of_the_run_is_that_of_the_deepest_step_with_the_key_of_the_nearest_item(
    tmp_path: Path,
) -> None:
    inner = {"id": "inner", "foreach": [7, 8], "steps": [_bad("bad", "item == 8 and outer.item == 'b'")]}
    told = run(tmp_path, [_body(inner)])
    assert (told.report["error"]["step"], told.report["error"]["key"]) == ('each["b"]/inner[1]/bad', 1)


def test_the_error_of_a_repeat_names_the_deepest_step(tmp_path: Path) -> None:
    told = run(tmp_path, [{"id": "l", "repeat": {"until": "false", "max": 3}, "steps": [fail("bad")]}])
    assert (told.report["error"]["step"], told.report["error"]["key"]) == ("l[0]/bad", 0)


def test_a_rescue_sees_the_key_of_the_item_in_which_a_step_of_a_group_failed(tmp_path: Path) -> None:
    loop = _body(_bad("bad", "item == 'b'"), echo("other"))
    loop["rescue"] = [echo("r", "$<error.step>: $<error.key>, $<errors | map(attribute='key') | join(',')>")]
    assert run(tmp_path, [loop]).data("r") == {"v": "bad: b, b"}


def test_a_failure_in_a_group_that_was_rescued_counts_as_handled(tmp_path: Path) -> None:
    group = {"id": "g", "steps": [fail("a")], "rescue": [echo("r")]}
    told = run(tmp_path, [group])
    assert told.report["steps"]["a"]["handled"]
    assert "failed=0 " in _last_line(told)
    assert "handled=1" in _last_line(told)


def test_a_failure_in_a_group_whose_rescue_failed_is_a_failure(tmp_path: Path) -> None:
    told = run(tmp_path, [{"id": "g", "steps": [fail("a")], "rescue": [fail("r")]}])
    assert not told.report["steps"]["a"]["handled"]
    assert "failed=2 " in _last_line(told)


def test_the_finally_of_the_file_knows_the_status_the_run_is_about_to_have(tmp_path: Path) -> None:
    last = {"finally": [echo("first", "$<run.status>"), echo("last", "$<run.status>")]}
    ends = {
        "succeeded": (([echo("a", "$<run.status>")]), "sequential"),
        "failed": ([fail("a")], "dag"),
        "partial_failure": ([echo("a"), fail("b")], "dag"),
    }
    for status, (steps, mode) in ends.items():
        told = run(tmp_path, steps, mode=mode, **last)
        assert told.report["status"] == status
        assert told.data("first") == told.data("last") == {"v": status}
        if status == "succeeded":
            assert told.data("a") == {"v": "running"}


def test_the_finally_of_a_group_sees_a_run_that_is_running(tmp_path: Path) -> None:
    told = run(tmp_path, [{"id": "g", "steps": [fail("a")], "finally": [echo("f", "$<run.status>")]}])
    assert told.data("f") == {"v": "running"}


def test_a_run_that_reached_its_deadline_says_so_in_its_last_line_and_its_error(tmp_path: Path) -> None:
    steps = [{"id": "long", "tool": "sleep", "with": {"seconds": 30}}]
    told = run(tmp_path, steps, timeout="50ms")
    assert told.report["error"]["code"] == "run timeout"
    assert "took longer than its timeout of 0.05s" in told.report["error"]["message"]
    assert "status=failed (run timeout) in " in _last_line(told)


def test_an_ended_run_asked_for_again_by_its_id_says_that_nothing_was_run(tmp_path: Path) -> None:
    spec = write_spec(tmp_path, [echo("a", "$<inputs.x>")], inputs={"x": {"type": "integer", "default": 1}})
    again = ("run", str(spec), "--store", str(tmp_path / "runs.db"), "--run-id", "once")
    assert "had ended" not in weft(*again).err
    told = weft(*again)
    assert (told.code, "run once had ended; nothing was run" in told.err) == (0, True)
    told = weft(*again, "-i", "x=2")
    assert told.code == 2
    assert "exists with other inputs" in told.err
