"""Stages and streams in the machine: steps that begin together, share their end, and loops whose items come in batches."""

from __future__ import annotations

import random
from typing import Any

import pytest
from generated import over
from hypothesis import HealthCheck
from hypothesis import strategies as st
from machine_world import CALM, Chances, World, plan_of, snapshot

from engine.execute.replay import replay
from engine.machine import (
    CancelStep,
    ListMore,
    LoopExpanded,
    RunStarted,
    RunState,
    StartStep,
    Status,
    StepCancelled,
    StepFailed,
    StepInterrupted,
    StepStarted,
    StepSucceeded,
    advance,
)

SETTINGS: dict[str, Any] = {"suppress_health_check": list(HealthCheck), "derandomize": True, "database": None}
ERROR = {"type": "failed", "code": None, "message": "no", "hint": None}
seeds = st.integers(0, 2**32 - 1)


@st.composite
def streaming(draw: st.DrawFn) -> dict[str, Any]:
    """Pipelines whose plain steps are joined, alone, in loops, tried again, timed, beside others."""
    numbers = iter(range(100))

    def call() -> dict[str, Any]:
        step: dict[str, Any] = {"id": f"s{next(numbers)}", "tool": "echo"}
        if draw(st.booleans()):
            step["retry"] = {"attempts": 3, "delay": "1ms"}
        if draw(st.integers(0, 4)) == 0:
            step["on_error"] = "continue"  # not joined
        return step

    def pipeline() -> dict[str, Any]:
        steps = [call() for _ in range(draw(st.integers(2, 4)))]
        group: dict[str, Any] = {"id": f"p{next(numbers)}", "mode": "pipeline", "steps": steps}
        word = draw(st.sampled_from(("foreach", "retry", "timeout", "rescue", "none")))
        more = {"foreach": {"in": [1, 2, 3], "concurrency": 2, "tolerate": "50%"}, "timeout": "1h"}
        more |= {
            "retry": {"attempts": 2, "delay": "1ms"},
            "rescue": [{"id": f"r{next(numbers)}", "tool": "echo"}],
        }
        return group | ({word: more[word]} if word in more else {})

    mode = draw(st.sampled_from(("dag", "sequential", "parallel")))
    return {"mode": mode, "x-streams": True, "steps": [pipeline() for _ in range(draw(st.integers(1, 3)))]}


def _driven(spec: dict[str, Any], seed: int, chances: Chances) -> World:
    world = World(plan_of(spec), random.Random(seed), chances)
    world.begin()
    world.drive()
    return world


@over(streaming(), seeds, examples=200, few=40, **SETTINGS)
def test_stages_end_whatever_happens_and_a_replay_is_where_the_run_was(
    spec: dict[str, Any], seed: int
) -> None:
    world = _driven(spec, seed, Chances())
    lived: Any = None
    for length in range(1, len(world.rows) + 1):
        lived = world.snapshots.get(length, lived)
        assert snapshot(replay(world.plan, world.rows[:length])) == lived, f"after {world.rows[length - 1]}"


@over(streaming(), seeds, examples=100, few=20, **SETTINGS)
def test_without_faults_every_step_of_every_stage_starts_once(spec: dict[str, Any], seed: int) -> None:
    world = _driven(spec, seed, CALM)
    assert len(set(world.starts)) == len(world.starts)


class Story:
    """A run told fact by fact; `wishes` are those of the last fact."""

    def __init__(self, steps: list[dict[str, Any]], **file: Any) -> None:
        plan = plan_of({"mode": "pipeline", "x-streams": True, **file, "steps": steps})
        self.run = RunState(plan, replaying=True)
        self.wishes: list[Any] = []
        self.tell(RunStarted, "")
        self.tell(StepStarted, "")

    def tell(self, fact: Any, path: str, *rest: Any) -> None:
        assert self.run.by_path is not None
        self.wishes = advance(self.run, fact(self.run.by_path[path], *rest))

    def wished(self, kind: type) -> list[str]:
        return [wish.at.path for wish in self.wishes if isinstance(wish, kind)]

    def status(self, path: str) -> Status:
        assert self.run.by_path is not None
        return self.run.by_path[path].status


ABC = [{"id": name, "tool": "echo", "retry": {"attempts": 2, "delay": "1ms"}} for name in "abc"]


