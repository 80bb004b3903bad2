"""One workflow with everything in it, a ledger outside the engine, and what must hold however often its process was killed."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledger_record import check_record

from engine.cli import main
from engine.crash import VARIABLE
from engine.journal import Event, Journal, RunRow, open_journal

EFFECTS = '''
import json, os, pathlib, time

LEDGER = pathlib.Path(__file__).with_name("ledger")

def note(word, context):
    who = {"run": context.execution_id, "word": word, "at": context.instance}
    line = json.dumps({**who, "attempt": context.attempt, "key": context.key})
    ledger = os.open(LEDGER, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(ledger, line.encode() + b"\\n")
    os.close(ledger)

def effect(value, context):
    note("begun", context)
    time.sleep(0.002)
    note("done", context)
    return {"v": value}

def flaky(value, context):
    """Fails the first time that the outside sees it, and only then."""
    note("begun", context)
    failed = json.dumps({"run": context.execution_id, "word": "failed", "at": context.instance})[:-1]
    if failed not in LEDGER.read_text():
        note("failed", context)
        raise OSError("not yet")
    note("done", context)
    return {"v": value}
'''


def effect(name: str, value: Any = None, function: str = "effect", **words: Any) -> dict[str, Any]:
    return {
        "id": name,
        "tool": "python",
        "with": {"call": f"effects:{function}", "args": [name if value is None else value]},
        **words,
    }


DELAY = "50ms"
FLOW: dict[str, Any] = {
    "weft": 1,
    "name": "everything",
    "inputs": {
        "shops": {"type": "array", "default": ["oslo", "rome", "bonn"]},
        "doomed": {"type": "boolean", "default": False},
        "pause": {"type": "string", "default": "100ms"},
    },
    "steps": [
        effect("book", undo={"tool": "python", "with": {"call": "effects:effect", "args": ["unbook"]}}),
        {
            "id": "both",
            "mode": "parallel",
            "steps": [
                effect(
                    "each",
                    "$<item>",
                    foreach={"in": "$<inputs.shops>", "key": "item", "concurrency": 2},
                    undo={"tool": "python", "with": {"call": "effects:effect", "args": ["$<item>"]}},
                    **{"finally": [effect("swept")]},
                ),
                effect(
                    "shaky",
                    function="flaky",
                    retry={"attempts": 3, "delay": DELAY, "jitter": False, "errors": ["any"]},
                ),
            ],
        },
        effect(
            "poll",
            "$<last.v + 1 if last else 0>",
            repeat={"until": "$<last.v is ge(2)>", "max": 5, "every": "20ms"},
        ),
        {"id": "shop", "workflow": "child", "with": {"name": "$<inputs.shops[0]>"}},
        {"id": "pause", "tool": "wait", "with": {"for": "$<inputs.pause>"}},
        {"id": "boom", "tool": "fail", "when": "$<inputs.doomed>"},
        effect("close"),
    ],
    "finally": [effect("tidy")],
    "outputs": {
        "each": "$<step_each_result>",
        "poll": "$<step_poll_result>",
        "shop": "$<step_shop_result>",
        "close": "$<step_close_result.v>",
    },
    "workflows": {
        "child": {
            "inputs": {"name": {"type": "string"}},
            "steps": [effect("look", "$<inputs.name>"), effect("say", "$<step_look_result.v>")],
            "outputs": {"said": "$<step_say_result.v>"},
        }
    },
}
OUTPUTS = {
    "each": [{"v": "oslo"}, {"v": "rome"}, {"v": "bonn"}],
    "poll": {"v": 2},
    "shop": {"said": "oslo"},
    "close": "close",
}


@dataclass
class Told:
    code: int
    out: str
    err: str


class Store:
    """A folder with the workflow, its ledger, and a store: a file in it unless `store` names another."""

    def __init__(
        self,
        folder: Path,
        store: str | None = None,
        *,
        doomed: bool = False,
        pause: str = "100ms",
        delay: str = DELAY,
    ) -> None:
        self.folder = folder
        self.ledger = folder / "ledger"
        self.store = store or str(folder / "runs.db")
        self.spec = folder / "everything.weft.json"
        self.spec.write_text(json.dumps(FLOW).replace(json.dumps(DELAY), json.dumps(delay)))
        (folder / "effects.py").write_text(EFFECTS)
        self.doomed = doomed
        given = ["--input", f"doomed={json.dumps(doomed)}", "--input", f"pause={pause}"]
        self.running = ["run", str(self.spec), *given, "--run-id", "it"]

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

    def begin(self, *arguments: str, crash: str | None = None) -> subprocess.Popen[str]:
        """One command in a process of its own, which kills itself at the crash point, where one is named."""
        environment = {**os.environ, **({VARIABLE: crash} if crash else {})}
        return subprocess.Popen(
            [sys.executable, "-c", "from engine.cli import main; main()", *arguments, "--store", self.store],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def crash(self, at: str, *arguments: str) -> None:
        """The command (the run, where none is given) dies at the crash point: one that it never passes fails the test."""
        process = self.begin(*(arguments or self.running), crash=at)
        out, err = process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL, f"{at} was not reached: {out}\n{err}"
        assert out == "", "a process that was killed has told a result"

    @contextlib.contextmanager
    def journal(self) -> Iterator[Journal]:
        journal = open_journal(self.store)
        try:
            yield journal
        finally:
            journal.close()

    def row(self) -> RunRow | None:
        with self.journal() as journal:
            return journal.run("it")

    def events(self) -> list[Event]:
        with self.journal() as journal:
            return list(journal.events("it"))

    def noted(self) -> list[dict[str, Any]]:
        lines = self.ledger.read_text().splitlines() if self.ledger.exists() else []
        return [json.loads(line) for line in lines]

    def bring_to_its_end(self, *, resume: bool = False) -> Told:
        """The same start again, as who was not answered would: it makes the run, goes on with it, or tells its result.

        Or `resume`, of a run that exists and has not ended.
        """
        command = ["resume", "it"] if resume else self.running
        told = self.weft(*command, "--output", "json")
        assert told.code == (4 if self.doomed else 0), told.err
        return told

    # -- what must hold

    def check_end(self, crashes: int) -> None:
        """The end is that of a run nobody disturbed, and `crashes` kills have cost no more than they had to."""
        row = self.row()
        assert row is not None
        assert row.status == ("failed" if self.doomed else "succeeded")
        assert row.outputs == ({} if self.doomed else OUTPUTS)
        self.check_record(crashes)
        done = Counter(line["at"] for line in self.noted() if line["word"] == "done")
        assert set(done) == expected_instances(self.doomed)

    def check_record(self, crashes: int) -> None:
        """Record and ledger agree, the doctor finds nothing."""
        doctor = self.weft("doctor", "--deep")
        assert doctor.code == 0, doctor.out
        check_record(self.events(), self.noted(), repeats_max=crashes)


def expected_instances(doomed: bool) -> set[str]:
    """Every instance that leaves an effect."""
    undone = {"book", *(f'both/each["{shop}"]' for shop in ("oslo", "rome", "bonn"))}
    done = undone | {"both/each/(finally)/swept", "both/shaky", "shop/look", "shop/say", "(finally)/tidy"}
    done |= {f"poll[{number}]" for number in range(3)}
    return done | ({f"{at}/(undo)" for at in undone} if doomed else {"close"})
