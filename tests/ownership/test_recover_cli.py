"""`weft recover`: every run that nobody drives is gone on with; trouble with one is that one's alone."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from owned_runs import ELSEWHERE, GONE, Place, kill

from engine import resume
from engine.app.owner import standing, this_process
from engine.errors import DamagedRecord, EngineFault, StoreError
from engine.spec.shipped import shipped

A = {"id": "a", "tool": "echo"}


def _left_with_a_project(place: Place, run_id: str) -> None:
    """A run whose project file is gone: it cannot be gone on with."""
    file = place.folder / "weft.toml"
    file.write_text("")
    place.leave([A], run_id=run_id)
    file.unlink()


def test_every_run_without_a_living_owner_comes_to_its_end(place: Place) -> None:
    place.leave([place.note("n1")], run_id="unowned")
    place.leave([place.note("n2")], GONE, run_id="gone")
    place.leave([place.note("n3")], ELSEWHERE, lease=0.0, run_id="ended-lease")
    place.leave([place.note("n4")], ELSEWHERE, lease=60.0, run_id="elsewhere")
    place.leave([place.note("n5")], this_process(), run_id="alive")
    answer = place.weft("recover", "--output", "json")
    assert answer.code == 0, answer.err
    ended = dict.fromkeys(("unowned", "gone", "ended-lease"), "succeeded")
    assert answer.report == {"version": 1, "ended": ended, "quarantined": {}, "left": {}}
    assert sorted(place.lines()) == ["n1", "n2", "n3"]
    assert {run_id: place.row(run_id).status for run_id in ("elsewhere", "alive")} == {
        "elsewhere": "running",
        "alive": "running",
    }


def test_nothing_to_recover_is_good(place: Place) -> None:
    place.weft("run", str(place.spec([A])), "--run-id", "it")
    answer = place.weft("recover")
    assert (answer.code, answer.out) == (0, "ended=0 quarantined=0 left=0\n")


def test_a_run_that_cannot_be_gone_on_with_is_quarantined_and_the_others_are_not_held_up(
    place: Place,
) -> None:
    _left_with_a_project(place, "bad")
    place.leave([place.note("good")], run_id="good")
    answer = place.weft("recover", "--output", "json")
    assert answer.code == 5
    assert answer.report["ended"] == {"good": "succeeded"}
    assert "is gone" in answer.report["quarantined"]["bad"]
    assert "run bad is in quarantine" in answer.err
    schema = json.loads((shipped("schemas") / "recover.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(answer.report, schema)
    again = place.weft("recover", "--output", "json")
    assert (again.code, again.report["quarantined"]) == (0, {})
    assert place.kinds("bad") == ["RunCreated"]


def test_secret_inputs_of_a_run_come_from_the_environment_of_who_recovers(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    declared = {"token": {"type": "string", "secret": True}}
    for run_id in ("without", "with"):
        place.leave([A], run_id=run_id, given={"token": "hush-hush"}, inputs=declared)
        answer = place.weft("recover")
        assert answer.code == (5 if run_id == "without" else 0), answer.err
        monkeypatch.setenv("WEFT_INPUT_token", "hush-hush")
    assert "token" in (place.row("without").quarantined or "")
    assert place.row("with").status == "succeeded"


def test_what_is_in_quarantine_is_shown_and_leaves_it_by_hand(place: Place) -> None:
    _left_with_a_project(place, "bad")
    place.weft("recover")
    runs = json.loads(place.weft("runs", "--output", "json").out)["runs"]
    assert "is gone" in runs[0]["quarantined"]
    assert "(quarantine)" in place.weft("runs").out
    assert "in quarantine: " in place.weft("show", "bad").out
    assert place.weft("resume", "bad").code == 2
    assert place.row("bad").quarantined is not None, "a try that changed nothing lifts nothing"
    (place.folder / "weft.toml").write_text("")
    assert place.weft("resume", "bad").code == 0
    assert place.row("bad").quarantined is None


def _failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    from engine.app import taking

    def broken(*_: Any) -> None:
        raise error

    monkeypatch.setattr(taking, "replay", broken)


@pytest.mark.parametrize("error", [DamagedRecord("event 3 cannot be"), EngineFault("event 3 cannot be")])
def test_a_record_that_cannot_be_gone_on_with_is_quarantined_and_given_back(
    place: Place, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    _failing(monkeypatch, error)
    place.leave([A], run_id="damaged")
    assert place.weft("recover").code == 5
    row = place.row("damaged")
    assert (row.quarantined, row.owner) == ("event 3 cannot be", None)


def test_a_store_that_fails_is_no_trouble_of_a_run(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many connections, a disk that is full: the next scan tries again."""
    _failing(monkeypatch, StoreError("too many connections"))
    place.leave([A], run_id="it")
    answer = place.weft("recover", "--output", "json")
    assert (answer.code, answer.report["quarantined"]) == (5, {})
    assert answer.report["left"] == {"it": "too many connections"}
    assert place.row().quarantined is None


