"""Faults under the SQLite store: a kill, a full disk, a lost answer, a lock, damage."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import StoreError
from engine.journal import NewEvent, NewRun, OutcomeUnknown, RunRow, StaleOwner, StoredSpec, open_journal
from engine.journal.sql.adapter import SqlJournal

SPEC = StoredSpec("h", "n", "t")
STEP = NewEvent(1.0, "StepStarted", "a", 1, {"x": "y" * 50})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
def journal(path: Path) -> Iterator[SqlJournal]:
    opened = opened_at(path)
    opened.create_run(NewRun("r1", "w", {}, 1.0, owner={"pid": 1}), SPEC, [NewEvent(1.0, "RunCreated")])
    yield opened
    opened.close()


def opened_at(store: object) -> SqlJournal:
    opened = open_journal(str(store), busy_seconds=0.05)
    assert isinstance(opened, SqlJournal)
    return opened


def row(journal: SqlJournal, run_id: str = "r1") -> RunRow:
    found = journal.run(run_id)
    assert found is not None
    return found


def pragma(journal: SqlJournal, text: str) -> Any:
    return journal._writer.query(lambda cursor: cursor.execute(f"PRAGMA {text}").fetchone()[0])


def test_sqlite_is_told_to_survive_a_loss_of_power(journal: SqlJournal) -> None:
    told = {
        name: pragma(journal, name)
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    }
    assert told == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 0}


# --- a kill

APPENDS = """
import sys
from engine.journal import Append, NewEvent, NewRun, StoredSpec, open_journal
journal = open_journal(sys.argv[1])
for name in "ab":
    journal.create_run(NewRun(name, "w", {}, 1.0), StoredSpec("h", "n", "t"), [NewEvent(1.0, "RunCreated")])
while True:
    step = [NewEvent(1.0, "StepStarted", "s", 1, {"x": "y" * 300}), NewEvent(2.0, "StepSucceeded", "s", 1)]
    print(*journal.append_all([Append("a", 0, step), Append("b", 0, step * 20)]), flush=True)
"""


@pytest.mark.parametrize("answers", [1, 40, 150])
def test_a_process_killed_while_appending_leaves_whole_chains_and_all_it_was_promised(
    path: Path, answers: int
) -> None:
    process = subprocess.Popen([sys.executable, "-c", APPENDS, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    promised = [process.stdout.readline() for _ in range(answers)]
    process.send_signal(signal.SIGKILL)
    promised += process.stdout.readlines()
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    last = [line for line in promised if line.endswith("\n")][-1].split()
    journal = opened_at(path)
    for name, seq in zip("ab", last, strict=True):
        assert journal.verify(name) == []
        assert row(journal, name).last_seq >= int(seq)
    assert (row(journal, "a").last_seq - 1) * 20 == row(journal, "b").last_seq - 1, "a group is kept whole"
    assert journal.append("a", 0, [STEP]) == row(journal, "a").last_seq
    journal.close()


# --- locks, rights, room


def test_a_lock_held_by_somebody_else_is_told_and_waited_out(journal: SqlJournal, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for act in (
        lambda: journal.append("r1", 1, [STEP]),
        lambda: journal.claim("r1", {}, 1),
        lambda: journal.create_run(NewRun("r2", "w", {}, 1.0), SPEC, [STEP]),
    ):
        with pytest.raises(StoreError, match=r"is locked by another process(?m:$)") as caught:
            act()
        assert caught.value.hint
    assert row(journal).last_seq == 1, "reading needs no lock"
    other.execute("ROLLBACK")
    other.close()
    assert journal.append("r1", 1, [STEP]) == 2
    assert journal.verify("r1") == []


def test_a_read_only_store_can_be_read_and_says_what_it_is(journal: SqlJournal, path: Path) -> None:
    reader = opened_at(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert row(reader).last_seq == 1
    with pytest.raises(StoreError, match=r"is read-only(?m:$)"):
        reader.append("r1", 1, [STEP])
    reader.close()
    assert journal.append("r1", 1, [STEP]) == 2


def test_a_full_disk_is_told_nothing_is_kept_and_it_goes_on_when_there_is_room(journal: SqlJournal) -> None:
    pragma(journal, f"max_page_count = {pragma(journal, 'page_count')}")
    big = NewEvent(1.0, "StepSucceeded", "a", 1, {"x": "y" * 100_000})
    with pytest.raises(StoreError, match=r"has no room left(?m:$)") as caught:
        journal.append("r1", 1, [big])
    assert not isinstance(caught.value, OutcomeUnknown)
    assert row(journal).last_seq == 1
    pragma(journal, "max_page_count = 100000")
    assert journal.append("r1", 1, [big]) == 2
    assert journal.verify("r1") == []


DISK_FAULT = """
import os, resource, sys
from engine.errors import StoreError
from engine.journal import NewEvent, open_journal
journal = open_journal(sys.argv[1])
size = os.path.getsize(sys.argv[1] + "-wal") + 130_000
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
big = NewEvent(1.0, "StepSucceeded", "a", 1, {"x": "y" * 50_000})
kept = 1
for _ in range(20):
    try:
        kept = journal.append("r1", 1, [big])
    except StoreError as error:
        first = type(error).__name__
        break
