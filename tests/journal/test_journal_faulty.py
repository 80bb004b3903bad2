"""The journal with faults, by seed; and journals whose connections fail, by seed: nothing is lost, nothing is twice."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from engine.errors import StoreError
from engine.journal import (
    Append,
    Journal,
    MemoryJournal,
    NewEvent,
    NewRun,
    OutcomeUnknown,
    RunExists,
    RunRow,
    StaleOwner,
    StoredSpec,
    open_journal,
)
from engine.journal.faulty import BEFORE, DELAY, FAULTS, LOST_DONE, LOST_UNDONE, UNREADABLE, FaultyJournal
from engine.journal.sql.adapter import SqlJournal

SPEC = StoredSpec("h", "n", "t")
CREATED = NewEvent(1.0, "RunCreated")
OWNER = {"pid": 1}


def step(n: int) -> NewEvent:
    return NewEvent(float(n), "StepStarted", str(n), 1)


def create(journal: Journal, run_id: str = "r1") -> RunRow:
    return journal.create_run(NewRun(run_id, "w", {}, 1.0, owner=OWNER), SPEC, [CREATED])


@pytest.fixture
def faulty() -> FaultyJournal:
    journal = FaultyJournal(MemoryJournal(), 1, {})
    create(journal)
    return journal


def test_a_call_that_was_refused_kept_nothing_and_may_be_made_again(faulty: FaultyJournal) -> None:
    faulty.fail_next(BEFORE)
    with pytest.raises(StoreError, match="fault 1 of seed 1: append was refused") as caught:
        faulty.append("r1", 1, [step(1)])
    assert not isinstance(caught.value, OutcomeUnknown)
    assert faulty.append("r1", 1, [step(1)]) == 2
    assert faulty.told == [("append", BEFORE)]


@pytest.mark.parametrize(("fault", "last"), [(LOST_DONE, 2), (LOST_UNDONE, 1)])
def test_after_a_lost_answer_the_run_takes_nothing_until_it_is_claimed(
    faulty: FaultyJournal, fault: str, last: int
) -> None:
    create(faulty, "other")
    faulty.fail_next(fault)
    with pytest.raises(OutcomeUnknown, match="whether the last write was kept is unknown"):
        faulty.append("r1", 1, [step(1)])
    with pytest.raises(StaleOwner, match="is unknown"):
        faulty.append("r1", 1, [step(1)])
    refused, kept = faulty.append_all([Append("r1", 1, [step(1)]), Append("other", 1, [step(1)])])
    assert isinstance(refused, StaleOwner)
    assert kept == 2
    assert faulty.claim("r1", OWNER, 1).last_seq == last
    assert faulty.append("r1", 2, [step(2)]) == last + 1
    assert faulty.verify("r1") == []


def test_a_lost_answer_to_a_group_puts_all_its_runs_in_doubt(faulty: FaultyJournal) -> None:
    create(faulty, "other")
    faulty.fail_next(LOST_DONE)
    with pytest.raises(OutcomeUnknown):
        faulty.append_all([Append("r1", 1, [step(1)]), Append("other", 1, [step(1)])])
    for run_id in ("r1", "other"):
        with pytest.raises(StaleOwner):
            faulty.append(run_id, 1, [step(2)])
        assert faulty.claim(run_id, OWNER, 1).last_seq == 2


def test_a_creation_whose_answer_was_lost_is_found_by_creating_again(faulty: FaultyJournal) -> None:
    faulty.fail_next(LOST_DONE)
    with pytest.raises(OutcomeUnknown):
        create(faulty, "r2")
    with pytest.raises(RunExists):
        create(faulty, "r2")


def test_a_delay_pauses_and_then_it_is_done() -> None:
    pauses: list[float] = []
    journal = FaultyJournal(MemoryJournal(), 1, {}, delay_seconds_max=3.0, sleep=pauses.append)
    create(journal)
    journal.fail_next(DELAY)
    assert journal.append("r1", 1, [step(1)]) == 2
    assert len(pauses) == 1
    assert 0 <= pauses[0] <= 3.0


def test_reading_fails_too_between_any_two_events_and_verifying_never_does(faulty: FaultyJournal) -> None:
    faulty.append("r1", 1, [step(n) for n in range(10)])
    acts: list[Callable[[], Any]] = [
        lambda: faulty.run("r1"),
        lambda: faulty.find("r"),
        faulty.runs,
        faulty.unfinished,
        lambda: faulty.expired(9.0),
        lambda: list(faulty.events("r1")),
        lambda: faulty.spec("h"),
    ]
    for act in acts:
        faulty.fail_next(UNREADABLE)
        with pytest.raises(StoreError, match="cannot be read"):
            act()
    events = faulty.events("r1")
    assert next(events).seq == 1
    faulty.fail_next(UNREADABLE)
    assert faulty.verify("r1") == []
    with pytest.raises(StoreError, match="events cannot be read"):
        next(events)


def test_the_same_seed_and_the_same_calls_have_the_same_faults() -> None:
    def told(seed: int) -> list[tuple[str, str]]:
        journal = FaultyJournal(MemoryJournal(), seed, dict.fromkeys(FAULTS, 0.1), sleep=lambda _: None)
        for n in range(200):
            try:
                create(journal, f"r{n}")
                list(journal.events(f"r{n}"))
            except StoreError:
                continue
        return journal.told

    assert told(7) == told(7) != told(8)
    assert {fault for _, fault in told(7)} == set(FAULTS)


def test_healed_it_fails_no_more_and_a_fault_that_does_not_exist_is_a_wrong_call() -> None:
    journal = FaultyJournal(MemoryJournal(), 1, {BEFORE: 1.0})
    with pytest.raises(StoreError):
        create(journal)
    journal.heal()
    assert create(journal).last_seq == 1
    with pytest.raises(ValueError, match="no such faults: fire"):
        FaultyJournal(MemoryJournal(), 1, {"fire": 1.0})


class Writer:
    """Writes steps 1, 2, 3 … each exactly once, as an owner must who believes nothing but what it reads."""

    def __init__(self, journal: Journal, run_id: str) -> None:
        self.journal = journal
        self.run_id = run_id
        self.epoch = 1
        self.written = 0

    def begin(self) -> None:
        while True:
            try:
                create(self.journal, self.run_id)
                return
            except RunExists:
                return
            except StoreError:
                continue

    def write_to(self, last: int) -> None:
        while self.written < last:
            try:
                self.journal.append(self.run_id, self.epoch, [step(self.written + 1)])
                self.written += 1
            except (OutcomeUnknown, StaleOwner):
                self.look()
            except StoreError:
                continue

    def look(self) -> None:
        while True:
            try:
                row = self.journal.run(self.run_id)
                assert row is not None
                row = self.journal.claim(self.run_id, OWNER, row.epoch)
                self.epoch, self.written = row.epoch, row.last_seq - 1
                return
            except StoreError:
                continue


@pytest.mark.parametrize("seed", range(5))
def test_whatever_fails_a_careful_owner_records_each_fact_once_and_in_order(seed: int, store: str) -> None:
    real = open_journal(store)
    journal = FaultyJournal(real, seed, dict.fromkeys(FAULTS, 0.08), sleep=lambda _: None)
    writers = [Writer(journal, f"r{n}") for n in range(3)]
    for writer in writers:
        writer.begin()
    for last in range(1, 21):
        for writer in writers:
            writer.write_to(last)
    assert len(journal.told) > 10
    for writer in writers:
        assert [event.instance for event in real.events(writer.run_id)] == [None, *map(str, range(1, 21))]
        assert real.verify(writer.run_id) == []
    real.close()


# --- connections that fail


class FailingEngine:
    """An engine whose connections cannot be made, or are lost, now and then: see FailingLink."""

    def __init__(self, engine: Any, seed: int) -> None:
        self._engine = engine
        self.dialect = engine.dialect
        self.lost = 0
        self._random = Random(seed)

    def raw_connection(self) -> Any:
        self.draw()
        return FailingLink(self._engine.raw_connection(), self)

    def draw(self) -> None:
        """Raise what a driver raises when its connection is gone, now and then."""
        if self._random.random() < 0.15:
            self.lost += 1
            raise self.dialect.loaded_dbapi.OperationalError("gone")


class FailingLink:
    """A connection that is lost at a statement, or at COMMIT before or after it was done."""

    def __init__(self, link: Any, engine: FailingEngine) -> None:
        self._link = link
        self._engine = engine

    def commit(self) -> None:
        try:
            self._engine.draw()
        except Exception:
            self._link.rollback()
            raise
        self._link.commit()
        self._engine.draw()

    def cursor(self) -> Any:
        self._engine.draw()
        return self._link.cursor()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


@pytest.mark.parametrize("seed", range(5))
def test_a_journal_whose_connections_are_lost_by_seed_answers_as_if_nothing_had_been(
    store: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever appends never learns of it: what was not kept is written again, what was kept is not."""
    journal = open_journal(store)
    assert isinstance(journal, SqlJournal)
    failing = FailingEngine(journal._engine, seed)
    monkeypatch.setattr(journal._writer, "_engine", failing)
    monkeypatch.setattr(journal._engine.dialect, "is_disconnect", lambda error, *_: "gone" in str(error))
    monkeypatch.setattr(journal._writer, "_patience_seconds", 30.0)
    names = [f"r{n}" for n in range(3)]
    for name in names:
        assert create(journal, name).last_seq == 1
    for n in range(1, 16):
        group = [Append(name, 1, [step(n), step(n)], {"outputs": {"n": n}}) for name in names]
        assert journal.append_all(group) == [1 + 2 * n] * 3
    assert journal.claim("r0", OWNER, 1).epoch == 2
    journal.release("r0", 2)
    for name in names:
        assert journal.verify(name) == []
        row = journal.run(name)
        assert row is not None
        assert (row.last_seq, row.outputs) == (31, {"n": 15})
    assert failing.lost >= 3
    journal.close()
