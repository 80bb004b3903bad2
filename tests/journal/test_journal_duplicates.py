"""What is delivered twice, or too late: the same numbers of a run again, with the same content and with another."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import StoreError
from engine.journal import Journal, NewEvent, NewRun, OutcomeUnknown, StaleOwner, StoredSpec, open_journal
from engine.journal.sql.adapter import SqlJournal

SPEC = StoredSpec("h", "n", "t")
DONE = NewEvent(2.0, "StepSucceeded", "a", 1, {"data": 1})
OTHER = NewEvent(2.0, "StepSucceeded", "a", 1, {"data": 2})
AGAIN = pytest.mark.parametrize("again", [DONE, OTHER], ids=["the same", "another"])


def create(journal: Journal) -> None:
    journal.create_run(NewRun("r1", "w", {}, 1.0, owner={"pid": 1}), SPEC, [NewEvent(1.0, "RunCreated")])


def recorded(journal: Journal) -> list[tuple[int, dict[str, Any]]]:
    assert journal.verify("r1") == []
    return [(event.seq, event.payload) for event in journal.events("r1")]


@AGAIN
def test_a_result_that_comes_after_the_run_was_taken_over_is_refused_be_it_the_same(
    journal: Journal, again: NewEvent
) -> None:
    create(journal)
    journal.claim("r1", {"pid": 2}, 1)
    journal.append("r1", 2, [DONE])
    for _ in range(2):
        with pytest.raises(StaleOwner, match="is at epoch 2, a write under epoch 1 is refused"):
            journal.append("r1", 1, [again])
    assert recorded(journal) == [(1, {}), (2, {"data": 1})]


@AGAIN
def test_of_two_that_believe_in_one_end_of_the_run_one_writes_and_the_other_is_refused_until_it_claims(
    reopen: Callable[[], Journal], again: NewEvent
) -> None:
    """Under one epoch, as no two owners are; the guard tells by the number and the hash is never asked to decide."""
    one, other = reopen(), reopen()
    create(one)
    assert other.append("r1", 1, [DONE]) == 2
    for _ in range(2):
        with pytest.raises(StaleOwner, match="ends with event 2, not 1: somebody else wrote to it"):
            one.append("r1", 1, [again])
    assert recorded(one) == [(1, {}), (2, {"data": 1})]
    assert one.claim("r1", {"pid": 3}, 1).last_seq == 2
    assert one.append("r1", 2, [again]) == 3


def test_a_share_that_is_delivered_twice_in_one_group_is_two_shares(journal: Journal) -> None:
    """The journal gives the numbers: whoever sends a share again must know that the first was not kept."""
    from engine.journal import Append

    create(journal)
    assert journal.append_all([Append("r1", 1, [DONE]), Append("r1", 1, [DONE])]) == [2, 3]
    assert recorded(journal) == [(1, {}), (2, {"data": 1}), (3, {"data": 1})]


class Overtaken:
    """The writer's connection: its COMMIT comes to nothing, and before anybody asks, `meanwhile` has happened."""

    def __init__(self, link: Any, meanwhile: Callable[[], object]) -> None:
        self._link = link
        self._meanwhile = meanwhile

    def commit(self) -> None:
        self._link.rollback()
        self._meanwhile()
        raise sqlite3.OperationalError("the answer was lost")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


@AGAIN
def test_who_reads_back_finds_its_own_write_by_the_hash_and_nobody_elses(
    tmp_path: Path, again: NewEvent
) -> None:
    """The number is taken by somebody: by what was written is seen whether that was this write."""
    one, other = open_journal(str(tmp_path / "runs.db")), open_journal(str(tmp_path / "runs.db"))
    assert isinstance(one, SqlJournal)
    create(one)
    link: Any = Overtaken(one._writer._connected(), lambda: other.append("r1", 1, [again]))
    one._writer._link = link
    if again is DONE:
        assert one.append("r1", 1, [DONE]) == 2, "what it wanted to keep is kept, once"
    else:
        with pytest.raises(StoreError, match="the answer was lost") as caught:
            one.append("r1", 1, [DONE])
        assert not isinstance(caught.value, OutcomeUnknown), "it is known not to be kept"
        with pytest.raises(StaleOwner, match="somebody else wrote to it"):
            one.append("r1", 1, [DONE])
    assert recorded(one) == [(1, {}), (2, dict(again.payload))]
    one.close()
    other.close()


def test_a_row_under_a_number_that_is_taken_is_refused_by_the_store_itself(tmp_path: Path) -> None:
    """Whatever a writer believes: one row a number."""
    path = tmp_path / "runs.db"
    journal = open_journal(str(path))
    create(journal)
    journal.close()
    with sqlite3.connect(path) as connection, pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        connection.execute("INSERT INTO weft_events SELECT * FROM weft_events")
    connection.close()


@AGAIN
def test_parts_of_large_data_that_are_delivered_twice_are_there_once(
    journal: Journal, again: NewEvent
) -> None:
    create(journal)
    parts = [b"one", b"two"]
    journal.keep("r1", "a.1.data", 0, parts)
    journal.keep("r1", "a.1.data", 1, [b"two" if again is DONE else b"other"])
    assert journal.part("r1", "a.1.data", 0) == b"one"
    assert journal.part("r1", "a.1.data", 1) == (b"two" if again is DONE else b"other")
    assert journal.part("r1", "a.1.data", 2) is None
