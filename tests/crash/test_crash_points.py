"""What a crash at each named point leaves behind, and that the run comes to the end it would have come to.

The n-th passing of each point is a test of its own: a point that the process no longer passes fails it.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from crash_runs import OUTPUTS, Store

from engine.journal import NewEvent, NewRun
from engine.journal.sql.migrations import migrations

# How often a run passes each point, less what depends on which calls end together.
PASSED = {"CP3": 14, "CP4": 10, "CP5": 12, "CP6": 12, "CP7": 32, "CP8": 17, "CP12": 4, "CP14": 3}
PASSED |= {"CP1": 1, "CP2": 1, "CP9": 1, "CP10": 1, "CP11": 2}
UNDOING = {"CP3": (16, 18), "CP4": (14, 16), "CP6": (15, 17), "CP7": (41, 42), "CP8": (20, 22), "CP9": (1,)}
EVERY = [(point, nth) for point, most in PASSED.items() for nth in range(1, most + 1)]
SOME = [(point, 1 + most // 2) for point, most in PASSED.items()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


PAUSES = {"CP11": "2s"}  # a wait that is over before it could be recorded passes the point once, not twice


def _dies_and_ends(store: Store, point: str, nth: int) -> None:
    store.crash(f"{point}:{nth}")
    store.bring_to_its_end(resume=nth % 2 == 0)
    store.check_end(1)


def test_a_run_that_dies_before_a_result_is_recorded_runs_that_step_again_with_its_key(folder: Path) -> None:
    store = Store(folder)
    _dies_and_ends(store, "CP6", 1)
    booked = [(line["word"], line["attempt"]) for line in store.noted() if line["at"] == "book"]
    assert booked == [("begun", 1), ("done", 1), ("begun", 2), ("done", 2)]
    lost = [(event.instance, event.attempt) for event in store.events() if event.kind == "StepLost"]
    assert lost == [("book", 1)]


def test_a_run_that_dies_after_a_commit_executes_nothing_twice(folder: Path) -> None:
    """What was recorded is not run again; the starts in the same commit are lost, and had not begun."""
    store = Store(folder)
    _dies_and_ends(store, "CP8", 2)
    done = [line["at"] for line in store.noted() if line["word"] == "done"]
    assert len(done) == len(set(done))


@pytest.mark.slow
@pytest.mark.parametrize(("point", "nth"), EVERY)
def test_a_run_that_dies_anywhere_ends_as_if_it_had_not(folder: Path, point: str, nth: int) -> None:
    _dies_and_ends(Store(folder, pause=PAUSES.get(point, "100ms")), point, nth)


@pytest.mark.slow
@pytest.mark.parametrize(("point", "nth"), [(point, nth) for point, all_ in UNDOING.items() for nth in all_])
def test_a_run_that_dies_while_it_undoes_or_tidies_goes_on_with_that(
    folder: Path, point: str, nth: int
) -> None:
    store = Store(folder, doomed=True)
    _dies_and_ends(store, point, nth)


@pytest.mark.services
@pytest.mark.parametrize(("point", "nth"), SOME)
def test_a_run_that_dies_anywhere_ends_as_if_it_had_not_on_postgresql(
    folder: Path, postgres_url: str, point: str, nth: int
) -> None:
    _dies_and_ends(Store(folder, postgres_url, pause=PAUSES.get(point, "100ms")), point, nth)


@pytest.mark.services
@pytest.mark.parametrize(("point", "nth"), [("CP3", 18), ("CP6", 16), ("CP8", 21), ("CP9", 1)])
def test_a_run_that_dies_while_it_undoes_goes_on_with_that_on_postgresql(
    folder: Path, postgres_url: str, point: str, nth: int
) -> None:
    _dies_and_ends(Store(folder, postgres_url, doomed=True), point, nth)


@pytest.mark.slow
@pytest.mark.parametrize(("point", "nth"), [("CP4", 3), ("CP5", 4), ("CP6", 3), ("CP7", 8), ("CP8", 3)])
def test_calls_in_worker_processes_are_made_again_as_any(
    folder: Path, monkeypatch: pytest.MonkeyPatch, point: str, nth: int
) -> None:
    monkeypatch.setenv("WEFT_EXECUTOR", "processes")
    _dies_and_ends(Store(folder), point, nth)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["CP3:5", "CP6:2", "CP7:8", "CP8:3", "CP8:6"])
@pytest.mark.parametrize("doomed", [False, True])
def test_a_run_whose_every_process_dies_comes_to_an_end(folder: Path, point: str, doomed: bool) -> None:
    """Each process gets a little further. Not further with a step that it dies over three times: that one fails as lost."""
    store = Store(folder, doomed=doomed)
    crashes = 0
    while store.begin(*store.running, crash=point).wait(60) == -9:
        crashes += 1
        assert crashes < 60, "the run does not come to an end"
    assert crashes >= 2
    store.check_record(crashes)
    row = store.row()
    assert row is not None
    if row.status == "succeeded":
        store.check_end(crashes)
    else:
        assert row.status == "failed"
        assert (row.error or {})["step"] == "boom" or (row.error or {})["type"] == "lost"


@pytest.mark.slow
def test_before_the_first_commit_nothing_exists(folder: Path) -> None:
    store = Store(folder)
    store.crash("CP1")
    assert (store.row(), store.noted()) == (None, [])
    assert store.weft("resume", "it").code == 2
    store.bring_to_its_end()
    store.check_end(0)


@pytest.mark.slow
def test_after_the_first_commit_the_run_exists_and_the_same_start_finds_it(folder: Path) -> None:
    store = Store(folder)
    store.crash("CP2")
    assert [event.kind for event in store.events()] == ["RunCreated"]
    store.bring_to_its_end()
    store.check_end(0)
    assert [event.kind for event in store.events()].count("RunCreated") == 1


@pytest.mark.slow
def test_who_dies_with_the_lease_just_taken_is_followed_at_once(folder: Path) -> None:
    store = Store(folder)
    store.crash("CP8:3")
    store.crash("CP3:1", "resume", "it")
    row = store.row()
    assert row is not None
    assert (row.epoch, store.events()[-1].epoch) == (2, 1)
    store.bring_to_its_end()
    store.check_end(1)


@pytest.mark.slow
def test_a_run_that_died_is_found_by_the_scan(folder: Path) -> None:
    store = Store(folder)
    store.crash("CP8:5")
    answer = store.weft("recover", "--output", "json")
    assert (answer.code, json.loads(answer.out)["ended"]) == (0, {"it": "succeeded"}), answer.err
    store.check_end(1)


@pytest.mark.slow
def test_a_run_that_lacks_only_its_end_is_closed_and_nothing_is_executed(folder: Path) -> None:
    """Today the last step and the end are one commit; a record without the end, as another engine might leave, closes too."""
    store = Store(folder)
    store.bring_to_its_end()
    noted = store.noted()
    shutil.move(store.store, folder / "whole.db")
    _copy_without_end(Store(folder, str(folder / "whole.db")), store)
    store.bring_to_its_end()
    store.check_end(0)
    assert store.noted() == noted


def _copy_without_end(whole: Store, to: Store) -> None:
    row = whole.row()
    assert row is not None
    with whole.journal() as journal:
        events = [
            NewEvent(event.at, event.kind, event.instance, event.attempt, event.payload)
            for event in journal.events("it")
            if event.kind != "RunFinished"
        ]
        spec = journal.spec(row.spec_hash)
    assert spec is not None
    with to.journal() as journal:
        new = NewRun("it", row.workflow, row.inputs, row.created_at, "running", row.started_at, None)
        journal.create_run(new, spec, events)


@pytest.mark.slow
def test_a_run_that_ended_unheard_is_told_when_it_is_asked_for_again(folder: Path) -> None:
    store = Store(folder)
    store.crash("CP10")
    before = store.events()
    answer = store.bring_to_its_end()
    assert json.loads(answer.out)["outputs"] == OUTPUTS
    assert store.events() == before
    assert "has ended" in store.weft("resume", "it").err


@pytest.mark.slow
def test_a_run_that_ended_unheard_can_be_retried_at_once(folder: Path) -> None:
    """What has ended is nobody's: its row names no owner, though that died before it could let go of it."""
    store = Store(folder, doomed=True)
    store.crash("CP10")
    ended = store.row()
    assert ended is not None
    assert ended.owner is None
    answer = store.weft("retry", "it", "--output", "json")
    assert answer.code == 4, answer.err
    row = store.row()
    assert row is not None
    assert (row.status, row.attempt, row.owner) == ("failed", 2, None)


