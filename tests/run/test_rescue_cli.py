"""`rescue` and `finally` through the command line: on tool steps, groups, loops and the file."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from run_weft import Told, begin, run, weft, write_spec

FAIL = {"tool": "fail", "with": {"message": "no luck", "type": "data", "code": "X1"}}


def _echo(name: str, value: object = "x", **words: object) -> dict[str, object]:
    return {"id": name, "tool": "echo", "with": {"v": value}, **words}


def test_a_rescue_that_works_makes_the_step_succeed_with_null(tmp_path: Path) -> None:
    step = {"id": "a", **FAIL, "rescue": [_echo("r", "$<error>")]}
    told = run(tmp_path, [step, _echo("b", "$<step_a_result>")])
    assert told.code == 0
    assert told.statuses == {"a": "succeeded", "r": "succeeded", "b": "succeeded"}
    assert told.data("a") is None
    expected = {
        "step": "a",
        "type": "data",
        "code": "X1",
        "message": "no luck",
        "data": None,
        "attempts": 1,
        "key": None,
    }
    assert told.data("r") == {"v": expected}


def test_what_a_step_was_rescued_from_is_in_its_result_and_shown(tmp_path: Path) -> None:
    """Of a call and of what holds others; the items of a loop have it too."""
    call = {"id": "a", **FAIL, "rescue": [_echo("r")]}
    group = {"id": "g", "steps": [{"id": "b", **FAIL}], "rescue": [_echo("gr")]}
    each = {"id": "l", "foreach": [1], "steps": [{"id": "c", **FAIL, "rescue": [_echo("lr")]}]}
    path = write_spec(tmp_path, [call, group, each, _echo("good", rescue=[_echo("unused")])])
    steps = weft("run", str(path), "--run-id", "r", "--output", "json").report["steps"]
    error = {"type": "data", "code": "X1", "message": "no luck", "hint": None}
    assert steps["a"]["rescued"] == error
    assert steps["a"]["errors"] == []
    assert steps["g"]["rescued"] == {"step": "g/b", **error}
    assert steps["l"]["iterations"][0]["steps"]["c"]["rescued"] == error
    assert "rescued" not in steps["good"]
    assert weft("show", "r", "--output", "json").report["steps"] == steps
    shown = weft("show", "r").out.splitlines()
    (line,) = [at for at, text in enumerate(shown) if text.startswith("  a ")]
    assert "succeeded" in shown[line]
    assert shown[line].endswith("rescued: data [X1]: no luck")
    assert "flow.weft.json:1" in shown[line + 1]
    (line,) = [at for at, text in enumerate(shown) if text.startswith("  g ")]
    assert shown[line].endswith("rescued: b failed")


def test_rescue_waits_for_all_attempts(tmp_path: Path) -> None:
    retry = {"attempts": 3, "delay": "1ms", "errors": ["any"]}
    told = run(tmp_path, [{"id": "a", **FAIL, "retry": retry, "rescue": [_echo("r", "$<error.attempts>")]}])
    assert told.data("r") == {"v": 3}


def test_a_rescue_that_fails_leaves_the_step_failed_with_its_first_error(tmp_path: Path) -> None:
    told = run(
        tmp_path, [{"id": "a", **FAIL, "rescue": [{"id": "r", "tool": "fail", "with": {"message": "worse"}}]}]
    )
    assert told.statuses == {"a": "failed", "r": "failed"}
    assert told.report["steps"]["a"]["errors"][0]["message"] == "no luck"


def test_a_rescue_of_which_nothing_ran_rescues_nothing(tmp_path: Path) -> None:
    told = run(tmp_path, [{"id": "a", **FAIL, "rescue": [_echo("r", when="error.code == 'X2'")]}])
    assert told.statuses == {"a": "failed", "r": "skipped"}


def test_a_step_that_succeeds_needs_no_rescue_but_runs_its_finally(tmp_path: Path) -> None:
    told = run(tmp_path, [_echo("a", rescue=[_echo("r")], **{"finally": [_echo("f", "$<error>")]})])
    assert "r" not in told.report["steps"]
    assert told.data("f") == {"v": None}


def test_finally_runs_after_the_rescue_and_sees_what_it_gave(tmp_path: Path) -> None:
    step = {"id": "a", **FAIL, "rescue": [_echo("r", 1)], "finally": [_echo("f", "$<step_r_result.v>")]}
    assert run(tmp_path, [step]).data("f") == {"v": 1}


def test_a_finally_that_fails_fails_the_step(tmp_path: Path) -> None:
    told = run(tmp_path, [_echo("a", **{"finally": [{"id": "f", **FAIL}]})])
    assert told.statuses["a"] == "failed"
    assert told.code == 4


def test_on_error_stop_takes_no_rescue_but_its_finally(tmp_path: Path) -> None:
    step = {"id": "a", **FAIL, "on_error": "stop", "rescue": [_echo("r")], "finally": [_echo("f")]}
    told = run(tmp_path, [step, _echo("b")])
    assert told.statuses == {"a": "failed", "f": "succeeded", "b": "skipped"}
    assert told.report["status"] == "failed"


def test_on_error_continue_is_looked_at_last(tmp_path: Path) -> None:
    step = {"id": "a", **FAIL, "on_error": "continue", "rescue": [{"id": "r", **FAIL}]}
    told = run(tmp_path, [step, _echo("b")])
    assert told.code == 0
    assert told.report["steps"]["a"]["handled"]


def test_a_groups_rescue_reads_its_steps_what_did_not_succeed_is_null(tmp_path: Path) -> None:
    steps = [_echo("g1", 1), {"id": "g2", **FAIL}, _echo("g3")]
    rescue = [_echo("r", {"g1": "$<step_g1_result.v>", "g2": "$<step_g2_result>", "who": "$<error.step>"})]
    told = run(tmp_path, [{"id": "g", "steps": steps, "rescue": rescue}])
    assert told.data("r") == {"v": {"g1": 1, "g2": None, "who": "g2"}}
    assert told.data("g") == {"g1": {"v": 1}, "g2": None, "g3": None}


def test_a_loops_rescue_runs_once_for_the_whole_and_knows_the_key(tmp_path: Path) -> None:
    loop = {
        "id": "l",
        "foreach": [1, 2],
        **FAIL,
        "rescue": [_echo("r", ["$<error.key>", "$<errors | length>"])],
    }
    told = run(tmp_path, [loop])
    assert told.data("r") == {"v": [0, 1]}
    assert told.statuses["l"] == "succeeded"


def test_the_files_rescue_turns_a_run_that_was_cut_short_into_a_success(tmp_path: Path) -> None:
    steps = [{"id": "a", **FAIL}, _echo("b")]
    told = run(tmp_path, steps, rescue=[_echo("r", "$<error.message>")], **{"finally": [_echo("f")]})
    assert (told.code, told.report["status"]) == (0, "succeeded")
    assert told.data("r") == {"v": "no luck"}
    assert told.statuses["b"] == "skipped"


def test_the_files_finally_runs_last_and_a_failed_one_fails_the_run(tmp_path: Path) -> None:
    told = run(tmp_path, [_echo("a")], **{"finally": [{"id": "f", **FAIL}]})
    assert told.report["status"] == "failed"
    told = run(tmp_path, [_echo("a", 5)], outputs={"a": "$<step_a_result.v>"}, **{"finally": [_echo("f")]})
    assert told.report["outputs"] == {"a": 5}


def test_nobody_reads_a_finally_and_error_is_known_only_inside(tmp_path: Path) -> None:
    def problems(steps: list[dict[str, object]]) -> str:
        told = weft("validate", str(write_spec(tmp_path, steps)))
        assert told.code == 1
        return told.out

    assert "stands in a finally" in problems(
        [_echo("a", **{"finally": [_echo("f")]}), _echo("b", "$<step_f_result>")]
    )
    assert "`error` is known only in rescue and finally" in problems([_echo("a", "$<error>")])


def test_a_timed_out_group_runs_its_finally(tmp_path: Path) -> None:
    group = {"id": "g", "timeout": "100ms", "steps": [{"id": "s", "tool": "sleep", "with": {"seconds": 60}}]}
    told = run(tmp_path, [{**group, "finally": [_echo("f", "$<steps.s.status>")]}])
    assert told.statuses["g"] == "timed_out"
    assert told.data("f") == {"v": "cancelled"}


def test_a_cancelled_run_in_memory_runs_finally_and_nothing_else(tmp_path: Path) -> None:
    """With a store in memory a signal cancels: there is no resume, so what must be tidied up is."""
    steps = [{"id": "s", "tool": "sleep", "with": {"seconds": 60}}, _echo("b")]
    tidy = {"id": "f", "tool": "shell", "with": {"command": "echo tidy > tidied.txt"}}
    spec = write_spec(tmp_path, steps, **{"finally": [tidy], "rescue": [_echo("r")]})
    process = begin(tmp_path, "run", str(spec), "--store", "memory", "--output", "jsonl")
    _until_started(process, "s")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    report = json.loads(out.splitlines()[-1])
    assert process.returncode == 130
    assert report["status"] == "cancelled"
    assert (tmp_path / "tidied.txt").read_text() == "tidy\n"
    assert "r" not in report["steps"]


def test_killed_in_the_finally_a_resume_goes_on_there_and_keeps_the_outputs(tmp_path: Path) -> None:
    slow = {"id": "f", "tool": "shell", "with": {"command": "test -e go || { touch go; sleep 60; }"}}
    steps = [_echo("a", 7)]
    spec = write_spec(tmp_path, steps, outputs={"a": "$<step_a_result.v>"}, **{"finally": [slow]})
    store = str(tmp_path / "s.db")
    process = begin(tmp_path, "run", str(spec), "--store", store, "--run-id", "r", "--output", "jsonl")
    _until_started(process, "(finally)/f")
    while not (tmp_path / "go").exists():
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    told: Told = weft("resume", "r", "--store", store, "--output", "json")
    assert told.code == 0
    assert told.report["outputs"] == {"a": 7}
    assert told.report["steps"]["f"]["attempts"] == 2
    assert told.report["steps"]["a"]["attempts"] == 1


def _until_started(process: object, instance: str) -> None:
    for line in process.stdout:  # type: ignore[attr-defined]
        event = json.loads(line)
        if event["kind"] == "StepStarted" and event["instance"] == instance:
            return
    raise AssertionError(f"{instance} never started")


def test_a_spec_with_rescue_and_finally_is_drawn_and_described(tmp_path: Path) -> None:
    step = {"id": "a", **FAIL, "rescue": [_echo("r")], "finally": [_echo("f")]}
    spec = str(write_spec(tmp_path, [step], rescue=[_echo("fr")]))
    assert "    rescue, on failure:\n      r  [echo]\n" in weft("graph", spec).out
    for form in ("json", "mermaid", "dot", "svg"):
        assert weft("graph", spec, "--format", form).code == 0
    described = weft("describe", spec)
    assert described.code == 0
    assert "rescue" in described.out
