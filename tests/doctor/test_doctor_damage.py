"""Each kind of damage is found, by the run and the event it is in, and nothing else is found with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from doctor_store import Events, Link, Rewrite, Store, events_of, opened, payload, weft, write_events

from engine.app.doctor import surroundings
from engine.app.doctor.order import KNOWN
from engine.journal import content_hash

# The flow: 1 RunCreated, 2 a starts, 3 a succeeds, 4 b starts, 5 b succeeds, 6 RunFinished.


def told(seq: int, **columns: object) -> Rewrite:
    """Change columns of one event."""
    return lambda events: [one._replace(**columns) if one.seq == seq else one for one in events]


def said(seq: int, **changes: object) -> Rewrite:
    """Change the payload of one event."""
    return lambda events: [payload(one, **changes) if one.seq == seq else one for one in events]


def order(*seqs: int) -> Rewrite:
    """These of the events, in this order."""
    return lambda events: [events[seq - 1] for seq in seqs]


def cancelled_before(seq: int) -> Rewrite:
    def change(events: Events) -> Events:
        cancel = Link("", 0, 1, events[0].at, "CancelRequested", None, None, '{"reason":"test"}', "")
        return [*events[: seq - 1], cancel, *events[seq - 1 :]]

    return change


def begun_again(events: Events) -> Events:
    """a starts its second attempt after its success."""
    return [*events[:3], events[1]._replace(attempt=2), *events[3:]]


def third_attempt_first(events: Events) -> Events:
    return [one._replace(attempt=3) if one.instance == "a" else one for one in events]


def ended_then(kind: str) -> Rewrite:
    return lambda events: [*events, events[-1]._replace(kind=kind, payload="{}")]


REWRITTEN = [
    ("I2", "flow", 7, "RunInterrupted follows the end of the run, event 6", ended_then("RunInterrupted")),
    ("I2", "flow", 7, "RunFinished follows the end of the run, event 6", order(1, 2, 3, 4, 5, 6, 6)),
    ("I3", "flow", 4, '"a" starts again, though its success is event 3', begun_again),
    ("I5", "flow", 3, "StepStarted cannot be at that point", order(1, 2, 4, 3, 5, 6)),
    ("I9", "flow", 2, 'StepSucceeded of "a" names attempt 1, under way was none', order(1, 3, 4, 5, 6)),
    ("I5", "flow", 4, "not all of its steps have", order(1, 2, 3, 6)),
    ("I5", "moving", 3, '"x"', told(3, instance="x", attempt=None)),
    ("I7", "flow", 3, "written under epoch 0, after epoch 1", told(3, epoch=0)),
    ("I7", "moving", 4, "written under epoch 7, the run is at 1", told(4, epoch=7)),
    ("I8", "flow", 1, "StepStarted is its first event", order(2, 3, 4, 5, 6)),
    ("I8", "flow", 2, "the run is created once more", order(1, 1, 2, 3, 4, 5, 6)),
    ("I9", "flow", 2, '"a" starts its attempt 3 after attempt 0', third_attempt_first),
    ("I9", "flow", 3, 'StepSucceeded of "a" names attempt 2, under way was 1', told(3, attempt=2)),
    ("I12", "flow", 5, '"b" starts after the cancel, event 4', cancelled_before(4)),
    ("json", "flow", 3, "the payload of StepSucceeded is no JSON", told(3, payload="{")),
    ("json", "flow", 3, "the payload of StepSucceeded is no mapping: [1]", told(3, payload="[1]")),
    ("kind", "flow", 3, "StepExploded is no kind of event", told(3, kind="StepExploded")),
]


@pytest.mark.parametrize(("check", "run", "seq", "message", "change"), REWRITTEN)
def test_a_record_that_cannot_be_is_found(
    store: Store, check: str, run: str, seq: int, message: str, change: Rewrite
) -> None:
    """The chain of hashes is made good again: only the meaning of the rows shows it."""
    store.rewrite(run, change)
    (found,) = store.found()
    assert found[:3] == (check, run, seq)
    assert message in found[3]


def test_finally_may_start_after_a_cancel(store: Store) -> None:
    """Event 4 of the tidy run is the start of its finally."""
    store.rewrite("tidy", cancelled_before(4))
    assert "I12" not in [found[0] for found in store.found()]
    with opened(store.path) as database:
        kinds = [(event.kind, event.instance) for event in events_of(database, "tidy")]
    assert kinds[3:5] == [("CancelRequested", None), ("StepStarted", "(finally)")]


def test_an_undo_may_start_after_a_cancel(store: Store) -> None:
    def change(events: Events) -> Events:
        events = cancelled_before(4)(events)
        return [one._replace(instance="a/(undo)") if one.instance == "b" else one for one in events]

    store.rewrite("flow", change)
    assert [found[0] for found in store.found()] == ["I5"], "this step has none, but that is another matter"


def test_a_run_is_reopened_only_once_it_has_ended(store: Store) -> None:
    def change(events: Events) -> Events:
        again = events[0]._replace(kind="RunReopened", payload='{"attempt": 2}')
        return [*events[:3], again, *events[3:]]

    store.rewrite("flow", change)
    store.sql("UPDATE weft_runs SET attempt = 2 WHERE run_id = 'flow'")
    assert store.found() == [("I2", "flow", 4, "the run is reopened, though it had not ended")]


@pytest.mark.parametrize("path", ['loop["(finally)"]', 'loop["a/(finally)/b"]/c', "finally"])
def test_a_name_that_looks_like_a_finally_is_none(store: Store, path: str) -> None:
    def change(events: Events) -> Events:
        events = cancelled_before(4)(events)
        return [one._replace(instance=path) if one.instance == "b" else one for one in events]

    store.rewrite("flow", change)
    assert [found[:3] for found in store.found()] == [("I12", "flow", 5)]


EVENT = "UPDATE weft_events SET {} WHERE run_id = 'flow' AND seq = 3"
ROW = "UPDATE weft_runs SET {} WHERE run_id = 'flow'"
VALUES = "UPDATE weft_run_values SET {} WHERE run_id = 'flow'"
SPEC = "UPDATE weft_specs SET {} WHERE name = 'flow'"
BY_SQL = [
    ("I8", 3, "event 3 is missing, the next one is 4", "DELETE FROM weft_events WHERE run_id='flow' AND seq=3"),
    ("I8", 6, "the tail is cut: event 6 was the last, now 5 is", "DELETE FROM weft_events WHERE run_id='flow' AND seq=6"),
    ("I8", 1, "the tail is cut: event 6 was the last, now 0 is", "DELETE FROM weft_events WHERE run_id='flow'"),
    ("I8", 3, "StepSucceeded is not what was written", EVENT.format("payload = '{\"data\": 1}'")),
    ("I8", 3, "StepSucceeded is not what was written", EVENT.format("at = 1.5")),
    ("I8", 3, "LoopTested is not what was written", EVENT.format("kind = 'LoopTested'")),
    ("I8", 6, "the run's row holds another hash than its last event", ROW.format("last_hash = 'x'")),
    ("I8", 6, "event 6 is there, though the run's row says 5 is the last", ROW.format("last_seq = 5")),
    ("I8", 6, "its row says status 'failed', event 6 says 'succeeded'", ROW.format("status = 'failed'")),
    ("I8", 6, "its row says status 'running', event 6 says 'succeeded'", ROW.format("status = 'running'")),
    ("I8", 6, "its row says finished_at None", ROW.format("finished_at = NULL")),
    ("I8", 1, "its row says created_at 1.0", ROW.format("created_at = 1.0")),
    ("I8", 1, "its row says started_at 2.0", ROW.format("started_at = 2.0")),
    ("I8", 1, "its row says attempt 2, event 1 says 1", ROW.format("attempt = 2")),
    ("I8", 1, "its row says spec_hash", ROW.format("spec_hash = (SELECT hash FROM weft_specs WHERE name = 'tidy')")),
    ("I8", 1, "its row says inputs {}, event 1 says {'who': 'world'}", VALUES.format("inputs = '{}'")),
    ("I8", 6, "its row says outputs {'v': 2}, event 6 says {'v': 'world'}", VALUES.format("outputs = '{\"v\": 2}'")),
    ("I8", 6, "its row says error {'a': 1}, event 6 says None", VALUES.format("error = '{\"a\": 1}'")),
    ("I7", 1, "RunCreated was written under epoch 1, the run is at 0", ROW.format("epoch = 0")),
    ("json", None, "its inputs is no JSON", VALUES.format("inputs = '{'")),
    ("json", None, "its owner is no JSON", ROW.format("owner = 'me'")),
    ("json", None, "the row with its inputs and outputs is missing", "DELETE FROM weft_run_values WHERE run_id='flow'"),
    ("I8", None, "6 events are there, the run's row is not", "DELETE FROM weft_runs WHERE run_id='flow'"),
    ("spec", None, "it cannot be shown or resumed", "DELETE FROM weft_specs WHERE name = 'flow'"),
    ("spec", None, "its text was changed", SPEC.format("text = 'weft: 1'")),
    ("spec", None, "is no JSON mapping", SPEC.format("extra = '[]'")),
]  # fmt: skip


@pytest.mark.parametrize(("check", "seq", "message", "sql"), BY_SQL)
def test_a_row_that_was_changed_behind_the_engines_back_is_found(
    store: Store, check: str, seq: int | None, message: str, sql: str
) -> None:
    store.sql(sql)
    found = [one for one in store.found() if one[1] == "flow"]
    if (
        "at the engine" not in message and len(found) > 1
    ):  # every event is written under an epoch that never was
        assert {one[0] for one in found} == {"I7"}
    assert found[0][:3] == (check, "flow", seq)
    assert message in found[0][3]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("status = 'succeeded'", "its row says status 'succeeded', though no event ends it"),
        ("finished_at = 5.0", "its row says when it ended, though no event ends it"),
    ],
)
def test_a_run_that_goes_on_has_no_end_in_its_row(store: Store, change: str, message: str) -> None:
    store.sql(f"UPDATE weft_runs SET {change} WHERE run_id = 'moving'")
    assert store.found() == [("I8", "moving", 4, message)]


@pytest.mark.parametrize(
    ("kind", "status"), [("RunWaiting", "waiting"), ("RunContinued", "running"), ("RunResumed", "running")]
)
def test_the_status_of_a_run_that_goes_on_is_that_of_its_events(store: Store, kind: str, status: str) -> None:
    store.rewrite(
        "moving", lambda events: [*events, events[-1]._replace(kind=kind, instance=None, attempt=None)]
    )
    store.sql(f"UPDATE weft_runs SET status = '{status}' WHERE run_id = 'moving'")
    assert store.found() == []
    store.sql("UPDATE weft_runs SET status = 'pending' WHERE run_id = 'moving'")
    assert store.found() == [("I8", "moving", 5, f"its row says status 'pending', event 5 says '{status}'")]


def test_a_missing_called_file_is_found(store: Store) -> None:
    store.sql("UPDATE weft_specs SET extra = json_remove(extra, '$.called') WHERE name = 'calling'")
    (found,) = store.found()
    assert found[:3] == ("spec", "calling", None)
    store.sql(
        "UPDATE weft_specs SET extra = json_set(extra, '$.called', json('{\"x\": \"y\"}')) WHERE name = 'calling'"
    )
    (found,) = store.found()
    assert "or a file it calls is missing" in found[3]


def test_a_spec_that_this_engine_does_not_run_is_told_and_no_damage(store: Store) -> None:
    """The tool may be one of another machine, or of the program that started the run."""
    text = json.dumps({"weft": 1, "name": "odd", "steps": [{"id": "a", "tool": "elsewhere"}]})
    spec = content_hash(text)
    with opened(store.path) as database:
        database.execute("UPDATE weft_specs SET hash = ?, text = ? WHERE name = 'flow'", (spec, text))
        for run in ("flow", "moving"):
            database.execute("UPDATE weft_runs SET spec_hash = ? WHERE run_id = ?", (spec, run))
            write_events(database, run, said(1, spec=spec)(events_of(database, run)))
    assert [(one[0], one[1]) for one in store.found()] == [("spec", "flow"), ("spec", "moving")]
    assert all("elsewhere" in one[3] for one in store.found())


def test_what_follows_from_damage_is_not_told_as_damage_of_its_own(store: Store) -> None:
    """An event is gone: that the rest of the record makes no sense without it is clear."""
    store.rewrite("flow", order(1, 2, 4, 3, 5, 6))
    store.sql("DELETE FROM weft_events WHERE run_id = 'flow' AND seq = 2")
    assert [found[:3] for found in store.found()] == [("I8", "flow", 2)]


def test_every_damaged_run_is_told(store: Store) -> None:
    store.sql("UPDATE weft_runs SET last_hash = 'x'")
    assert [found[:2] for found in store.found()] == [
        ("I8", run) for run in ("flow", "moving", "calling", "tidy")
    ]


def test_one_run_is_looked_at_alone(store: Store) -> None:
    store.sql("UPDATE weft_runs SET last_hash = 'x' WHERE run_id = 'flow'")
    assert [found[1] for found in store.found("--run", "fl")] == ["flow"]
    assert store.found("--run", "tidy") == []
    code, _, err = weft("doctor", "--run", "tidi", "--store", str(store.path))
    assert (code, err.splitlines()) == (2, ['weft: no run "tidi"', '      did you mean "tidy"?'])


def test_without_deep_the_runs_that_have_ended_are_not_replayed(store: Store) -> None:
    store.rewrite("flow", order(1, 2, 4, 3, 5, 6))
    code, out, err = weft("doctor", "--store", str(store.path))
    assert (code, out) == (0, "")
    assert "4 runs, " in err
    assert "1 replayed: nothing is damaged" in err
    assert weft("doctor", "--store", str(store.path), "--run", "flow")[0] == 1


def test_a_finding_names_run_event_and_repair(store: Store) -> None:
    store.sql(EVENT.format("kind = 'LoopTested'"))
    code, out, err = weft("doctor", "--store", str(store.path))
    first, second = out.splitlines()
    assert code == 1
    assert (
        first == "damage [I8] run flow  event 3  LoopTested is not what was written: its hash does not hold"
    )
    assert second.startswith("  repair: restore the store from a backup")
    assert err.endswith("1 finding of damage\n")


@pytest.mark.parametrize("page", [1, 3, 5, 8])
def test_damaged_pages_are_found_and_nothing_is_read_from_them(store: Store, page: int) -> None:
    """The first page holds what the tables are: without it not even the version of the store is known."""
    store.sql("PRAGMA journal_mode = DELETE", "VACUUM")
    content = bytearray(store.path.read_bytes())
    content[4096 * page - 3900 : 4096 * page] = b"\x99" * 3900
    store.path.write_bytes(content)
    (found,) = store.found()
    assert found[0] == "file"
    assert "is damaged" in found[3]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        (
            "UPDATE weft_runs SET last_seq = 'abc' WHERE run_id = 'flow'",
            "its record cannot be read: TypeError",
        ),
        ("UPDATE weft_events SET payload = CAST(x'ff' AS TEXT) WHERE run_id = 'flow'", "UTF-8"),
        ("UPDATE weft_runs SET last_seq = 0 WHERE run_id = 'flow'", "the run has no events"),
    ],
)
def test_a_row_that_makes_no_sense_at_all_does_not_end_the_walk(store: Store, sql: str, message: str) -> None:
    store.sql("DELETE FROM weft_events WHERE run_id = 'flow' AND seq > 1", sql)
    if "= 0" in sql:
        store.sql("DELETE FROM weft_events WHERE run_id = 'flow'")
    store.sql("UPDATE weft_runs SET last_hash = 'x' WHERE run_id = 'tidy'")
    found = store.found()
    assert {one[1] for one in found} == {"flow", "tidy"}
    assert any(message in one[3] for one in found)


# --- stores that cannot be judged


def test_a_store_of_a_newer_engine_is_left_alone(store: Store) -> None:
    store.sql("INSERT INTO weft_schema VALUES (99, 'to come')")
    code, _, err = weft("doctor", "--store", str(store.path))
    assert code == 5
    assert "has schema version 99" in err


def test_a_store_that_is_not_there_is_unavailable_and_not_made(tmp_path: Path) -> None:
    assert weft("doctor", "--store", str(tmp_path / "none.db"))[0] == 5
    assert not (tmp_path / "none.db").exists()
    (tmp_path / "text.db").write_text("no database " * 100)
    assert weft("doctor", "--store", str(tmp_path / "text.db"))[0] == 5
    (tmp_path / "empty.db").touch()
    assert weft("doctor", "--store", str(tmp_path / "empty.db"))[0] == 5
    assert weft("doctor", "--store", "memory")[0] == 2


# --- notices


def test_a_file_without_a_write_ahead_log_is_told(store: Store) -> None:
    store.sql("PRAGMA journal_mode = DELETE")
    (found,) = store.found()
    assert found[0] == "log"
    assert "journal_mode delete" in found[3]


@pytest.mark.parametrize(
    ("limit", "value", "check", "message"),
    [("FREE_BYTES_MIN", 2**70, "disk", "MiB left"), ("LOG_BYTES_MAX", -1, "log", "the write-ahead log has")],
)
def test_a_disk_nearly_full_and_a_log_too_long_are_told(
    store: Store, monkeypatch: pytest.MonkeyPatch, limit: str, value: int, check: str, message: str
) -> None:
    monkeypatch.setattr(surroundings, limit, value)
    (found,) = store.found()
    assert found[0] == check
    assert message in found[3]


def test_the_kinds_that_are_known_are_those_that_the_engine_writes() -> None:
    from engine.execute import facts

    lines = (facts.__doc__ or "").splitlines()
    written = {line.split()[0] for line in lines if line[:1].isupper() and "  " in line}
    assert written == KNOWN


def test_looking_changes_nothing(store: Store, whole: Path) -> None:
    assert store.found() == []
    assert store.path.read_bytes() == whole.read_bytes()
