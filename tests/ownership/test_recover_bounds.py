"""What recovery does not try for ever, and what it does: a run that kills who takes it up; a store that is gone for a while."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from owned_runs import GONE, Place

from engine.app.takeovers import TAKEOVERS_MAX
from engine.crash import VARIABLE
from engine.journal import NewEvent

A = {"id": "a", "tool": "echo"}


def _taken_over_in_vain(place: Place, times: int, run_id: str = "it") -> None:
    """As by processes that died right after they had the run."""
    with place.journal() as journal:
        row = journal.run(run_id)
        assert row is not None
        for epoch in range(row.epoch, row.epoch + times):
            journal.claim(run_id, GONE, epoch)


def test_a_run_whose_owners_die_before_anything_new_is_given_up_after_ten(place: Place) -> None:
    place.leave([A], GONE)
    _taken_over_in_vain(place, TAKEOVERS_MAX)
    place.leave([A], run_id="other")
    answer = place.weft("recover", "--output", "json")
    assert (answer.code, answer.report["ended"]) == (5, {"other": "succeeded"})
    told = answer.report["quarantined"]["it"]
    assert "processes in a row took it over and died before anything new was recorded" in told
    assert told in json.loads(place.weft("runs", "--output", "json").out)["runs"][-1]["quarantined"]
    assert "died before anything new was recorded" in place.weft("show", "it").out
    assert place.kinds() == ["RunCreated"], "it was not taken over once more"


def test_one_takeover_fewer_is_still_gone_on_with(place: Place) -> None:
    place.leave([A], GONE)
    _taken_over_in_vain(place, TAKEOVERS_MAX - 2)  # and the one by which it was left
    assert place.weft("recover").code == 0
    assert place.row().status == "succeeded"


def test_what_was_recorded_in_between_begins_the_count_anew(place: Place) -> None:
    place.leave([A], GONE)
    _taken_over_in_vain(place, TAKEOVERS_MAX - 2)
    with place.journal() as journal:
        epoch = journal.claim("it", GONE, place.row().epoch).epoch
        journal.append("it", epoch, [NewEvent(2.0, "RunWaiting", payload={"for": []})])
    _taken_over_in_vain(place, TAKEOVERS_MAX - 1)
    assert place.weft("recover").code == 0
    assert place.row().status == "succeeded"


def test_owners_that_gave_it_back_did_not_die_of_it(place: Place) -> None:
    """A store that fails again and again lets each of them down, and none of them is killed."""
    place.leave([A])
    with place.journal() as journal:
        for _ in range(2 * TAKEOVERS_MAX):
            journal.release("it", journal.claim("it", GONE).epoch)
    assert place.weft("recover").code == 0
    assert place.row().status == "succeeded"


def test_who_resumes_a_run_that_was_given_up_may_try(place: Place) -> None:
    place.leave([A], GONE)
    _taken_over_in_vain(place, TAKEOVERS_MAX)
    assert place.weft("recover").code == 5
    answer = place.weft("resume", "it")
    assert (answer.code, place.row().quarantined) == (0, None), answer.err


def test_doctor_tells_of_a_run_in_quarantine_and_finds_no_damage_in_it(place: Place) -> None:
    place.leave([A], GONE)
    _taken_over_in_vain(place, TAKEOVERS_MAX)
    place.weft("recover")
    answer = place.weft("doctor", "--output", "json")
    assert answer.code == 0
    (found,) = answer.report["findings"]
    assert (found["severity"], found["check"], found["run_id"]) == ("notice", "quarantine", "it")
    assert "died before anything new was recorded" in found["message"]
    assert "weft resume it" in found["repair"]
    assert place.weft("doctor", "--run", "it", "--output", "json").report["findings"] == [found]


@pytest.mark.slow
def test_recovery_that_is_killed_by_a_run_at_every_try_leaves_it_alone_in_the_end(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run that comes after it is reached at last."""
    place.leave([A], GONE, run_id="it")
    place.leave([A], GONE, run_id="other")
    monkeypatch.setenv(VARIABLE, "CP3")
    for _ in range(TAKEOVERS_MAX - 1):  # and the owner that left it
        process = place.begin("recover", "--max-runs", "1")
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
        assert place.row("other").epoch == 2, "it was not reached"
        if place.row("it").quarantined is not None:
            break
    place.begin("recover", "--max-runs", "1").communicate(timeout=60)
    assert "died before anything new was recorded" in (place.row("it").quarantined or "")
    assert place.row("other").epoch == 3, "it is reached at last"


