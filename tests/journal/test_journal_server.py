"""PostgreSQL that stops, comes back, or whose answers are lost on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from cut_wire import Wire

from engine.errors import StoreError
from engine.journal import NewEvent, NewRun, OutcomeUnknown, RunRow, StaleOwner, StoredSpec, open_journal
from engine.journal.sql import connect
from engine.journal.sql.adapter import SqlJournal

pytestmark = pytest.mark.services

SPEC = StoredSpec("h", "n", "t")
CREATED = NewEvent(1.0, "RunCreated")
STEP = NewEvent(1.0, "StepStarted", "a", 1, {"x": "y" * 50})


def opened_at(url: str, **options: float) -> SqlJournal:
    journal = open_journal(url, **options)  # type: ignore[arg-type]
    assert isinstance(journal, SqlJournal)
    return journal


def create(journal: SqlJournal, run_id: str = "r1") -> RunRow:
    return journal.create_run(NewRun(run_id, "w", {}, 1.0, owner={"pid": 1}), SPEC, [CREATED])


def row(journal: SqlJournal, run_id: str = "r1") -> RunRow:
    found = journal.run(run_id)
    assert found is not None
    return found


def until(condition: Callable[[], bool]) -> None:
    """Wait for it; what has not come in two minutes never will."""
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_postgresql_is_told_to_keep_what_it_says_and_to_undo_what_nobody_ends(postgres_url: str) -> None:
    with sa.create_engine(connect.parse_url(postgres_url)).begin() as connection:
        name = connection.exec_driver_sql("SELECT current_database()").scalar()
        connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    journal = opened_at(postgres_url)

    def shown(setting: str) -> Any:
        return journal._writer.query(lambda cursor: cursor.execute(f"SHOW {setting}").fetchone()[0])

    assert shown("synchronous_commit") == "on"
    assert shown("idle_in_transaction_session_timeout") == "20s"
    assert shown("lock_timeout") == "40s"
    assert shown("statement_timeout") == "50s"
    journal.close()
    with sa.create_engine(connect.parse_url(postgres_url)).begin() as connection:
        connection.exec_driver_sql(f"ALTER DATABASE {name} RESET synchronous_commit")


# --- a server that stops and comes back


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_a_server_stopped_and_started_under_load_loses_nothing(postgres_server: Any, mode: str) -> None:
    """`immediate` is a crash: the server recovers from its log. Writers wait, read back, go on without a gap."""
    journal = opened_at(postgres_server.url)
    names = [f"r{n}" for n in range(6)]
    for name in names:
        create(journal, name)
    answers: dict[str, list[int]] = {name: [] for name in names}
    failed: list[BaseException] = []
    enough = threading.Event()

    def write(name: str) -> None:
        try:
            while not enough.is_set():
                answers[name].append(journal.append(name, 1, [STEP, STEP]))
        except BaseException as error:
            failed.append(error)

    def read() -> None:
        try:
            while not enough.is_set():
                for name in names:
                    assert journal.verify(name) == []
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in names]
    threads.append(threading.Thread(target=read))
    for thread in threads:
        thread.start()
    for _ in range(3):
        before = {name: len(answers[name]) for name in names}
        until(lambda then=before: failed or all(len(answers[n]) > then[n] + 20 for n in names))  # type: ignore[misc]
        postgres_server.stop(mode)
        postgres_server.start()
    after = {name: len(answers[name]) for name in names}
    until(lambda: bool(failed) or all(len(answers[name]) > after[name] for name in names))
    enough.set()
    for thread in threads:
        thread.join()
    assert failed == []
    for name in names:
        assert answers[name] == list(range(3, 2 * len(answers[name]) + 2, 2)), "each write once, in order"
        assert row(journal, name).last_seq == answers[name][-1]
        assert journal.verify(name) == []
    journal.close()


@pytest.mark.slow
def test_a_server_that_does_not_come_back_is_told_and_the_run_can_be_taken_up_when_it_does(
    postgres_server: Any,
) -> None:
    journal = opened_at(postgres_server.url, reconnect_seconds=0.3)
    create(journal)
    postgres_server.stop("immediate")
    password = postgres_server.url.split(":")[2].split("@")[0]
    acts: list[Callable[[], Any]] = [
        lambda: journal.append("r1", 1, [STEP]),
        lambda: create(journal, "r2"),
        lambda: journal.run("r1"),
        lambda: opened_at(postgres_server.url),
    ]
    for act in acts:
        with pytest.raises(StoreError, match="cannot be reached") as caught:
            act()
        assert password not in str(caught.value)
        assert caught.value.hint
    postgres_server.start()
    assert row(journal).last_seq == 1
    assert journal.append("r1", 1, [STEP]) == 2, "nothing of the run was in doubt: no COMMIT had been sent"
    assert journal.verify("r1") == []
    journal.close()


# --- a wire that cuts


@pytest.fixture
def wire(postgres_url: str) -> Iterator[Wire]:
    wire = Wire(postgres_url)
    yield wire
    wire.close()


@pytest.mark.parametrize("mode", ["before", "after"])
def test_a_commit_whose_answer_was_cut_off_is_done_exactly_once(wire: Wire, mode: str) -> None:
    journal = opened_at(wire.url)

    def cut() -> None:
        wire.armed = mode

    cut()
    assert create(journal).last_seq == 1
    cut()
    assert journal.append("r1", 1, [STEP, STEP]) == 3
    assert journal.append("r1", 1, [STEP]) == 4
    cut()
    assert journal.claim("r1", {"pid": 2}, 1).epoch == 2
    assert journal.append("r1", 2, [STEP], {"status": "failed", "finished_at": 5.0}) == 5
    cut()
    journal.release("r1", 2)
    assert row(journal).owner is None
    assert [event.seq for event in journal.events("r1")] == [1, 2, 3, 4, 5]
    assert journal.verify("r1") == []
    cut()
    assert journal.delete_run("r1", 6.0)
    assert journal.run("r1") is None
    assert wire.cuts == 5, "every commit meant was met"
    journal.close()


def test_a_transaction_left_open_on_the_server_is_waited_out_and_done_again(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the server has undone it, nobody can say that it was not kept."""
    told = tuple(text.replace("'20s'", "'300ms'") for text in connect._TOLD_POSTGRESQL)
    monkeypatch.setattr(connect, "_TOLD_POSTGRESQL", told)
    journal = opened_at(wire.url)
    wire.armed = "silent"
    assert create(journal).last_seq == 1
    wire.armed = "silent"
    assert journal.append("r1", 1, [STEP]) == 2
    assert wire.cuts == 2
    assert journal.verify("r1") == []
    journal.close()


