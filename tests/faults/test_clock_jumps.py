"""The machine's clock is set by hours while a run is under way, or between the processes that drive it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from crash_runs import Store
from owned_runs import GONE, Place

from engine import run
from engine.execute import waiting
from engine.execute.clock import SystemClock

HOURS = 3 * 3600.0
_time, _monotonic = time.time, time.monotonic


class Machine:
    """The clocks of a machine: `set_on` moves the one that can be set, seconds pass on both."""

    def __init__(self) -> None:
        self.set_by = 0.0
        self.passed = 0.0

    def set_on(self, seconds: float) -> None:
        self.set_by += seconds

    def time(self) -> float:
        return _time() + self.set_by + self.passed

    def monotonic(self) -> float:
        return _monotonic() + self.passed


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(time, "time", machine.time)
    return machine


# --- the time of a run


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Nothing passes by itself."""
    machine = Machine()
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0 + machine.set_by + machine.passed)
    monkeypatch.setattr(time, "monotonic", lambda: machine.passed)
    return machine


def test_a_runs_time_goes_on_where_the_clock_is_set_back_and_meets_it_again(frozen: Machine) -> None:
    clock = SystemClock()
    assert clock.now() == 1_000_000.0
    frozen.set_on(-HOURS)
    frozen.passed += 10
    assert (clock.now(), clock.wall()) == (1_000_010.0, 1_000_010.0 - HOURS)
    frozen.set_on(HOURS / 2)
    frozen.passed += 10
    assert clock.now() == 1_000_020.0, "half of it made good changes nothing"
    frozen.set_on(HOURS)
    frozen.passed += 10
    assert clock.now() == clock.wall() == 1_000_030.0 + HOURS / 2
    frozen.set_on(HOURS)
    assert clock.now() == clock.wall(), "it follows the clock on"


def test_a_runs_time_begins_no_earlier_than_its_record_ends(frozen: Machine) -> None:
    clock = SystemClock(not_before=1_000_000.0 + HOURS)
    frozen.passed += 5
    assert clock.now() == 1_000_005.0 + HOURS


@pytest.mark.parametrize("seed", range(20))
def test_a_runs_time_never_goes_back_and_never_misses_what_has_passed(frozen: Machine, seed: int) -> None:
    dice, clock = Random(seed), SystemClock()
    before = clock.now()
    for _ in range(200):
        step = dice.choice([0.0, 0.001, 5.0, 900.0])
        frozen.passed += step
        frozen.set_on(dice.choice([0.0, 0.0, 0.0, -HOURS, HOURS, -1.5, dice.uniform(-9.0, 9.0)]))
        now = clock.now()
        assert now >= before
        assert now >= clock.wall() - 1e-6
        before = now


# --- while it is under way


@pytest.mark.slow
@pytest.mark.parametrize("jump", [-HOURS, HOURS])
def test_waits_end_in_their_time_and_nothing_ends_before_it_began(
    place: Place, machine: Machine, jump: float
) -> None:
    """The clock is set while one step waits, another one's backoff passes, and a third has a timeout."""
    failures = itertools.count()

    def jumps() -> None:
        time.sleep(0.1)
        machine.set_on(jump)

    def flaky() -> None:
        if next(failures) == 0:
            raise ConnectionError("not yet")

    steps = [
        {"id": "jumps", "tool": "jumps"},
        {"id": "waits", "tool": "wait", "with": {"for": "400ms"}},
        {
            "id": "timed",
            "tool": "wait",
            "with": {"signal": "never"},
            "timeout": "400ms",
            "on_error": "continue",
        },
        {
            "id": "flaky",
            "tool": "flaky",
            "retry": {"attempts": 2, "delay": "300ms", "jitter": False, "errors": ["any"]},
        },
    ]
    both = {"id": "all", "mode": "parallel", "steps": steps}
    spec = {"weft": 1, "name": "x", "steps": [both, {"id": "last", "tool": "echo"}]}
    result = run(spec, run_id="it", tools={"jumps": jumps, "flaky": flaky}, store=place.store)
    assert result.steps["waits"].status == result.steps["flaky"].status == "succeeded"
    assert result.steps["timed"].status == "timed_out"
    assert result.steps["waits"].data["waited"] >= 0.4
    _check_times(place, place.kinds().count("StepStarted"))
    if jump < 0:
        assert result.steps["waits"].data["waited"] < HOURS


