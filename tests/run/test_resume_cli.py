"""Signals, kills, resumes: what is recorded is not run again, what was under way is, and every run ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from run_weft import begin, echo, fail, run, shell, wait_for, weft, write_spec

SUCCEEDED, FAILED, CANCELLED = "succeeded", "failed", "cancelled"
# Leaves its name ($2) in the ledger ($1), then waits for the gate ($3), or for the ledger to be gone.
NOTE = 'echo "$2" >> "$1"'
GATED = 'echo "$2" >> "$1"; while [ ! -e "$3" ] && [ -e "$1" ]; do sleep 0.02; done'


class Place:
    """A folder with a store, a ledger and a gate."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ledger = folder / "ledger"
        self.gate = folder / "gate"
        self.store = str(folder / "runs.db")

    def note(self, name: str, **more: Any) -> dict[str, Any]:
        return shell(name, NOTE, str(self.ledger), name, **more)

    def gated(self, name: str, **more: Any) -> dict[str, Any]:
        return shell(name, GATED, str(self.ledger), name, str(self.gate), **more)

    def start(self, steps: list[dict[str, Any]], *arguments: str, **file: Any) -> subprocess.Popen[str]:
        path = write_spec(self.folder, steps, **file)
        store = () if "--store" in arguments else ("--store", self.store)
        return begin(self.folder, "run", str(path), *store, "--run-id", "it", "--output", "json", *arguments)

    def resume(self, *, open_gate: bool = True) -> dict[str, Any]:
        if open_gate:
            self.gate.touch()
        told = weft("resume", "it", "--store", self.store, "--output", "json")
        assert told.code in (0, 4), told.err
        return told.report

    def names(self) -> list[str]:
        return self.ledger.read_text().split()

    def kinds(self, kind: str) -> list[str]:
        told = weft("show", "it", "--store", self.store, "--events", "--output", "json")
        assert told.code == 0, told.err
        rows = (
            [json.loads(line) for line in told.out.splitlines()]
            if told.out[0] == "{"
            else json.loads(told.out)
        )
        return [row["instance"] for row in rows if row["kind"] == kind]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.gate.touch()  # what a killed process left waiting ends


# -- a signal ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_the_run_resumable_and_resume_finishes_it(
    place: Place, number: int, code: int
) -> None:
    process = place.start([place.note("a"), place.gated("b"), place.note("c")])
    wait_for(place.ledger, 2)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == code, err
    report = json.loads(out)
    assert (report["status"], report["steps"]["a"]["status"]) == ("running", SUCCEEDED)
    assert report["resume"].startswith("weft resume it")
    assert err.rstrip().endswith(report["resume"])
    report = place.resume()
    assert report["status"] == SUCCEEDED
    assert place.names() == ["a", "b", "b", "c"]
    assert (report["steps"]["a"]["reused"], report["steps"]["b"]["reused"]) == (True, False)
    assert report["steps"]["b"]["attempts"] == 2
    assert place.kinds("StepInterrupted") == ["b"]


def test_an_interrupted_attempt_does_not_count_against_the_retries(place: Place) -> None:
    """attempts: 1 would forbid a second; the one the signal took is not spent."""
    process = place.start([place.gated("a", retry={"attempts": 1})])
    wait_for(place.ledger)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert place.resume()["status"] == SUCCEEDED


def test_a_signal_with_a_store_in_memory_cancels_the_run(place: Place) -> None:
    process = place.start([place.gated("a"), place.note("b")], "--store", "memory")
    wait_for(place.ledger)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    report = json.loads(out)
    assert (report["status"], report["resume"]) == (CANCELLED, None)
    assert {name: step["status"] for name, step in report["steps"].items()} == {
        "a": CANCELLED,
        "b": "skipped",
    }


def test_a_signal_stops_the_children_of_the_call(place: Place) -> None:
    command = 'sleep 300 & echo "$!" >> "$1"; wait'
    process = place.start([shell("a", command, str(place.ledger))])
    child = int(wait_for(place.ledger)[0])
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert not _lives(child)