try:
    journal.append("r1", 1, [NewEvent(1.0, "StepStarted")])
except StoreError as error:
    print(kept, first, "|", error.message)
"""


def test_after_a_write_that_failed_the_disk_is_not_trusted_again(journal: SqlJournal, path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DISK_FAULT, str(path)], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    said, message = done.stdout.split("|")
    kept, first = said.split()
    assert first == "OutcomeUnknown"
    assert "cannot be read or written: disk I/O error; nothing more is written to it" in message
    assert journal.verify("r1") == []
    assert row(journal).last_seq >= int(kept) > 1


# --- an answer that is lost


class LostAnswer:
    """The writer's connection with a COMMIT whose answer never comes: before it was done, or after."""

    def __init__(self, link: Any, done: bool) -> None:
        self._link = link
        self._done = done

    def commit(self) -> None:
        if self._done:
            self._link.commit()
        raise sqlite3.OperationalError("the answer was lost")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


def lose_the_answer(journal: SqlJournal, *, done: bool) -> None:
    journal._writer._link = LostAnswer(journal._writer._connected(), done)  # type: ignore[assignment]


def test_a_commit_that_was_done_is_found_by_reading_back(journal: SqlJournal) -> None:
    lose_the_answer(journal, done=True)
    assert journal.append("r1", 1, [STEP, STEP]) == 3
    assert journal.append("r1", 1, [STEP]) == 4
    lose_the_answer(journal, done=True)
    assert journal.claim("r1", {"pid": 2}, 1).epoch == 2
    lose_the_answer(journal, done=True)
    journal.release("r1", 2)
    lose_the_answer(journal, done=True)
    assert journal.create_run(NewRun("r2", "w", {}, 1.0), SPEC, [STEP]).last_seq == 1
    assert [event.seq for event in journal.events("r1")] == [1, 2, 3, 4]
    assert journal.verify("r1") == journal.verify("r2") == []


def test_a_commit_that_was_not_done_is_an_error_and_may_be_tried_again(journal: SqlJournal) -> None:
    lose_the_answer(journal, done=False)
    with pytest.raises(StoreError, match="the answer was lost") as caught:
        journal.append("r1", 1, [STEP])
    assert not isinstance(caught.value, OutcomeUnknown)
    assert row(journal).last_seq == 1
    assert journal.append("r1", 1, [STEP]) == 2
    lose_the_answer(journal, done=False)
    with pytest.raises(StoreError, match="the answer was lost"):
        journal.claim("r1", {"pid": 1}, 1)  # the owner it has already, so only the epoch tells
    assert row(journal).epoch == 1
    assert journal.verify("r1") == []


