"""Makes a set of golden journals: a store for each kind of run, as this version of the engine records it, as SQL text.

Once for each released format: `python .ci/make_journals.py tests/golden/journals/store-2`, the folder named by the store's
schema version. A set that is there is never written again: what it holds is what users have on their disks.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from engine.cli.parser import run as call
from engine.journal import open_journal

SPECS = Path(__file__).resolve().parent.parent / "tests" / "golden" / "journals" / "specs"
FOLDER = Path("/tmp/weft-golden")  # it stands in the journals: the same on every machine
WHOLE = (
    "flat",
    "groups",
    "loops",
    "repeat",
    "sub-workflow",
    "rescue-finally",
    "partial",
    "undone",
    "retried",
    "streams",
)
LEFT = {
    "interrupted": signal.SIGINT,
    "killed": signal.SIGKILL,
    "killed-in-a-call": signal.SIGKILL,
    "waiting": signal.SIGKILL,
}
RETRIED = "retried"


def main(target: Path) -> None:
    """Write `NAME.sql`, and beside it `NAME.json`: what there is to be shown of the run in the end."""
    if target.exists():
        sys.exit(f"{target} is there: a set is never written again")
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(SPECS, FOLDER)
    os.chdir(FOLDER)
    made = {name: _made(name) for name in (*WHOLE, *LEFT)}
    target.mkdir()
    for name, sql in made.items():
        (target / f"{name}.sql").write_text(sql, encoding="utf-8")
        expected = json.dumps(_expected(name), indent=1, ensure_ascii=False)
        (target / f"{name}.json").write_text(expected + "\n", encoding="utf-8")
    shutil.rmtree(FOLDER)


def _made(name: str) -> str:
    """The store with the run `name`, as SQL."""
    words = ["run", f"{name}.weft.yaml", "--run-id", name, "--store", f"{name}.db"]
    if name in LEFT:
        _left(name, words)
    else:
        _weft(*words)
    if name == RETRIED:
        Path(f"{name}.ok").touch()
        _weft("retry", name, "--store", f"{name}.db")
    with contextlib.closing(sqlite3.connect(f"{name}.db")) as database:
        return "\n".join(database.iterdump()) + "\n"


def _left(name: str, words: list[str]) -> None:
    """Run until its slow step is under way, then end the process. The run is left without an owner."""
    program = "from engine.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", program, *words], stderr=subprocess.DEVNULL)
    while not _is_slow(name):
        if process.poll() is not None:
            sys.exit(f"{name} ended too early")
        time.sleep(0.005)
    process.send_signal(LEFT[name])
    process.wait()
    journal = open_journal(f"{name}.db")
    row = journal.run(name)
    assert row is not None
    if row.owner is not None:  # of this machine: nobody else could say that it is gone
        journal.release(name, row.epoch)
    journal.close()


def _is_slow(name: str) -> bool:
    if not Path(f"{name}.db").exists():
        return False
    with contextlib.closing(sqlite3.connect(f"{name}.db")) as database:
        found = "SELECT 1 FROM weft_events WHERE kind = 'StepStarted' AND instance LIKE '%slow'"
        try:
            return database.execute(found).fetchone() is not None
        except sqlite3.OperationalError:
            return False  # there are no tables yet


def _expected(name: str) -> dict[str, Any]:
    """What a reader of the run relies on; of one that was left, what it comes to."""
    if name in LEFT:
        _weft("resume", name, "--store", f"{name}.db")
    report = json.loads(_weft("show", name, "--store", f"{name}.db", "--output", "json"))
    steps = {step: _shown(told) for step, told in report["steps"].items()}
    return {"status": report["status"], "outputs": report["outputs"], "steps": steps}


def _shown(step: dict[str, Any]) -> dict[str, Any]:
    shown = {key: step[key] for key in ("instance", "status", "reason", "handled", "data")}
    if isinstance(step["data"], dict) and step["data"].keys() == {"waited", "until"}:
        shown["data"] = None  # how long a wait was, and until when, is another each time
    return shown


def _weft(*words: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        call(list(words))
    return out.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
