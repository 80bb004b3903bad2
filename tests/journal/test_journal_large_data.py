"""Large data: parts of bytes under a name of a run's, in every store."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from test_journal_contract import CREATED, create

from engine.errors import StoreError
from engine.journal import Journal, NewEvent

Opener = Callable[[], Journal]
ANY_BYTES = bytes(range(256))


def test_parts_are_given_back_as_they_were_kept(journal: Journal) -> None:
    create(journal)
    journal.keep("r1", "a", 0, [ANY_BYTES, b""])
    journal.keep("r1", "a", 2, [b"third"])
    assert [journal.part("r1", "a", number) for number in range(4)] == [ANY_BYTES, b"", b"third", None]


def test_names_and_runs_are_apart(journal: Journal) -> None:
    create(journal)
    create(journal, "r2")
    journal.keep("r1", "a", 0, [b"1a"])
    journal.keep("r1", "b", 0, [b"1b"])
    journal.keep("r2", "a", 0, [b"2a"])
    journal.drop("r1", "a")
    assert [journal.part(*at, 0) for at in (("r1", "a"), ("r1", "b"), ("r2", "a"))] == [None, b"1b", b"2a"]


def test_a_part_kept_again_replaces_the_one_before(journal: Journal) -> None:
    """An attempt that was cut off may have begun to write the same."""
    create(journal)
    journal.keep("r1", "a", 0, [b"old", b"old"])
    journal.keep("r1", "a", 0, [b"new"])
    assert [journal.part("r1", "a", number) for number in range(2)] == [b"new", b"old"]


def test_what_is_not_there_is_none_and_can_be_dropped(journal: Journal) -> None:
    create(journal)
    journal.drop("r1", "a")
    journal.keep("r1", "a", 0, [])
    assert journal.part("r1", "a", 0) is None
    assert journal.part("no such run", "a", 0) is None


def test_deleting_a_run_deletes_its_large_data(journal: Journal) -> None:
    create(journal)
    journal.keep("r1", "a", 0, [b"x"])
    changes = {"status": "succeeded", "finished_at": 2.0}
    journal.append("r1", 1, [NewEvent(2.0, "RunFinished")], changes)  # type: ignore[arg-type]
    assert journal.delete_run("r1", 3.0)
    assert journal.part("r1", "a", 0) is None


def test_a_closed_journal_keeps_nothing(journal: Journal) -> None:
    create(journal)
    journal.close()
    with pytest.raises(StoreError):
        journal.keep("r1", "a", 0, [b"x"])
    with pytest.raises(StoreError):
        journal.part("r1", "a", 0)


def test_another_process_reads_what_one_has_kept(reopen: Opener) -> None:
    one, two = reopen(), reopen()
    create(one)
    one.keep("r1", "a", 0, [ANY_BYTES])
    assert two.part("r1", "a", 0) == ANY_BYTES
    assert CREATED.kind == next(two.events("r1")).kind
