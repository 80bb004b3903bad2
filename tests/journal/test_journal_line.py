"""Group commit: who waits for a commit, and what one caller's trouble means for the others."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import pytest

from engine.errors import StoreError, WeftError
from engine.journal import Append, NewEvent, NewRun, OutcomeUnknown, StoredSpec, open_journal
from engine.journal.sql.adapter import SqlJournal
from engine.journal.sql.line import SHARES_MAX, CommitLine

EVENT = NewEvent(1.0, "StepStarted", "a", 1)


class Store:
    """Writes a batch when it is let: `batches` holds the run ids of each. `trouble(ids)` may raise."""

    def __init__(self, trouble: Callable[[list[str]], None] = lambda ids: None) -> None:
        self.batches: list[list[str]] = []
        self.gate = threading.Event()
        self.trouble = trouble
        self.line = CommitLine(self._write)

    def _write(self, group: Sequence[Append]) -> list[int | WeftError]:
        ids = [share.run_id for share in group]
        self.batches.append(ids)
        self.gate.wait()
        self.trouble(ids)
        return [int(run_id) for run_id in ids]

    def ask_in_threads(self, groups: Sequence[list[int]]) -> list[object]:
        """What each group is answered. The first is being written while the others line up behind it."""
        answers: list[object] = [None] * len(groups)

        def ask(place: int) -> None:
            try:
                answers[place] = self.line.write([Append(str(n), 0, [EVENT]) for n in groups[place]])
            except BaseException as error:
                answers[place] = error

        threads = [threading.Thread(target=ask, args=(place,)) for place in range(len(groups))]
        for place, thread in enumerate(threads):
            thread.start()
            until(lambda here=place: len(self.line._waiting) == here + 1)  # type: ignore[misc]
        self.gate.set()
        for thread in threads:
            thread.join()
        assert self.line._waiting == []
        assert not self.line._is_led, "the next caller may lead"
        return answers


def until(condition: Callable[[], bool]) -> None:
    """Wait for it; what has not come in a minute never will."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_all_who_wait_while_the_disk_is_busy_are_written_at_once() -> None:
    store = Store()
    assert store.ask_in_threads([[1], [2, 3], [], [4]]) == [[1], [2, 3], [], [4]]
    assert store.batches == [["1"], ["2", "3", "4"]]


def test_one_caller_alone_waits_for_nobody() -> None:
    store = Store()
    store.gate.set()
    for n in (1, 2):
        assert store.line.write([Append(str(n), 0, [EVENT])]) == [n]
    assert store.batches == [["1"], ["2"]]


