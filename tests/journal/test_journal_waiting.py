"""Another process writes to the same file: it is waited for, not by who says that it will not, and not long in a hurry."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import StoreError
from engine.journal import NewEvent, NewRun, StoreBusy, StoredSpec, open_journal
from engine.journal.sql.adapter import SqlJournal
from engine.journal.sql.patience import HURRIED_SECONDS, LockPatience

SPEC = StoredSpec("h", "n", "t")
STEP = NewEvent(1.0, "StepStarted", "a", 1, {"x": "y" * 50})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
def journal(path: Path) -> Iterator[SqlJournal]:
    opened = open_journal(str(path), busy_seconds=120.0)
    assert isinstance(opened, SqlJournal)
    opened.create_run(NewRun("r1", "w", {}, 1.0, owner={"pid": 1}), SPEC, [NewEvent(1.0, "RunCreated")])
    yield opened
    opened.close()


@pytest.fixture
def other(path: Path, journal: SqlJournal) -> Iterator[sqlite3.Connection]:
    """Another process, as far as SQLite is concerned."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    yield connection
    connection.close()


def acts(journal: SqlJournal) -> list[Callable[[], Any]]:
    return [
        lambda: journal.append("r1", 1, [STEP]),
        lambda: journal.claim("r1", {}, 1),
        lambda: journal.release("r1", 1),
        lambda: journal.create_run(NewRun("r2", "w", {}, 1.0), SPEC, [STEP]),
        lambda: journal.post("r1", "signal", "go", {}, 1.0),
        lambda: journal.attend("r1", 1),
    ]


def test_who_waits_for_nobody_is_told_and_may_come_again(
    journal: SqlJournal, other: sqlite3.Connection
) -> None:
    other.execute("BEGIN IMMEDIATE")
    for act in acts(journal):
        with pytest.raises(StoreBusy, match="is locked by another process"), journal.at_once():
            act()
    assert journal.attend("r1", 1, renew=False) == [], "reading needs no lock"
    other.execute("ROLLBACK")
    with journal.at_once():
        assert journal.append("r1", 1, [STEP]) == 2
    assert journal.verify("r1") == []


def test_who_waits_for_nobody_does_not_stand_in_line_behind_one_who_waits(
    journal: SqlJournal, other: sqlite3.Connection
) -> None:
    other.execute("BEGIN IMMEDIATE")
    answers: list[int] = []
    waiting = threading.Thread(target=lambda: answers.append(journal.append("r1", 1, [STEP])))
    waiting.start()
    while not journal._appending.line._is_led:
        continue
    for act in acts(journal)[:-1]:
        with pytest.raises(StoreBusy), journal.at_once():
            act()
    other.execute("ROLLBACK")
    waiting.join()
    assert answers == [2]
    assert journal.verify("r1") == []


def test_waiting_for_nobody_is_of_one_thread_and_ends(journal: SqlJournal, other: sqlite3.Connection) -> None:
    other.execute("BEGIN IMMEDIATE")
    answers: list[int] = []
    with journal.at_once():
        waiting = threading.Thread(target=lambda: answers.append(journal.append("r1", 1, [STEP])))
        waiting.start()
        while not journal._appending.line._is_led:
            continue
        other.execute("ROLLBACK")
        waiting.join()
    assert answers == [2]
    assert not journal._writer.is_at_once


@pytest.mark.slow
def test_in_a_hurry_a_lock_is_not_waited_for_any_longer(
    journal: SqlJournal, other: sqlite3.Connection
) -> None:
    """The store waits two minutes for it otherwise, and who leaves a run would not leave."""
    other.execute("BEGIN IMMEDIATE")
    failed: list[StoreError] = []

    def write() -> None:
        try:
            journal.append("r1", 1, [STEP])
        except StoreError as error:
            failed.append(error)

    waiting = threading.Thread(target=write)
    waiting.start()
    while not journal._appending.line._is_led:
        continue
    journal.hurry()
    waiting.join()
    assert "is locked by another process" in failed[0].message
    other.execute("ROLLBACK")
    assert journal.append("r1", 1, [STEP]) == 2, "nothing was written, and nothing is in doubt"


@pytest.mark.slow
def test_closing_does_not_wait_for_a_lock(journal: SqlJournal, other: sqlite3.Connection) -> None:
    other.execute("BEGIN IMMEDIATE")
    failed: list[StoreError] = []

    def attend() -> None:
        try:
            journal.attend("r1", 1)
        except StoreError as error:
            failed.append(error)

    waiting = threading.Thread(target=attend)
    waiting.start()
    while journal._attendant._link is None:
        continue
    journal.close()
    waiting.join()
    assert len(failed) == 1
    other.execute("ROLLBACK")


class Clock:
    def __init__(self) -> None:
        self.now = 50.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def test_pauses_for_a_lock_stay_short() -> None:
    clock = Clock()
    patience = LockPatience(10.0, threading.Event(), clock.sleep, lambda: clock.now)
    while patience.wait():
        continue
    assert sum(clock.pauses) == pytest.approx(10.0)
    assert clock.pauses[0] <= 0.001
    assert max(clock.pauses) <= 0.025, "another's commit takes a few milliseconds"


def test_a_hurry_leaves_a_second_and_never_adds_to_what_is_left() -> None:
    for seconds, left in ((10.0, HURRIED_SECONDS), (0.2, 0.2)):
        clock, hurried = Clock(), threading.Event()
        patience = LockPatience(seconds, hurried, clock.sleep, lambda clock=clock: clock.now)
        assert patience.wait()
        hurried.set()
        while patience.wait():
            continue
        assert sum(clock.pauses[1:]) == pytest.approx(left, abs=0.002)
