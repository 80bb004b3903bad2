"""`undo` through the command line: what is taken back, when, in which order. docs/language/049-undo.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from run_weft import Told, begin, echo, fail, run, shell, wait_for, weft, write_spec

from engine.app.checking import check_file
from engine.app.running import RunOptions, run_checked


def done(name: str, undo: str = "true", **more: Any) -> dict[str, Any]:
    """A step that gives its name, and leaves a line in the ledger when it is taken back."""
    back = {"tool": "shell", "with": {"command": f"echo {name} >> ledger; {undo}"}}
    return echo(name, name, undo=back, **more)


def ledger() -> list[str]:
    path = Path("ledger")
    return path.read_text().split() if path.exists() else []


def test_successes_are_undone_in_reverse_order_when_the_run_fails(tmp_path: Path) -> None:
    told = run(tmp_path, [done("a"), echo("plain"), done("b"), done("c"), fail("x")])
    assert ledger() == ["c", "b", "a"]
    assert told.report["status"] == "failed"
    assert told.report["steps"]["a"]["undo"]["status"] == "succeeded"
    assert "undo" not in told.report["steps"]["plain"]


def test_nothing_is_undone_when_the_run_succeeds(tmp_path: Path) -> None:
    run(tmp_path, [done("a"), done("b")])
    assert ledger() == []


def test_a_failure_that_was_handled_undoes_nothing(tmp_path: Path) -> None:
    run(tmp_path, [done("a"), fail("x", on_error="continue")])
    run(tmp_path, [done("a"), fail("x", rescue=[echo("r")])])
    assert ledger() == []


def test_a_partial_failure_undoes_too(tmp_path: Path) -> None:
    told = run(tmp_path, [done("a"), fail("x")], mode="dag")
    assert ledger() == ["a"]
    assert (
        told.report["status"] == "failed"
    )  # what was undone counts as not succeeded, and nothing else succeeded


def test_what_failed_is_not_undone(tmp_path: Path) -> None:
    back = {"tool": "shell", "with": {"command": "echo x >> ledger"}}
    run(tmp_path, [done("a"), fail("x", undo=back)])
    assert ledger() == ["a"]


def test_an_undo_reads_the_steps_own_result(tmp_path: Path) -> None:
    back = {"tool": "shell", "with": {"command": 'echo "$1" >> ledger', "args": ["$<step_a_result.v>"]}}
    run(tmp_path, [echo("a", "booking-7", undo=back), fail("x")])
    assert ledger() == ["booking-7"]


def test_each_item_of_a_loop_is_undone_with_its_own_item_and_result(tmp_path: Path) -> None:
    back = {
        "tool": "shell",
        "with": {"command": 'echo "$1:$2" >> ledger', "args": ["$<item>", "$<step_l_result.v>"]},
    }
    told = run(tmp_path, [echo("l", "$<item ~ item>", foreach=["a", "b"], undo=back), fail("x")])
    assert ledger() == ["b:bb", "a:aa"]
    assert [one["undo"]["status"] for one in told.report["steps"]["l"]["iterations"]] == ["succeeded"] * 2
    assert told.report["steps_completed"] == []


def test_undo_comes_after_the_rescue_of_the_file_and_before_its_finally(tmp_path: Path) -> None:
    rescue = [shell("r", "echo rescue >> ledger; false")]
    last = [shell("f", "echo finally >> ledger")]
    run(tmp_path, [done("a"), fail("x")], rescue=rescue, **{"finally": last})
    assert ledger() == ["rescue", "a", "finally"]


def test_an_undo_that_fails_is_told_and_the_rest_go_on(tmp_path: Path) -> None:
    told = run(tmp_path, [done("a"), done("b", "false"), done("c"), fail("x")])
    assert ledger() == ["c", "b", "a"]
    step = told.report["steps"]["b"]
    assert (step["undo"]["status"], step["undo"]["errors"][0]["code"]) == ("failed", "exit 1")
    assert told.report["steps_completed"] == ["b"]


def test_an_undo_is_tried_again_as_its_own_retry_says(tmp_path: Path) -> None:
    step = done("a", "test $(wc -l < ledger) -ge 3")
    step["undo"]["retry"] = {"attempts": 5, "delay": "1ms", "errors": ["any"]}
    told = run(tmp_path, [step, fail("x")])
    assert ledger() == ["a"] * 3
    assert told.report["steps"]["a"]["undo"]["attempts"] == 3


def test_a_stop_undoes_too(tmp_path: Path) -> None:
    run(tmp_path, [done("a"), fail("x", on_error="stop")])
    assert ledger() == ["a"]


def test_steps_of_a_called_workflow_and_of_groups_are_undone(tmp_path: Path) -> None:
    group = {
        "id": "g",
        "steps": [done("b")],
        "undo": {"tool": "shell", "with": {"command": "echo g >> ledger"}},
    }
    run(
        tmp_path,
        [{"id": "call", "workflow": "w"}, group, fail("x")],
        workflows={"w": {"steps": [done("a")]}},
    )
    assert ledger() == ["g", "b", "a"]


def test_what_was_undone_runs_again_in_the_next_attempt(tmp_path: Path) -> None:
    steps = [done("a"), shell("x", "test -e good")]
    weft("run", str(write_spec(tmp_path, steps)), "--run-id", "r")
    (tmp_path / "good").touch()
    told = weft("retry", "r", "--output", "json")
    assert told.report["status"] == "succeeded"
    assert told.report["steps"]["a"]["attempts"] == 2
    assert "undo" not in told.report["steps"]["a"]
    assert ledger() == ["a"]


def test_what_could_not_be_undone_is_tried_again_when_the_next_attempt_fails(tmp_path: Path) -> None:
    steps = [done("a", "test -e good"), fail("x")]
    weft("run", str(write_spec(tmp_path, steps)), "--run-id", "r")
    (tmp_path / "good").touch()
    told = weft("retry", "r", "--output", "json")
    assert told.report["steps"]["a"]["undo"]["status"] == "succeeded"
    assert ledger() == ["a", "a"]


def test_a_run_killed_while_it_undoes_goes_on_undoing(tmp_path: Path) -> None:
    """What was undone is not undone twice; the undo under way is."""
    steps = [done("a"), done("b", "test -e good || sleep 30"), done("c"), fail("x")]
    process = begin(tmp_path, "run", str(write_spec(tmp_path, steps)), "--run-id", "r")
    wait_for(tmp_path / "ledger", 2)
    process.kill()
    process.communicate()
    (tmp_path / "good").touch()
    told = weft("resume", "r", "--output", "json")
    assert told.report["status"] == "failed"
    assert ledger() == ["c", "b", "b", "a"]


def test_an_undo_that_is_resumed_has_the_key_it_had(tmp_path: Path) -> None:
    """Another system that was told to take something back before the kill knows it for the same."""
    command = 'echo "$1" >> keys; test -e good || sleep 30'
    back = {"tool": "shell", "with": {"command": command, "args": ["$<run.key>"]}}
    path = write_spec(tmp_path, [echo("a", undo=back), fail("x")])
    process = begin(tmp_path, "run", str(path), "--run-id", "r")
    (key,) = wait_for(tmp_path / "keys")
    process.kill()
    process.communicate()
    (tmp_path / "good").touch()
    assert weft("resume", "r", "--output", "json").report["steps"]["a"]["undo"]["status"] == "succeeded"
    assert (tmp_path / "keys").read_text().split() == [key, key]


def test_a_signal_undoes_nothing(tmp_path: Path) -> None:
    steps = [done("a"), shell("w", "echo began > began; sleep 30")]
    process = begin(tmp_path, "run", str(write_spec(tmp_path, steps)), "--run-id", "r")
    wait_for(tmp_path / "began")
    process.terminate()
    assert process.wait(20) == 143
    assert ledger() == []


def problems(told: Told) -> list[tuple[str, str]]:
    return [(one["code"], one["message"]) for one in json.loads(told.out)["problems"]]


@pytest.mark.parametrize(
    ("undo", "problem"),
    [
        ({"tool": "ecko"}, ("WF501", 'no tool or connection is called "ecko"')),
        ({"tool": "shell"}, ("WF505", 'tool "shell" needs "command"')),
        ({"tool": "echo", "with": {"v": "$<step_later_result>"}}, None),
        ({"tool": "echo", "with": {"v": "$<error>"}}, ("WF402", '"error" is not known here')),
        ({"with": {}}, ("WF204", None)),
    ],
)
def test_misuse_is_told_before_anything_runs(
    tmp_path: Path, undo: dict[str, Any], problem: tuple[str, str | None] | None
) -> None:
    path = write_spec(tmp_path, [echo("a", undo=undo), echo("later")])
    told = problems(weft("validate", str(path), "--format", "json"))
    if problem is None:
        assert [code for code, _ in told] == ["WF403"]
    elif problem[1] is None:
        assert problem[0] in [code for code, _ in told]
    else:
        assert problem in told


def test_a_cancel_undoes_what_had_succeeded(tmp_path: Path) -> None:
    steps = [done("a"), {"id": "w", "tool": "wait", "with": {"signal": "go"}}]
    path = write_spec(tmp_path, steps)
    run_checked(check_file(path), path, {}, RunOptions(run_id="r", leave_waiting=True))
    told = weft("cancel", "r", "--output", "json")
    assert told.report["status"] == "cancelled"
    assert ledger() == ["a"]


def test_an_undo_that_failed_is_told_also_of_an_item_and_shown_later(tmp_path: Path) -> None:
    back = {"tool": "fail", "with": {"message": "no way back"}}
    path = write_spec(tmp_path, [echo("l", 1, foreach=[1, 2], undo=back), fail("x")])
    told = weft("run", str(path), "--run-id", "r")
    assert told.err.count("no way back") == 2
    shown = weft("show", "r").out
    assert "could not be undone: l[0]: failed: no way back" in shown
