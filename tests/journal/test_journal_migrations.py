"""The numbered steps: they add up, and neither a race nor a kill leaves a store between two versions."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.errors import StoreError
from engine.journal import open_journal
from engine.journal.sql.migrate import migrate
from engine.journal.sql.migrations import Migration, migrations
from engine.journal.sql.schema import METADATA


def described(engine: sa.Engine) -> dict[str, Any]:
    """Everything a database says about its tables, in an order of its own."""
    inspector = sa.inspect(engine)
    return {
        table: {
            "columns": [
                (c["name"], str(c["type"]), c["nullable"], c["default"]) for c in inspector.get_columns(table)
            ],
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "references": sorted(
                (tuple(f["constrained_columns"]), f["referred_table"], tuple(f["referred_columns"]))
                for f in inspector.get_foreign_keys(table)
            ),
            "indexes": sorted(
                (i["name"], tuple(i["column_names"]), i["unique"]) for i in inspector.get_indexes(table)
            ),
            "checks": sorted((c["name"], c["sqltext"]) for c in inspector.get_check_constraints(table)),
            "rowid": inspector.get_table_options(table),
        }
        for table in sorted(inspector.get_table_names())
    }


def new_engine(path: Path) -> sa.Engine:
    return sa.create_engine(f"sqlite:///{path}", connect_args={"isolation_level": None})


def test_the_steps_are_numbered_one_two_three() -> None:
    assert [step.version for step in migrations()] == list(range(1, len(migrations()) + 1))


def test_the_steps_add_up_to_the_declared_tables(tmp_path: Path) -> None:
    open_journal(str(tmp_path / "stepwise.db")).close()
    declared = new_engine(tmp_path / "declared.db")
    METADATA.create_all(declared)
    found = described(new_engine(tmp_path / "stepwise.db"))
    assert found == described(declared)
    assert set(found) == {"weft_schema", "weft_specs", "weft_runs", "weft_run_values", "weft_events"}
    assert found["weft_events"]["rowid"] == {"sqlite_with_rowid": False}


def test_opening_again_takes_no_step_twice(tmp_path: Path) -> None:
    for _ in range(2):
        open_journal(str(tmp_path / "runs.db")).close()
    with sqlite3.connect(tmp_path / "runs.db") as connection:
        rows = connection.execute("SELECT version, name FROM weft_schema").fetchall()
    connection.close()
    assert rows == [(step.version, step.name) for step in migrations()]


def a_step(version: int, fault: Exception | None = None) -> Migration:
    def apply(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"CREATE TABLE of_step_{version} (x)")
        if fault is not None:
            raise fault

    return Migration(version, f"step_{version}", apply)


def test_a_step_that_fails_leaves_the_version_before(tmp_path: Path) -> None:
    engine = new_engine(tmp_path / "runs.db")
    with pytest.raises(ZeroDivisionError):
        migrate(engine, "store", [a_step(1), a_step(2), a_step(3, ZeroDivisionError())])
    assert sorted(described(engine)) == ["of_step_1", "of_step_2", "weft_schema"]
    migrate(engine, "store", [a_step(1), a_step(2), a_step(3)])
    assert sorted(described(engine)) == ["of_step_1", "of_step_2", "of_step_3", "weft_schema"]
    with pytest.raises(StoreError, match="has schema version 3, this engine knows versions up to 2"):
        migrate(engine, "store", [a_step(1), a_step(2)])


KILLED = """
import os, signal, sys
from engine.journal import open_journal
from engine.journal.sql import adapter
from engine.journal.sql.migrations import Migration, migrations

def dies(connection):
    connection.exec_driver_sql("CREATE TABLE half (x)")
    os.kill(os.getpid(), signal.SIGKILL)

after = int(sys.argv[2])
adapter.migrations = lambda: (*migrations()[:after], Migration(after + 1, "dies", dies))
open_journal(sys.argv[1])
"""


@pytest.mark.parametrize("after", [0, 1], ids=["in the first step", "in the next step"])
def test_a_process_killed_inside_a_step_leaves_the_version_before(tmp_path: Path, after: int) -> None:
    store = str(tmp_path / "runs.db")
    assert subprocess.run([sys.executable, "-c", KILLED, store, str(after)], check=False).returncode == -9
    journal = open_journal(store)
    assert journal.runs() == []
    journal.close()
    assert "half" not in described(new_engine(tmp_path / "runs.db"))


OPENS = """
import sys
from engine.journal import NewEvent, NewRun, StoredSpec, open_journal
from engine.journal.sql import adapter
print("ready", flush=True)
sys.stdin.readline()
journal = open_journal(sys.argv[1])
created = [NewEvent(1.0, "RunCreated")]
journal.create_run(NewRun(sys.argv[2], "w", {}, 1.0), StoredSpec("h", "n", "t"), created)
journal.close()
"""


def test_many_processes_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    store = str(tmp_path / ".weft/weft.db")
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", OPENS, store, f"r{n}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for n in range(5)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[1] for process in processes] == [""] * 5
    journal = open_journal(store)
    assert sorted(row.run_id for row in journal.runs()) == [f"r{n}" for n in range(5)]
    journal.close()
