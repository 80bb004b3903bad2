"""The doctor has nothing to say of what is whole: whatever runs were made of, whatever befell them, and while they go on."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from doctor_store import FLOW, Store, opened, weft
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from machine_world import World, plan_of, workflows

from engine.app.doctor import examine
from engine.app.doctor.fold import CREATED, FINISHED
from engine.journal import (
    REOPENED,
    Event,
    NewEvent,
    NewRun,
    RunChanges,
    StoredSpec,
    content_hash,
    open_journal,
)

ROOT = Path(__file__).parents[2]
SETTINGS: dict[str, Any] = {"suppress_health_check": list(HealthCheck), "derandomize": True, "database": None}


def test_a_whole_store_is_passed_in_silence(store: Store) -> None:
    code, out, err = weft("doctor", "--deep", "--store", str(store.path))
    assert (code, out) == (0, "")
    assert err.endswith("4 replayed: nothing is damaged\n")
    assert err.startswith("weft: 4 runs, ")


def test_an_empty_store_is_whole(tmp_path: Path) -> None:
    open_journal(str(tmp_path / "new.db")).close()
    seen = examine(str(tmp_path / "new.db"), deep=True)
    assert (seen.runs, seen.events, seen.findings) == (0, 0, [])


def test_a_store_of_an_earlier_version_is_looked_at_and_left_as_it_is(store: Store) -> None:
    with opened(store.path) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        first = {"weft_schema", "weft_specs", "weft_runs", "weft_run_values", "weft_events"}
        for table in set(tables) - first:
            database.execute(f"DROP TABLE {table}")
        database.execute("DELETE FROM weft_schema WHERE version > 1")
    assert store.found() == []
    seen = examine(str(store.path))
    assert (seen.version, seen.runs) == (1, 4)


def test_a_run_that_was_undone_and_begun_again_is_whole(tmp_path: Path) -> None:
    """Its step b succeeds once the file ok is there: the first attempt fails and takes back a."""
    undo = {"tool": "echo", "with": {"back": "$<step_a_result.n>"}}
    steps = [
        {"id": "a", "tool": "echo", "with": {"n": 1}, "undo": undo},
        {"id": "b", "tool": "shell", "with": {"command": "test -e ok"}},
    ]
    Path("undone.weft.json").write_text(json.dumps({"weft": 1, "name": "undone", "steps": steps}))
    store = ("--store", str(tmp_path / "runs.db"))
    assert weft("run", "undone.weft.json", "--run-id", "undone", *store)[0] == 4
    assert weft("doctor", "--deep", *store)[0] == 0
    Path("ok").touch()
    assert weft("retry", "undone", *store)[0] == 0
    assert weft("retry", "undone", "--from", "a", *store)[0] == 0
    seen = examine(store[1], deep=True)
    assert (seen.findings, seen.replayed) == ([], 1)


# --- the examples, and what the simulation of the machine makes up


@pytest.mark.slow
@pytest.mark.parametrize(
    "folder", ["modes", "modifiers", "from-argo", "from-dagu", "from-orquesta", "from-actions"]
)
def test_the_runs_of_the_examples_are_whole(folder: str, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / folder, tmp_path / folder)
    os.chdir(tmp_path / folder)
    store = str(tmp_path / "runs.db")
    ended = [weft("run", str(spec), "--store", store)[0] for spec in sorted(Path.cwd().glob("*.weft.yaml"))]
    seen = examine(store, deep=True)
    assert (seen.findings, seen.replayed) == ([], sum(code in (0, 4) for code in ended))
    assert seen.runs > 3


class Recorded(World):
    """The simulation, with the rows that end an attempt of the run."""

    def finish(self) -> None:
        self.row(FINISHED, None, {"status": self.finished, "outputs": {}})

    def reopen(self) -> None:
        self.finish()
        super().reopen()


def keep(store: str, run_id: str, text: str, rows: list[Event]) -> None:
    """Write rows into a store, as the run that they are of."""
    spec = StoredSpec(content_hash(text), "generated", text, None, {"form": "json"})
    first = rows[0]
    assert first.kind == CREATED
    events = [NewEvent(first.at, CREATED, payload={"spec": spec.hash, "inputs": {}, "attempt": 1})]
    events += [NewEvent(row.at, row.kind, row.instance, row.attempt, row.payload) for row in rows[1:]]
    changes: RunChanges = {"status": "running"}
    for row in rows[1:]:
        if row.kind == FINISHED:
            changes |= {"status": row.payload["status"], "finished_at": row.at, "outputs": {}}
        elif row.kind == REOPENED:
            changes |= {"status": "running", "finished_at": None, "outputs": None, "started_at": row.at}
            changes["attempt"] = row.payload["attempt"]
    with contextlib.closing(open_journal(store)) as journal:
        new = NewRun(run_id, "generated", {}, first.at, "running", first.at, owner={"pid": 1})
        journal.create_run(new, spec, events[:1])
        if events[1:]:
            journal.append(run_id, 1, events[1:], changes)


@pytest.mark.parametrize("tried", [8, pytest.param(160, marks=pytest.mark.slow)])
def test_whatever_the_simulation_records_is_whole_at_its_end_and_at_any_point_before(
    tried: int, tmp_path: Path
) -> None:
    """With failures, retries, timeouts, cancels, crashes and interrupts by the dice."""
    store = f"sqlite:///{tmp_path}/simulated.db?synchronous=normal"
    numbers = iter(range(tried * 2))

    def holds(spec: dict[str, Any], seed: int) -> None:
        dice = random.Random(seed)
        world = Recorded(plan_of(spec), dice)
        world.begin()
        world.drive()
        world.finish()
        text = json.dumps({"weft": 1, "name": "generated", **spec})
        run_id = f"r{next(numbers)}"
        keep(store, run_id, text, world.rows)
        keep(store, f"{run_id}-cut", text, world.rows[: dice.randint(1, len(world.rows))])

    seeds = st.integers(0, 2**32 - 1)
    settings(max_examples=tried, deadline=None, **SETTINGS)(given(workflows(), seeds)(holds))()
    seen = examine(store, deep=True)
    assert seen.findings == []
    assert seen.runs == seen.replayed == 2 * tried


# --- runs under way, and a server


@pytest.mark.slow
def test_a_store_that_is_written_to_is_whole_at_every_look(tmp_path: Path) -> None:
    """Two processes write; what they have not finished writing is no damage."""
    steps = [{"id": "each", "foreach": list(range(400)), "steps": [{"id": "a", "tool": "echo"}]}]
    spec = tmp_path / "many.weft.json"
    spec.write_text(json.dumps({"weft": 1, "name": "many", "steps": steps}))
    store = str(tmp_path / "live.db")
    open_journal(store).close()
    program = "from engine.cli import main; main()"
    words = ["run", str(spec), "--store", store]
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(2)
    ]
    halves = 0
    while any(writer.poll() is None for writer in writers):
        seen = examine(store, deep=True)
        assert seen.findings == []
        halves += 0 < seen.events < 2 * 803
    assert [writer.returncode for writer in writers] == [0, 0]
    assert halves, "no look fell into the time of the runs"
    assert examine(store, deep=True).runs == 2


@pytest.mark.services
def test_a_store_on_a_server_is_looked_at_alike(postgres_url: str, tmp_path: Path) -> None:
    import psycopg

    spec = tmp_path / "flow.weft.json"
    spec.write_text(json.dumps(FLOW))
    for name in ("one", "two"):
        assert weft("run", str(spec), "--store", postgres_url, "--run-id", name)[0] == 0
    seen = examine(postgres_url, deep=True)
    assert [finding for finding in seen.findings if finding.severity == "damage"] == []
    assert (seen.runs, seen.events, seen.replayed) == (2, 12, 2)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("DELETE FROM weft_events WHERE run_id = 'two' AND seq = 3")
    found = [one for one in examine(postgres_url).findings if one.severity == "damage"]
    assert [(one.check, one.run_id, one.seq) for one in found] == [("I8", "two", 3)]
    code, _, err = weft("backup", str(tmp_path / "copy.db"), "--store", postgres_url)
    assert code == 2
    assert "pg_dump" in err
