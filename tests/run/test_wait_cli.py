"""`wait` and `weft signal` through the command line. docs/language/053-waiting.md."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from run_weft import Told, begin, echo, run, weft, write_spec

from engine.app.checking import check_file
from engine.app.running import RunOptions, run_checked


def wait(name: str, given: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": name, "tool": "wait", "with": given, **more}


def until_waiting(run_id: str = "r") -> None:
    """Until the run is recorded as one that waits."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        told = weft("runs", "--status", "waiting", "--output", "json")
        if told.code == 0 and any(one["run_id"] == run_id for one in json.loads(told.out)["runs"]):
            return
        time.sleep(0.05)
    raise AssertionError(f"{run_id} does not wait")


def left_waiting(folder: Path, steps: list[dict[str, Any]], **file: Any) -> None:
    """A run that waits, and that no process owns."""
    path = write_spec(folder, steps, **file)
    run_checked(check_file(path), path, {}, RunOptions(run_id="r", leave_waiting=True))


def signal(name: str, data: Any = None, *arguments: str) -> Told:
    given = () if data is None else ("--data", json.dumps(data))
    return weft("signal", "r", name, *given, "--output", "json", *arguments)


# -- times --------------------------------------------------------------------------------------------------------


def test_a_wait_for_a_time_gives_how_long_it_was(tmp_path: Path) -> None:
    told = run(tmp_path, [wait("w", {"for": "50ms"}), echo("after", "$<step_w_result.waited is ge(0.05)>")])
    assert told.data("after") == {"v": True}


def test_a_moment_that_has_passed_is_not_waited_for(tmp_path: Path) -> None:
    assert run(tmp_path, [wait("w", {"until": "2020-01-01T00:00:00Z"})]).statuses == {"w": "succeeded"}


def test_it_holds_no_slot(tmp_path: Path) -> None:
    """With one slot for the whole run the other step runs while this one waits."""
    steps = [wait("w", {"for": "200ms"}), echo("a"), {"id": "s", "tool": "sleep", "with": {"seconds": 0.01}}]
    told = run(tmp_path, steps, mode="parallel", concurrency=1)
    assert told.report["steps"]["s"]["finished_at"] < told.report["steps"]["w"]["finished_at"]


def test_a_time_counts_on_while_no_process_is_there(tmp_path: Path) -> None:
    left_waiting(tmp_path, [wait("w", {"for": "300ms"}), echo("after")])
    time.sleep(0.3)
    told = weft("resume", "r", "--output", "json")
    assert told.statuses == {"w": "succeeded", "after": "succeeded"}
    assert told.report["steps"]["w"]["attempts"] == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"for": "$<'soon'>"}, 'tool "wait": "for" cannot be "soon" (from $<\'soon\'>'),
        (
            {"until": "$<'noon'>"},
            "\"until\" cannot be 'noon': it must be a moment such as 2026-02-01T06:00:00Z",
        ),
        ({"until": "$<'2026-01-01T00:00:00'>"}, None),
    ],
)
def test_what_is_no_time_fails_the_step(tmp_path: Path, given: dict[str, Any], message: str | None) -> None:
    error = run(tmp_path, [wait("w", given)]).report["steps"]["w"]["errors"][0]
    assert (error["type"], error["code"]) == ("invalid", "parameters")
    assert message is None or error["message"].startswith(message)


@pytest.mark.parametrize(
    "given",
    [{}, {"for": "1s", "until": "2026-01-01T00:00:00Z"}, {"for": "1s", "schema": {}}, {"for": "soon"}],
)
def test_misuse_is_told_before_anything_runs(tmp_path: Path, given: dict[str, Any]) -> None:
    told = weft("validate", str(write_spec(tmp_path, [wait("w", given)])), "--format", "json")
    assert told.code == 1
    assert {one["code"] for one in json.loads(told.out)["problems"]} <= {"WF503", "WF504", "WF505"}


# -- signals ------------------------------------------------------------------------------------------------------


