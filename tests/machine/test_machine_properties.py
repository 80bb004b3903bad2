"""The machine under generated workflows and a random outside: what must hold in every state, and replay equality."""

from __future__ import annotations

import random
from typing import Any

from faulty_world import FaultyWorld
from generated import over
from hypothesis import HealthCheck
from hypothesis import strategies as st
from machine_world import CALM, Chances, World, instances, plan_of, snapshot, workflows

from engine.execute.replay import replay, running_calls
from engine.graph.plan import Plan
from engine.journal import Event
from engine.machine import Instance, Status

SETTINGS: dict[str, Any] = {"suppress_health_check": list(HealthCheck), "derandomize": True, "database": None}
seeds = st.integers(0, 2**32 - 1)


def _world(spec: dict[str, Any], seed: int, chances: Chances | None = None) -> World:
    world = World(plan_of(spec), random.Random(seed), chances or Chances())
    world.begin()
    return world


@over(workflows(), seeds, examples=250, **SETTINGS)
def test_every_run_ends_and_keeps_its_invariants(spec: dict[str, Any], seed: int) -> None:
    """The world checks after every fact: counters, turns, rules, cuts, limits, no start after success or cancel."""
    _world(spec, seed).drive()


@over(workflows(), seeds, examples=250, **SETTINGS)
def test_without_faults_every_run_succeeds_and_every_call_starts_at_most_once(
    spec: dict[str, Any], seed: int
) -> None:
    world = _world(spec, seed, CALM)
    assert world.drive() == "succeeded"
    assert len(set(world.starts)) == len(world.starts)


@over(workflows(), seeds, examples=200, few=20, **SETTINGS)
def test_a_journal_replayed_up_to_any_row_gives_the_state_the_run_had_there(
    spec: dict[str, Any], seed: int
) -> None:
    world = _world(spec, seed)
    world.drive()
    lived: Any = None
    for length in range(1, len(world.rows) + 1):
        lived = world.snapshots.get(length, lived)
        assert snapshot(replay(world.plan, world.rows[:length])) == lived, f"after {world.rows[length - 1]}"


@over(workflows(), seeds, examples=100, few=8, **SETTINGS)
def test_a_run_cut_off_after_any_row_resumes_to_an_end(spec: dict[str, Any], seed: int) -> None:
    """What ran when the process died is lost; nothing whose success is among the rows kept starts again."""
    world = _world(spec, seed)
    world.drive()
    for length in range(1, len(world.rows) + 1):
        _resumed(world.plan, world.rows[:length], seed + length).drive()


def _resumed(plan: Plan, rows: list[Event], seed: int) -> World:
    world = World(plan, random.Random(seed), Chances(crash=0.0, interrupt=0.0), list(rows))
    world.run = replay(plan, rows)
    reopened = max((number for number, row in enumerate(rows) if row.kind == "RunReopened"), default=0)
    since = {row.instance for row in rows[reopened:] if row.kind == "StepSucceeded" and row.instance}
    world.succeeded = since | {i.path for i in instances(world.run) if i.status is Status.SUCCEEDED}
    calls = running_calls(world.run)
    world.resume_with(_lost)
    assert all(call.status is not Status.RUNNING for call in calls)
    return world


def _lost(call: Instance) -> Any:
    from engine.machine import StepLost

    return StepLost(call), "StepLost"


@over(workflows(), seeds, examples=250, few=20, **SETTINGS)
def test_with_rows_and_answers_that_are_lost_late_doubled_or_wrong_nothing_is_done_twice_or_unrecorded(
    spec: dict[str, Any], seed: int
) -> None:
    """A crash takes with it what was not kept; calls far away answer when, how and as often as they like."""
    world = FaultyWorld(plan_of(spec), random.Random(seed), Chances(crash=0.08, interrupt=0.04))
    world.begin()
    world.drive()
    world.audit()


BEGINNINGS = ("StepStarted", "LoopExpanded")


@over(workflows(), seeds, examples=250, **SETTINGS)
def test_after_a_cancel_only_what_runs_comes_to_its_end(spec: dict[str, Any], seed: int) -> None:
    world = _world(spec, seed, Chances(cancel=0.2, reopen=0.0))
    status = world.drive()
    if world.run.cancelled:
        assert status == "cancelled"
        told = [row.kind for row in world.rows]
        after = told[told.index("CancelRequested") :]
        begun = [row.instance or "" for row in world.rows[len(told) - len(after) :] if row.kind in BEGINNINGS]
        assert all("(finally)" in instance or "(undo)" in instance for instance in begun)


@over(workflows(), seeds, examples=60, **SETTINGS)
def test_the_same_facts_give_the_same_state(spec: dict[str, Any], seed: int) -> None:
    one, two = _world(spec, seed), _world(spec, seed)
    assert one.drive() == two.drive()
    assert one.rows == two.rows
    assert [repr(i) for i in instances(one.run)] == [repr(i) for i in instances(two.run)]