@pytest.mark.parametrize("mode", ["before", "after"])
def test_when_the_server_stays_away_the_outcome_is_unknown_until_the_run_is_claimed(
    wire: Wire, mode: str
) -> None:
    journal = opened_at(wire.url, reconnect_seconds=0.2)
    create(journal)
    wire.armed = f"{mode} and stays away"
    with pytest.raises(OutcomeUnknown, match="whether the last write was kept is unknown"):
        journal.append("r1", 1, [STEP])
    wire.is_down = False
    with pytest.raises(StaleOwner, match="is unknown"):
        journal.append("r1", 1, [STEP])
    last = 2 if mode == "after" else 1
    assert journal.claim("r1", {"pid": 1}, 1).last_seq == last
    assert journal.append("r1", 2, [STEP]) == last + 1
    assert journal.verify("r1") == []
    journal.close()


def test_a_reader_whose_connection_was_cut_reads_again(postgres_url: str) -> None:
    journal = opened_at(postgres_url)
    create(journal)
    with sa.create_engine(connect.parse_url(postgres_url)).connect() as other:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        others += "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        for _ in range(2):
            assert journal.run("r1") is not None
            assert len(other.exec_driver_sql(others).fetchall()) >= 1
            assert row(journal).last_seq == 1
    journal.close()