def test_a_signal_to_a_living_run_reaches_the_step(tmp_path: Path) -> None:
    path = write_spec(tmp_path, [wait("ask", {"signal": "go"}), echo("after", "$<step_ask_result.by>")])
    process = begin(tmp_path, "run", str(path), "--run-id", "r", "--output", "json")
    until_waiting()
    told = signal("go", {"by": "ada"})
    assert (told.code, "will hand it on" in told.err) == (0, True)
    out, _ = process.communicate(timeout=20)
    assert json.loads(out)["steps"]["after"]["data"] == {"v": "ada"}
    assert process.returncode == 0


def test_a_signal_to_a_run_without_a_process_goes_on_with_it(tmp_path: Path) -> None:
    left_waiting(tmp_path, [wait("ask", {"signal": "go"}), echo("after", "$<step_ask_result>")])
    told = signal("go", 7)
    assert (told.code, told.report["status"]) == (0, "succeeded")
    assert told.data("after") == {"v": 7}


def test_it_goes_on_until_the_run_waits_again(tmp_path: Path) -> None:
    left_waiting(tmp_path, [wait("one", {"signal": "go"}), wait("two", {"signal": "on"})])
    told = signal("go")
    assert (told.code, told.report["status"]) == (0, "waiting")
    assert told.statuses == {"one": "succeeded", "two": "waiting"}
    assert signal("on").report["status"] == "succeeded"


def test_a_signal_that_comes_early_is_kept_for_the_step(tmp_path: Path) -> None:
    left_waiting(tmp_path, [wait("one", {"signal": "go"}), wait("two", {"signal": "on"})])
    assert signal("on", "early").report["status"] == "waiting"
    assert signal("go").data("two") == "early"


def test_one_signal_wakes_one_step_the_one_that_waited_longest(tmp_path: Path) -> None:
    steps = [{**wait("each", {"signal": "go"}), "foreach": {"in": [1, 2], "concurrency": 2}}]
    left_waiting(tmp_path, steps)
    first = signal("go", "a").report["steps"]["each"]["iterations"]
    assert [one["status"] for one in first] == ["succeeded", "waiting"]
    assert signal("go", "b").data("each") == ["a", "b"]


def test_data_that_does_not_fit_the_schema_is_refused_and_the_step_waits_on(tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["approved"], "properties": {"approved": {"type": "boolean"}}}
    left_waiting(tmp_path, [wait("ask", {"signal": "go", "schema": schema})])
    told = weft("signal", "r", "go", "--data", '{"approved": "yes"}')
    assert told.code == 2
    assert 'the data of "go" does not fit: approved: "yes" is not of type "boolean"' in told.err
    assert signal("go", {"approved": True}).data("ask") == {"approved": True}


def test_a_name_nobody_waits_for_is_told_with_the_nearest(tmp_path: Path) -> None:
    left_waiting(tmp_path, [wait("ask", {"signal": "approve"})])
    told = weft("signal", "r", "aprove")
    assert (told.code, 'did you mean "approve"?' in told.err) == (2, True)


def test_a_name_made_by_an_expression_is_taken_at_its_word(tmp_path: Path) -> None:
    left_waiting(tmp_path, [wait("a", {"signal": "$<'go-' ~ 1>"}), wait("b", {"signal": "$<'go-' ~ 2>"})])
    assert signal("go-1").report["status"] == "waiting"
    assert signal("go-2").report["status"] == "succeeded"


def test_data_must_be_json(tmp_path: Path) -> None:
    left_waiting(tmp_path, [wait("ask", {"signal": "go"})])
    told = weft("signal", "r", "go", "--data", "{by: ada}")
    assert (told.code, "--data is no JSON" in told.err) == (2, True)


def test_an_ended_run_takes_no_signal(tmp_path: Path) -> None:
    weft("run", str(write_spec(tmp_path, [echo("a")])), "--run-id", "r")
    told = weft("signal", "r", "go")
    assert (told.code, 'run "r" has ended: succeeded' in told.err) == (2, True)


