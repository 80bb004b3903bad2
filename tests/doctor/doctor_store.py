"""Stores for the doctor: runs as the engine records them, and damage done to them behind its back."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engine.cli.parser import run as call
from engine.journal.chain import GENESIS, Link, link_hash

FLOW = {
    "weft": 1,
    "name": "flow",
    "inputs": {"who": {"type": "string", "default": "world"}},
    "steps": [
        {"id": "a", "tool": "echo", "with": {"v": "$<inputs.who>"}},
        {"id": "b", "tool": "echo", "with": {"v": "$<step_a_result.v>"}},
    ],
    "outputs": {"v": "$<step_b_result.v>"},
}
CHILD = {"weft": 1, "name": "child", "steps": [{"id": "c", "tool": "echo"}]}
CALLING = {"weft": 1, "name": "calling", "steps": [{"id": "s", "workflow": "./child.weft.json"}]}
FINALLY = {
    "weft": 1,
    "name": "tidy",
    "steps": [{"id": "a", "tool": "echo"}],
    "finally": [{"id": "f", "tool": "echo"}],
}

Events = list[Link]
Rewrite = Callable[[Events], Events]


def weft(*arguments: str) -> tuple[int, str, str]:
    """A command in this process: exit code, standard output, standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = call(list(arguments))
    return code, out.getvalue(), err.getvalue()


def record(folder: Path) -> Path:
    """A store with three ended runs (flow, calling, tidy) and one, moving, that has only begun."""
    store = folder / "whole.db"
    for name, spec in (("flow", FLOW), ("child", CHILD), ("calling", CALLING), ("tidy", FINALLY)):
        (folder / f"{name}.weft.json").write_text(json.dumps(spec))
    for name in ("flow", "calling", "tidy"):
        code, _, err = weft("run", str(folder / f"{name}.weft.json"), "--run-id", name, "--store", str(store))
        assert code == 0, err
    with opened(store) as database:
        _begin_another(database)
    return store


def _begin_another(database: sqlite3.Connection) -> None:
    """The run `moving`: the flow up to the start of its second step."""
    for table in ("weft_runs", "weft_run_values"):
        database.execute(f"CREATE TEMP TABLE one AS SELECT * FROM {table} WHERE run_id = 'flow'")
        database.execute("UPDATE one SET run_id = 'moving'")
        database.execute(f"INSERT INTO {table} SELECT * FROM one")
        database.execute("DROP TABLE one")
    database.execute("UPDATE weft_runs SET status = 'running', finished_at = NULL WHERE run_id = 'moving'")
    database.execute("UPDATE weft_run_values SET outputs = NULL WHERE run_id = 'moving'")
    write_events(database, "moving", events_of(database, "flow")[:4])


@contextlib.contextmanager
def opened(store: Path) -> Iterator[sqlite3.Connection]:
    """The file, with nothing that guards it."""
    database = sqlite3.connect(store)
    database.execute("PRAGMA foreign_keys = OFF")
    database.execute("PRAGMA ignore_check_constraints = ON")
    try:
        yield database
        database.commit()
    finally:
        database.close()


def events_of(database: sqlite3.Connection, run_id: str) -> Events:
    columns = ", ".join(Link._fields)
    found = database.execute(f"SELECT {columns} FROM weft_events WHERE run_id = ? ORDER BY seq", (run_id,))
    return [Link(*row) for row in found]


def write_events(database: sqlite3.Connection, run_id: str, events: Events) -> None:
    """Put these in the place of the run's events: numbered and chained as if the engine had written them."""
    before = GENESIS
    rows = []
    for seq, event in enumerate(events, start=1):
        event = event._replace(run_id=run_id, seq=seq)
        before = link_hash(before, *event[:-1])
        rows.append(event._replace(hash=before))
    database.execute("DELETE FROM weft_events WHERE run_id = ?", (run_id,))
    marks = ", ".join("?" * len(Link._fields))
    into = f"INSERT INTO weft_events ({', '.join(Link._fields)}) VALUES ({marks})"
    database.executemany(into, rows)
    moved = "UPDATE weft_runs SET last_seq = ?, last_hash = ? WHERE run_id = ?"
    database.execute(moved, (len(rows), before, run_id))


def payload(event: Link, **changes: Any) -> Link:
    """The event with its payload changed."""
    return event._replace(payload=json.dumps({**json.loads(event.payload), **changes}))


class Store:
    """A copy of the whole store, to be damaged."""

    def __init__(self, whole: Path, folder: Path) -> None:
        self.path = folder / "store.db"
        shutil.copy(whole, self.path)

    def sql(self, *statements: str) -> None:
        with opened(self.path) as database:
            for statement in statements:
                database.execute(statement)

    def rewrite(self, run_id: str, change: Rewrite) -> None:
        with opened(self.path) as database:
            write_events(database, run_id, change(events_of(database, run_id)))

    def found(self, *arguments: str) -> list[tuple[str, str | None, int | None, str]]:
        """What the doctor says: (check, run, seq, message). The exit code is that of the findings."""
        code, out, err = weft("doctor", "--deep", "--store", str(self.path), "--output", "json", *arguments)
        told = json.loads(out)
        damaged = any(one["severity"] == "damage" for one in told["findings"])
        assert code == (1 if damaged else 0), err
        assert told["healthy"] is not damaged
        assert all(one["repair"] for one in told["findings"])
        return [(one["check"], one["run_id"], one["seq"], one["message"]) for one in told["findings"]]
