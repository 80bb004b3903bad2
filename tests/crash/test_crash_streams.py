"""A process killed anywhere while records flow, are kept, are looped over: the next ends the run as if it had not been."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from engine.crash import VARIABLE
from engine.journal import open_journal

WEFT = [sys.executable, "-c", "from engine.cli import main; main()"]
RECORDS = 2500
FLOW: dict[str, Any] = {
    "weft": 1,
    "name": "flow",
    "steps": [
        {
            "id": "stage",
            "mode": "pipeline",
            "steps": [
                {"id": "read", "tool": "file", "with": {"path": "in.ndjson"}},
                {
                    "id": "take",
                    "tool": "transform",
                    "with": {"records": "$<input.records>", "steps": [{"select": ["id"]}]},
                },
                {
                    "id": "write",
                    "tool": "file",
                    "operation": "write",
                    "with": {"path": "out.csv", "content": "$<input.records>"},
                },
            ],
        },
        {"id": "again", "tool": "file", "with": {"path": "in.ndjson"}},
        {
            "id": "each",
            "tool": "echo",
            "foreach": {"in": "$<step_again_result.records>", "key": "item.id", "concurrency": 500},
            "with": {"id": "$<item.id>"},
        },
    ],
    "outputs": {"last": f"$<step_each_result[{RECORDS - 1}].id>", "kept": "$<step_again_result.count>"},
}


def _weft(*arguments: str, **environment: str) -> int:
    env = {**os.environ, **environment}
    return subprocess.run([*WEFT, *arguments], env=env, capture_output=True, check=False).returncode


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    lines = (json.dumps({"id": number, "name": "n" * 60}) for number in range(RECORDS))
    Path("in.ndjson").write_text("\n".join(lines) + "\n")
    Path("flow.weft.json").write_text(json.dumps(FLOW))
    return tmp_path


def _check(folder: Path, store: str) -> None:
    with (folder / "out.csv").open(newline="") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [str(number) for number in range(RECORDS)]
    journal = open_journal(store)
    try:
        row = journal.run("r")
        assert row is not None
        assert (row.status, row.outputs) == ("succeeded", {"last": RECORDS - 1, "kept": RECORDS})
        succeeded = Counter(e.instance for e in journal.events("r") if e.kind == "StepSucceeded")
        assert set(succeeded.values()) == {1}
        assert len(succeeded) == RECORDS + 4
    finally:
        journal.close()
    assert _weft("doctor", "--deep", "--store", store) == 0


POINTS = ["CP3:2", "CP4:1", "CP5:1", "CP6:1", "CP6:3", "CP7:3", "CP7:4", "CP8:2", "CP8:3"]
POINTS += ["CP14:1", "CP14:2", "CP14:3", "CP14:4", "CP8:6"]


def _dies_and_ends(folder: Path, point: str, store: str) -> None:
    start = ("run", "flow.weft.json", "--run-id", "r", "--store", store)
    assert _weft(*start, **{VARIABLE: point}) == -9
    assert _weft(*start) == 0
    _check(folder, store)


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_a_run_killed_while_records_flow_ends_as_if_it_had_not_been(folder: Path, point: str) -> None:
    _dies_and_ends(folder, point, "w.db")


@pytest.mark.services
@pytest.mark.parametrize("point", POINTS[::3])
def test_a_run_killed_while_records_flow_ends_as_if_it_had_not_been_on_postgresql(
    folder: Path, point: str, postgres_url: str
) -> None:
    _dies_and_ends(folder, point, postgres_url)
