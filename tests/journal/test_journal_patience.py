"""Waiting for a server to come back."""

from __future__ import annotations

import pytest

from engine.journal.sql.patience import Patience


class Clock:
    def __init__(self) -> None:
        self.now = 100.0
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


def test_pauses_grow_to_a_second_and_end_when_the_time_is_over() -> None:
    clock = Clock()
    patience = Patience(30.0, clock.sleep, lambda: clock.now)
    while patience.wait():
        continue
    assert sum(clock.pauses) == pytest.approx(30.0)
    assert clock.pauses[0] <= 0.02
    assert max(clock.pauses) <= 1.0
    assert min(clock.pauses[7:-1]) >= 0.5, "no knocking without a pause"
    assert not patience.wait(), "over is over"


def test_the_time_begins_with_the_first_pause() -> None:
    clock = Clock()
    patience = Patience(5.0, clock.sleep, lambda: clock.now)
    clock.now += 1000.0
    assert patience.wait()


def test_without_any_patience_nothing_is_waited_for() -> None:
    clock = Clock()
    assert not Patience(0.0, clock.sleep, lambda: clock.now).wait()
    assert clock.pauses == []