@pytest.mark.slow
def test_a_run_whose_process_died_right_after_its_end_is_nobodys(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "CP10")
    process = place.begin("run", str(place.spec([A])), "--run-id", "it")
    process.communicate(timeout=60)
    row = place.row()
    assert (process.returncode, row.status, row.owner) == (-signal.SIGKILL, "succeeded", None)


def _watched(place: Place, meanwhile: Callable[[], None]) -> Any:
    """The watch, in this process, with `meanwhile` beside it; the signal that ends it is sent when that is through."""
    troubles: list[BaseException] = []

    def beside() -> None:
        try:
            meanwhile()
        except BaseException as error:
            troubles.append(error)
        signal.raise_signal(signal.SIGTERM)

    thread = threading.Thread(target=beside)
    thread.start()
    answer = place.weft("recover", "--watch", "0.1", "--output", "json")
    thread.join()
    assert not troubles, troubles
    return answer


def test_a_watch_goes_on_when_a_file_that_was_gone_is_back(place: Place) -> None:
    """Also where it is another file: one that was deleted could be read for ever by who has it open."""
    place.leave([A], run_id="first")
    store, away = Path(place.store), place.folder / "away"

    def meanwhile() -> None:
        place.wait_for((place.folder / "ended-first").exists)
        for file in place.folder.glob("runs.db*"):
            file.rename(away.with_name(f"away{file.name}"))
        place.wait_for(lambda: os.path.exists(place.folder / "said"))
        place.leave([A], run_id="second")
        place.wait_for((place.folder / "ended-second").exists)

    assert store.is_file()
    answer = _said_to_a_file(place, meanwhile)
    assert answer.code == 143
    assert answer.report["ended"] == {"first": "succeeded", "second": "succeeded"}


def _said_to_a_file(place: Place, meanwhile: Callable[[], None]) -> Any:
    """As `_watched`; files are there once the watch has said that the store cannot be scanned, and that a run has ended."""
    from engine.app.recovering import _Recovery

    with pytest.MonkeyPatch.context() as patch:
        say_trouble, tell_ended = _Recovery._say_trouble, _Recovery._told_ended

        def heard(self: Any, message: str | None) -> None:
            say_trouble(self, message)
            if message is not None:
                (place.folder / "said").touch()

        def ended(self: Any, run_id: str, status: str) -> None:
            tell_ended(self, run_id, status)
            (place.folder / f"ended-{run_id}").touch()

        patch.setattr(_Recovery, "_say_trouble", heard)
        patch.setattr(_Recovery, "_told_ended", ended)
        return _watched(place, meanwhile)


@pytest.mark.services
def test_a_watch_goes_on_when_a_server_that_was_gone_is_back(
    place: Place, postgres_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.journal.sql import adapter

    usual = adapter.SqlJournal.__init__
    monkeypatch.setattr(
        adapter.SqlJournal,
        "__init__",
        lambda self, *a, **k: usual(self, *a, **{**k, "reconnect_seconds": 0.5}),
    )
    place.store = postgres_server.url
    place.leave([A], run_id="first")

    def meanwhile() -> None:
        place.wait_for((place.folder / "ended-first").exists)
        postgres_server.stop("immediate")
        place.wait_for(lambda: os.path.exists(place.folder / "said"))
        postgres_server.start()
        place.leave([A], run_id="second")
        place.wait_for((place.folder / "ended-second").exists)

    answer = _said_to_a_file(place, meanwhile)
    assert answer.code == 143
    assert answer.report["ended"] == {"first": "succeeded", "second": "succeeded"}
    assert "the store can be scanned again" in answer.err