def test_a_run_interrupted_during_a_retry_wait_keeps_its_count(place: Place) -> None:
    wrong = {"type": "connection", "times": 2, "data": "done"}
    bad = fail(
        "a",
        **{"with": wrong},
        retry={"attempts": 3, "delay": "300ms", "backoff": "constant", "jitter": False},
    )
    process = place.start([bad, place.gated("b")], mode="parallel")
    wait_for(place.ledger)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    report = place.resume()
    assert report["status"] == SUCCEEDED
    assert report["steps"]["a"]["attempts"] == 3


# -- kill -9 -------------------------------------------------------------------------------------------------


def test_after_a_kill_what_is_recorded_is_not_run_again(place: Place) -> None:
    process = place.start([place.note("a"), place.note("b"), place.gated("c"), place.note("d")])
    wait_for(place.ledger, 3)
    process.kill()
    process.communicate(timeout=20)
    report = place.resume()
    assert report["status"] == SUCCEEDED
    assert place.names() == ["a", "b", "c", "c", "d"]
    assert place.kinds("StepLost") == ["c"]
    assert report["steps"]["c"]["attempts"] == 2


def test_after_a_kill_a_loop_goes_on_with_the_items_left(place: Place) -> None:
    body = shell("l", GATED, str(place.ledger), "$<item>", "$<inputs.gates[index]>")
    gates = [str(place.folder), str(place.folder), str(place.gate), str(place.folder)]
    file = {"inputs": {"gates": {"default": gates}}}
    process = place.start([body | {"foreach": {"in": ["p", "q", "r", "s"], "key": "item"}}], **file)
    wait_for(place.ledger, 3)
    process.kill()
    process.communicate(timeout=20)
    report = place.resume()
    assert report["status"] == SUCCEEDED
    assert place.names() == ["p", "q", "r", "r", "s"]
    assert place.kinds("LoopExpanded") == ["l"]


def test_after_a_kill_the_same_parameters_are_used_again(place: Place) -> None:
    process = place.start([shell("a", GATED, str(place.ledger), "$<uuid()>", str(place.gate))])
    wait_for(place.ledger)
    process.kill()
    process.communicate(timeout=20)
    place.resume()
    one, two = place.names()
    assert one == two


@pytest.mark.slow
def test_three_kills_in_a_row_fail_the_step_and_end_the_run(place: Place) -> None:
    first = place.start([place.gated("a"), place.note("b", trigger_rule="all_done", needs=["a"])], mode="dag")
    wait_for(place.ledger, 1)
    first.kill()
    first.communicate(timeout=20)
    for seen in (2, 3):
        process = begin(place.folder, "resume", "it", "--store", place.store)
        wait_for(place.ledger, seen)
        process.kill()
        process.communicate(timeout=20)
    report = place.resume()
    assert report["status"] == "partial_failure"
    assert report["steps"]["a"]["errors"][0]["type"] == "lost"
    assert place.names() == ["a", "a", "a", "b"]


@pytest.mark.slow
def test_three_kills_in_a_row_of_the_only_step_still_end_the_run(place: Place) -> None:
    """Nothing is left to do but to say so: the resume must not wait for ever."""
    process = place.start([place.gated("a")])
    for seen in (1, 2, 3):
        wait_for(place.ledger, seen)
        process.kill()
        process.communicate(timeout=20)
        process = begin(place.folder, "resume", "it", "--store", place.store, "--output", "json")
    out, err = process.communicate(timeout=20)
    assert process.returncode == 4, err
    assert json.loads(out)["status"] == FAILED
    (told,) = [line for line in err.splitlines() if line.startswith("  a ")]
    assert "lost: the process died 3 times in a row" in told
    assert "runs again" not in err


@pytest.mark.slow
def test_the_timeout_of_a_group_goes_on_counting_while_nobody_owns_the_run(place: Place) -> None:
    process = place.start([{"id": "g", "timeout": "1s", "steps": [place.gated("a")]}])
    wait_for(place.ledger)
    process.kill()
    process.communicate(timeout=20)
    report = place.resume(open_gate=False)
    assert report["steps"]["g"]["status"] == "timed_out"
    assert report["steps"]["a"]["status"] == CANCELLED