def test_steps_that_records_flow_through_begin_together() -> None:
    assert Story(ABC).wished(StartStep) == ["a", "b", "c"]
    apart = [*ABC[:1], {**ABC[1], "on_error": "continue"}, ABC[2]]
    assert Story(apart).wished(StartStep) == ["a"]


def test_when_one_is_to_be_tried_again_the_others_are_interrupted_and_wait_for_it() -> None:
    story = Story(ABC)
    for name in "abc":
        story.tell(StepStarted, name)
    story.tell(StepFailed, "b", ERROR, 1.0)
    story.tell(StepInterrupted, "a")
    story.tell(StepInterrupted, "c")
    assert [story.status(name) for name in "abc"] == [Status.READY, Status.WAITING, Status.READY]
    assert story.run.by_path is not None
    assert [story.run.by_path[name].tries for name in "abc"] == [0, 1, 0]


def test_when_one_has_failed_for_good_the_others_are_cut() -> None:
    story = Story(ABC)
    for name in "abc":
        story.tell(StepStarted, name)
    story.tell(StepFailed, "b", ERROR)
    assert sorted(story.wished(CancelStep)) == ["a", "c"]
    story.tell(StepCancelled, "a")
    story.tell(StepCancelled, "c")
    assert [story.status(name) for name in ("a", "b", "c", "")] == [
        Status.CANCELLED,
        Status.FAILED,
        Status.CANCELLED,
        Status.FAILED,
    ]


def _loop(**foreach: Any) -> Story:
    steps = [{"id": "l", "tool": "echo", "foreach": {"in": [1], **foreach}}]
    return Story(steps, mode="sequential")


def _items(story: Story, numbers: range, fact: Any, *rest: Any) -> None:
    for number in numbers:
        story.tell(StepStarted, f"l[{number}]")
        story.tell(fact, f"l[{number}]", *rest)


def test_more_items_are_asked_for_when_all_that_are_known_have_begun() -> None:
    story = _loop(concurrency=2)
    story.tell(LoopExpanded, "l", 3, None, True)
    assert story.wished(StartStep) == ["l[0]", "l[1]"]
    assert not story.wished(ListMore)
    story.tell(StepStarted, "l[0]")
    story.tell(StepStarted, "l[1]")
    story.tell(StepSucceeded, "l[0]")
    assert (story.wished(StartStep), story.wished(ListMore)) == (["l[2]"], ["l"])
    story.tell(StepSucceeded, "l[1]")
    assert not story.wished(ListMore), "asked once"
    story.tell(LoopExpanded, "l", 3, None, False)
    _items(story, range(2, 3), StepSucceeded)
    assert story.status("l") is Status.SUCCEEDED


def test_over_a_stream_a_share_is_judged_at_the_end() -> None:
    """Over a list the same failures would end the loop at once: two of the four items known are more than 40 %."""
    story = _loop(tolerate="40%")
    story.tell(LoopExpanded, "l", 4, None, True)
    _items(story, range(2), StepFailed, ERROR)
    _items(story, range(2, 4), StepSucceeded)
    assert story.status("l") is Status.RUNNING
    story.tell(LoopExpanded, "l", 6, None, False)
    _items(story, range(4, 6), StepSucceeded)
    assert story.status("l") is Status.SUCCEEDED


@pytest.mark.parametrize(("failed", "ends"), [(2, Status.SUCCEEDED), (3, Status.FAILED)])
def test_a_count_is_judged_as_over_a_list(failed: int, ends: Status) -> None:
    story = _loop(tolerate=2)
    story.tell(LoopExpanded, "l", 3, None, True)
    _items(story, range(failed), StepFailed, ERROR)
    if failed == 2:
        _items(story, range(2, 3), StepSucceeded)
        story.tell(LoopExpanded, "l", 3, None, False)
    assert story.status("l") is ends


def test_items_that_cannot_be_told_end_the_loop_when_those_under_way_are_gone() -> None:
    story = _loop(concurrency=2)
    story.tell(LoopExpanded, "l", 2, None, True)
    story.tell(StepStarted, "l[0]")
    story.tell(StepStarted, "l[1]")
    story.tell(LoopExpanded, "l", 2, None, False, ERROR)
    assert story.wished(CancelStep) == ["l[0]", "l[1]"]
    story.tell(StepCancelled, "l[0]")
    story.tell(StepCancelled, "l[1]")
    assert story.status("l") is Status.FAILED