@pytest.mark.parametrize("done", [True, False])
def test_when_reading_back_fails_too_the_run_takes_nothing_until_it_is_claimed(
    journal: SqlJournal, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    """Neither a blind insert nor an assumed failure: whoever claims the run sees which of the two it was."""
    lose_the_answer(journal, done=done)
    connect = journal._engine.raw_connection

    def unreachable() -> Any:
        raise sqlite3.OperationalError("no way through")

    monkeypatch.setattr(journal._engine, "raw_connection", unreachable)
    with pytest.raises(OutcomeUnknown, match="whether the last write was kept is unknown"):
        journal.append("r1", 1, [STEP])
    monkeypatch.setattr(journal._engine, "raw_connection", connect)
    with pytest.raises(StaleOwner, match="is unknown"):
        journal.append("r1", 1, [STEP])
    last = 2 if done else 1
    assert journal.claim("r1", {"pid": 1}, 1).last_seq == last
    assert journal.append("r1", 2, [STEP]) == last + 1
    assert journal.verify("r1") == []


def test_a_connection_lost_before_commit_is_replaced_and_the_work_done_again(
    journal: SqlJournal, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(LostAnswer):
        def cursor(self) -> Any:
            raise sqlite3.OperationalError("gone")

    monkeypatch.setattr(journal._engine.dialect, "is_disconnect", lambda error, *_: "gone" in str(error))
    journal._writer._link = Broken(journal._writer._connected(), False)  # type: ignore[assignment]
    assert journal.append("r1", 1, [STEP]) == 2
    assert journal.verify("r1") == []


# --- damage


def tamper(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE weft_events SET payload = '{\"x\":2}' WHERE seq = 3", "broken chain: event 3"),
        ("UPDATE weft_events SET at = at + 0.001 WHERE seq = 3", "broken chain: event 3"),
        ("UPDATE weft_events SET instance = NULL WHERE seq = 3", "broken chain: event 3"),
        ("UPDATE weft_events SET epoch = 9 WHERE seq = 3", "broken chain: event 3"),
        ("DELETE FROM weft_events WHERE seq = 3", "gap: event 3 is missing"),
        (
            "DELETE FROM weft_events WHERE seq >= 4",
            "the run's row says event 5 is the last, the last one found is 3",
        ),
        ("UPDATE weft_runs SET last_seq = 4", "the run's row holds another hash than its last event, 4"),
        ("UPDATE weft_runs SET last_hash = 'x'", "the run's row holds another hash than its last event, 5"),
        ("UPDATE weft_runs SET epoch = 0", "event 1 has epoch 1, after 0; the run is at 0"),
    ],
)
def test_whatever_is_changed_behind_its_back_shows(
    journal: SqlJournal, path: Path, statement: str, problem: str
) -> None:
    journal.append("r1", 1, [STEP] * 4)
    assert journal.verify("r1") == []
    tamper(path, statement)
    assert journal.verify("r1")[0].startswith(problem)


def test_an_event_beyond_the_rows_end_shows(journal: SqlJournal, path: Path) -> None:
    columns = "epoch, at, kind, instance, attempt, payload, hash"
    tamper(path, f"INSERT INTO weft_events SELECT run_id, 2, {columns} FROM weft_events")
    assert journal.verify("r1") == ["the run's row says event 1 is the last, event 2 is there"]
    with pytest.raises(StoreError, match="UNIQUE"):
        journal.append("r1", 1, [STEP])


def test_a_payload_that_is_no_json_is_told_by_its_event(journal: SqlJournal, path: Path) -> None:
    tamper(path, "UPDATE weft_events SET payload = '{'")
    with pytest.raises(StoreError, match="is damaged: event 1 of run 'r1' is not JSON"):
        list(journal.events("r1"))


def test_damaged_pages_are_told(journal: SqlJournal, path: Path) -> None:
    journal.append("r1", 1, [STEP] * 2000)
    journal.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))

    def use() -> None:
        again = opened_at(path)
        try:
            list(again.events("r1"))
        finally:
            again.close()

    with pytest.raises(StoreError, match="damaged") as caught:
        use()
    assert caught.value.hint


def test_tables_that_are_gone_are_told(journal: SqlJournal, path: Path) -> None:
    tamper(path, "DROP TABLE weft_events")
    acts: list[Callable[[], Any]] = [
        lambda: list(journal.events("r1")),
        lambda: journal.append("r1", 1, [STEP]),
    ]
    for act in acts:
        with pytest.raises(StoreError, match="no such table: weft_events"):
            act()


# --- a disk that cannot keep

FSYNC = """
import sys
from engine.errors import StoreError
from engine.journal import NewEvent, open_journal
journal = open_journal(sys.argv[1])
kept, said = 1, []
for _ in range(12):
    try:
        kept = journal.append("r1", 1, [NewEvent(1.0, "StepStarted", "a", 1, {"x": "y" * 500})])
    except StoreError as error:
        said.append(f"{type(error).__name__}: {error.message}")
print(kept, *said, sep="|")
"""


@pytest.mark.services
@pytest.mark.slow
@pytest.mark.parametrize("fault", ["EIO", "ENOSPC"])
@pytest.mark.parametrize("when", [3, 6, 9])
def test_a_sync_that_failed_once_stops_the_writer_and_the_store_is_whole_when_opened_again(
    journal: SqlJournal, path: Path, when: int, fault: str
) -> None:
    """What the system forgot to write is gone without a word, and the next sync would claim to have kept it."""
    journal.close()
    inject = ["strace", "-f", "-o", os.devnull, "-e", "trace=fdatasync,fsync"]
    inject += ["-e", f"inject=fdatasync,fsync:error={fault}:when={when}"]
    command = [*inject, sys.executable, "-c", FSYNC, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    kept, first, *others = done.stdout.strip().split("|")
    assert first.startswith("OutcomeUnknown: ")
    assert len(others) >= 1
    assert all(said.endswith("disk I/O error; nothing more is written to it") for said in others)
    again = opened_at(path)
    assert row(again).last_seq in (int(kept), int(kept) + 1)
    assert again.verify("r1") == []
    assert again.claim("r1", {"pid": 2}, 1).epoch == 2
    assert again.append("r1", 2, [STEP]) == row(again).last_seq
    assert again.verify("r1") == []
    again.close()
