"""Who may go on with a run: nobody while its owner lives, anybody at once when it was seen to be gone."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from typing import Any

import pytest
from owned_runs import ELSEWHERE, GONE, Place

from engine import RunOwned, run
from engine.app import taking
from engine.app.owner import standing, this_process
from engine.journal import NewEvent
from engine.journal.sql import adapter

A = {"id": "a", "tool": "echo"}


def test_an_owner_of_this_machine_that_is_gone_is_followed_at_once(place: Place) -> None:
    place.leave([A], GONE, lease=3600.0)
    assert place.weft("resume", "it").code == 0


def test_the_id_of_a_dead_owner_that_another_process_has_now_means_nothing(place: Place) -> None:
    other = subprocess.Popen(["sleep", "60"])
    try:
        place.leave([A], {**GONE, "pid": other.pid}, lease=3600.0)
        assert place.weft("resume", "it").code == 0
    finally:
        other.kill()
        other.wait()


def test_a_living_owner_is_not_followed_while_its_lease_holds(place: Place) -> None:
    place.leave([A], this_process())
    answer = place.weft("resume", "it", "--output", "json")
    assert answer.code == 5
    assert answer.report["error"]["code"] == "RunOwned"
    assert f"process {this_process()['pid']} on" in answer.err
    assert place.kinds() == ["RunCreated"]


def test_a_living_owner_that_fell_silent_is_followed_when_its_lease_has_ended(place: Place) -> None:
    place.leave([A], this_process(), lease=0.0)
    assert place.weft("resume", "it").code == 0


def test_an_owner_that_cannot_be_seen_is_waited_for_until_its_lease_ends_and_it_is_said_so(
    place: Place,
) -> None:
    place.leave([A], ELSEWHERE, lease=0.4)
    answer = place.weft("resume", "it")
    assert answer.code == 0
    assert "belongs to process 1 on elsewhere" in answer.err
    assert "until its lease ends" in answer.err
    assert place.row().epoch == 3


def test_an_owner_that_cannot_be_seen_and_renews_its_lease_lives(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "RENEWED_SECONDS", 0.1)
    place.leave([A], ELSEWHERE, lease=0.8)
    stop = threading.Event()

    def renew() -> None:
        with place.journal() as journal:
            journal.lease_seconds = 5.0
            while not stop.wait(0.1):
                journal.attend("it", 2)

    thread = threading.Thread(target=renew)
    thread.start()
    answer = place.weft("resume", "it", "--output", "json")
    stop.set()
    thread.join()
    assert (answer.code, answer.report["error"]["code"]) == (5, "RunOwned")
    assert place.row().epoch == 2


@pytest.mark.parametrize(
    ("owner", "lease", "free", "lives"),
    [
        (None, 0.0, True, False),
        (GONE, 60.0, True, False),
        (this_process(), 60.0, False, True),
        (this_process(), -1.0, True, False),
        ({**this_process(), "host": "renamed"}, 60.0, False, True),
        (
            {**GONE, "pid_space": "pid:[1]"},
            60.0,
            False,
            False,
        ),  # another container: its ids mean nothing here
        ({**GONE, "boot_id": "another"}, 60.0, False, False),  # another machine of the same name
        (ELSEWHERE, 60.0, False, False),
        (ELSEWHERE, -1.0, True, False),
    ],
)
def test_what_is_known_of_an_owner(
    place: Place, owner: dict[str, object] | None, lease: float, free: bool, lives: bool
) -> None:
    place.leave([A], owner, lease)
    found = standing(place.row())
    assert (found.free, found.lives) == (free, lives)


@pytest.mark.slow
def test_a_late_owner_stops_writes_nothing_more_and_says_so(place: Place) -> None:
    """Its call is under way when another process takes the run; nobody tells it but the store."""
    process = place.begin(
        "run", str(place.spec([place.gated("a"), place.note("b")])), "--run-id", "it", "--output", "json"
    )
    place.wait_for(place.lines)
    with place.journal() as journal:
        row = journal.claim("it", ELSEWHERE, place.row().epoch)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 5, err
    assert 'run "it" was taken over by process 1 on elsewhere; this process has stopped working on it' in err
    now = place.row()
    assert (now.epoch, now.last_seq, now.owner) == (row.epoch, row.last_seq, ELSEWHERE)
    assert place.lines() == ["a"]


@pytest.mark.slow
def test_an_owner_that_was_frozen_wakes_up_to_a_run_that_is_not_its_own(place: Place) -> None:
    """It lives, but its lease has ended: it is followed, and when it goes on it changes nothing."""
    before = "import engine.journal.sql.adapter as a; a.LEASE_SECONDS = 0.8"
    spec = str(place.spec([place.gated("a"), place.note("b")]))
    process = place.begin("run", spec, "--run-id", "it", before=before)
    place.wait_for(place.lines)
    process.send_signal(signal.SIGSTOP)
    place.wait_for(lambda: (place.row().lease_left or 0) < 0)
    place.gate.touch()
    assert place.weft("resume", "it").code == 0
    seq = place.row().last_seq
    process.send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 5, err
    assert 'run "it" was taken over by another process' in err
    assert (place.row().status, place.row().last_seq) == ("succeeded", seq)
    assert place.lines() == ["a", "a", "b"]


def test_a_late_owner_that_would_write_is_refused_and_touches_nothing(place: Place) -> None:
    """The step itself sees the run being taken over: its success is the first write that comes too late."""
    with place.journal() as journal:

        def lose() -> int:
            return journal.claim("it", ELSEWHERE, place.row().epoch).last_seq

        steps = [{"id": "a", "tool": "lose"}, {"id": "b", "tool": "echo"}]
        with pytest.raises(RunOwned, match="was taken over by process 1 on elsewhere"):
            run(
                {"weft": 1, "name": "x", "steps": steps}, run_id="it", tools={"lose": lose}, store=place.store
            )
    now = place.row()
    assert (now.owner, now.status) == (ELSEWHERE, "running")
    assert place.kinds() == ["RunCreated", "StepStarted"]


def test_an_owner_renews_its_lease_while_a_step_works(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The step lasts longer than the lease; nobody may take the run meanwhile."""
    monkeypatch.setattr(adapter, "LEASE_SECONDS", 0.4)
    left = []

    def work() -> None:
        for _ in range(12):
            time.sleep(0.05)
            left.append(place.row().lease_left or -1.0)

    steps = [{"id": "a", "tool": "work"}]
    run({"weft": 1, "name": "x", "steps": steps}, run_id="it", tools={"work": work}, store=place.store)
    assert min(left) > 0
    assert place.row().lease_left is None