def test_a_run_that_waits_keeps_no_other_from_going_on(place: Place) -> None:
    """One at a time, and the first of them waits for a signal that never comes."""
    place.leave([{"id": "w", "tool": "wait", "with": {"signal": "never"}}], run_id="waits")
    place.leave([A], run_id="goes")

    def later() -> None:
        place.wait_for(lambda: place.row("goes").status == "succeeded")
        signal.raise_signal(signal.SIGTERM)

    thread = threading.Thread(target=later)
    thread.start()
    answer = place.weft("recover", "--max-runs", "1", "--output", "json")
    thread.join()
    assert (answer.code, answer.report["ended"]) == (143, {"goes": "succeeded"})
    assert place.row("waits").owner is None


def test_a_run_that_another_process_ended_meanwhile_is_no_trouble(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row was read before, it is taken after."""
    from engine.app import recovering

    place.leave([A], run_id="it")
    usual = recovering.go_on

    def late(run_id: str, options: Any) -> Any:
        assert resume("it", store=place.store).success
        return usual(run_id, options)

    monkeypatch.setattr(recovering, "go_on", late)
    answer = place.weft("recover", "--output", "json")
    assert (answer.code, answer.report["quarantined"]) == (0, {})
    assert place.kinds().count("RunFinished") == 1


def test_a_watch_finds_what_is_left_behind_later_and_ends_with_a_signal(place: Place) -> None:
    """In this process: the signal is sent to it, once the run that came later has ended."""
    place.leave([A], run_id="first")

    def later() -> None:
        place.wait_for(lambda: place.row("first").status == "succeeded")
        place.leave([A], run_id="second")
        place.wait_for(lambda: place.row("second").status == "succeeded")
        signal.raise_signal(signal.SIGTERM)

    thread = threading.Thread(target=later)
    thread.start()
    answer = place.weft("recover", "--watch", "0.1", "--output", "json")
    thread.join()
    assert answer.code == 143
    assert answer.report["ended"] == {"first": "succeeded", "second": "succeeded"}


def test_a_signal_leaves_the_runs_under_way_to_be_resumed(place: Place) -> None:
    place.leave([place.gated("a")])

    def later() -> None:
        place.wait_for(place.lines)
        signal.raise_signal(signal.SIGTERM)

    thread = threading.Thread(target=later)
    thread.start()
    answer = place.weft("recover")
    thread.join()
    assert answer.code == 143
    row = place.row()
    assert (row.status, row.owner) == ("running", None)
    assert {"StepInterrupted", "RunInterrupted"} <= set(place.kinds())
    place.gate.touch()
    assert place.weft("resume", "it").code == 0


ENGINE = """
import os, pathlib, signal, sys, threading, time
import engine.journal.sql.adapter as adapter
adapter.LEASE_SECONDS = 2.0
from engine import run
from engine.app.recovering import recover
from engine.app.running import RunOptions
store, name, runs, dies = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
spec = {"weft": 1, "name": "flow", "steps": [
    {"id": "a", "tool": "shell", "with": {"command": 'echo "$1" >> ledger', "args": ["$<run.id> a"]}},
    {"id": "each", "foreach": {"in": [1, 2]}, "tool": "shell",
     "with": {"command": 'echo "$1" >> ledger', "args": ["$<run.id> $<item>"]}},
    {"id": "b", "tool": "shell", "with": {"command": 'echo "$1" >> ledger', "args": ["$<run.id> b"]}},
]}
if dies:
    threading.Timer(dies / 10, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
def start():
    for n in range(runs):
        run(spec, run_id=f"{name}-{n}", store=store)
    pathlib.Path(name + ".done").touch()
    while not os.path.exists("stop"):
        time.sleep(0.05)
    signal.raise_signal(signal.SIGTERM)
threading.Thread(target=start, daemon=True).start()
done = recover(RunOptions(store, signals=True), print, every_seconds=0.3)
assert not done.quarantined, done.quarantined
"""


def _engines(place: Place, dying: dict[int, int], number: int = 8) -> list[tuple[int, str]]:
    """Engines on one store: each runs runs of its own and recovers what the others leave behind.

    `dying`: which of them are killed, and after how many tenths of a second. The others end when every run has.
    """
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ENGINE, place.store, f"e{n}", "4", str(dying.get(n, 0))],
            cwd=place.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(number)
    ]
    living = [place.folder / f"e{n}.done" for n in range(number) if n not in dying]

    def all_ended() -> bool:
        with place.journal() as journal:
            return all(file.exists() for file in living) and not journal.unfinished()

    try:
        for n in dying:
            processes[n].wait(60)
        place.wait_for(all_ended, seconds=120)
    finally:
        (place.folder / "stop").touch()
    return [
        (process.returncode, err) for process in processes for err in [process.communicate(timeout=120)[1]]
    ]


@pytest.mark.slow
def test_eight_engines_on_one_store_end_every_run_once_and_do_every_step_once(place: Place) -> None:
    place.weft("run", str(place.spec([A])), "--run-id", "first")
    for n in range(6):
        place.leave([place.note(f"left_{n}")], GONE, run_id=f"left-{n}")
    _all_once(place, 8)


@pytest.mark.services
def test_engines_on_one_server_end_every_run_once_and_do_every_step_once(
    place: Place, postgres_url: str
) -> None:
    place.store = postgres_url
    for n in range(3):
        place.leave([place.note(f"left_{n}")], GONE, run_id=f"left-{n}")
    _all_once(place, 4, left=3)


def _all_once(place: Place, number: int, left: int = 6) -> None:
    told = _engines(place, {}, number)
    assert [code for code, _ in told] == [0] * number, [err for _, err in told if err]
    lines = place.ledger.read_text().splitlines()
    expected = [f"e{n}-{m} {x}" for n in range(number) for m in range(4) for x in ("a", "1", "2", "b")]
    assert sorted(lines) == sorted([*expected, *(f"left_{n}" for n in range(left))])
    _all_ended_once(place)


@pytest.mark.slow
def test_engines_that_are_killed_are_followed_by_the_others(place: Place) -> None:
    """A step under way at a kill runs again: what the ledger has more is recorded as lost."""
    place.weft("run", str(place.spec([A])), "--run-id", "first")
    told = _engines(place, {n: 10 + 4 * n for n in range(5)})
    assert [code for code, _ in told[5:]] == [0] * 3, [err for _, err in told if err]
    _all_ended_once(place)
    lost = 0
    with place.journal() as journal:
        for row in journal.runs(limit=1000):
            lost += sum(event.kind == "StepLost" for event in journal.events(row.run_id))
        runs = len(journal.runs(limit=1000)) - 1
    lines = place.ledger.read_text().splitlines()
    assert len(set(lines)) == 4 * runs
    assert len(lines) - len(set(lines)) <= lost


def _all_ended_once(place: Place) -> None:
    with place.journal() as journal:
        rows = journal.runs(limit=1000)
        assert {row.status for row in rows} == {"succeeded"}
        assert {standing(row).free for row in rows} == {True}
        for row in rows:
            events = list(journal.events(row.run_id))
            assert [event.kind for event in events].count("RunFinished") == 1
            done = [event.instance for event in events if event.kind == "StepSucceeded"]
            assert len(done) == len(set(done)), row.run_id
            epochs = [event.epoch for event in events]
            assert epochs == sorted(epochs)
            assert journal.verify(row.run_id) == []


@pytest.mark.slow
def test_a_killed_process_is_followed_by_recovery(place: Place) -> None:
    process = place.begin("run", str(place.spec([place.note("a"), place.gated("b")])), "--run-id", "it")
    place.wait_for(lambda: len(place.lines()) == 2)
    kill(process)
    place.gate.touch()
    assert place.weft("recover").code == 0
    assert place.lines() == ["a", "b", "b"]
    assert place.kinds().count("StepLost") == 1


def test_a_store_that_is_not_there_cannot_be_recovered(tmp_path: Path, place: Place) -> None:
    place.store = str(tmp_path / "none.db")
    assert place.weft("recover").code == 5
