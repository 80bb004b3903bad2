"""Short runs under a PostgreSQL that is stopped as by a crash (`pg_ctl stop -m immediate`) and started again, over and over."""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Protocol

from proof_store import TWO_STEPS, ManyRuns, Say, end

from engine.errors import StoreError
from engine.journal import ENDED

CLIENTS = 3
THREADS = 4
STUCK_SECONDS = 300.0
DOWN_SECONDS = (0.0, 3.0)
_LOOK_SECONDS = 0.25


class Server(Protocol):
    """A server that can be stopped and started."""

    url: str

    def start(self) -> None: ...
    def stop(self, mode: str = "fast") -> None: ...


def restart_loop(
    folder: Path, number: int, every: tuple[float, float], seed: int, say: Say, server: Server
) -> Counter[str]:
    """`number` runs on a server that is restarted after a random time within `every` (seconds), checked; counts.

    Raises AssertionError.
    """
    runs = ManyRuns(folder, TWO_STEPS, number, server.url)
    try:
        counts = _drive(runs, every, random.Random(seed), say, server)
        say("every run has ended; looking at the records")
        return counts + runs.check(repeats_max=number, repeated_as=("StepLost", "StepInterrupted"))
    finally:
        runs.close()


def _drive(
    runs: ManyRuns, every: tuple[float, float], dice: random.Random, say: Say, server: Server
) -> Counter[str]:
    counts: Counter[str] = Counter()
    clients = _clients(runs, dice)
    recover = runs.weft("recover", "--watch", "2")
    try:
        due = time.monotonic() + dice.uniform(*every)
        while any(client.poll() is None for client in clients):
            time.sleep(_LOOK_SECONDS)
            if recover.poll() is not None:  # a watch that finds no store when it begins says so and ends
                assert recover.returncode == 5, f"the watch has ended with {recover.returncode}"
                recover = runs.weft("recover", "--watch", "2")
            if time.monotonic() >= due:
                server.stop("immediate")
                time.sleep(dice.uniform(*DOWN_SECONDS))
                server.start()
                counts["restarts"] += 1
                due = time.monotonic() + dice.uniform(*every)
                if counts["restarts"] % 5 == 0:
                    say(f"{_told(runs)} of {len(runs.ids)} runs have ended, {counts['restarts']} restarts")
        assert [client.returncode for client in clients] == [0] * CLIENTS, f"see {runs.folder}/errors"
        _wait_for_the_last(runs)
    finally:
        end([*clients, recover])
    return counts


def _clients(runs: ManyRuns, dice: random.Random) -> list[subprocess.Popen[str]]:
    """Each sees to a share of the runs. The store is made once, before they come."""
    runs.open().close()
    share = -(-len(runs.ids) // CLIENTS)
    shares = [(first, min(share, len(runs.ids) - first)) for first in range(0, len(runs.ids), share)]
    return [runs.client(dice.randrange(2**31), THREADS, first, count) for first, count in shares]


def _told(runs: ManyRuns) -> int:
    return len(runs.told.read_text().splitlines()) if runs.told.exists() else 0


def _wait_for_the_last(runs: ManyRuns) -> None:
    until = time.monotonic() + STUCK_SECONDS
    while True:
        try:
            journal = runs.open()
            left = [row for row in journal.runs(limit=10**9) if row.status not in ENDED or row.owner]
            journal.close()
        except StoreError:
            left = []
        else:
            if not left:
                return
        assert time.monotonic() < until, f"left: {[(row.run_id, row.status, row.owner) for row in left]}"
        time.sleep(_LOOK_SECONDS)