def test_two_that_start_the_same_id_at_once_are_one_run(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other has created it between this one's look and its own try."""
    from engine.journal.sql.adapter import SqlJournal

    spec = str(place.spec([A]))
    assert place.weft("run", spec, "--run-id", "it").code == 0
    look = SqlJournal.run
    answers = [None]
    monkeypatch.setattr(
        SqlJournal, "run", lambda self, run_id: answers.pop() if answers else look(self, run_id)
    )
    answer = place.weft("run", spec, "--run-id", "it", "--output", "json")
    assert (answer.code, answer.report["status"]) == (0, "succeeded")
    assert place.kinds().count("RunCreated") == 1


def _ended_meanwhile(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run `it`, left behind, is ended by another process right after a command has judged that its owner is gone."""
    place.leave([A], GONE)
    usual, once = taking.ready_toolbox, [True]

    def late(*given: Any) -> Any:
        if once and once.pop():
            with place.journal() as journal:
                row = journal.run("it")
                assert row is not None
                ends = NewEvent(time.time(), "RunFinished", payload={"status": "succeeded", "outputs": {}})
                changes = {"status": "succeeded", "finished_at": ends.at, "outputs": {}}
                journal.append("it", row.epoch, [ends], changes)
        return usual(*given)

    monkeypatch.setattr(taking, "ready_toolbox", late)


def test_the_same_start_of_a_run_that_ends_meanwhile_is_given_its_result(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner ended it and left, both after this process had seen the run and before it looked for the owner."""
    _ended_meanwhile(place, monkeypatch)
    answer = place.weft("run", str(place.spec([A])), "--run-id", "it", "--output", "json")
    assert (answer.code, answer.report["status"]) == (0, "succeeded"), answer.err
    assert place.kinds() == ["RunCreated", "RunFinished"]
    assert place.row().owner is None


def test_a_cancel_of_a_run_that_ends_meanwhile_says_how_it_ended(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ended_meanwhile(place, monkeypatch)
    answer = place.weft("cancel", "it")
    assert answer.code == 4, answer.err
    assert place.kinds() == ["RunCreated", "RunFinished"]


@pytest.mark.slow
def test_of_processes_that_start_the_same_id_at_once_one_runs_it(place: Place) -> None:
    """The others get its result, or are told who owns it."""
    spec = str(place.spec([place.note("a"), place.note("b")]))
    for round_ in range(4):
        place.ledger.unlink(missing_ok=True)
        run_id = f"r{round_}"
        processes = [place.begin("run", spec, "--run-id", run_id) for _ in range(4)]
        told = [(*process.communicate(timeout=60), process.returncode) for process in processes]
        codes = [code for *_, code in told]
        assert set(codes) <= {0, 5}, told
        assert codes.count(0) >= 1
        assert all("is owned by process" in err for _, err, code in told if code == 5), told
        assert place.lines() == ["a", "b"]
        assert place.row(run_id).status == "succeeded"
