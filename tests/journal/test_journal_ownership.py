"""Leases, what is posted to a run, quarantine: the same for every store, but that one in memory gives no leases."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from engine.journal import (
    Journal,
    NewEvent,
    NewRun,
    NotJson,
    OutcomeUnknown,
    RunEnded,
    RunNotFound,
    StaleOwner,
    StoredSpec,
)
from engine.journal.faulty import LOST_DONE, FaultyJournal

ME, OTHER = {"pid": 1}, {"pid": 2}
SPEC = StoredSpec("h", "n", "t")
FINISHED = [NewEvent(2.0, "RunFinished")]


def created(journal: Journal, run_id: str = "r", owner: dict[str, int] | None = ME) -> int:
    new = NewRun(run_id, "w", {}, 1.0, "running", 1.0, owner)
    return journal.create_run(new, SPEC, [NewEvent(1.0, "RunCreated")]).epoch


def left(journal: Journal, run_id: str = "r") -> float | None:
    row = journal.run(run_id)
    assert row is not None
    return row.lease_left


# -- leases ----------------------------------------------------------------------------------------------------


def test_an_owner_has_a_lease_from_the_beginning_and_none_after_the_release(store: str, reopen) -> None:
    journal = reopen()
    epoch = created(journal)
    assert 0 < (left(journal) or 0) <= journal.lease_seconds
    journal.release("r", epoch)
    assert left(journal) is None
    created(journal, "unowned", None)
    assert left(journal, "unowned") is None


def test_a_run_that_ends_is_nobodys_from_then_on(journal: Journal) -> None:
    """In the same transaction: who dies right after it leaves no owner behind. To release it then changes nothing."""
    epoch = created(journal)
    journal.append("r", epoch, FINISHED, {"status": "succeeded"})
    row = journal.run("r")
    assert row is not None
    assert (row.owner, row.epoch) == (None, epoch)
    journal.release("r", epoch)
    assert journal.claim("r", OTHER).epoch == epoch + 1


def test_who_attends_to_a_run_that_has_ended_gives_it_no_lease(reopen: Callable[[], Journal]) -> None:
    """The owner's keeper may renew the lease right after the end."""
    journal = reopen()
    epoch = created(journal)
    journal.append("r", epoch, FINISHED, {"status": "succeeded"})
    assert journal.attend("r", epoch) == []
    with journal._engine.connect() as link:
        assert link.exec_driver_sql("SELECT count(*) FROM weft_leases").scalar() == 0


def test_a_lease_ends_by_itself_and_is_renewed_by_attending(reopen: Callable[[], Journal]) -> None:
    journal = reopen()
    journal.lease_seconds = 0.0
    epoch = created(journal)
    assert (left(journal) or 0) <= 0
    journal.lease_seconds = 60.0
    journal.attend("r", epoch, renew=False)
    assert (left(journal) or 0) <= 0
    journal.attend("r", epoch)
    assert (left(journal) or 0) > 30
    assert [row.lease_left is not None for row in (*journal.runs(), *journal.unfinished())] == [True, True]


def test_who_claims_has_a_lease_of_its_own_and_the_one_before_cannot_renew(
    reopen: Callable[[], Journal],
) -> None:
    journal, other = reopen(), reopen()
    journal.lease_seconds = 0.0
    epoch = created(journal)
    assert other.claim("r", OTHER, epoch).lease_left is not None
    assert (left(journal) or 0) > 1
    with pytest.raises(StaleOwner, match="is at epoch 2, a write under epoch 1 is refused"):
        journal.attend("r", epoch)
    assert (left(journal) or 0) > 1


def test_a_lease_of_another_start_of_the_machine_has_ended(tmp_path, monkeypatch) -> None:
    """The clock of a SQLite store begins anew with the machine: what was said before means nothing."""
    import engine.journal.sql.ownership as ownership
    from engine.journal import open_journal

    journal = open_journal(str(tmp_path / "runs.db"))
    created(journal)
    monkeypatch.setattr(ownership, "boot_id", lambda: "another")
    assert left(journal) == 0.0
    journal.close()


def test_no_write_under_way_keeps_the_owner_from_attending(reopen: Callable[[], Journal]) -> None:
    """The connection that writes is held by somebody else, as it is while a server is waited for."""
    import threading

    journal = reopen()
    epoch = created(journal)
    answers: list[object] = []
    with journal._writer.lock:  # type: ignore[attr-defined]
        thread = threading.Thread(target=lambda: answers.append(journal.attend("r", epoch)))
        thread.start()
        thread.join(10)
    assert answers == [[]]


# -- what is posted --------------------------------------------------------------------------------------------