def test_a_timeout_ends_the_wait_for_a_signal(tmp_path: Path) -> None:
    told = run(tmp_path, [wait("ask", {"signal": "go"}, timeout="50ms", rescue=[echo("r", "$<error.type>")])])
    assert told.data("r") == {"v": "timeout"}


def test_a_cancel_ends_a_wait(tmp_path: Path) -> None:
    left_waiting(tmp_path, [wait("ask", {"signal": "go"})])
    told = weft("cancel", "r", "--output", "json")
    assert told.report["status"] == "cancelled"


def test_a_stop_beside_it_ends_a_wait(tmp_path: Path) -> None:
    stop = {"id": "x", "tool": "fail", "on_error": "stop"}
    told = run(tmp_path, [wait("ask", {"signal": "go"}), stop], mode="parallel")
    assert told.statuses == {"ask": "cancelled", "x": "failed"}


def test_a_wait_outlives_a_kill(tmp_path: Path) -> None:
    process = begin(
        tmp_path, "run", str(write_spec(tmp_path, [wait("ask", {"signal": "go"})])), "--run-id", "r"
    )
    until_waiting()
    process.kill()
    process.communicate()
    told = signal("go", 1)
    assert (told.data("ask"), told.report["steps"]["ask"]["attempts"]) == (1, 1)


def test_a_run_that_waits_says_how_to_wake_it(tmp_path: Path) -> None:
    path = write_spec(tmp_path, [wait("ask", {"signal": "go"})])
    process: subprocess.Popen[str] = begin(tmp_path, "run", str(path), "--run-id", "r")
    until_waiting()
    process.terminate()
    _, err = process.communicate(timeout=20)
    assert "waiting for the signal go (ask): weft signal r go\n" in err
    assert process.returncode == 143


def test_the_rows_of_a_wait_tell_its_story(tmp_path: Path) -> None:
    left_waiting(tmp_path, [wait("ask", {"signal": "go"})])
    signal("go", 1)
    events = [json.loads(line) for line in weft("show", "r", "--events", "--output", "json").out.splitlines()]
    kinds = [one["kind"] for one in events]
    assert kinds == [
        *("RunCreated", "StepStarted", "RunWaiting"),
        *("RunResumed", "SignalReceived", "StepSucceeded", "RunFinished"),
    ]
    assert events[2]["for"] == [{"instance": "ask", "signal": "go"}]


def test_a_schema_that_is_none_is_told_before_anything_runs(tmp_path: Path) -> None:
    path = write_spec(tmp_path, [wait("ask", {"signal": "go", "schema": {"type": "objct"}})])
    told = json.loads(weft("validate", str(path), "--format", "json").out)["problems"]
    assert [(one["code"], one["hint"]) for one in told] == [("WF504", 'did you mean "object"?')]


def test_a_schema_made_by_a_reference_that_is_none_fails_the_step(tmp_path: Path) -> None:
    error = run(tmp_path, [wait("ask", {"signal": "go", "schema": {"type": "$<'objct'>"}})]).report["steps"][
        "ask"
    ]["errors"][0]
    assert (error["type"], error["message"]) == ("invalid", "the schema of the signal is no JSON Schema")


def test_the_command_that_wakes_a_run_names_its_store(tmp_path: Path) -> None:
    path = write_spec(tmp_path, [wait("ask", {"signal": "go"}), wait("next", {"signal": "on"})])
    options = RunOptions(store="other.db", run_id="r", leave_waiting=True)
    run_checked(check_file(path), path, {}, options)
    told = weft("signal", "r", "go", "--store", "other.db")
    assert "waiting for the signal on (next): weft signal r on --store other.db\n" in told.err


def test_a_row_tells_the_first_waits_and_counts_the_others(tmp_path: Path) -> None:
    left_waiting(
        tmp_path, [wait("l", {"signal": "go"}, foreach={"in": list(range(130)), "concurrency": "all"})]
    )
    events = [json.loads(line) for line in weft("show", "r", "--events", "--output", "json").out.splitlines()]
    (row,) = [one for one in events if one["kind"] == "RunWaiting"]
    assert (len(row["for"]), row["others"]) == (100, 30)
