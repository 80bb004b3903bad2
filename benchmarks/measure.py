"""Samples: two things done in turns, medians of what they took. Knows no engine."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

Clock = Callable[[], float]
WALL: Clock = time.perf_counter
CPU: Clock = time.process_time  # what other processes do meanwhile hardly shows


@dataclass(frozen=True, slots=True)
class Pair:
    """Seconds of the measured thing and of its baseline, sample by sample: the n-th of each were taken in one turn."""

    measured: list[float]
    baseline: list[float]

    @property
    def measured_seconds(self) -> float:
        return median(self.measured)

    @property
    def baseline_seconds(self) -> float:
        return median(self.baseline)

    @property
    def share(self) -> float:
        """The median of `shares`."""
        return median(self.shares)

    @property
    def times_longer(self) -> list[float]:
        """How many times the baseline's time the measured thing took, turn by turn."""
        return [one / other for one, other in zip(self.measured, self.baseline, strict=True)]

    @property
    def shares(self) -> list[float]:
        """How much of the baseline's speed the measured thing reached, turn by turn."""
        return [other / one for one, other in zip(self.measured, self.baseline, strict=True)]


def in_turns(
    measured: Callable[[], Any],
    baseline: Callable[[], Any],
    repeats: int,
    clock: Clock = CPU,
    *,
    warm: bool = True,
) -> Pair:
    """Do both `repeats` times, in turns; with `warm` once before without looking at the clock."""
    if warm:
        measured()
        baseline()
    pair = Pair([], [])
    for _ in range(repeats):
        pair.measured.append(timed(measured, clock))
        pair.baseline.append(timed(baseline, clock))
    return pair


def timed(work: Callable[[], Any], clock: Clock = CPU) -> float:
    """Seconds that `work` takes, with the collector eased as the engine eases it: the baseline gets no less than it."""
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 100, 1_000)
    try:
        began = clock()
        work()
        return clock() - began
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
