"""A process that is killed in the middle of a system call on its store, and a disk that fails one or all of them.

Whatever is left of the run is whole at once, and the run goes on from there to the end it would have had.
"""

from __future__ import annotations

import pytest
from crash_runs import OUTPUTS
from disk_faults import Fault, TracedStore

pytestmark = [pytest.mark.services, pytest.mark.slow]  # strace stands with the services

MAIN, WAL, INDEX = "", "-wal", "-shm"

# Counted in one thread. A run makes some 25 commits, of 3 to 10 pages each (two calls a page).
KILLS = [
    *(Fault("SIGKILL", "fdatasync", WAL, str(n)) for n in (1, 2, 3, 5, 8, 13, 16)),
    *(Fault("SIGKILL", "pwrite64", WAL, str(n)) for n in (1, 2, 3, 7, 26, 53, 84, 95)),
    *(Fault("SIGKILL", "pwrite64", MAIN, str(n)) for n in (1, 2, 9)),
    Fault("SIGKILL", "fdatasync", MAIN, "1"),
    Fault("SIGKILL", "ftruncate", INDEX, "1"),
    Fault("SIGKILL", "pwrite64", INDEX, "4"),
]


@pytest.mark.parametrize("fault", KILLS, ids=str)
def test_a_run_killed_within_a_call_on_its_store_is_whole_and_ends_as_if_it_had_not(
    traced: TracedStore, fault: Fault
) -> None:
    assert traced.fail(fault).out == "", "a process that was killed has told a result"
    traced.check_whole(repeats_max=1)
    traced.bring_to_its_end()
    traced.check_end(crashes=1)


FAILING = [
    *(
        Fault(error, "pwrite64", WAL, n)
        for error in ("EIO", "ENOSPC")
        for n in ("1", "2", "26", "27", "83", "27+", "84+")
    ),
    *(Fault(error, "fdatasync", WAL, n) for error in ("EIO", "ENOSPC") for n in ("1", "2", "9", "15", "9+")),
    *(Fault(error, "ftruncate", INDEX, "1") for error in ("EIO", "ENOSPC")),
]


@pytest.mark.parametrize("fault", FAILING, ids=str)
def test_a_run_whose_disk_fails_ends_or_is_left_with_the_command_that_ends_it(
    traced: TracedStore, fault: Fault
) -> None:
    told = traced.fail(fault)
    assert told.code in (0, 5), told
    assert "Traceback" not in told.err
    if told.code == 5:
        _check_told(traced, fault, told.err)
    traced.check_whole(repeats_max=1)
    traced.bring_to_its_end()
    traced.check_ended(repeats_max=2)
    assert traced.row().outputs == OUTPUTS  # type: ignore[union-attr]


def _check_told(traced: TracedStore, fault: Fault, said: str) -> None:
    what = "has no room left" if (fault.how, fault.call) == ("ENOSPC", "pwrite64") else "disk I/O error"
    assert what in said
    if traced.row() is not None:
        assert said.splitlines()[-1] == f"weft resume it --store {traced.store}"


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
@pytest.mark.parametrize("when", ["3", "11"])
def test_nothing_is_written_after_a_sync_that_failed(traced: TracedStore, error: str, when: str) -> None:
    """The system has forgotten what it could not write; the next sync would say that all is well."""
    assert traced.fail(Fault(error, "fdatasync", WAL, when)).code == 5
    failed, *after = traced.after_the_fault()
    assert "fdatasync" in failed
    assert [line for line in after if "pwrite64(" in line] == []


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
@pytest.mark.parametrize("call", ["pwrite64", "fdatasync"])
def test_a_log_that_cannot_be_brought_home_at_the_end_loses_nothing(
    traced: TracedStore, call: str, error: str
) -> None:
    """The last to close a store writes its log into the file. Where that fails the log stays, and is the record."""
    told = traced.fail(Fault(error, call, MAIN, "1+"))
    assert told.code == 0, told
    assert traced.row().status == "succeeded"  # type: ignore[union-attr]
    traced.check_end(crashes=0)


# --- the log brought home while writing goes on

WRITES = """
import sys
from engine.errors import StoreError
from engine.journal import NewEvent, NewRun, StoredSpec, open_journal
journal = open_journal(sys.argv[1])
journal.create_run(NewRun("r1", "w", {}, 1.0), StoredSpec("h", "n", "t"), [NewEvent(1.0, "RunCreated")])
for _ in range(150):
    print(journal.append("r1", 0, [NewEvent(1.0, "StepStarted", "a", 1, {"x": "y" * 50_000})]), flush=True)
"""
HOME = [
    *(Fault("SIGKILL", "pwrite64", MAIN, str(n)) for n in (1, 30, 600)),
    Fault("SIGKILL", "fdatasync", MAIN, "1"),
    *(Fault(error, call, MAIN, "1+") for error in ("EIO", "ENOSPC") for call in ("pwrite64", "fdatasync")),
]


@pytest.mark.parametrize("fault", HOME, ids=str)
def test_a_log_that_grows_is_brought_home_under_way_and_what_goes_wrong_there_loses_nothing(
    traced: TracedStore, fault: Fault
) -> None:
    """A thousand pages, and SQLite begins to write them into the file: what was promised is in the log until all are."""
    told = traced.trace_python(fault, WRITES, traced.store)
    assert told.err == ""
    promised = [int(line) for line in told.out.splitlines()]
    assert promised == list(range(2, len(promised) + 2))
    with traced.journal() as journal:
        assert journal.verify("r1") == []
        row = journal.run("r1")
        assert row is not None
        assert row.last_seq in (promised[-1], promised[-1] + 1)
        if fault.how != "SIGKILL":
            assert len(promised) == 150
