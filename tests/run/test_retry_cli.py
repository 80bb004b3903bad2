"""`weft retry` through the command line: the next attempt of an ended run. docs/language/050-running.md, X30 and on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from run_weft import Told, begin, echo, fail, shell, wait_for, weft, write_spec


def note(name: str, and_then: str = "true", **more: Any) -> dict[str, Any]:
    """A step that leaves its name in the ledger, then does what is said."""
    return shell(name, f"echo {name} >> ledger; {and_then}", **more)


def ledger() -> list[str]:
    return Path("ledger").read_text().split()


def first(folder: Path, steps: list[dict[str, Any]], **file: Any) -> Told:
    path = write_spec(folder, steps, **file)
    return weft("run", str(path), "--run-id", "r", "--output", "json")


def again(*arguments: str) -> Told:
    return weft("retry", "r", "--output", "json", *arguments)


def test_what_succeeded_is_not_run_again(tmp_path: Path) -> None:
    steps = [note("a"), note("b", "test -e good"), note("c")]
    assert first(tmp_path, steps).report["status"] == "failed"
    (tmp_path / "good").touch()
    told = again()
    assert (told.code, told.report["status"], told.report["attempt"]) == (0, "succeeded", 2)
    assert ledger() == ["a", "b", "b", "c"]
    assert [told.report["steps"][name]["reused"] for name in "abc"] == [True, False, False]
    assert told.report["steps"]["b"]["attempts"] == 2


def test_from_runs_a_step_again_and_what_depends_on_it(tmp_path: Path) -> None:
    steps = [note("a"), note("b"), note("c", needs=["b"]), note("d", needs=["a"]), note("e", needs=["c"])]
    first(tmp_path, steps, mode="dag")
    before = len(ledger())
    assert again("--from", "b").code == 0
    assert ledger()[before:] == ["b", "c", "e"]


def test_from_inside_a_group_takes_along_what_needs_the_group(tmp_path: Path) -> None:
    group = {"id": "g", "mode": "dag", "steps": [note("x"), note("y"), note("z", needs=["x"])]}
    first(tmp_path, [group, note("after", needs=["g"])], mode="dag")
    before = len(ledger())
    assert again("--from", "x").code == 0
    assert ledger()[before:] == ["x", "z", "after"]


def test_from_a_loop_lists_its_items_anew(tmp_path: Path) -> None:
    items = shell("items", "cat items")
    loop = note("l", foreach="$<step_items_result.stdout | trim | split(',')>")
    (tmp_path / "items").write_text("a,b")
    first(tmp_path, [items, loop])
    (tmp_path / "items").write_text("a,b,c")
    told = again("--from", "items")
    assert [one["status"] for one in told.report["steps"]["l"]["iterations"]] == ["succeeded"] * 3
    assert len(ledger()) == 5


def test_a_loop_runs_only_its_failed_items_again(tmp_path: Path) -> None:
    loop = shell("l", 'echo "$1" >> ledger; test "$1" != b || test -e good', "$<item>")
    loop["foreach"] = {"in": ["a", "b", "c"], "tolerate": 0, "concurrency": 1}
    first(tmp_path, [loop])
    (tmp_path / "good").touch()
    assert again().report["status"] == "succeeded"
    assert ledger() == ["a", "b", "b", "c"]


def test_a_repeat_that_failed_goes_on_counting(tmp_path: Path) -> None:
    step = echo("l", "$<(last.v | default(0)) + 1>", repeat={"until": "last.v >= 5", "max": 3})
    first(tmp_path, [step])
    told = again()
    assert (told.report["status"], told.data("l")) == ("succeeded", {"v": 5})


def test_a_step_skipped_for_a_failure_is_looked_at_again(tmp_path: Path) -> None:
    first(tmp_path, [note("a", "test -e good"), note("b", needs=["a"])], mode="dag")
    (tmp_path / "good").touch()
    assert again().statuses == {"a": "succeeded", "b": "succeeded"}


def test_the_finally_of_the_file_runs_again_at_the_end_of_the_attempt(tmp_path: Path) -> None:
    first(tmp_path, [note("a"), fail("b")], **{"finally": [note("f")]})
    again()
    assert ledger() == ["a", "f", "f"]


def test_a_finally_that_failed_is_run_again_without_its_body(tmp_path: Path) -> None:
    step = note("a", **{"finally": [note("f", "test -e good")]})
    first(tmp_path, [step])
    (tmp_path / "good").touch()
    assert again().report["status"] == "succeeded"
    assert ledger() == ["a", "f", "f"]


def test_a_cancelled_call_of_a_stopped_run_runs_again(tmp_path: Path) -> None:
    steps = [
        note("slow", "test -e good || sleep 30"),
        shell("stop", "test -e good", on_error="stop", needs=["wait"]),
    ]
    wait = {"id": "wait", "tool": "sleep", "with": {"seconds": 0.05}}
    told = first(tmp_path, [*steps, wait], mode="dag")
    assert told.statuses["slow"] == "cancelled"
    (tmp_path / "good").touch()
    assert again().statuses == {"slow": "succeeded", "stop": "succeeded", "wait": "succeeded"}


def test_the_key_of_a_step_is_another_in_another_attempt_of_the_run(tmp_path: Path) -> None:
    steps = [shell("k", 'echo "$1" >> keys; false', "$<run.key>")]
    first(tmp_path, steps)
    again()
    one, two = (tmp_path / "keys").read_text().split()
    assert one != two


def test_run_started_at_is_when_the_attempt_began(tmp_path: Path) -> None:
    told = first(tmp_path, [shell("s", 'echo "$1" >> starts; false', "$<run.started_at>")])
    starts = [told.report["started_at"], again().report["started_at"]]
    assert (tmp_path / "starts").read_text().split() == starts
    assert starts[0] < starts[1]


def test_values_made_once_are_made_anew_for_what_runs_again(tmp_path: Path) -> None:
    first(tmp_path, [shell("u", 'echo "$1" >> ids; false', "$<uuid()>")])
    again()
    one, two = (tmp_path / "ids").read_text().split()
    assert one != two


def test_a_run_that_succeeded_has_nothing_to_retry(tmp_path: Path) -> None:
    first(tmp_path, [echo("a")])
    told = weft("retry", "r")
    assert told.code == 2
    assert 'run "r" succeeded: there is nothing to retry' in told.err
    assert "--from STEP" in told.err


def test_a_step_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    first(tmp_path, [echo("extract"), fail("b")])
    told = weft("retry", "r", "--from", "extrat")
    assert (told.code, 'did you mean "extract"?' in told.err) == (2, True)
    assert len([one for one in _events() if one["kind"] == "RunReopened"]) == 0


def test_a_run_that_goes_on_is_resumed_not_retried(tmp_path: Path) -> None:
    path = write_spec(tmp_path, [note("a", "sleep 30")])
    process = begin(tmp_path, "run", str(path), "--run-id", "r")
    wait_for(tmp_path / "ledger")
    process.kill()
    process.communicate()
    told = weft("retry", "r")
    assert (told.code, "weft resume r" in told.err) == (2, True)


def test_resume_of_an_ended_run_names_retry(tmp_path: Path) -> None:
    first(tmp_path, [fail("a")])
    told = weft("resume", "r")
    assert (told.code, "weft retry r" in told.err) == (2, True)


def test_an_attempt_killed_in_the_middle_is_resumed_as_that_attempt(tmp_path: Path) -> None:
    steps = [note("a"), note("b", "test -e good || exit 1; test -e better || sleep 30"), note("c")]
    first(tmp_path, steps)
    (tmp_path / "good").touch()
    process = begin(tmp_path, "retry", "r")
    wait_for(tmp_path / "ledger", 3)
    process.kill()
    process.communicate()
    (tmp_path / "better").touch()
    told = weft("resume", "r", "--output", "json")
    assert (told.code, told.report["status"], told.report["attempt"]) == (0, "succeeded", 2)
    assert ledger() == ["a", "b", "b", "b", "c"]


def test_an_attempt_is_a_recorded_event_and_shown(tmp_path: Path) -> None:
    first(tmp_path, [echo("a"), fail("b")])
    again()
    again("--from", "a")
    reopened = [one for one in _events() if one["kind"] == "RunReopened"]
    assert [(one["attempt"], one.get("from")) for one in reopened] == [(2, None), (3, ["a"])]
    assert json.loads(weft("show", "r", "--output", "json").out)["attempt"] == 3


def test_a_sub_workflow_runs_again_only_what_had_not_succeeded_in_it(tmp_path: Path) -> None:
    inner = {"steps": [note("x"), note("y", "test -e good")], "outputs": {"done": True}}
    first(tmp_path, [{"id": "call", "workflow": "w"}], workflows={"w": inner})
    (tmp_path / "good").touch()
    assert again().data("call") == {"done": True}
    assert ledger() == ["x", "y", "y"]


@pytest.mark.parametrize("times", [3])
def test_a_run_may_be_retried_again_and_again(tmp_path: Path, times: int) -> None:
    first(tmp_path, [note("a"), fail("b")])
    for attempt in range(2, times + 2):
        assert again().report["attempt"] == attempt
    assert ledger() == ["a"]


def _events() -> list[dict[str, Any]]:
    return [json.loads(line) for line in weft("show", "r", "--events", "--output", "json").out.splitlines()]


# -- another spec -------------------------------------------------------------------------------------------------


def mended(folder: Path, steps: list[dict[str, Any]], *arguments: str, **file: Any) -> Told:
    """`weft retry r --spec` with these steps in the file."""
    return again("--spec", str(write_spec(folder, steps, **file)), *arguments)


def test_a_mended_spec_goes_on_where_the_old_one_failed(tmp_path: Path) -> None:
    first(tmp_path, [note("a"), note("b", "false"), note("c")])
    told = mended(tmp_path, [note("a"), note("b", "true"), note("c"), note("d")])
    assert (told.code, told.report["status"], told.report["attempt"]) == (0, "succeeded", 2)
    assert ledger() == ["a", "b", "b", "c", "d"]
    assert list(weft("show", "r", "--output", "json").report["steps"]) == ["a", "b", "c", "d"]


def test_what_succeeded_must_mean_the_same(tmp_path: Path) -> None:
    first(tmp_path, [note("a"), note("b", "false")])
    told = weft("retry", "r", "--spec", str(write_spec(tmp_path, [note("a", "echo more"), note("b")])))
    assert told.code == 2
    assert 'the new spec does not fit what run "r" has done' in told.err
    assert 'step "a" has succeeded and changes its `with`' in told.err
    assert "--from a" in told.err
    assert not [one for one in _events() if one["kind"] == "RunReopened"]


def test_what_changed_may_run_again_by_name(tmp_path: Path) -> None:
    first(tmp_path, [note("a"), note("b", "false")])
    told = mended(tmp_path, [note("a", "echo more"), note("b")], "--from", "a")
    assert (told.code, ledger()) == (0, ["a", "b", "a", "b"])


def test_how_a_step_is_tried_and_what_waits_for_it_may_change(tmp_path: Path) -> None:
    first(tmp_path, [note("a"), note("b", "false")])
    patient = note("a", retry={"attempts": 2}, timeout="1m", description="with patience")
    assert mended(tmp_path, [patient, note("b")]).code == 0
    assert ledger() == ["a", "b", "b"]


def test_a_step_that_has_run_cannot_be_gone(tmp_path: Path) -> None:
    first(tmp_path, [note("a"), note("b", "false")])
    told = weft("retry", "r", "--spec", str(write_spec(tmp_path, [note("other"), note("b")])))
    assert told.code == 2
    assert 'speaks of "a"' in told.err
    assert "start a new run" in told.err


def test_a_loop_goes_on_with_its_failed_items_under_the_new_spec(tmp_path: Path) -> None:
    def loop(command: str) -> dict[str, Any]:
        return {
            "id": "l",
            "foreach": ["a", "b"],
            "steps": [note("x"), shell("y", command, "$<item>")],
        }

    first(tmp_path, [loop('test "$1" != b')])
    assert mended(tmp_path, [loop("true")]).code == 2  # of item a, y has succeeded
    told = mended(tmp_path, [loop("true")], "--from", "l")
    assert told.report["status"] == "succeeded"


def test_new_inputs_take_their_defaults_also_on_a_resume(tmp_path: Path) -> None:
    first(tmp_path, [note("a"), note("b", "false")])
    gated = shell("b", 'echo "$1" >> ledger; test -e good || sleep 30', "$<inputs.word>")
    path = write_spec(tmp_path, [note("a"), gated], inputs={"word": {"type": "string", "default": "new"}})
    process = begin(tmp_path, "retry", "r", "--spec", str(path))
    wait_for(tmp_path / "ledger", 3)
    process.kill()
    process.communicate()
    (tmp_path / "good").touch()
    assert weft("resume", "r", "--output", "json").report["status"] == "succeeded"
    assert ledger() == ["a", "b", "new", "new"]


def test_an_input_without_a_value_is_asked_for_before_anything_is_recorded(tmp_path: Path) -> None:
    first(tmp_path, [note("a"), note("b", "false")])
    path = write_spec(tmp_path, [note("a"), echo("b", "$<inputs.day>")], inputs={"day": {"type": "string"}})
    told = weft("retry", "r", "--spec", str(path))
    assert (told.code, 'input "day" is missing' in told.err) == (2, True)
    assert not [one for one in _events() if one["kind"] == "RunReopened"]


def test_a_connection_of_the_project_that_the_run_has_not_known_is_refused(tmp_path: Path) -> None:
    warehouse = {"tool": "sql", "url": "sqlite:///data.db"}
    text = "".join(f'{name} = "{value}"\n' for name, value in warehouse.items())
    (tmp_path / "weft.toml").write_text(f"[connections.warehouse]\n{text}")
    (tmp_path / "data.db").touch()  # SQLite takes an empty file for an empty database
    read = {"tool": "warehouse", "operation": "query", "with": {"sql": "select 1 as n"}}
    first(tmp_path, [note("a"), note("b", "false")])
    path = write_spec(tmp_path, [note("a"), {"id": "b", **read}])
    told = weft("retry", "r", "--spec", str(path))
    assert told.code == 2
    assert 'uses connection "warehouse" of the project, which run "r" has not known' in told.err
    assert not [one for one in _events() if one["kind"] == "RunReopened"]
    brought = mended(tmp_path, [note("a"), {"id": "b", **read}], connections={"warehouse": warehouse})
    assert (brought.code, brought.report["status"]) == (0, "succeeded"), brought.err


def test_a_spec_with_errors_is_shown_and_opens_nothing(tmp_path: Path) -> None:
    first(tmp_path, [note("a"), note("b", "false")])
    told = weft("retry", "r", "--spec", str(write_spec(tmp_path, [note("a"), {"id": "b", "tool": "ecko"}])))
    assert (told.code, "WF501" in told.err) == (1, True)
    assert not [one for one in _events() if one["kind"] == "RunReopened"]


def test_a_file_that_has_changed_is_told_where_the_old_one_is_taken(tmp_path: Path) -> None:
    first(tmp_path, [note("a"), note("b", "false")])
    write_spec(tmp_path, [note("a"), note("b")])
    told = weft("retry", "r")
    assert "flow.weft.json has changed: the run goes on with it as it was" in told.err
    assert told.code == 4
