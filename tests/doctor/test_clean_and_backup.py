"""weft clean and weft backup, as they are called."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from doctor_store import Store, weft

from engine.app.doctor import examine
from engine.journal import NewEvent, NewRun, StoredSpec, expired_runs, open_journal

LONG_AGO = 1_000_000.0


def ids(store: Store) -> set[str]:
    journal = open_journal(str(store.path))
    try:
        return {row.run_id for row in journal.runs()}
    finally:
        journal.close()


@pytest.fixture
def aged(store: Store) -> Store:
    """flow and calling ended long ago (calling failed), tidy just now, moving goes on since long ago."""
    store.sql(
        f"UPDATE weft_runs SET started_at = {LONG_AGO}, finished_at = {LONG_AGO} WHERE run_id IN ('flow', 'calling')",
        "UPDATE weft_runs SET status = 'failed' WHERE run_id = 'calling'",
        f"UPDATE weft_runs SET created_at = {LONG_AGO} WHERE run_id = 'moving'",
    )
    return store


def test_what_ended_long_ago_goes_with_its_folder_and_the_rest_stays(aged: Store) -> None:
    for run in ("flow", "tidy", "moving"):
        (Path(".weft/runs") / run).mkdir(parents=True)
    code, out, err = weft("clean", "--older-than", "30d", "--store", str(aged.path))
    assert (code, err) == (0, "")
    assert [line.split()[:3] for line in out.splitlines()[1:3]] == [
        ["calling", "calling", "failed"],
        ["flow", "flow", "succeeded"],
    ]
    assert out.endswith("\n2 runs deleted\n")
    assert ids(aged) == {"tidy", "moving"}
    assert sorted(path.name for path in Path(".weft/runs").iterdir()) == ["moving", "tidy"]
    assert examine(str(aged.path), "tidy").findings == []


def test_only_runs_of_a_status(aged: Store) -> None:
    assert weft("clean", "--older-than", "30d", "--status", "failed", "--store", str(aged.path))[0] == 0
    assert ids(aged) == {"flow", "tidy", "moving"}
    code, _, err = weft("clean", "--older-than", "30d", "--status", "runing", "--store", str(aged.path))
    assert (code, "not a status that a run ends with" in err) == (2, True)


def test_a_dry_run_says_the_same_and_deletes_nothing(aged: Store) -> None:
    words = ("clean", "--older-than", "30d", "--store", str(aged.path), "--output", "json")
    said = json.loads(weft(*words, "--dry-run")[1])
    assert said["dry_run"] is True
    assert ids(aged) == {"flow", "calling", "tidy", "moving"}
    done = json.loads(weft(*words)[1])
    assert (
        [run["run_id"] for run in said["runs"]]
        == [run["run_id"] for run in done["runs"]]
        == ["calling", "flow"]
    )
    assert done["dry_run"] is False
    assert "nothing was deleted" in weft(*words[:-2])[2]


@pytest.mark.parametrize(
    ("age", "message"), [("59m", "less than an hour"), ("soon", "is no age"), ("-1d", "is no age")]
)
def test_an_age_under_an_hour_is_refused_unless_it_is_forced(aged: Store, age: str, message: str) -> None:
    code, out, err = weft("clean", "--older-than", age, "--store", str(aged.path))
    assert (code, out) == (2, "")
    assert message in err
    assert len(ids(aged)) == 4


def test_force_takes_what_has_just_ended(aged: Store) -> None:
    aged.sql(f"UPDATE weft_runs SET finished_at = {time.time() - 5} WHERE run_id = 'tidy'")
    assert weft("clean", "--older-than", "1s", "--force", "--store", str(aged.path))[0] == 0
    assert ids(aged) == {"moving"}


def test_a_folder_that_cannot_be_removed_is_told_and_the_exit_code_says_so(
    aged: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    (Path(".weft/runs/flow/data")).mkdir(parents=True)

    def refused(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(shutil, "rmtree", refused)
    code, out, err = weft("clean", "--older-than", "30d", "--store", str(aged.path))
    assert code == 5
    assert "2 runs deleted" in out
    assert "could not be removed: Permission denied" in err


def test_runs_of_other_statuses_do_not_hide_those_to_be_deleted() -> None:
    """More of them than a page holds end first."""
    journal = open_journal("memory")
    for number in range(250):
        run, status = f"r{number:03}", "succeeded" if number < 249 else "failed"
        new = NewRun(run, "w", {}, 1.0, owner={"pid": 1})
        journal.create_run(new, StoredSpec("h", "n", "t"), [NewEvent(1.0, "RunCreated")])
        journal.append(
            run, 1, [NewEvent(2.0, "RunFinished")], {"status": status, "finished_at": 2.0 + number}
        )
    assert [row.run_id for row in expired_runs(journal, 1000.0, {"failed"})] == ["r249"]
    assert len(list(expired_runs(journal, 1000.0))) == 250
    journal.close()


def test_a_backup_is_a_store_of_its_own(store: Store, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    code, out, _ = weft("backup", str(copy), "--store", str(store.path))
    assert code == 0
    assert f"{copy.stat().st_size:,} bytes" in out
    seen = examine(str(copy), deep=True)
    assert (seen.runs, seen.findings) == (4, [])


def test_a_backup_takes_the_place_of_nothing(store: Store, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    assert weft("backup", str(tmp_path / "there"), "--store", str(store.path))[0] == 2
    assert (tmp_path / "there").read_text() == "mine"
    assert weft("backup", str(tmp_path / "new"), "--store", str(tmp_path / "none.db"))[0] == 5
    assert weft("backup", str(tmp_path / "new"), "--store", "memory")[0] == 2
    assert not (tmp_path / "new").exists()


def test_the_json_of_doctor_and_clean_holds_to_its_schema(aged: Store) -> None:
    import jsonschema

    from engine.spec.shipped import shipped

    for words in (("doctor", "--deep"), ("clean", "--older-than", "30d"), ("doctor",)):
        told = json.loads(weft(*words, "--store", str(aged.path), "--output", "json")[1])
        schema = json.loads((shipped("schemas") / f"{words[0]}.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        checker = jsonschema.FormatChecker()
        jsonschema.Draft202012Validator(schema, format_checker=checker).validate(told)
        broken = {**told, "extra": 1}
        assert not jsonschema.Draft202012Validator(schema).is_valid(broken)