@pytest.mark.slow
@pytest.mark.parametrize("nth", [1, 2])
def test_a_timer_that_was_due_while_nobody_lived_fires_once_and_late(folder: Path, nth: int) -> None:
    """1: the process died waiting; 2: when the timer had fired and nobody had recorded it."""
    store = Store(folder)
    store.crash(f"CP11:{nth}")
    time.sleep(0.2)
    store.bring_to_its_end()
    store.check_end(0)
    waited = [event.payload["data"]["waited"] for event in store.events() if _is(event, "pause")]
    assert len(waited) == 1
    assert waited[0] >= 0.2
    due = {json.dumps(event.payload["for"]) for event in store.events() if event.kind == "RunWaiting"}
    assert len(due) == 1, "the wait has begun anew"


def _is(event: object, instance: str, kind: str = "StepSucceeded") -> bool:
    return (getattr(event, "kind", None), getattr(event, "instance", None)) == (kind, instance)


@pytest.mark.slow
@pytest.mark.parametrize("nth", [1, 2])
def test_a_retry_waits_what_was_left_and_keeps_its_count(folder: Path, nth: int) -> None:
    store = Store(folder, delay="1s")
    store.crash(f"CP12:{nth}")
    store.bring_to_its_end()
    store.check_end(1)
    events = [event for event in store.events() if event.instance == "both/shaky"]
    failed = [event for event in events if event.kind == "StepFailed"]
    assert [event.attempt for event in failed] == [1]
    again = [event for event in events if event.kind == "StepStarted"][1]
    assert (again.attempt, again.at >= failed[0].payload["retry_at"] - 0.001) == (2, True)


