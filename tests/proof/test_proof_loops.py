"""A share of each of the big loops (`.ci/proof`), drawn anew each time; the seed is printed (WEFT_TEST_SEED repeats it)."""

from __future__ import annotations

import os
import random
from collections import Counter
from pathlib import Path
from typing import Any

import proof_all
import pytest
from ledger_record import check_record
from proof_engine import engine_loop
from proof_kills import kill_loop
from proof_machine import machine_loop
from proof_restarts import restart_loop
from proof_store import Say

from engine.journal import Event

SEED = int(os.environ.get("WEFT_TEST_SEED") or random.SystemRandom().randrange(2**32))


def _say(line: str) -> None:
    print(f"WEFT_TEST_SEED={SEED}: {line}")


@pytest.mark.slow
def test_simulated_runs_under_every_fault_keep_all_invariants() -> None:
    counts = machine_loop(750, SEED, _say)
    faults = ("crashes and interrupts", "reopened", "rows dropped", "done and told as failed", "never told")
    assert counts["runs"] == 750
    assert all(counts[fault] for fault in faults), f"a fault was never drawn: {counts}"


@pytest.mark.slow
def test_simulated_runs_of_the_whole_engine_lose_nothing(tmp_path: Path) -> None:
    counts = engine_loop(120, SEED, _say, tmp_path)
    faults = (
        "died at CP7",
        "died at any moment",
        "store: lost-done",
        "store: lost-undone",
        "cancelled by others",
    )
    assert counts["runs"] == 120
    assert all(counts[fault] for fault in faults), f"a fault was never drawn: {counts}"


@pytest.mark.slow
def test_runs_whose_processes_are_killed_all_end_and_each_step_is_recorded_once(tmp_path: Path) -> None:
    _say("kills")
    assert kill_loop(tmp_path, 24, 10, SEED, _say)["kills"] == 10


@pytest.mark.slow
def test_owners_that_wake_up_after_their_lease_change_nothing(tmp_path: Path) -> None:
    _say("freezes")
    assert kill_loop(tmp_path, 20, 1, SEED, _say, freezes=5)["freezes"] == 5


@pytest.mark.services
def test_the_same_on_a_server(tmp_path: Path, postgres_url: str) -> None:
    _say("kills on a server")
    assert kill_loop(tmp_path, 24, 10, SEED, _say, postgres_url)["kills"] == 10


@pytest.mark.services
def test_short_runs_under_a_server_that_is_stopped_and_started_all_end(
    tmp_path: Path, postgres_server: Any
) -> None:
    _say("restarts")
    assert restart_loop(tmp_path, 200, (0.5, 2.0), SEED, _say, postgres_server)["restarts"] >= 1


# -- the loops themselves: what would be wrong is found, and told with its seed


def _event(kind: str, attempt: int | None = 1) -> Event:
    return Event("r", 1, 0.0, kind, "a", attempt, {})


def _line(word: str, attempt: int = 1, key: str = "k") -> dict[str, Any]:
    return {"run": "r", "word": word, "at": "a", "attempt": attempt, "key": key}


GOOD_EVENTS = [
    _event("StepStarted"),
    _event("StepLost"),
    _event("StepStarted", 2),
    _event("StepSucceeded", 2),
]
GOOD_LINES = [_line("begun"), _line("begun", 2), _line("done", 2)]


def test_an_execution_that_is_recorded_as_lost_is_counted_and_allowed() -> None:
    assert check_record(GOOD_EVENTS, GOOD_LINES, repeats_max=1) == 1


@pytest.mark.parametrize(
    ("events", "lines", "told"),
    [
        (GOOD_EVENTS, [*GOOD_LINES, _line("begun", 2)], "executed twice"),
        (GOOD_EVENTS[:2], GOOD_LINES, "not recorded"),
        (GOOD_EVENTS, [*GOOD_LINES[:2]], "recorded as a success and not done"),
        (GOOD_EVENTS, [_line("begun", 1, "other"), *GOOD_LINES[1:]], "has changed"),
        ([*GOOD_EVENTS[:1], *GOOD_EVENTS[2:]], GOOD_LINES, "executed without need"),
        ([*GOOD_EVENTS, GOOD_EVENTS[-1]], GOOD_LINES, "recorded twice"),
    ],
)
def test_a_record_that_the_ledger_contradicts_is_found(
    events: list[Event], lines: list[dict[str, Any]], told: str
) -> None:
    with pytest.raises(AssertionError, match=told):
        check_record(events, lines, repeats_max=1)


def test_a_loop_that_fails_is_told_with_what_repeats_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def bad(seed: int, small: bool, say: Say) -> Counter[str]:
        raise AssertionError("run r-1: it does not exist")

    loops = {
        "bad": proof_all.Loop("fails", 1, bad),
        "good": proof_all.Loop("holds", 1, lambda *_: Counter("x")),
    }
    monkeypatch.setattr(proof_all, "LOOPS", loops)
    assert proof_all.main(["--small", "--seed", "7"]) == 1
    out = capsys.readouterr().out
    assert "run r-1: it does not exist" in out
    assert "again: .ci/proof --only bad --seed 7 --small" in out
    assert "| good | 0 | good | 1 x |" in out
    assert proof_all.main(["--only", "good"]) == 0