def _check_times(place: Place, starts: int) -> None:
    """The record goes on in time, and so does what a user is shown."""
    with place.journal() as journal:
        times = [event.at for event in journal.events("it")]
        row = journal.run("it")
    assert times == sorted(times)
    assert row is not None
    assert row.created_at <= (row.started_at or 0.0) <= (row.finished_at or 0.0)
    shown = place.weft("show", "it", "--output", "json").report
    told = [*_pairs(shown)]
    assert len(told) >= starts
    assert all(begun <= ended for begun, ended in told)


def _pairs(shown: Any) -> Any:
    """Every `started_at` with its `finished_at`, however deep."""
    if isinstance(shown, dict):
        if shown.get("started_at") and shown.get("finished_at"):
            yield shown["started_at"], shown["finished_at"]
        shown = list(shown.values())
    if isinstance(shown, list):
        for each in shown:
            yield from _pairs(each)


def moment(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def _until(place: Place, until: str, other: list[Callable[[], None]]) -> list[str | None]:
    """Who has succeeded, in order: `waits` waits for the moment, `first` and `second` are done beside it."""
    beside = [{"id": "first", "tool": "first"}, {"id": "second", "tool": "second"}]
    steps = [{"id": "waits", "tool": "wait", "with": {"until": until}}, {"id": "beside", "steps": beside}]
    spec = {"weft": 1, "name": "x", "steps": [{"id": "all", "mode": "parallel", "steps": steps}]}
    run(spec, run_id="it", tools=dict(zip(("first", "second"), other, strict=True)), store=place.store)
    return _succeeded(place)


def _succeeded(place: Place) -> list[str | None]:
    with place.journal() as journal:
        return [event.instance for event in journal.events("it") if event.kind == "StepSucceeded"]


def test_a_moment_that_somebody_named_comes_when_the_clock_is_set_beyond_it(
    place: Place, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is hours away by what passes; the machine's clock is looked at now and then."""
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.05)
    done = _until(place, moment(HOURS / 2), [lambda: machine.set_on(HOURS), lambda: None])
    assert done.count("all/waits") == 1


@pytest.mark.slow
def test_a_moment_that_somebody_named_is_waited_for_when_the_clock_is_set_back(
    place: Place, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LOOK_SECONDS", 0.05)

    def back() -> None:
        machine.set_on(-HOURS)

    def later_on() -> None:
        time.sleep(0.8)
        seen.extend(_succeeded(place))
        machine.set_on(HOURS)

    seen: list[str | None] = []
    done = _until(place, moment(0.5), [back, later_on])
    assert seen == ["all/beside/first"], "by what passes it was over long ago"
    assert "all/waits" in done


# --- between processes


@pytest.mark.slow
@pytest.mark.parametrize("jump", [-HOURS, HOURS])
@pytest.mark.parametrize("at", ["CP12", "CP11"])
def test_who_follows_with_another_clock_waits_what_was_left(
    tmp_path: Path, machine: Machine, at: str, jump: float
) -> None:
    """The retry is recorded, or the step waits, and the process dies. It fires once, late or in time, never hours later."""
    store = Store(tmp_path, pause="500ms", delay="500ms")
    store.crash(at)
    machine.set_on(jump)
    store.bring_to_its_end()
    store.check_end(crashes=1)
    times = [event.at for event in store.events()]
    assert times == sorted(times)


@pytest.mark.parametrize("jump", [-HOURS, HOURS])
def test_a_lease_is_as_long_as_it_was_whatever_the_clock_says(
    place: Place, machine: Machine, jump: float
) -> None:
    place.leave([{"id": "a", "tool": "echo"}], GONE, lease=60.0)
    machine.set_on(jump)
    assert 0 < (place.row().lease_left or 0.0) <= 60.0


@pytest.mark.parametrize("jump", [-HOURS, HOURS])
def test_a_run_that_is_retried_under_another_clock_has_its_attempts_in_order(
    place: Place, machine: Machine, jump: float
) -> None:
    spec = str(place.spec([{"id": "a", "tool": "fail"}]))
    assert place.weft("run", spec, "--run-id", "it").code == 4
    machine.set_on(jump)
    assert place.weft("retry", "it").code == 4
    _check_times(place, 1)
