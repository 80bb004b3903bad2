"""Runs with a SQLite journal: chains beside one bare commit a step on the same disk, wide graphs beside asyncio."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

from benchmarks.engine_side import ready, run
from benchmarks.in_memory import speed
from benchmarks.limit import run_bare
from benchmarks.measure import WALL, in_turns
from benchmarks.settings import Settings
from benchmarks.shapes import SHAPES, Graph, chain
from benchmarks.specs import of_graph
from benchmarks.table import Row

COMMIT_SHARE_MIN = 0.7
WIDE_SHARES = {"full": 1 / 9, "normal": 1 / 7}  # of the limit in memory
PAYLOAD = '{"data":{"n":123,"before":[122]},"metadata":{"call_id":"s123#1","from_cache":false}}'


def rows(settings: Settings) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="weft-benchmark-", dir=settings.folder) as name:
        fresh = _fresh_names(Path(name))
        yield from _chain_rows(settings, fresh)
        yield from _wide_rows(settings, fresh)


def _chain_rows(settings: Settings, fresh: Callable[[], Path]) -> Iterator[Row]:
    size = 50 if settings.small else 1_000
    checked = ready(of_graph(chain(size)))
    for safety in ("full", "normal"):
        store = _store(fresh(), safety)
        bare = BareCommits(fresh(), safety)
        try:
            pair = in_turns(lambda: run(checked, store), lambda: bare.write(size), settings.repeats, WALL)  # noqa: B023
        finally:
            bare.close()
        name = f"durable {safety.upper()}: W1 chain, {size:,} steps"
        yield speed(name, size, pair, COMMIT_SHARE_MIN if safety == "full" else None, "a bare commit a step")


def _wide_rows(settings: Settings, fresh: Callable[[], Path]) -> Iterator[Row]:
    size = 200 if settings.small else 10_000
    for shape in ("W2 fan", "W3 layers"):
        graph: Graph = SHAPES[shape](size)
        checked = ready(of_graph(graph))
        for safety, share in WIDE_SHARES.items():
            store = _store(fresh(), safety)
            pair = in_turns(lambda: run(checked, store), lambda: run_bare(graph), settings.repeats, WALL)  # noqa: B023
            yield speed(f"durable {safety.upper()}: {shape}, {size:,} steps", size, pair, share)


class BareCommits:
    """A SQLite file in the same mode that takes one small row a transaction."""

    def __init__(self, path: Path, safety: str) -> None:
        self._link = sqlite3.connect(path, isolation_level=None)
        self._link.execute("PRAGMA journal_mode = WAL")
        self._link.execute(f"PRAGMA synchronous = {safety}")
        self._link.execute("CREATE TABLE row (number INTEGER PRIMARY KEY, payload TEXT NOT NULL)")

    def write(self, commits: int) -> None:
        """Insert this many rows, each in a transaction of its own."""
        execute = self._link.execute
        for _ in range(commits):
            execute("BEGIN IMMEDIATE")
            execute("INSERT INTO row (payload) VALUES (?)", (PAYLOAD,))
            execute("COMMIT")

    def close(self) -> None:
        self._link.close()


def _store(path: Path, safety: str) -> str:
    return f"sqlite:///{path}?synchronous={safety}"


def _fresh_names(folder: Path) -> Callable[[], Path]:
    numbers = count()
    return lambda: folder / f"{next(numbers)}.db"
