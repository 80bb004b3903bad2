"""Many runs of one workflow on one store, their processes, and what must hold of all of them in the end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crash_runs import EFFECTS, FLOW, OUTPUTS, effect, expected_instances
from ledger_record import check_record

from engine.app.doctor import examine
from engine.journal import ENDED, Event, Journal, open_journal

CLIENT = Path(__file__).with_name("proof_client.py")
SHORT: dict[str, Any] = {
    "weft": 1,
    "name": "short",
    "steps": [effect("a"), effect("b", "$<step_a_result.v>")],
    "outputs": {"b": "$<step_b_result.v>"},
}
GONE_SECONDS = 20.0  # until a worker has noticed that its engine is gone
TOLD_MAX = 10  # troubles that are told, of many
Say = Callable[[str], None]


@dataclass
class Workflow:
    """What is run: its file, what it gives, which of its steps leave an effect."""

    flow: dict[str, Any]
    outputs: dict[str, Any]
    effects: set[str]


EVERYTHING = Workflow(FLOW, OUTPUTS, expected_instances(doomed=False))
TWO_STEPS = Workflow(SHORT, {"b": "a"}, {"a", "b"})


class ManyRuns:
    """A folder with the workflow, the ledger of its effects and what clients were told; `store` may be elsewhere."""

    def __init__(
        self,
        folder: Path,
        workflow: Workflow,
        number: int,
        store: str | None = None,
        *,
        lease_seconds: float | None = None,
    ) -> None:
        self.folder = folder.resolve()
        lease = f"import engine.journal.sql.adapter as adapter; adapter.LEASE_SECONDS = {lease_seconds}; "
        self._before = lease if lease_seconds is not None else ""
        self.workflow = workflow
        self.store = store or str(folder / "runs.db")
        self.ledger = folder / "ledger"
        self.told = folder / "told"
        self.spec = folder / "flow.weft.json"
        self.spec.write_text(json.dumps(workflow.flow))
        (folder / "effects.py").write_text(EFFECTS)
        self.executor = "threads"  # of the processes that are begun from now on
        self.ids = [f"r-{n}" for n in range(number)]
        self._errors = (folder / "errors").open("a")

    # -- processes

    def client(
        self, seed: int, threads: int, first: int = 0, count: int | None = None
    ) -> subprocess.Popen[str]:
        """One that starts runs and goes on with them: all of them, unless a range is named."""
        numbers = map(str, (seed, threads, first, len(self.ids) if count is None else count))
        program = f"import runpy; runpy.run_path({str(CLIENT)!r}, run_name='__main__')"
        return self._begin(program, self.store, str(self.spec), str(self.told), *numbers)

    def weft(self, *arguments: str) -> subprocess.Popen[str]:
        """One command on this store."""
        program = "from engine.cli import main; main()"
        return self._begin(program, *arguments, "--store", self.store)

    def _begin(self, program: str, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", self._before + program, *words],
            cwd=self.folder,
            env={**os.environ, "WEFT_EXECUTOR": self.executor},
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            text=True,
        )

    def at_work(self) -> list[int]:
        """The processes in this folder, whoever began them: engines, and the workers that they started."""
        found = []
        for cwd in Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):  # it has ended meanwhile
                if cwd.readlink() == self.folder:
                    found.append(int(cwd.parent.name))
        return found

    def close(self) -> None:
        self._errors.close()

    # -- what is there

    def open(self) -> Journal:
        return open_journal(self.store)

    def lines(self) -> dict[str, list[dict[str, Any]]]:
        """The ledger by run."""
        by_run: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for line in _read(self.ledger):
            by_run[line["run"]].append(line)
        return by_run

    # -- what must hold

    def check(self, *, repeats_max: int, repeated_as: Iterable[str] = ("StepLost",)) -> Counter[str]:
        """Every run has ended, as if nothing had happened to it; counts of what did happen.

        A run whose step was lost three times in a row fails with it, as the rules say.
        """
        counts: Counter[str] = Counter()
        lines, journal = self.lines(), self.open()
        troubles = []
        try:
            for run_id in self.ids:
                try:
                    self._check_run(journal, run_id, lines.get(run_id, []), counts, repeats_max, repeated_as)
                except AssertionError as error:
                    troubles.append(f"run {run_id}: {error}")
            assert not troubles, f"{len(troubles)} runs: " + "; ".join(troubles[:TOLD_MAX])
            assert {row.run_id for row in journal.runs(limit=10**9)} == set(self.ids)
            self._check_told(journal)
        finally:
            journal.close()
        self._check_doctor()
        self._check_gone()
        return counts

    def _check_run(
        self,
        journal: Journal,
        run_id: str,
        lines: list[dict[str, Any]],
        counts: Counter[str],
        repeats_max: int,
        repeated_as: Iterable[str],
    ) -> None:
        row, events = journal.run(run_id), list(journal.events(run_id))
        assert row is not None, "it does not exist"
        assert row.quarantined is None, row.quarantined
        assert row.status in ENDED, f"it has not ended: {row.status}"
        repeated = check_record(events, lines, repeats_max=repeats_max, repeated_as=repeated_as)
        if _given_up(events):
            counts["given up"] += 1
        else:
            assert row.status == "succeeded", f"{row.status}: {row.error}"
            assert row.outputs == self.workflow.outputs
            done = {line["at"] for line in lines if line["word"] == "done"}
            assert done == self.workflow.effects, f"effects: {done ^ self.workflow.effects}"
        assert row.owner is None, f"it has ended and is still owned by {row.owner}"
        counts["runs"] += 1
        counts["executions"] += sum(line["word"] == "begun" for line in lines)
        counts["repeated"] += repeated
        counts["taken over"] += sum(event.kind == "RunResumed" for event in events)

    def _check_told(self, journal: Journal) -> None:
        """What a client was told is so, for ever."""
        for line in _read(self.told):
            row = journal.run(line["run"])
            assert row is not None and row.status == line["status"], f"a client was told {line}: {row}"

    def _check_gone(self) -> None:
        """What an engine started ends with it, however that ended."""
        until = time.monotonic() + GONE_SECONDS
        while left := self.at_work():
            assert time.monotonic() < until, f"processes are left behind: {left}"
            time.sleep(0.1)

    def _check_doctor(self) -> None:
        damage = [
            finding for finding in examine(self.store, deep=True).findings if finding.severity == "damage"
        ]
        assert damage == []


def _given_up(events: list[Event]) -> bool:
    """Whether a step was lost so often in a row that the machine failed it."""
    in_a_row: Counter[str | None] = Counter()
    for event in events:
        if event.kind == "StepLost":
            in_a_row[event.instance] += 1
            if in_a_row[event.instance] >= 3:
                return True
        elif event.kind in ("StepSucceeded", "StepFailed"):
            in_a_row[event.instance] = 0
    return False


def _read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def end(processes: Iterable[subprocess.Popen[str]], seconds: float = 60.0) -> None:
    """Have processes end in good order, and wait until they have."""
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    until = time.monotonic() + seconds
    for process in processes:
        process.wait(max(0.1, until - time.monotonic()))
