"""Runs whose processes are killed at random moments, until one of them is quick enough: the same end, every time."""

from __future__ import annotations

import os
import random
import subprocess
from pathlib import Path

import pytest
from crash_runs import Store

SEED = int(os.environ.get("WEFT_TEST_SEED") or random.SystemRandom().randrange(2**32))
KILLS_MAX = 30


def _killed_until_it_ends(store: Store, dice: random.Random) -> int:
    """How often the run's process was killed, between the start of Python and the end of an undisturbed run."""
    for kills in range(KILLS_MAX):
        process = store.begin(*store.running)
        try:
            process.communicate(timeout=dice.uniform(0.2, 1.0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        else:
            return kills
    return KILLS_MAX


def _run(folder: Path, store: str | None, number: int) -> int:
    dice = random.Random(f"{SEED}/{number}")
    kept = Store(folder, store, doomed=number % 2 == 1)
    kills = _killed_until_it_ends(kept, dice)
    kept.bring_to_its_end()
    kept.check_end(kills)
    return kills


@pytest.mark.slow
@pytest.mark.parametrize("number", range(12))
def test_a_run_whose_processes_are_killed_at_random_ends_as_if_they_had_not_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.chdir(tmp_path)
    print(f"WEFT_TEST_SEED={SEED}")
    kills = _run(tmp_path, None, number)
    print(f"{kills} kills")


@pytest.mark.services
@pytest.mark.parametrize("number", range(4))
def test_a_run_killed_at_random_ends_as_if_it_had_not_been_on_postgresql(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str, number: int
) -> None:
    monkeypatch.chdir(tmp_path)
    print(f"WEFT_TEST_SEED={SEED}")
    _run(tmp_path, postgres_url, number)
