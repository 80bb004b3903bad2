"""Runs left behind by owners of every kind: those that died, those of other machines, those that only fell silent."""

from __future__ import annotations

import contextlib
import inspect
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.app.owner import this_process
from engine.cli import main
from engine.journal import Journal, RunRow, open_journal

ELSEWHERE = {"host": "elsewhere", "pid": 1, "pid_start": 1, "boot_id": "another", "pid_space": None}
GONE = {**this_process(), "pid": 2**22 + 1, "pid_start": 1}  # above every process id there can be
# Leaves its name in the ledger, then waits for the gate, or for the ledger to be gone.
GATED = 'echo "$2" >> "$1"; while [ ! -e "$3" ] && [ -e "$1" ]; do sleep 0.02; done'
NOTE = 'echo "$2" >> "$1"'


@dataclass
class Told:
    code: int
    out: str
    err: str

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.out)
        return report


class Place:
    """A folder with a store, a ledger of effects, and a gate that holds them up."""

    def __init__(self, folder: Path, store: str | None = None) -> None:
        self.folder = folder
        self.ledger = folder / "ledger"
        self.gate = folder / "gate"
        self.store = store or str(folder / "runs.db")

    def note(self, name: str, **more: Any) -> dict[str, Any]:
        return {
            "id": name,
            "tool": "shell",
            "with": {"command": NOTE, "args": [str(self.ledger), name]},
            **more,
        }

    def gated(self, name: str, **more: Any) -> dict[str, Any]:
        args = [str(self.ledger), name, str(self.gate)]
        return {"id": name, "tool": "shell", "with": {"command": GATED, "args": args}, **more}

    def spec(self, steps: list[dict[str, Any]], **file: Any) -> Path:
        path = self.folder / "flow.weft.json"
        path.write_text(json.dumps({"weft": 1, "name": "flow", **file, "steps": steps}))
        return path

    def weft(self, *arguments: str) -> Told:
        """One command on this store, in this process."""
        out, err = io.StringIO(), io.StringIO()
        code: Any = 0
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main([*arguments, "--store", self.store])
            except SystemExit as left:
                code = left.code
        return Told(int(code or 0), out.getvalue(), err.getvalue())

    def begin(self, *arguments: str, before: str = "") -> subprocess.Popen[str]:
        """One command in a process of its own; `before` is Python that it runs first."""
        code = f"{before}\nfrom engine.cli import main; main()"
        return subprocess.Popen(
            [sys.executable, "-c", code, *arguments, "--store", self.store],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextlib.contextmanager
    def journal(self) -> Iterator[Journal]:
        journal = open_journal(self.store)
        try:
            yield journal
        finally:
            journal.close()

    def row(self, run_id: str = "it") -> RunRow:
        with self.journal() as journal:
            row = journal.run(run_id)
        assert row is not None
        return row

    def kinds(self, run_id: str = "it") -> list[str]:
        with self.journal() as journal:
            assert journal.verify(run_id) == []
            return [event.kind for event in journal.events(run_id)]

    def leave(
        self,
        steps: list[dict[str, Any]],
        owner: dict[str, Any] | None = None,
        lease: float = 60.0,
        run_id: str = "it",
        given: dict[str, Any] | None = None,
        **file: Any,
    ) -> None:
        """A run that was created and has gone no further, owned by `owner` with a lease that ends in `lease` seconds."""
        from engine.app.running import RunOptions, begin
        from engine.app.spec_named import find_spec

        checked, path = find_spec(self.spec(steps, **file), store=self.store, profile=None)
        never_driven = begin(checked, path, given or {}, RunOptions(self.store, run_id))
        held = inspect.getcoroutinelocals(never_driven)
        held["driving"].close()
        held["journal"].close()
        never_driven.close()
        with self.journal() as journal:
            journal.lease_seconds = lease
            row = journal.run(run_id)
            assert row is not None
            epoch = journal.claim(run_id, owner or GONE, row.epoch).epoch
            if owner is None:
                journal.release(run_id, epoch)

    def wait_for(self, what: Callable[[], Any], seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < end, "it did not come to pass"
            time.sleep(0.02)

    def lines(self) -> list[str]:
        return self.ledger.read_text().split() if self.ledger.exists() else []


def kill(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
