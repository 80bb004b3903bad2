"""The simulated world: what it gives is decided by the seed, and what is wrong in it does not stay unseen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sim_loop import SimClock, SimLoop, Stuck
from sim_world import World

from engine.journal import Event, Journal, open_journal

FLOW: dict[str, Any] = {
    "weft": 1,
    "name": "flow",
    "mode": "dag",
    "steps": [
        {"id": "a", "tool": "work", "retry": {"attempts": 4, "delay": "2s"}, "on_error": "continue"},
        {"id": "b", "tool": "work", "foreach": {"in": [1, 2, 3], "concurrency": 2}, "on_error": "continue"},
        {"id": "c", "tool": "work", "needs": ["a", "b"], "trigger_rule": "all_done", "timeout": "5s"},
    ],
    "finally": [{"id": "d", "tool": "work"}],
}
SEEDS = range(3)


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Journal]:
    monkeypatch.chdir(tmp_path)
    opened = open_journal("runs.db")
    yield opened
    opened.close()


def _driven(journal: Journal, seed: int, run_id: str) -> World:
    world = World(FLOW, seed, journal, "runs.db", run_id)
    world.drive()
    return world


def _told(journal: Journal, run_id: str) -> list[Any]:
    def what(event: Event) -> Any:
        return event.at, event.epoch, event.kind, event.instance, event.attempt

    return [what(event) for event in journal.events(run_id)]


def test_the_same_seed_gives_the_same_run_to_the_last_event(journal: Journal) -> None:
    for seed in SEEDS[:2]:
        one, two = (_driven(journal, seed, f"{name}-{seed}") for name in ("one", "two"))
        assert _told(journal, f"one-{seed}") == _told(journal, f"two-{seed}")
        assert (one.counts, one.lives, one.clock.seconds) == (two.counts, two.lives, two.clock.seconds)


def test_processes_die_and_the_run_ends_nevertheless(journal: Journal) -> None:
    worlds = [_driven(journal, seed, f"r-{seed}") for seed in SEEDS]
    for world in worlds:
        world.check()
    assert sum(world.lives for world in worlds) > 2 * len(worlds)


def test_an_effect_that_the_record_does_not_have_is_seen(journal: Journal) -> None:
    world = _driven(journal, 1, "r")
    world.lines.append({**world.lines[0], "attempt": 99})
    with pytest.raises(AssertionError, match="an effect began whose start was not recorded"):
        world.check()


def test_a_success_that_is_done_again_is_seen(journal: Journal) -> None:
    """As by an engine that forgets what it has recorded."""
    world = _driven(journal, 1, "r")
    done = next(line for line in world.lines if line["word"] == "done")
    world.lines += [{**done, "word": "begun"}]
    with pytest.raises(AssertionError, match="an attempt was executed twice"):
        world.check()


def test_the_clock_leaps_over_what_nobody_waits_for(journal: Journal) -> None:
    clock = SimClock()
    loop = SimLoop(clock)
    loop.run_until_complete(asyncio.sleep(3600))
    assert clock.seconds == pytest.approx(3600)
    with pytest.raises(Stuck):
        loop.run_until_complete(loop.create_future())
    loop.close()