def test_a_commit_takes_so_many_shares_and_a_larger_group_is_written_alone() -> None:
    store = Store()
    large = list(range(SHARES_MAX + 1))
    half = list(range(SHARES_MAX // 2))
    assert store.ask_in_threads([[1], large, half, half, [7]]) == [[1], large, half, half, [7]]
    assert [len(batch) for batch in store.batches] == [1, len(large), 2 * len(half), 1]


def test_trouble_with_the_store_is_everybodys() -> None:
    def full(ids: list[str]) -> None:
        if len(ids) > 1:
            raise OutcomeUnknown("no answer", hint="look") from OSError("cut")

    answers = Store(full).ask_in_threads([[1], [2], [3]])
    assert answers[0] == [1]
    for error in answers[1:]:
        assert isinstance(error, OutcomeUnknown)
        assert (error.message, error.hint, type(error.__cause__)) == ("no answer", "look", OSError)
    assert answers[1] is not answers[2], "each thread raises an exception of its own"


class IntegrityError(Exception):
    """Named as every driver names it (PEP 249)."""


def test_a_row_the_database_refuses_is_its_owners_trouble_alone() -> None:
    def refuse(ids: list[str]) -> None:
        if "2" in ids:
            raise StoreError("taken") from IntegrityError()

    store = Store(refuse)
    first, second, third = store.ask_in_threads([[1], [2], [3]])
    assert (first, third) == ([1], [3])
    assert isinstance(second, StoreError)
    assert store.batches == [["1"], ["2", "3"], ["2"], ["3"]]


def test_an_interrupted_leader_leaves_the_others_to_the_next() -> None:
    interrupted: list[str] = []

    def interrupt(ids: list[str]) -> None:
        if len(ids) > 1 and not interrupted:
            interrupted.append(ids[0])
            raise KeyboardInterrupt

    store = Store(interrupt)
    answers = store.ask_in_threads([[1], [2], [3], [4]])
    assert answers[0] == [1]
    assert isinstance(answers[1], KeyboardInterrupt)
    assert answers[2:] == [[3], [4]]
    assert store.batches == [["1"], ["2", "3", "4"], ["3", "4"]]


def test_many_runs_of_one_journal_share_a_commit(store: str) -> None:
    journal = open_journal(store)
    assert isinstance(journal, SqlJournal)
    names = [f"r{n}" for n in range(8)]
    for name in names:
        journal.create_run(
            NewRun(name, "w", {}, 1.0), StoredSpec("h", "n", "t"), [NewEvent(1.0, "RunCreated")]
        )
    commits = []
    transact = journal._writer.transact
    journal._writer.transact = lambda *args: commits.append(1) or transact(*args)  # type: ignore[method-assign,assignment,func-returns-value]
    threads = [threading.Thread(target=journal.append, args=(name, 0, [EVENT])) for name in names]
    with journal._writer.lock:
        for thread in threads:
            thread.start()
        until(lambda: len(journal._appending.line._waiting) == len(names))
    for thread in threads:
        thread.join()
    assert 1 <= len(commits) <= 2, "the first alone or with some, all others together"
    assert [journal.verify(name) for name in names] == [[]] * 8
    assert {row.last_seq for row in journal.runs()} == {2}
    journal.close()


def test_a_run_whose_rows_are_damaged_does_not_stop_those_it_shares_a_commit_with(store: str) -> None:
    import sqlalchemy as sa

    journal = open_journal(store)
    assert isinstance(journal, SqlJournal)
    spec = StoredSpec("h", "n", "t")
    for name in ("bad", "good"):
        journal.create_run(NewRun(name, "w", {}, 1.0), spec, [NewEvent(1.0, "RunCreated")])
    columns = "epoch, at, kind, instance, attempt, payload, hash"
    with journal._engine.begin() as connection:
        connection.execute(
            sa.text(
                f"INSERT INTO weft_events SELECT run_id, 2, {columns} FROM weft_events WHERE run_id = 'bad'"
            )
        )
    answers: dict[str, object] = {}

    def append(name: str) -> None:
        try:
            answers[name] = journal.append(name, 0, [EVENT])
        except StoreError as error:
            answers[name] = error

    threads = [threading.Thread(target=append, args=(name,)) for name in ("good", "bad")]
    with journal._writer.lock:
        for thread in threads:
            thread.start()
        until(lambda: len(journal._appending.line._waiting) == 2)
    for thread in threads:
        thread.join()
    assert answers["good"] == 2
    assert isinstance(answers["bad"], StoreError)
    assert journal.verify("good") == []
    journal.close()


@pytest.mark.parametrize("seed", range(3))
def test_every_caller_gets_its_own_answer_however_threads_meet(seed: int) -> None:
    store = Store()
    store.gate.set()
    wrong: list[object] = []

    def ask(first: int) -> None:
        for n in range(first, first + 100):
            group = [n] * (1 + (n + seed) % 3)
            if store.line.write([Append(str(n), 0, [EVENT]) for n in group]) != group:
                wrong.append(n)

    threads = [threading.Thread(target=ask, args=(1000 * t,)) for t in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert sum(map(len, store.batches)) == sum(
        1 + (n + seed) % 3 for t in range(6) for n in range(1000 * t, 1000 * t + 100)
    )
