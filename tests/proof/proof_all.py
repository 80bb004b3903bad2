"""The loops one after another, at full size or a small one: what `.ci/proof` runs. Prints seeds, progress, and a last table."""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from postgres_server import PostgresServer
from proof_engine import engine_loop
from proof_kills import kill_loop
from proof_machine import machine_loop
from proof_restarts import restart_loop
from proof_store import Say

Drive = Callable[[int, bool, Say], "Counter[str]"]


@dataclass(frozen=True)
class Loop:
    """`drive(seed, small, say)` gives counts of what happened, or raises AssertionError. `minutes`: about, at full size."""

    claim: str
    minutes: int
    drive: Drive


def _machine(seed: int, small: bool, say: Say) -> Counter[str]:
    return machine_loop(1_000 if small else 10_000, seed, say)


def _engine(seed: int, small: bool, say: Say) -> Counter[str]:
    return engine_loop(200 if small else 2_000, seed, say)


def _kills(seed: int, small: bool, say: Say) -> Counter[str]:
    with _folder() as folder:
        return kill_loop(folder, *((50, 20) if small else (500, 200)), seed, say)


def _kills_on_a_server(seed: int, small: bool, say: Say) -> Counter[str]:
    with _folder() as folder, _server() as server:
        return kill_loop(folder, *((50, 20) if small else (500, 200)), seed, say, server.url)


def _freezes(seed: int, small: bool, say: Say) -> Counter[str]:
    with _folder() as folder:
        number, kills, freezes = (30, 2, 8) if small else (200, 20, 60)
        return kill_loop(folder, number, kills, seed, say, freezes=freezes)


def _restarts(seed: int, small: bool, say: Say) -> Counter[str]:
    number, every = (300, (1.0, 5.0)) if small else (5_000, (5.0, 40.0))
    with _folder() as folder, _server() as server:
        return restart_loop(folder, number, every, seed, say, server)


LOOPS = {
    "machine": Loop(
        "simulated runs of the state machine, with every fault, keep all invariants", 5, _machine
    ),
    "engine": Loop("simulated runs of the whole engine, on a virtual clock, lose nothing", 5, _engine),
    "kills": Loop("runs on a SQLite file whose processes are killed end, each step recorded once", 4, _kills),
    "kills-postgresql": Loop("the same on PostgreSQL", 5, _kills_on_a_server),
    "freezes": Loop("the same where most of those that are hit wake up after their lease", 5, _freezes),
    "restarts": Loop("short runs under a PostgreSQL that is stopped and started end", 12, _restarts),
}


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that is kept when what happens in it fails."""
    folder = Path(tempfile.mkdtemp(prefix="weft-proof."))
    try:
        yield folder
    except BaseException:
        print(f"  kept: {folder}", flush=True)
        raise
    shutil.rmtree(folder)


@contextmanager
def _server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    try:
        yield server
    finally:
        server.remove()


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: every loop has shown what it is to show; 1: one has not; 2: no such loop."""
    options = _options(arguments)
    seed = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    size = "small" if options.small else "full"
    print(f"size: {size}, seed: {seed} (again: --seed {seed}), {_machine_class()}", flush=True)
    rows = [_row(name, seed, options.small) for name in options.only or LOOPS]
    print(f"\n{time.strftime('%Y-%m-%d')}, {size}, seed {seed}, {_machine_class()}\n")
    print("| loop | seconds | outcome | what happened |\n|---|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    return 0 if all(row[2] == "good" for row in rows) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    about = [f"  {name:18} {loop.claim} (about {loop.minutes} min)" for name, loop in LOOPS.items()]
    parser = argparse.ArgumentParser(
        prog=".ci/proof",
        description="Loops that show that Weft loses nothing.",
        epilog="\n".join(["loops:", *about]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--only", action="append", choices=LOOPS, metavar="LOOP", help="this loop (again: more)"
    )
    parser.add_argument("--seed", type=int, help="of an earlier run; otherwise a new one is drawn")
    parser.add_argument("--small", action="store_true", help="a tenth of it")
    return parser.parse_args(arguments)


def _row(name: str, seed: int, small: bool) -> tuple[str, str, str, str]:
    loop, began = LOOPS[name], time.monotonic()
    print(f"\n== {name}: {loop.claim}", flush=True)

    def say(line: str) -> None:
        print(f"  {time.monotonic() - began:6.0f} s  {line}", flush=True)

    try:
        counts, outcome = loop.drive(seed, small, say), "good"
    except AssertionError as error:
        counts, outcome = Counter[str](), "FAILED"
        say(f"{error}\n  again: .ci/proof --only {name} --seed {seed}{' --small' if small else ''}")
    told = ", ".join(f"{number:,} {what}" for what, number in sorted(counts.items()))
    say(f"{outcome}: {told}")
    return name, f"{time.monotonic() - began:.0f}", outcome, told


def _machine_class() -> str:
    return f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main())
