"""Deleting what ended long ago, and copying a store that is in use."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.errors import StoreError, UsageError
from engine.journal import Journal, NewEvent, NewRun, RunNotFound, StoredSpec, back_up, clean, open_journal
from engine.journal.retention import MARK

STEP = NewEvent(2.0, "StepStarted", "a", 1, {"x": "y" * 100})


def make(
    journal: Journal, run_id: str, ended: float | None = None, spec: str = "h", status: str = "succeeded"
) -> None:
    created = NewEvent(1.0, "RunCreated", payload={"spec": spec})
    journal.create_run(NewRun(run_id, "w", {}, 1.0, owner={"pid": 1}), StoredSpec(spec, "n", "t"), [created])
    journal.append(run_id, 1, [STEP] * 3)
    if ended is not None:
        end = NewEvent(ended, "RunFinished")
        journal.append(run_id, 1, [end], {"status": status, "finished_at": ended, "outputs": {"n": 1}})


def ids(journal: Journal) -> list[str]:
    return sorted(row.run_id for row in journal.runs())


def test_the_expired_are_those_that_ended_before_a_time_first_ended_first(journal: Journal) -> None:
    for run_id, ended in (("c", 3.0), ("a", 5.0), ("b", 4.0), ("late", 9.0), ("moving", None)):
        make(journal, run_id, ended)
    assert journal.expired(9.0) == ["c", "b", "a"]
    assert journal.expired(9.5, limit=2) == ["c", "b"]
    assert journal.expired(3.0) == []


@pytest.mark.parametrize("status", ["failed", "partial_failure", "cancelled", "succeeded"])
def test_a_deleted_run_leaves_nothing_and_the_others_as_they_were(journal: Journal, status: str) -> None:
    make(journal, "old", 5.0, status=status)
    make(journal, "other", 5.0)
    assert journal.delete_run("old", 6.0)
    assert journal.run("old") is None
    assert list(journal.events("old")) == []
    with pytest.raises(RunNotFound):
        journal.append("old", 1, [NewEvent(9.0, "RunReopened")], {"status": "running"})
    assert ids(journal) == ["other"]
    assert journal.verify("other") == []
    assert not journal.delete_run("old", 6.0), "it is gone already"
    make(journal, "old")
    assert journal.verify("old") == []


def test_what_has_not_ended_or_not_long_ago_is_not_deleted(journal: Journal) -> None:
    make(journal, "moving")
    make(journal, "late", 5.0)
    make(journal, "reopened", 2.0)
    reopened = {"status": "running", "attempt": 2, "finished_at": None}
    journal.append("reopened", 1, [NewEvent(3.0, "RunReopened")], reopened)  # type: ignore[arg-type]
    for run_id in ("moving", "late", "reopened", "unknown", "", "a\0", "\ud800"):
        assert not journal.delete_run(run_id, 5.0)
    assert ids(journal) == ["late", "moving", "reopened"]
    assert journal.append("moving", 1, [STEP]) == 5


def test_a_spec_goes_with_the_last_run_that_names_it(journal: Journal) -> None:
    make(journal, "one", 5.0)
    make(journal, "two", 5.0)
    journal.delete_run("one", 6.0)
    assert journal.spec("h") is not None
    journal.delete_run("two", 6.0)
    assert journal.spec("h") is None


def test_a_spec_stays_while_a_reopened_run_was_of_it_once(journal: Journal) -> None:
    first, second = "f" * 64, "e" * 64
    make(journal, "one", 5.0, spec=first)
    make(journal, "two", 5.0, spec=first)
    again = NewEvent(5.5, "RunReopened", payload={"spec": second})
    changes = {"status": "running", "attempt": 2, "finished_at": None, "spec_hash": second}
    journal.append("two", 1, [again], changes, StoredSpec(second, "n", "t"))  # type: ignore[arg-type]
    journal.delete_run("one", 6.0)
    assert journal.spec(first) is not None
    assert journal.spec(second) is not None


# --- whole runs, with their large data


def folder_of(folders: Path, run_id: str) -> Path:
    (folders / run_id / "data").mkdir(parents=True)
    (folders / run_id / "data/x.json").write_text("1")
    return folders / run_id


def test_a_clean_up_takes_the_runs_that_ended_with_their_data_and_leaves_all_else(
    journal: Journal, tmp_path: Path
) -> None:
    folders = tmp_path / "runs"
    for run_id, ended in (("old", 5.0), ("bare", 4.0), ("late", 9.0), ("moving", None)):
        make(journal, run_id, ended)
    for run_id in ("old", "late", "moving", "of-another-store"):
        folder_of(folders, run_id)
    cleaned = clean(journal, 6.0, folders)
    assert (cleaned.runs, cleaned.left) == (["bare", "old"], {})
    assert ids(journal) == ["late", "moving"]
    assert sorted(path.name for path in folders.iterdir()) == ["late", "moving", "of-another-store"]
    assert clean(journal, 6.0, tmp_path / "nowhere").runs == []


def test_a_clean_up_takes_more_runs_than_one_page(journal: Journal) -> None:
    for n in range(105):
        make(journal, f"r{n:03}", 5.0)
    make(journal, "late", 6.0)
    assert clean(journal, 6.0).runs == [f"r{n:03}" for n in range(105)]
    assert ids(journal) == ["late"]


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.parametrize("point", ["before the rows go", "after the rows went"])
def test_a_clean_up_that_was_killed_left_runs_whole_or_gone_and_the_next_one_finishes(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    make(journal, "old", 5.0)
    folder = folder_of(tmp_path, "old")
    delete = journal.delete_run

    def killed(run_id: str, before: float) -> bool:
        if point == "after the rows went":
            delete(run_id, before)
        raise Killed

    monkeypatch.setattr(journal, "delete_run", killed)
    with pytest.raises(Killed):
        clean(journal, 6.0, tmp_path)
    assert (folder / "data/x.json").exists(), "a run that is there has its data"
    monkeypatch.undo()
    if point == "before the rows go":
        assert clean(journal, 1.0, tmp_path).runs == []
        assert not (folder / MARK).exists(), "the run stays, so the mark goes"
        assert clean(journal, 6.0, tmp_path).runs == ["old"]
    else:
        clean(journal, 1.0, tmp_path)
    assert not folder.exists()
    assert ids(journal) == []


def test_a_run_reopened_meanwhile_keeps_its_rows_and_its_data(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(journal, "old", 5.0)
    folder = folder_of(tmp_path, "old")
    delete = journal.delete_run

    def late(run_id: str, before: float) -> bool:
        reopened = {"status": "running", "attempt": 2, "finished_at": None}
        journal.append("old", 1, [NewEvent(7.0, "RunReopened")], reopened)  # type: ignore[arg-type]
        return delete(run_id, before)

    monkeypatch.setattr(journal, "delete_run", late)
    assert clean(journal, 6.0, tmp_path).runs == []
    assert sorted(path.name for path in folder.iterdir()) == ["data"]
    assert ids(journal) == ["old"]


def test_what_a_link_leads_to_is_never_deleted(journal: Journal, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    make(journal, "old", 5.0)
    (folder_of(tmp_path / "runs", "old") / "link").symlink_to(precious)
    make(journal, "linked", 5.0)
    (tmp_path / "runs/linked").symlink_to(precious)
    cleaned = clean(journal, 6.0, tmp_path / "runs")
    assert sorted(cleaned.runs) == ["linked", "old"]
    assert (precious / "file").exists()
    assert not (tmp_path / "runs/old").exists()


# --- a copy of a store in use


def test_a_copy_is_a_store_as_of_one_moment_and_the_original_goes_on(tmp_path: Path) -> None:
    store = str(tmp_path / "live.db")
    live = open_journal(store)
    make(live, "r1")
    back_up(store, tmp_path / "copy.db")
    live.append("r1", 1, [STEP])
    copy = open_journal(str(tmp_path / "copy.db"), create=False)
    assert copy.run("r1").last_seq == 4  # type: ignore[union-attr]
    assert live.run("r1").last_seq == 5  # type: ignore[union-attr]
    assert copy.verify("r1") == live.verify("r1") == []
    assert copy.append("r1", 1, [STEP]) == 5, "it can be gone on with"
    copy.close()
    live.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy.db", "live.db"]


def test_copies_made_while_others_write_are_whole(tmp_path: Path) -> None:
    store = str(tmp_path / "live.db")
    live = open_journal(store)
    for run_id in ("r1", "r2"):
        make(live, run_id)
    enough = threading.Event()

    def write(run_id: str) -> None:
        while not enough.is_set():
            live.append(run_id, 1, [STEP] * 5)

    threads = [threading.Thread(target=write, args=(run_id,)) for run_id in ("r1", "r2")]
    for thread in threads:
        thread.start()
    for n in range(5):
        back_up(store, tmp_path / f"copy{n}.db")
    enough.set()
    for thread in threads:
        thread.join()
    live.close()
    for n in range(5):
        copy = open_journal(str(tmp_path / f"copy{n}.db"), create=False)
        assert [copy.verify(run_id) for run_id in ("r1", "r2")] == [[], []]
        copy.close()


def test_what_cannot_be_copied_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    store = str(tmp_path / "live.db")
    open_journal(store).close()
    (tmp_path / "taken").write_text("mine")
    (tmp_path / "notes").write_text("dear diary, " * 100)
    cases: list[tuple[str, Path, type[Exception], str]] = [
        ("memory", tmp_path / "c", UsageError, "in memory cannot be copied"),
        ("postgresql://u:hunter2@host/db", tmp_path / "c", UsageError, "is kept by a server"),
        (str(tmp_path / "none.db"), tmp_path / "c", StoreError, "there is no store"),
        (str(tmp_path / "notes"), tmp_path / "c", StoreError, "is not a SQLite database"),
        (store, tmp_path / "taken", UsageError, "exists already"),
        (store, tmp_path / "no/c", UsageError, "cannot be written: no such file or directory"),
    ]
    for source, target, kind, message in cases:
        with pytest.raises(kind, match=message) as caught:
            back_up(source, target)
        assert "hunter2" not in str(caught.value)
    assert (tmp_path / "taken").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["live.db", "notes", "taken"]


FULL = """
import resource, sys
from pathlib import Path
from engine.errors import WeftError
from engine.journal import back_up
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    back_up(sys.argv[1], Path(sys.argv[2]))
except WeftError as error:
    print(error.message)
"""


def test_a_copy_that_finds_no_room_leaves_nothing(tmp_path: Path) -> None:
    store = str(tmp_path / "live.db")
    live = open_journal(store)
    make(live, "r1")
    live.append("r1", 1, [STEP] * 2000)
    live.close()
    command = [sys.executable, "-c", FULL, store, str(tmp_path / "copy.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert "cannot be" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["live.db"]
