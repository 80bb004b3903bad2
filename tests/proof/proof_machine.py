"""Random workflows under a random outside with every fault there is, by the thousand; all invariants after every fact.

Half of it in a world that is told everything at once, where each journal is replayed up to its rows and taken up from them;
half in one with a store and messages between (`faulty_world.py`). What is tried is decided by the seed alone.
"""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

from faulty_world import FaultyWorld
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from machine_world import Chances, World, plan_of, snapshot, workflows
from proof_store import Say

from engine.execute.replay import replay

BATCH = 250
REPLAYED_EVERY = 5  # rows: one state in so many is compared with its replay
ROUGH = Chances(crash=0.08, interrupt=0.04)


def machine_loop(number: int, seed: int, say: Say) -> Counter[str]:
    """`number` simulated runs; counts of what happened to them. Raises AssertionError, after the batch's seed was said."""
    counts: Counter[str] = Counter()
    for first in range(0, number, BATCH):
        try:
            _batch(min(BATCH, number - first), seed + first, counts)
        except BaseException:
            say(f"it failed in the batch of {BATCH} with seed {seed + first}")
            raise
        if (first // BATCH) % 8 == 7:
            say(f"{first + BATCH} of {number} runs have ended")
    return counts


def _batch(number: int, seed: int, counts: Counter[str]) -> None:
    quiet: dict[str, Any] = {"suppress_health_check": list(HealthCheck), "phases": [Phase.generate]}

    @seeded(seed)
    @settings(max_examples=number, deadline=None, database=None, **quiet)
    @given(workflows(), st.integers(0, 2**32 - 1))
    def runs(spec: dict[str, Any], dice: int) -> None:
        (_far_away if dice % 2 else _at_once)(spec, dice, counts)
        counts["runs"] += 1

    runs()


def _at_once(spec: dict[str, Any], dice: int, counts: Counter[str]) -> None:
    world = World(plan_of(spec), random.Random(dice), ROUGH)
    world.begin()
    world.drive()
    lived: Any = None
    for length in range(1, len(world.rows) + 1):
        lived = world.snapshots.get(length, lived)
        if (length + dice) % REPLAYED_EVERY == 0:
            assert snapshot(replay(world.plan, world.rows[:length])) == lived, (
                f"after {world.rows[length - 1]}"
            )
            counts["replays compared"] += 1
    counts["crashes and interrupts"] += world.crashes
    counts["reopened"] += world.reopened


def _far_away(spec: dict[str, Any], dice: int, counts: Counter[str]) -> None:
    world = FaultyWorld(plan_of(spec), random.Random(dice), ROUGH)
    world.begin()
    world.drive()
    world.audit()
    counts.update(world.seen)
    counts["calls made"] += sum(world.made.values())
    counts["crashes and interrupts"] += world.crashes
    counts["reopened"] += world.reopened