@pytest.mark.slow
@pytest.mark.parametrize("nth", [1, 2])
def test_a_listing_is_recorded_whole_or_not_at_all(folder: Path, nth: int) -> None:
    store = Store(folder)
    store.crash(f"CP14:{nth}")
    listed = [event.payload["items"] for event in store.events() if _is(event, "both/each", "LoopExpanded")]
    assert listed == [["oslo", "rome", "bonn"]] * (nth - 1)
    store.bring_to_its_end()
    store.check_end(1)


# -- a cancel


def _cancelled(store: Store) -> None:
    """However it was come to: it ends cancelled, after the wish only finally and undo start, and it stays so."""
    answer = store.weft(*store.running, "--output", "json")
    assert (answer.code, json.loads(answer.out)["status"]) == (4, "cancelled"), answer.err
    store.check_record(2)
    events = store.events()
    wished = [event.kind for event in events].index("CancelRequested")
    started = [str(event.instance) for event in events[wished:] if event.kind == "StepStarted"]
    assert started
    assert all("(finally)" in at or "(undo)" in at for at in started), started
    assert store.weft("resume", "it").code == 2
    assert store.events() == events


@pytest.mark.slow
@pytest.mark.parametrize("nth", [1, 2])
def test_a_cancel_that_was_posted_or_recorded_by_who_died_stays_a_cancel(folder: Path, nth: int) -> None:
    """Nobody drives the run: who cancels it takes it over, and dies with the wish posted (1) or recorded (2)."""
    store = Store(folder)
    store.crash("CP11:1")
    store.crash(f"CP13:{nth}", "cancel", "it")
    _cancelled(store)


