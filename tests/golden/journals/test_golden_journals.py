"""What released versions wrote, this one opens, shows, finds whole, and brings to its end."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from engine.app.doctor import examine
from engine.app.looking import show_run
from engine.app.running import RunOptions, resume
from engine.journal import ENDED, Event, open_journal

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("store-*/*.sql"))
ENDED_KINDS = {
    "flat",
    "groups",
    "loops",
    "repeat",
    "sub-workflow",
    "rescue-finally",
    "partial",
    "undone",
    "retried",
}
NEWER = {"store-2": {"undone", "retried", "waiting"}}
"""Kinds of runs that the engine of a set did not have."""
WAITED = {"waited", "until"}
LEFT_KINDS = {"interrupted", "killed", "killed-in-a-call", "waiting"}


def named(kinds: set[str]) -> list[Any]:
    return [pytest.param(file, id=f"{file.parent.name}-{file.stem}") for file in FILES if file.stem in kinds]


def restored(file: Path, folder: Path) -> str:
    """The store, as it was on the disk of whoever ran it."""
    store = folder / "store.db"
    with contextlib.closing(sqlite3.connect(store)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.executescript(file.read_text(encoding="utf-8"))
    return str(store)


def told(store: str, run_id: str) -> dict[str, Any]:
    """What the golden JSON has of a run."""
    report = show_run(store, run_id).report
    keys = ("instance", "status", "reason", "handled", "data")
    steps = {name: {key: step[key] for key in keys} for name, step in report["steps"].items()}
    for step in steps.values():
        if isinstance(step["data"], dict) and step["data"].keys() == WAITED:
            step["data"] = None  # how long it was, and until when, is another each time
    return {"status": report["status"], "outputs": report["outputs"], "steps": steps}


def expected(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    return found


def events(store: str, run_id: str) -> list[Event]:
    with contextlib.closing(open_journal(store)) as journal:
        return list(journal.events(run_id))


@pytest.mark.parametrize("file", named(ENDED_KINDS))
def test_a_run_that_ended_is_shown_as_it_was(file: Path, tmp_path: Path) -> None:
    store = restored(file, tmp_path)
    assert examine(store, deep=True).findings == []
    assert told(store, file.stem) == expected(file)
    assert examine(store, deep=True).findings == [], "now that the store is of this version"


@pytest.mark.slow
@pytest.mark.parametrize("file", named(LEFT_KINDS))
def test_a_run_that_was_left_comes_to_its_end(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = restored(file, tmp_path)
    assert examine(store, deep=True).findings == []
    before = events(store, file.stem)
    assert told(store, file.stem)["status"] not in ENDED
    resume(file.stem, RunOptions(store))
    assert told(store, file.stem) == expected(file)
    after = events(store, file.stem)
    assert after[: len(before)] == before, "what was recorded stays as it was"
    done = {event.instance for event in before if event.kind == "StepSucceeded"}
    assert done
    assert not done & {event.instance for event in after[len(before) :] if event.kind == "StepStarted"}
    assert examine(store, deep=True).findings == []


def test_every_set_is_whole() -> None:
    """One store for each kind of run, and what is expected of it."""
    sets = {file.parent for file in FILES}
    assert sets
    for folder in sets:
        names = {file.stem for file in folder.glob("*.sql")}
        assert names == {file.stem for file in folder.glob("*.json")}
        assert names >= (ENDED_KINDS | LEFT_KINDS) - NEWER.get(folder.name, set())
