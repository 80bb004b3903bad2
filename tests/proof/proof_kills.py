"""Runs whose processes are killed or frozen at random, on one store: clients, `weft run`, `weft recover --watch`, all at once.

One that is frozen (SIGSTOP) sleeps past its lease and wakes up (SIGCONT) to runs that are others' by then. Hits are spread over
the runs' progress, so that there are as many however fast the machine is; what they hit is left to chance. The seed repeats who
is chosen and how long it is waited, not what the process does at that moment.
"""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

from proof_store import EVERYTHING, ManyRuns, Say, end

from engine.errors import StoreError
from engine.journal import ENDED, Journal

AT_ONCE = ("client", "client", "run", "recover")
EXECUTORS = ("threads", "processes")
STUCK_SECONDS = 180.0  # without an end of any run: something is stuck
_LOOK_SECONDS = 0.1
LEASE_SECONDS = 2.0  # where processes are frozen: it is waited for


class KillLoop:
    """`hits` are `kill` or `freeze`, one for each time that a process is hit."""

    def __init__(self, runs: ManyRuns, hits: list[str], seed: int, say: Say) -> None:
        self._runs = runs
        self._dice = random.Random(seed)
        self._say = say
        self._dice.shuffle(hits)
        self._due = sorted((self._dice.uniform(0, 0.9 * len(runs.ids)), hit) for hit in hits)
        self._processes: list[tuple[str, subprocess.Popen[str]]] = []
        self._frozen: list[tuple[float, str, subprocess.Popen[str]]] = []
        self._ended: set[str] = set()
        self.counts: Counter[str] = Counter()

    def drive(self) -> None:
        """Keep processes at work, and hit them, until every run has ended and every hit was made."""
        self._runs.open().close()  # the store is made once, before they come
        journal = self._runs.open()
        try:
            moved = time.monotonic()
            while len(self._ended) < len(self._runs.ids) or self._frozen:
                self._wake()
                self._staff()
                time.sleep(_LOOK_SECONDS)
                if self._look(journal):
                    moved = time.monotonic()
                assert time.monotonic() - moved < STUCK_SECONDS, self._stuck(journal)
                while self._due and self._due[0][0] <= len(self._ended):
                    self._hit(self._due.pop(0)[1])
        finally:
            journal.close()
            for _, _, process in self._frozen:
                process.send_signal(signal.SIGCONT)
            end([process for _, process in self._processes] + [process for *_, process in self._frozen])

    def _staff(self) -> None:
        """A process for each place that has none."""
        self._processes = [(role, process) for role, process in self._processes if self._lives(role, process)]
        missing = Counter(AT_ONCE) - Counter(role for role, _ in self._processes)
        for role in missing.elements() if len(self._ended) < len(self._runs.ids) else ():
            self._processes.append((role, self._start(role)))

    def _lives(self, role: str, process: subprocess.Popen[str]) -> bool:
        code = process.poll()
        if code is not None and code != -signal.SIGKILL:
            allowed = {"client": (0,), "run": (0, 4, 5), "recover": (5,)}[role]
            assert code in allowed, (
                f"a process ({role}) has ended with {code}; see {self._runs.folder}/errors"
            )
        return code is None

    def _start(self, role: str) -> subprocess.Popen[str]:
        self._runs.executor = self._dice.choice(EXECUTORS)
        if role == "client":
            return self._runs.client(self._dice.randrange(2**31), threads=2)
        if role == "run":
            left = [run_id for run_id in self._runs.ids if run_id not in self._ended]
            return self._runs.weft("run", str(self._runs.spec), "--run-id", self._dice.choice(left))
        return self._runs.weft("recover", "--watch", "0.3")

    def _look(self, journal: Journal) -> bool:
        """Whether more runs have ended than at the last look."""
        try:
            ended = {row.run_id for row in journal.runs(limit=10**9) if row.status in ENDED}
        except StoreError:
            return False
        more = len(ended) > len(self._ended)
        if len(ended) // 50 > len(self._ended) // 50:
            hits = self.counts["kills"] + self.counts["freezes"]
            self._say(f"{len(ended)} of {len(self._runs.ids)} runs have ended, {hits} hits")
        self._ended = ended
        return more

    def _hit(self, how: str) -> None:
        time.sleep(self._dice.uniform(0, 0.3))
        living = [one for one in self._processes if one[1].poll() is None]
        if not living:  # the last runs have just ended, and with them who worked on them
            living = [("recover", self._start("recover"))]
            self._processes += living
        role, process = self._dice.choice(living)
        self.counts[f"{how}s"] += 1
        self.counts[f"{how}s of {role}"] += 1
        if how == "kill":
            process.kill()
            process.wait()
        else:
            process.send_signal(signal.SIGSTOP)
            self._processes.remove((role, process))
            until = time.monotonic() + LEASE_SECONDS + self._dice.uniform(0.2, 2.0)
            self._frozen.append((until, role, process))

    def _wake(self) -> None:
        now = time.monotonic()
        for one in [one for one in self._frozen if one[0] <= now]:
            self._frozen.remove(one)
            one[2].send_signal(signal.SIGCONT)
            self._processes.append(one[1:])

    def _stuck(self, journal: Journal) -> str:
        left = [(row.run_id, row.status, row.owner) for row in journal.unfinished()]
        return f"no run has ended for {STUCK_SECONDS:g} s; left: {left}"


def kill_loop(
    folder: Path,
    number: int,
    kills: int,
    seed: int,
    say: Say,
    store: str | None = None,
    *,
    freezes: int = 0,
) -> Counter[str]:
    """`number` runs under so many kills and freezes, checked; counts of what happened. Raises AssertionError."""
    lease = LEASE_SECONDS if freezes else None
    runs = ManyRuns(folder, EVERYTHING, number, store, lease_seconds=lease)
    try:
        loop = KillLoop(runs, ["kill"] * kills + ["freeze"] * freezes, seed, say)
        loop.drive()
        say("every run has ended; looking at the records")
        return loop.counts + runs.check(repeats_max=kills + freezes)
    finally:
        runs.close()
