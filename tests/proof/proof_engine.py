"""Whole runs of the engine in a simulated world (`sim_world.py`), by the hundred on one store, which a doctor then looks at."""

from __future__ import annotations

import json
import logging
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from machine_world import workflows
from proof_store import Say
from sim_world import World

from engine.app.doctor import examine
from engine.journal import Journal, open_journal

BATCH = 200
TOLD_MAX = 5


def engine_loop(number: int, seed: int, say: Say, folder: Path | None = None) -> Counter[str]:
    """`number` runs; counts of what happened to them. Raises AssertionError, after the batch's seed was said."""
    counts: Counter[str] = Counter()
    for first in range(0, number, BATCH):
        with _place(folder) as (store, journal):
            try:
                _batch(min(BATCH, number - first), seed + first, journal, store, counts)
            except BaseException:
                say(f"it failed in the batch of {BATCH} with seed {seed + first}")
                raise
        if (first // BATCH) % 5 == 4:
            say(f"{first + BATCH} of {number} runs have ended")
    return counts


@contextmanager
def _place(folder: Path | None) -> Iterator[tuple[str, Journal]]:
    """An empty store in a folder of its own, which is the working folder meanwhile."""
    logger = logging.getLogger("weft.run")
    with tempfile.TemporaryDirectory(dir=folder) as place, chdir(place):
        store = f"{place}/runs.db"
        journal = open_journal(store)
        level = logger.level
        logger.setLevel(logging.ERROR)  # that calls do not hear is told at each of them
        try:
            yield store, journal
        finally:
            logger.setLevel(level)
            journal.close()


def _batch(number: int, seed: int, journal: Journal, store: str, counts: Counter[str]) -> None:
    quiet: dict[str, Any] = {"suppress_health_check": list(HealthCheck), "phases": [Phase.generate]}
    runs = 0

    @seeded(seed)
    @settings(max_examples=number, deadline=None, database=None, **quiet)
    @given(workflows(), st.integers(0, 2**32 - 1))
    def drive(spec: dict[str, Any], dice: int) -> None:
        nonlocal runs
        runs += 1
        world = World(simulated(spec, dice), dice, journal, store, f"r{runs}")
        world.drive()
        world.check()
        counts.update(world.counts)
        counts["processes"] += world.lives
        counts["runs"] += 1

    drive()
    found = [finding for finding in examine(store, deep=True).findings if finding.severity == "damage"]
    assert not found, found[:TOLD_MAX]


def simulated(spec: dict[str, Any], seed: int) -> dict[str, Any]:
    """A generated workflow (`machine_world`) with calls of this world, and limits, drawn by the seed."""
    dice = random.Random(seed)
    spec = json.loads(json.dumps(spec).replace('"tool": "echo"', '"tool": "work"'))
    spec |= {"weft": 1, "name": "generated"}
    spec["inputs"]["go"]["default"] = dice.random() < 0.8
    stack = [spec, *spec.get("workflows", {}).values()]
    while stack:
        one = stack.pop()
        if one.get("tool") == "work" and dice.random() < 0.4:
            one["timeout"] = dice.choice(("2s", "10s", "1m"))
        for word in ("steps", "rescue", "finally"):
            stack.extend(one.get(word, ()))
    return spec