@pytest.mark.slow
@pytest.mark.parametrize("nth", [1, 2])
def test_a_cancel_that_a_living_owner_heard_of_stays_a_cancel_when_it_dies(folder: Path, nth: int) -> None:
    """1: heard and not recorded; 2: recorded."""
    store = Store(folder, pause="1h")
    process = store.begin(*store.running, crash=f"CP13:{nth}")
    try:
        _wait_until_it_waits(store)
        assert store.weft("cancel", "it").code == 0
        assert process.wait(30) == -9
    finally:
        process.kill()
        process.communicate()
    kinds = [event.kind for event in store.events()]
    assert kinds.count("CancelRequested") == nth - 1
    _cancelled(store)


def _wait_until_it_waits(store: Store) -> None:
    end = time.monotonic() + 30
    while not (Path(store.store).exists() and _status(store) == "waiting"):
        assert time.monotonic() < end, "the run did not come to wait"
        time.sleep(0.05)


def _status(store: Store) -> str | None:
    row = store.row()
    return row.status if row is not None else None


@pytest.mark.services
@pytest.mark.parametrize("nth", [1, 2])
def test_a_cancel_by_who_died_stays_a_cancel_on_postgresql(folder: Path, postgres_url: str, nth: int) -> None:
    store = Store(folder, postgres_url)
    store.crash("CP11:1")
    store.crash(f"CP13:{nth}", "cancel", "it")
    _cancelled(store)


# -- the next attempt of a run


@pytest.mark.slow
@pytest.mark.parametrize(("nth", "attempt"), [(1, 1), (2, 1), (3, 1), (4, 2)])
def test_a_retry_that_dies_has_opened_the_next_attempt_or_has_not(
    folder: Path, nth: int, attempt: int
) -> None:
    """1 and 2: the claim; 3 and 4: the reopening, each before COMMIT is sent and after it is kept."""
    store = Store(folder, doomed=True)
    store.bring_to_its_end()
    store.crash(f"CP7:{nth}", "retry", "it")
    row = store.row()
    assert row is not None
    assert (row.status, row.attempt) == ("failed" if attempt == 1 else "running", attempt)
    answer = store.weft("retry" if attempt == 1 else "resume", "it", "--output", "json")
    assert answer.code == 4, answer.err
    row = store.row()
    assert row is not None
    assert (row.status, row.attempt, row.owner) == ("failed", 2, None)
    assert [event.kind for event in store.events()].count("RunReopened") == 1
    assert store.weft("doctor", "--deep").code == 0


# -- a migration, a clean-up


@pytest.mark.slow
@pytest.mark.parametrize("nth", range(1, 2 * len(migrations()) + 1))
def test_a_migration_that_dies_leaves_the_version_before_or_the_one_after(folder: Path, nth: int) -> None:
    store = Store(folder)
    store.crash(f"CP16:{nth}")
    assert _version(store.store) == nth // 2
    store.bring_to_its_end()
    store.check_end(0)
    assert _version(store.store) == len(migrations())


def _version(path: str) -> int:
    with sqlite3.connect(path) as database:
        there = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'weft_schema'").fetchone()
        found = database.execute("SELECT max(version) FROM weft_schema").fetchone()[0] if there else None
    database.close()
    return int(found or 0)


@pytest.mark.slow
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_clean_up_that_dies_leaves_a_run_whole_or_gone(folder: Path, nth: int) -> None:
    _clean_up_dies(folder, Store(folder), nth)


@pytest.mark.services
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_a_clean_up_that_dies_leaves_a_run_whole_or_gone_on_postgresql(
    folder: Path, postgres_url: str, nth: int
) -> None:
    _clean_up_dies(folder, Store(folder, postgres_url), nth)


def _clean_up_dies(folder: Path, store: Store, nth: int) -> None:
    store.bring_to_its_end()
    large = folder / ".weft" / "runs" / "it" / "large"
    large.parent.mkdir(parents=True, exist_ok=True)
    large.write_text("large")
    cleaning = ("clean", "--older-than", "1ms", "--force")
    store.crash(f"CP16:{nth}", *cleaning)
    assert (store.row() is None, large.exists()) == (nth == 3, True)
    if nth < 3:
        store.check_end(0)
    assert store.weft(*cleaning).code == 0
    assert (store.row(), large.parent.exists()) == (None, False)
    assert store.weft("doctor", "--deep").code == 0