def test_what_is_posted_is_heard_in_order_until_it_is_taken(journal: Journal) -> None:
    epoch = created(journal)
    assert journal.attend("r", epoch) == []
    numbers = [
        journal.post("r", "signal", "go", {"n": 1}, 5.0),
        journal.post("r", "cancel", None, {}, 6.0),
        journal.post("r", "signal", "go", {"n": 2}, 7.0),
    ]
    assert numbers == [1, 2, 3]
    heard = journal.attend("r", epoch)
    assert [tuple(one) for one in heard] == [
        (1, "signal", "go", {"n": 1}, 5.0),
        (2, "cancel", None, {}, 6.0),
        (3, "signal", "go", {"n": 2}, 7.0),
    ]
    assert journal.attend("r", epoch) == heard
    journal.append("r", epoch, [NewEvent(8.0, "CancelRequested")], taken=[2])
    assert [one.number for one in journal.attend("r", epoch, renew=False)] == [1, 3]
    journal.append("r", epoch, [NewEvent(9.0, "SignalReceived")], taken=[1, 3])
    assert journal.attend("r", epoch) == []
    assert journal.post("r", "signal", "go", {}, 10.0) == 4, "a number is never used again"


def test_nothing_is_taken_by_a_write_that_is_refused(journal: Journal) -> None:
    epoch = created(journal)
    journal.post("r", "cancel", None, {}, 5.0)
    with pytest.raises(StaleOwner):
        journal.append("r", epoch - 1, [NewEvent(8.0, "CancelRequested")], taken=[1])
    with pytest.raises(NotJson):
        journal.append("r", epoch, [NewEvent(8.0, "CancelRequested", payload={"x": object()})], taken=[1])
    assert [one.number for one in journal.attend("r", epoch)] == [1]


def test_an_ended_run_takes_no_more_and_hears_nothing_old_when_it_is_reopened(journal: Journal) -> None:
    epoch = created(journal)
    journal.post("r", "cancel", None, {}, 5.0)
    journal.append("r", epoch, FINISHED, {"status": "succeeded"})
    with pytest.raises(RunEnded, match="has ended"):
        journal.post("r", "cancel", None, {}, 6.0)
    journal.append("r", epoch, [NewEvent(7.0, "RunReopened")], {"status": "running"})
    assert journal.attend("r", epoch) == []


def test_posting_to_no_run_or_what_is_no_json_is_refused(journal: Journal) -> None:
    created(journal)
    with pytest.raises(RunNotFound):
        journal.post("none", "cancel", None, {}, 1.0)
    with pytest.raises(RunNotFound):
        journal.attend("none", 1)
    with pytest.raises(NotJson):
        journal.post("r", "signal", "x", {"data": float("nan")}, 1.0)


def test_an_answer_to_a_post_that_was_lost_is_told_as_unknown(tmp_path) -> None:
    """Never again by itself: the owner would hear it twice."""
    from engine.journal import open_journal

    journal = FaultyJournal(open_journal("memory"), 1, {})
    epoch = created(journal)
    journal.fail_next(LOST_DONE)
    with pytest.raises(OutcomeUnknown):
        journal.post("r", "cancel", None, {}, 1.0)
    assert len(journal.attend("r", epoch)) == 1


# -- quarantine ------------------------------------------------------------------------------------------------


def test_a_quarantined_run_says_why_until_it_is_claimed(journal: Journal) -> None:
    epoch = created(journal)
    assert journal.quarantine("r", epoch, "the tool is gone", 5.0)
    assert journal.quarantine("r", epoch, "the tools are gone", 6.0)
    assert [row.quarantined for row in journal.unfinished()] == ["the tools are gone"]
    assert journal.claim("r", OTHER, epoch).quarantined is None


def test_a_run_that_was_claimed_or_has_ended_is_not_quarantined(journal: Journal) -> None:
    epoch = created(journal)
    later = journal.claim("r", OTHER, epoch).epoch
    assert not journal.quarantine("r", epoch, "late", 5.0)
    journal.append("r", later, FINISHED, {"status": "failed", "finished_at": 2.0})
    assert not journal.quarantine("r", later, "late", 5.0)
    row = journal.run("r")
    assert row is not None
    assert row.quarantined is None


def test_a_deleted_run_leaves_nothing_behind(journal: Journal) -> None:
    epoch = created(journal)
    journal.post("r", "cancel", None, {}, 5.0)
    journal.quarantine("r", epoch, "why not", 5.0)
    journal.append("r", epoch, FINISHED, {"status": "failed", "finished_at": 2.0})
    assert journal.delete_run("r", time.time())
    epoch = created(journal)
    assert journal.attend("r", epoch) == []
    assert [row.quarantined for row in journal.unfinished()] == [None]