def test_a_run_goes_on_with_its_stored_spec_not_with_the_edited_file(place: Place) -> None:
    process = place.start([place.gated("a"), place.note("b")])
    wait_for(place.ledger)
    process.kill()
    process.communicate(timeout=20)
    write_spec(place.folder, [echo("a"), fail("other")])
    assert set(place.resume()["steps"]) == {"a", "b"}


# -- one run, one id -----------------------------------------------------------------------------------------


def test_the_same_id_spec_and_inputs_are_one_run(place: Place) -> None:
    steps, file = [place.note("a")], {"inputs": {"n": {"default": 1}}}
    arguments = ("--store", place.store, "--run-id", "it")
    one = run(place.folder, steps, *arguments, **file).report
    two = run(place.folder, steps, *arguments, **file).report
    assert place.names() == ["a"]
    assert two["started_at"] == one["started_at"]
    assert two["steps"]["a"]["data"] == one["steps"]["a"]["data"]


@pytest.mark.parametrize("other", ["spec", "inputs"])
def test_the_same_id_with_another_spec_or_inputs_is_refused(place: Place, other: str) -> None:
    file = {"inputs": {"n": {"default": 1}}}
    arguments = ("--store", place.store, "--run-id", "it")
    run(place.folder, [echo("a")], *arguments, **file)
    path = write_spec(place.folder, [echo("b" if other == "spec" else "a")], **file)
    told = weft("run", str(path), *arguments, *(["-i", "n=2"] if other == "inputs" else []))
    assert told.code == 2
    assert ("other inputs" if other == "inputs" else "another spec") in told.err


def test_starting_an_interrupted_run_again_by_its_id_goes_on_with_it(place: Place) -> None:
    steps = [place.note("a"), place.gated("b")]
    process = place.start(steps)
    wait_for(place.ledger, 2)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    place.gate.touch()
    report = run(place.folder, steps, "--store", place.store, "--run-id", "it").report
    assert report["status"] == SUCCEEDED
    assert place.names() == ["a", "b", "b"]


def test_a_run_owned_by_a_living_process_is_not_taken_over(place: Place) -> None:
    process = place.start([place.gated("a")])
    wait_for(place.ledger)
    told = weft("resume", "it", "--store", place.store)
    assert told.code == 5
    assert str(process.pid) in told.err
    place.gate.touch()
    process.communicate(timeout=20)
    assert process.returncode == 0
    assert place.names() == ["a"]


def test_an_ended_run_is_not_resumed(place: Place) -> None:
    run(place.folder, [echo("a")], "--store", place.store, "--run-id", "it")
    told = weft("resume", "it", "--store", place.store)
    assert told.code == 2
    assert "has ended: succeeded" in told.err


def test_a_run_id_that_cannot_be_one_is_refused(place: Place) -> None:
    path = write_spec(place.folder, [echo("a")])
    assert weft("run", str(path), "--store", place.store, "--run-id", "../up").code == 2


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


@pytest.mark.slow
def test_the_same_spec_in_two_folders_and_one_store_keeps_each_runs_folder(tmp_path: Path) -> None:
    """The text is stored once for both runs; where each of them works is its own."""
    store = str(tmp_path / "s.db")
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        command = "pwd > where.txt; test -e go || { touch go; sleep 60; }"
        spec = write_spec(folder, [{"id": "s", "tool": "shell", "with": {"command": command}}])
        process = begin(tmp_path, "run", str(spec), "--store", store, "--run-id", name)
        wait_for(folder / "where.txt")
        while not (folder / "go").exists():
            time.sleep(0.01)
        process.kill()
        process.communicate(timeout=30)
    for name in ("two", "one"):
        (tmp_path / name / "where.txt").unlink()
        assert weft("resume", name, "--store", store).code == 0
        assert (tmp_path / name / "where.txt").read_text().strip() == str(tmp_path / name)
