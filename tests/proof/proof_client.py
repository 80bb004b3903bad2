"""A client of the engine, as a process of its own: sees to it that each of its runs is asked for until it has ended.

    python proof_client.py STORE SPEC TOLD SEED THREADS FIRST COUNT

Runs are named r-FIRST and so on; they are asked for in an order of the client's own. What it was told of each goes to the
file TOLD. That another process has a run, or that the store is gone, is no end: the run is asked for again later.
"""

from __future__ import annotations

import json
import os
import random
import sys
import threading
import time
from collections import deque
from pathlib import Path

from engine import run
from engine.errors import RunLeft, RunOwned, StoreError

STORE, SPEC, TOLD = sys.argv[1:4]
SEED, THREADS, FIRST, COUNT = map(int, sys.argv[4:])
PAUSE_SECONDS = 0.2  # before asking again for what could not be had


def names() -> deque[str]:
    told = Path(TOLD).read_text() if Path(TOLD).exists() else ""
    known = {json.loads(line)["run"] for line in told.splitlines()}
    left = [f"r-{number}" for number in range(FIRST, FIRST + COUNT) if f"r-{number}" not in known]
    random.Random(SEED).shuffle(left)
    return deque(left)


def tell(run_id: str, status: str) -> None:
    told = os.open(TOLD, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(told, json.dumps({"run": run_id, "status": status}).encode() + b"\n")
    os.close(told)


def ask(left: deque[str], troubles: list[BaseException]) -> None:
    while not troubles:
        try:
            run_id = left.popleft()
        except IndexError:
            return
        try:
            result = run(SPEC, run_id=run_id, store=STORE)
        except (RunOwned, RunLeft, StoreError):
            left.append(run_id)
            time.sleep(PAUSE_SECONDS)
        except BaseException as error:
            troubles.append(error)
        else:
            tell(run_id, result.status)


def main() -> None:
    left, troubles = names(), []
    threads = [threading.Thread(target=ask, args=(left, troubles)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for trouble in troubles:
        raise trouble


main()
