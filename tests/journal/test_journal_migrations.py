"""The numbered steps: they add up, and neither a race nor a kill leaves a store between two versions."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.journal import NewerStore, open_journal
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
    tables = (
        "schema",
        "specs",
        "runs",
        "run_values",
        "events",
        "templates",
        "leases",
        "inbox",
        "quarantine",
        "salt",
        "buckets",
        "results",
        "results_begun",
        "data",
        "audit",
        "audit_head",
        "spans_owed",
    )
    assert set(found) == {f"weft_{table}" for table in tables}
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
    with pytest.raises(NewerStore, match="has schema version 3, this engine knows versions up to 2"):
        migrate(engine, "store", [a_step(1), a_step(2)])


# One process a point: killed before or after the n-th statement (a COMMIT counts as one), always on a new store. What
# is looked at afterwards is what the database says of itself.
KILLED = """
import os, signal, sys
import sqlalchemy as sa
from engine.journal import open_journal
from engine.journal.sql import adapter
from engine.journal.sql.connect import file_url, make_engine, parse_url
from engine.journal.sql.migrate import _LOCK
from engine.journal.sql.migrations import Migration, migrations

store, when = sys.argv[1], sys.argv[2]
on_server = "://" in store

def second(connection):
    for statement in (
        "ALTER TABLE weft_runs ADD COLUMN colour VARCHAR(8)",
        "CREATE TABLE weft_colours (name VARCHAR(8) PRIMARY KEY)",
        "INSERT INTO weft_colours VALUES ('red')",
        "UPDATE weft_specs SET name = 'renamed'",
        "CREATE INDEX weft_runs_by_colour ON weft_runs (colour)",
    ):
        connection.exec_driver_sql(statement)

steps = (*migrations(), Migration(len(migrations()) + 1, "second", second))
known = len(steps)
adapter.migrations = lambda: steps[:known]

def engine():
    return make_engine(parse_url(store) if on_server else file_url(store), 5.0)

def emptied():
    if on_server:
        with engine().begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    else:
        for end in ("", "-wal", "-shm"):
            if os.path.exists(store + end):
                os.unlink(store + end)

def state():
    with engine().begin() as connection:
        ask = lambda text: sorted(map(tuple, connection.exec_driver_sql(text).fetchall()), key=repr)
        if on_server:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")  # the killed one is gone
            tables = ask("SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns "
                         "WHERE table_schema = 'public'")
            tables += ask("SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'")
            tables += ask("SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
                          "WHERE connamespace = 'public'::regnamespace")
        else:
            tables = ask("SELECT type, name, sql FROM sqlite_master")
        names = set(sa.inspect(connection).get_table_names())
        version = ask("SELECT * FROM weft_schema") if "weft_schema" in names else []
        return tables, version, ask("SELECT * FROM weft_colours") if "weft_colours" in names else []

def expected():
    global known
    emptied()
    yield state() if on_server else ([], [], [])
    for known in range(1, len(steps) + 1):
        open_journal(store).close()
        yield state()

def die(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def dies_at(n):
    global left
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1] == signal.SIGKILL
    left = n
    sa.event.listen(sa.Engine, f"{when}_cursor_execute", die)
    if when == "before":
        sa.event.listen(sa.Engine, "commit", die)
    open_journal(store)
    os._exit(0)

versions = list(expected())
seen, n = [], 1
while True:
    emptied()
    if not dies_at(n):
        break
    found = state()
    assert found in versions, f"killed {when} statement {n}: between two versions: {found}"
    seen.append(versions.index(found))
    open_journal(store).close()
    assert state() == versions[-1], f"killed {when} statement {n}: the next open does not finish"
    n += 1
print(*seen)
"""


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_process_killed_at_any_statement_leaves_the_old_version_or_the_new(store: str, when: str) -> None:
    """Each step is one transaction, the tables and the version in it; the next to open goes on from there."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, store, when], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    seen = [int(version) for version in done.stdout.split()]
    assert seen == sorted(seen), "the later it was killed, the newer the store"
    assert len(seen) > 15, "every statement was a point"
    between = set(range(len(migrations()) + 1))
    assert set(seen) == between if when == "after" else between <= set(seen)


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


@pytest.mark.slow
def test_many_processes_may_open_a_new_store_at_once(store: str) -> None:
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
