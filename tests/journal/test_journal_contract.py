"""What every journal keeps, whatever it is stored in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from engine.errors import EngineFault, RunOwned, StoreError, UsageError
from engine.journal import (
    ENDED,
    STATUSES,
    Append,
    Event,
    Journal,
    NewEvent,
    NewRun,
    NotJson,
    RunEnded,
    RunExists,
    RunNotFound,
    StaleOwner,
    StoredSpec,
)

SPEC = StoredSpec("a" * 64, "orders", "workflow: orders\n", "specs/orders.weft.yaml", {"imports": ["x"]})
OWNER = {"host": "h", "pid": 7, "pid_start": 12.5, "boot_id": "b"}
CREATED = NewEvent(1.0, "RunCreated", payload={"spec": SPEC.hash})


def started(step: str = "load", **payload: Any) -> NewEvent:
    return NewEvent(2.25, "StepStarted", step, 1, payload)


def create(journal: Journal, run_id: str = "r1", **fields: Any) -> Any:
    fields = {
        "workflow": "orders",
        "inputs": {"day": "2026-01-31"},
        "created_at": 1.0,
        "owner": OWNER,
    } | fields
    return journal.create_run(NewRun(run_id, **fields), SPEC, [CREATED])


def seqs(journal: Journal, run_id: str = "r1", after: int = 0) -> list[int]:
    return [event.seq for event in journal.events(run_id, after)]


ILL_IDS = ["", ".x", "-x", "a b", "a/b", "ä", "a\n", "a\0", "x" * 129, "\ud800"]


# --- creating


def test_a_created_run_is_there_with_its_spec_and_first_event(journal: Journal) -> None:
    row = create(journal)
    assert journal.run("r1") == row
    assert (row.workflow, row.status, row.spec_hash, row.inputs) == (
        "orders",
        "pending",
        SPEC.hash,
        {"day": "2026-01-31"},
    )
    assert (row.created_at, row.started_at, row.finished_at, row.attempt) == (1.0, None, None, 1)
    assert (row.epoch, row.owner, row.last_seq, row.outputs, row.error) == (1, OWNER, 1, None, None)
    assert journal.spec(SPEC.hash) == SPEC
    assert list(journal.events("r1")) == [
        Event("r1", 1, 1.0, "RunCreated", None, None, {"spec": SPEC.hash}, 1)
    ]


def test_a_run_without_an_owner_begins_at_epoch_zero(journal: Journal) -> None:
    row = create(journal, owner=None)
    assert (row.epoch, row.owner) == (0, None)


def test_a_taken_run_id_is_refused_and_changes_nothing(journal: Journal) -> None:
    row = create(journal)
    with pytest.raises(RunExists, match="'r1' exists already"):
        journal.create_run(NewRun("r1", "other", {}, 9.0), replace(SPEC, hash="c" * 64), [CREATED, CREATED])
    assert journal.run("r1") == row
    assert seqs(journal) == [1]
    assert journal.spec("c" * 64) is None
    assert journal.append("r1", 1, [started()]) == 2


def test_of_many_that_create_one_run_exactly_one_does(journal: Journal) -> None:
    """The same --run-id given twice at once makes one run."""
    answers: list[str] = []

    def try_it() -> None:
        try:
            create(journal)
            answers.append("made")
        except RunExists:
            answers.append("exists")

    in_threads([try_it] * 8)
    assert sorted(answers) == ["exists"] * 7 + ["made"]


@pytest.mark.parametrize("run_id", ILL_IDS)
def test_what_is_not_a_run_id_is_refused(journal: Journal, run_id: str) -> None:
    with pytest.raises(UsageError, match="is not a run id"):
        create(journal, run_id)
    assert journal.runs() == []


@pytest.mark.parametrize("run_id", ["a", "0", "A.b_c-9", "x" * 128])
def test_what_is_a_run_id_is_taken(journal: Journal, run_id: str) -> None:
    assert create(journal, run_id).run_id == run_id


@pytest.mark.parametrize("run_id", ILL_IDS)
def test_what_no_run_can_be_called_is_not_found(journal: Journal, run_id: str) -> None:
    """Ids come from the command line, where bytes that are no UTF-8 arrive as lone surrogates."""
    create(journal)
    assert journal.run(run_id) is None
    assert list(journal.events(run_id)) == []
    assert journal.runs(workflow=run_id) == []
    assert journal.find(run_id) == ([journal.run("r1")] if run_id == "" else [])
    with pytest.raises(RunNotFound):
        journal.append(run_id, 0, [started()])
    with pytest.raises(RunNotFound):
        journal.claim(run_id, OWNER)


@pytest.mark.parametrize("field", ["name", "text", "path", "hash"])
@pytest.mark.parametrize("text", ["a\0", "\udcff"])
def test_a_spec_no_store_can_hold_is_refused(journal: Journal, field: str, text: str) -> None:
    with pytest.raises(UsageError, match=f"the spec's {field} .* holds a NUL or a lone surrogate"):
        journal.create_run(NewRun("r1", "w", {}, 1.0), replace(SPEC, **{field: text}), [CREATED])
    assert journal.run("r1") is None


def test_a_run_without_a_first_event_is_refused(journal: Journal) -> None:
    with pytest.raises(EngineFault, match="without an event"):
        journal.create_run(NewRun("r1", "w", {}, 1.0), SPEC, [])
    assert journal.run("r1") is None


def test_two_runs_share_one_spec(journal: Journal) -> None:
    create(journal, "r1")
    create(journal, "r2")
    assert journal.spec(SPEC.hash) == SPEC
    assert journal.spec("nothing") is None


# --- appending


def test_events_are_numbered_without_a_gap_and_come_back_in_order(journal: Journal) -> None:
    create(journal)
    assert journal.append("r1", 1, [started("a"), started("b")]) == 3
    assert journal.append("r1", 1, [started("c")]) == 4
    assert [(e.seq, e.instance) for e in journal.events("r1")] == [(1, None), (2, "a"), (3, "b"), (4, "c")]
    assert journal.run("r1").last_seq == 4


def test_events_can_be_read_from_any_point(journal: Journal) -> None:
    create(journal)
    journal.append("r1", 1, [started(str(n)) for n in range(1000)])
    assert seqs(journal) == list(range(1, 1002))
    assert seqs(journal, after=998) == [999, 1000, 1001]
    assert seqs(journal, after=1001) == seqs(journal, after=5000) == []
    assert seqs(journal, after=-1)[0] == 1
    assert seqs(journal, "unknown") == []


def test_events_appended_while_reading_do_not_disturb_the_reader(journal: Journal) -> None:
    create(journal)
    journal.append("r1", 1, [started(str(n)) for n in range(500)])
    seen = []
    for event in journal.events("r1"):
        seen.append(event.seq)
        if event.seq in (1, 250):
            journal.append("r1", 1, [started("late")])
    assert seen[:501] == list(range(1, 502))


PAYLOADS = [
    {},
    {"z": 1, "a": {"nested": [1, 2.5, None, True, "x"]}},
    {"text": 'quotes " \\ / \n \t \0 \x7f \u2028 ä 日本 🧵'},
    {"numbers": [0, -1, 10**30, 1e308, 5e-324, 0.1, 1e22, -0.0]},
    {"empty": [{}, [], ""], "": "empty key"},
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=["empty", "nested", "text", "numbers", "empties"])
def test_a_payload_comes_back_as_it_went_in(journal: Journal, payload: dict[str, Any]) -> None:
    create(journal)
    journal.append("r1", 1, [NewEvent(1.5, "StepSucceeded", "a", 2, payload)])
    event = list(journal.events("r1"))[-1]
    assert event.payload == payload
    assert repr(event.payload) == repr(payload), "types and the order of keys are kept too"
    assert journal.verify("r1") == []


def test_the_writer_may_change_its_payload_afterwards(journal: Journal) -> None:
    create(journal)
    payload = {"list": [1]}
    journal.append("r1", 1, [NewEvent(1.0, "StepSucceeded", "a", 1, payload)])
    payload["list"].append(2)
    assert list(journal.events("r1"))[-1].payload == {"list": [1]}


@pytest.mark.parametrize("at", [0.0, 1.0, 1763640000.123456, 1763640000.1234567, 2**53 + 0.0])
def test_a_time_comes_back_to_the_last_bit(journal: Journal, at: float) -> None:
    create(journal)
    journal.append("r1", 1, [NewEvent(at, "StepStarted")])
    assert list(journal.events("r1"))[-1].at == at
    assert journal.verify("r1") == []


@pytest.mark.parametrize("instance", ["group/step", 'loop["key"]', 'loop["日\\n"]/in', "a\nb", ""])
def test_an_instance_comes_back_as_it_went_in(journal: Journal, instance: str) -> None:
    create(journal)
    journal.append("r1", 1, [NewEvent(1.0, "StepStarted", instance)])
    assert list(journal.events("r1"))[-1].instance == instance
    assert journal.verify("r1") == []


NOT_JSON = [
    float("nan"),
    float("inf"),
    "\ud800",
    {"\udfff": 1},
    {1, 2},
    object(),
    b"bytes",
    {("a",): 1},
    10**5000,
]


@pytest.mark.parametrize("value", NOT_JSON, ids=lambda value: type(value).__name__)
def test_what_is_not_json_is_refused_everywhere_and_nothing_is_written(journal: Journal, value: Any) -> None:
    create(journal)
    with pytest.raises(NotJson, match=r"StepSucceeded.*data.* cannot be kept as JSON"):
        journal.append("r1", 1, [started(), NewEvent(1.0, "StepSucceeded", "a", 1, {"data": [value]})])
    with pytest.raises(NotJson, match="outputs"):
        journal.append("r1", 1, [started()], {"outputs": {"data": value}})
    with pytest.raises(NotJson, match="inputs"):
        create(journal, "r2", inputs={"day": value})
    assert journal.run("r2") is None
    assert seqs(journal) == [1]
    assert journal.append("r1", 1, [started()]) == 2


def test_a_value_that_holds_itself_is_refused(journal: Journal) -> None:
    create(journal)
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(NotJson, match="too deep"):
        journal.append("r1", 1, [started(data=endless)])
    assert seqs(journal) == [1]


@pytest.mark.parametrize(
    "event",
    [
        NewEvent(1.0, ""),
        NewEvent(1.0, "two words"),
        NewEvent(1.0, "K" * 65),
        NewEvent(1.0, "line\nfeed"),
        NewEvent(float("nan"), "StepStarted"),
        NewEvent(float("inf"), "StepStarted"),
        NewEvent(1.0, "StepStarted", payload=["not a mapping"]),  # type: ignore[arg-type]
    ],
)
def test_what_is_not_an_event_is_refused(journal: Journal, event: NewEvent) -> None:
    create(journal)
    with pytest.raises(EngineFault):
        journal.append("r1", 1, [event])
    assert seqs(journal) == [1]


@pytest.mark.parametrize("instance", ["a\0b", "\ud800"])
def test_an_instance_no_store_can_hold_is_refused(journal: Journal, instance: str) -> None:
    create(journal)
    with pytest.raises(UsageError, match="NUL or a lone surrogate"):
        journal.append("r1", 1, [NewEvent(1.0, "StepStarted", instance)])
    assert seqs(journal) == [1]


def test_an_append_changes_the_row_with_its_events(journal: Journal) -> None:
    create(journal)
    journal.append("r1", 1, [started()], {"status": "running", "started_at": 2.5})
    row = journal.run("r1")
    assert (row.status, row.started_at, row.finished_at) == ("running", 2.5, None)
    error = {"type": "failed", "message": "ä"}
    done = {"status": "failed", "finished_at": 3.5, "outputs": {"n": [1]}, "error": error}
    journal.append("r1", 1, [NewEvent(3.5, "RunFailed")], done)  # type: ignore[arg-type]
    row = journal.run("r1")
    assert (row.status, row.started_at, row.finished_at) == ("failed", 2.5, 3.5)
    assert (row.outputs, row.error, row.inputs) == ({"n": [1]}, error, {"day": "2026-01-31"})
    assert row.last_seq == 3
    assert journal.verify("r1") == []


def test_a_change_to_none_is_written(journal: Journal) -> None:
    create(journal)
    journal.append("r1", 1, [started()], {"outputs": 1, "error": {"message": "x"}, "finished_at": 2.0})
    journal.append("r1", 1, [started()], {"outputs": None, "error": None, "finished_at": None})
    row = journal.run("r1")
    assert (row.outputs, row.error, row.finished_at) == (None, None, None)


def test_a_row_changes_only_with_an_event_and_only_what_may_change(journal: Journal) -> None:
    row = create(journal)
    with pytest.raises(EngineFault, match="nothing to append"):
        journal.append("r1", 1, [], {"status": "running"})
    with pytest.raises(EngineFault, match="'paused' is not a status"):
        journal.append("r1", 1, [started()], {"status": "paused"})
    with pytest.raises(EngineFault, match="cannot change epoch"):
        journal.append("r1", 1, [started()], {"epoch": 9})  # type: ignore[typeddict-unknown-key]
    assert journal.run("r1") == row


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_can_be_kept(journal: Journal, status: str) -> None:
    create(journal)
    journal.append("r1", 1, [started()], {"status": status})
    assert journal.run("r1").status == status


def test_an_unknown_run_takes_nothing(journal: Journal) -> None:
    for act in (
        lambda: journal.append("no", 0, [started()]),
        lambda: journal.claim("no", OWNER),
        lambda: journal.release("no", 0),
        lambda: journal.verify("no"),
    ):
        with pytest.raises(RunNotFound, match="no run 'no'"):
            act()
    assert journal.run("no") is None


# --- end states absorb


@pytest.mark.parametrize("status", sorted(ENDED))
def test_an_ended_run_takes_nothing_but_a_reopening(journal: Journal, status: str) -> None:
    create(journal)
    journal.append("r1", 1, [NewEvent(2.0, "RunEnded")], {"status": status, "finished_at": 2.0})
    before = journal.run("r1")
    for events, changes in (
        ([started()], None),
        ([started()], {"status": "running"}),
        ([started(), NewEvent(3.0, "RunReopened")], {"status": "running"}),
        ([NewEvent(3.0, "RunReopened")], None),
        ([NewEvent(3.0, "RunReopened")], {"attempt": 2}),
    ):
        with pytest.raises(RunEnded, match=f"has ended \\({status}\\)"):
            journal.append("r1", 1, events, changes)  # type: ignore[arg-type]
    assert journal.run("r1") == before
    changes = {"status": "running", "attempt": 2, "finished_at": None}
    assert journal.append("r1", 1, [NewEvent(3.0, "RunReopened"), started()], changes) == 4  # type: ignore[arg-type]
    row = journal.run("r1")
    assert (row.status, row.attempt, row.finished_at) == ("running", 2, None)
    assert journal.append("r1", 1, [started()]) == 5
    assert journal.verify("r1") == []


def test_a_reopening_may_bring_another_spec(journal: Journal) -> None:
    create(journal)
    journal.append("r1", 1, [NewEvent(2.0, "RunFailed")], {"status": "failed"})
    other = StoredSpec("d" * 64, "orders", "workflow: orders # mended\n")
    reopened = NewEvent(3.0, "RunReopened", payload={"spec": other.hash})
    journal.append("r1", 1, [reopened], {"status": "running", "attempt": 2, "spec_hash": other.hash}, other)
    assert journal.run("r1").spec_hash == other.hash
    assert journal.spec(other.hash) == other
    assert journal.spec(SPEC.hash) == SPEC


# --- owners


def test_a_claim_raises_the_epoch_and_refuses_the_owner_before(journal: Journal) -> None:
    create(journal)
    row = journal.claim("r1", {"host": "other"}, epoch=1)
    assert (row.epoch, row.owner, row.last_seq) == (2, {"host": "other"}, 1)
    with pytest.raises(StaleOwner, match="'r1' is at epoch 2, a write under epoch 1 is refused"):
        journal.append("r1", 1, [started()])
    assert seqs(journal) == [1]
    assert journal.append("r1", 2, [started()]) == 2
    assert list(journal.events("r1"))[-1].epoch == 2
    assert journal.verify("r1") == []


def test_an_epoch_that_never_was_is_refused(journal: Journal) -> None:
    create(journal)
    with pytest.raises(StaleOwner):
        journal.append("r1", 2, [started()])


def test_a_claim_that_saw_an_older_epoch_is_refused(journal: Journal) -> None:
    """Two that both judged the owner dead: the second must not take the run from the first."""
    create(journal)
    journal.claim("r1", {"host": "first"}, epoch=1)
    with pytest.raises(StaleOwner, match="is at epoch 2"):
        journal.claim("r1", {"host": "second"}, epoch=1)
    assert journal.run("r1").owner == {"host": "first"}


def test_only_a_run_nobody_owns_is_claimed_blindly(journal: Journal) -> None:
    create(journal)
    with pytest.raises(RunOwned):
        journal.claim("r1", {"host": "other"})
    journal.release("r1", 1)
    assert journal.run("r1").owner is None
    assert journal.claim("r1", {"host": "other"}).epoch == 2


def test_of_many_that_claim_one_run_exactly_one_gets_it(journal: Journal) -> None:
    create(journal)
    answers: list[int] = []

    def try_it() -> None:
        try:
            answers.append(journal.claim("r1", OWNER, epoch=1).epoch)
        except StaleOwner:
            answers.append(0)

    in_threads([try_it] * 8)
    assert sorted(answers) == [0] * 7 + [2]


def test_a_release_under_an_old_epoch_is_refused(journal: Journal) -> None:
    create(journal)
    journal.claim("r1", {"host": "new"}, epoch=1)
    with pytest.raises(StaleOwner):
        journal.release("r1", 1)
    assert journal.run("r1").owner == {"host": "new"}


def test_an_ended_run_can_be_claimed_to_reopen_it(journal: Journal) -> None:
    create(journal)
    journal.append("r1", 1, [NewEvent(2.0, "RunFailed")], {"status": "failed"})
    journal.release("r1", 1)
    row = journal.claim("r1", OWNER)
    assert journal.append("r1", row.epoch, [NewEvent(3.0, "RunReopened")], {"status": "running"}) == 3


# --- groups


def test_a_group_writes_many_runs_and_answers_in_order(journal: Journal) -> None:
    for name in "abc":
        create(journal, name)
    group = [Append(name, 1, [started(), started()], {"status": "running"}) for name in "cab"]
    assert journal.append_all(group) == [3, 3, 3]
    assert [journal.run(name).status for name in "abc"] == ["running"] * 3
    assert [journal.verify(name) for name in "abc"] == [[], [], []]
    assert journal.append_all([]) == []


def test_one_run_may_stand_in_a_group_more_than_once(journal: Journal) -> None:
    create(journal)
    assert journal.append_all([Append("r1", 1, [started("a")]), Append("r1", 1, [started("b")])]) == [2, 3]
    assert [event.instance for event in journal.events("r1")] == [None, "a", "b"]
    assert journal.verify("r1") == []


def test_a_refused_share_leaves_the_others_of_its_group_alone(journal: Journal) -> None:
    for name in ("good", "stale", "ended", "good2"):
        create(journal, name)
    journal.claim("stale", {"host": "new"}, epoch=1)
    journal.append("ended", 1, [NewEvent(2.0, "RunFailed")], {"status": "failed"})
    group = [
        Append("good", 1, [started()]),
        Append("stale", 1, [started()]),
        Append("ended", 1, [started()]),
        Append("unknown", 1, [started()]),
        Append("good", 1, [started(data=float("nan"))]),
        Append("good2", 1, [started()]),
    ]
    answers = journal.append_all(group)
    assert [answer if isinstance(answer, int) else type(answer) for answer in answers] == [
        2,
        StaleOwner,
        RunEnded,
        RunNotFound,
        NotJson,
        2,
    ]
    assert [journal.run(name).last_seq for name in ("good", "stale", "ended", "good2")] == [2, 1, 2, 2]
    assert [journal.verify(name) for name in ("good", "stale", "ended", "good2")] == [[]] * 4


# --- finding


def test_runs_are_listed_newest_first_and_filtered(journal: Journal) -> None:
    for n, (name, workflow) in enumerate([("a", "x"), ("b", "y"), ("c", "x"), ("d", "y")]):
        create(journal, name, workflow=workflow, created_at=float(n))
    journal.append("b", 1, [started()], {"status": "running"})
    assert [row.run_id for row in journal.runs()] == ["d", "c", "b", "a"]
    assert [row.run_id for row in journal.runs(limit=2)] == ["d", "c"]
    assert [row.run_id for row in journal.runs(workflow="x")] == ["c", "a"]
    assert [row.run_id for row in journal.runs(status="running")] == ["b"]
    assert [row.run_id for row in journal.runs(since=2.0)] == ["d", "c"]
    assert [row.run_id for row in journal.runs(since=1.0, workflow="y", limit=1)] == ["d"]


def test_a_unique_prefix_finds_its_run_and_an_exact_id_comes_first(journal: Journal) -> None:
    for name in ("run_1", "run_10", "runx1", "RUN_1", "run-1", "run.1"):
        create(journal, name)
    assert [row.run_id for row in journal.find("run_1")] == ["run_1", "run_10"]
    assert [row.run_id for row in journal.find("runx")] == ["runx1"]
    assert [row.run_id for row in journal.find("RUN")] == ["RUN_1"]
    assert len(journal.find("run", limit=2)) == 2
    assert [row.run_id for row in journal.find("")] == ["RUN_1", "run-1", "run.1", "run_1", "run_10", "runx1"]
    for nothing in ("zzz", "run_1%", "run%", "ä", "run\0"):
        assert journal.find(nothing) == []


def test_the_unfinished_are_all_that_have_not_ended_oldest_first(journal: Journal) -> None:
    for n, status in enumerate(STATUSES):
        create(journal, status, created_at=float(-n))
        journal.append(status, 1, [started()], {"status": status})
    assert [row.run_id for row in journal.unfinished()] == ["waiting", "running", "pending"]


# --- verifying


def test_a_whole_record_verifies(journal: Journal) -> None:
    create(journal)
    for n in range(300):
        journal.append("r1", 1, [started(str(n)), NewEvent(float(n), "StepSucceeded", str(n), 1, {"n": n})])
    assert journal.verify("r1") == []
    row = journal.run("r1")
    assert row.last_seq == 601
    assert len(row.last_hash) == 64


def test_equal_histories_have_equal_hashes_in_every_store(journal: Journal) -> None:
    """The chain is part of the format: a build that hashes otherwise could not verify what is there."""
    create(journal)
    journal.append("r1", 1, [NewEvent(2.5, "StepSucceeded", 'l["ä"]', 1, {"b": [1.0, None], "a": "日"})])
    before = "0" * 64
    for lines in (
        ["r1", "1", "1", "1.0", "RunCreated", "None", '{"spec":"' + "a" * 64 + '"}'],
        ["r1", "2", "1", "2.5", "StepSucceeded", "1", '{"b":[1.0,null],"a":"日"}', 'l["ä"]'],
    ):
        before = sha256("\n".join([before, *lines]).encode()).hexdigest()
    assert journal.run("r1").last_hash == before
    assert before == "06999218791d7917ce63d908601de6a180d4acf39515cb3af228c929f9cd8037"


# --- many at once


def test_writers_and_readers_in_many_threads_lose_nothing(journal: Journal) -> None:
    names = [f"r{n}" for n in range(4)]
    for name in names:
        create(journal, name)

    def write(name: str) -> None:
        for n in range(25):
            journal.append(name, 1, [started(str(n)), started(str(n))])

    def read() -> None:
        for _ in range(10):
            for name in names:
                assert journal.verify(name) == []
                seen = seqs(journal, name)
                assert seen == list(range(1, len(seen) + 1))
            journal.runs()

    in_threads([lambda name=name: write(name) for name in names] + [read, read])
    for name in names:
        assert seqs(journal, name) == list(range(1, 52))
        assert journal.verify(name) == []


def in_threads(works: list[Callable[[], None]]) -> None:
    """Do all of `works` at once; raise what any of them raised."""
    gate = threading.Barrier(len(works))
    raised: list[BaseException] = []

    def do(work: Callable[[], None]) -> None:
        gate.wait()
        try:
            work()
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=do, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert raised == []


# --- closing


def test_a_closed_journal_says_so(journal: Journal) -> None:
    create(journal)
    journal.close()
    journal.close()
    for act in (
        lambda: create(journal, "r2"),
        lambda: journal.append("r1", 1, [started()]),
        lambda: journal.claim("r1", OWNER, 1),
        lambda: journal.release("r1", 1),
        lambda: journal.run("r1"),
        journal.runs,
        lambda: journal.find("r"),
        journal.unfinished,
        lambda: list(journal.events("r1")),
        lambda: journal.spec(SPEC.hash),
        lambda: journal.verify("r1"),
    ):
        with pytest.raises(StoreError, match="the journal is closed"):
            act()


# --- durable stores


def test_what_was_written_is_there_after_reopening(reopen: Callable[[], Journal]) -> None:
    first = reopen()
    create(first)
    first.append("r1", 1, [started(n=1)], {"status": "running"})
    row, events = first.run("r1"), list(first.events("r1"))
    first.close()
    second = reopen()
    assert second.durable
    assert second.run("r1") == row
    assert list(second.events("r1")) == events
    assert second.spec(SPEC.hash) == SPEC
    assert second.verify("r1") == []
    assert second.append("r1", 1, [started()]) == 3


def test_a_second_handle_under_the_same_epoch_is_noticed(reopen: Callable[[], Journal]) -> None:
    """Whoever was overtaken stays refused, so it cannot go on from a state it does not know."""
    first, second = reopen(), reopen()
    create(first)
    assert second.append("r1", 1, [started("other")]) == 2
    for _ in range(2):
        with pytest.raises(StaleOwner, match="somebody else wrote"):
            first.append("r1", 1, [started()])
    assert first.verify("r1") == []
    assert first.claim("r1", OWNER, epoch=1).last_seq == 2
    assert first.append("r1", 2, [started()]) == 3
    with pytest.raises(StaleOwner, match="epoch 2"):
        second.append("r1", 1, [started()])
    assert second.verify("r1") == []


def test_a_share_refused_by_the_store_leaves_the_others_alone(reopen: Callable[[], Journal]) -> None:
    first, second = reopen(), reopen()
    create(first, "a")
    create(first, "b")
    second.claim("a", {"host": "other"}, epoch=1)
    stale, kept = first.append_all([Append("a", 1, [started()], {"outputs": 1}), Append("b", 1, [started()])])
    assert isinstance(stale, StaleOwner)
    assert kept == 2
    assert (first.run("a").last_seq, first.run("a").outputs) == (1, None)
    assert first.verify("a") == first.verify("b") == []
