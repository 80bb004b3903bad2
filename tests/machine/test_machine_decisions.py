"""Decisions of the machine, one story each, told fact by fact."""

from __future__ import annotations

from typing import Any

import pytest
from machine_world import plan_of

from engine.errors import EngineFault
from engine.execute.replay import replay, running_calls
from engine.journal import Event
from engine.machine import (
    Answered,
    CancelRequested,
    Finish,
    Instance,
    Judge,
    LoopExpanded,
    RunStarted,
    RunState,
    StartStep,
    Status,
    StepCancelled,
    StepFailed,
    StepInterrupted,
    StepLost,
    StepStarted,
    StepSucceeded,
    TimedOut,
    TimerFired,
    Wish,
    advance,
    outstanding,
)

ERROR = {"type": "failed", "code": None, "message": "no", "hint": None}


class Story:
    """A run under way and what it wished for last."""

    def __init__(self, steps: list[dict[str, Any]], **file: Any) -> None:
        self.run = RunState(plan_of({"mode": "dag", **file, "steps": steps}), replaying=True)
        self.wishes: list[Wish] = []
        self.tell(RunStarted, "")
        self.tell(StepStarted, "")

    def __getitem__(self, path: str) -> Instance:
        assert self.run.by_path is not None
        return self.run.by_path[path]

    def tell(self, fact: Any, path: str, *rest: Any) -> list[Wish]:
        self.wishes = advance(self.run, fact(self[path], *rest))
        return self.wishes

    def started(self) -> list[str]:
        return [wish.at.path for wish in self.wishes if isinstance(wish, StartStep)]

    def status(self) -> str | None:
        return next((wish.status for wish in self.wishes if isinstance(wish, Finish)), None)


def call(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "tool": "echo", **more}


def group(name: str, *steps: Any, **more: Any) -> dict[str, Any]:
    return {"id": name, "mode": "parallel", "steps": list(steps), **more}


def test_a_group_that_ran_into_its_own_timeout_may_be_tried_again() -> None:
    story = Story([group("g", call("a"), timeout="1s", retry={"attempts": 2})])
    story.tell(StepStarted, "g")
    story.tell(StepStarted, "g/a")
    story.tell(TimedOut, "g")
    story.tell(StepCancelled, "g/a")
    assert [wish.timed_out for wish in story.wishes if isinstance(wish, Judge)] == [True]
    story.tell(StepFailed, "g", story["g"].error, 1.0, True)
    assert story["g"].status is Status.WAITING
    story.tell(TimerFired, "g")
    story.tell(StepStarted, "g")
    assert story.started() == ["g/a"]


def test_a_group_inside_one_that_timed_out_is_cancelled_not_timed_out() -> None:
    inner = group("inner", call("a"), on_error="continue", retry={"attempts": 3})
    story = Story([group("outer", inner, timeout="1s")])
    for path in ("outer", "outer/inner", "outer/inner/a"):
        story.tell(StepStarted, path)
    story.tell(TimedOut, "outer")
    story.tell(StepCancelled, "outer/inner/a")
    assert story["outer/inner"].status is Status.CANCELLED
    assert not story["outer/inner"].handled
    assert story["outer"].status is Status.TIMED_OUT


def test_a_timeout_around_a_group_that_just_timed_out_by_itself_takes_its_retry_away() -> None:
    inner = group("inner", call("a"), timeout="1s", retry={"attempts": 3})
    story = Story([group("outer", inner, timeout="1s")])
    for path in ("outer", "outer/inner", "outer/inner/a"):
        story.tell(StepStarted, path)
    story.tell(TimedOut, "outer/inner")
    story.tell(TimedOut, "outer")
    story.tell(StepCancelled, "outer/inner/a")
    assert not any(isinstance(wish, Judge) for wish in story.wishes)
    assert story["outer/inner"].status is Status.CANCELLED


def test_a_timeout_changes_nothing_of_a_group_that_is_being_cancelled() -> None:
    story = Story([group("g", call("a"), timeout="1s")])
    story.tell(StepStarted, "g")
    story.tell(StepStarted, "g/a")
    story.tell(CancelRequested, "")
    story.tell(TimedOut, "g")
    story.tell(StepCancelled, "g/a")
    assert story["g"].status is Status.CANCELLED
    assert story.status() == "cancelled"


def test_a_timed_out_group_with_retry_spent_and_on_error_stop_stops_the_run() -> None:
    story = Story([group("g", call("a"), timeout="1s", retry={"attempts": 1}, on_error="stop"), call("b")])
    for path in ("g", "g/a", "b"):
        story.tell(StepStarted, path)
    story.tell(TimedOut, "g")
    story.tell(StepCancelled, "g/a")
    story.tell(StepFailed, "g", story["g"].error, None, True)
    assert story["g"].status is Status.TIMED_OUT
    assert story["b"].cut == "stopped"


@pytest.mark.parametrize("gone", [StepLost, StepInterrupted])
def test_a_call_lost_or_interrupted_after_a_cancel_does_not_start_again(gone: Any) -> None:
    story = Story([call("a")])
    story.tell(StepStarted, "a")
    story.tell(CancelRequested, "")
    story.tell(gone, "a")
    assert story["a"].status is Status.CANCELLED
    assert story.started() == []
    assert story.status() == "cancelled"


def test_a_call_lost_for_the_third_time_in_a_row_fails() -> None:
    story = Story([call("a")])
    for _ in range(3):
        assert story["a"].status is Status.READY
        story.tell(StepStarted, "a")
        story.tell(StepLost, "a")
    assert story["a"].status is Status.FAILED
    assert story["a"].error is not None
    assert story["a"].error["type"] == "lost"
    assert story["a"].attempt == 3


def test_lost_attempts_are_numbered_but_not_spent() -> None:
    story = Story([call("a", retry={"attempts": 2})])
    story.tell(StepStarted, "a")
    story.tell(StepLost, "a")
    story.tell(StepStarted, "a")
    assert (story["a"].attempt, story["a"].tries) == (2, 1)


def test_a_run_whose_last_step_is_recorded_but_not_its_end_finishes_at_once() -> None:
    plan = plan_of({"steps": [call("a")]})
    rows = [("RunCreated", None), ("StepStarted", "a"), ("StepSucceeded", "a")]
    run = replay(plan, [Event("r", n, 0.0, kind, at, 1, {}) for n, (kind, at) in enumerate(rows, 1)])
    assert outstanding(run) == [Finish("succeeded")]


def test_a_third_loss_found_on_resume_still_ends_the_run() -> None:
    plan = plan_of({"steps": [call("a")]})
    rows = [("RunCreated", None), *[("StepStarted", "a"), ("StepLost", "a")] * 2, ("StepStarted", "a")]
    run = replay(plan, [Event("r", n, 0.0, kind, at, 1, {}) for n, (kind, at) in enumerate(rows, 1)])
    for lost in running_calls(run):
        advance(run, StepLost(lost))
    assert outstanding(run) == [Finish("failed")]


@pytest.mark.parametrize("mode", ["sequential", "conditional", "pipeline"])
def test_an_ordered_file_whose_last_step_fails_has_failed(mode: str) -> None:
    """As one whose first step fails: which step ends the file does not change what the run is called."""
    story = Story([call("a"), call("b")], mode=mode)
    story.tell(StepStarted, "a")
    story.tell(StepSucceeded, "a")
    story.tell(StepStarted, "b")
    story.tell(StepFailed, "b", ERROR)
    assert story.status() == "failed"


def test_a_failed_ordered_group_inside_a_dag_file_leaves_a_partial_failure() -> None:
    story = Story([group("g", call("a"), mode="sequential"), call("b")])
    for path in ("g", "g/a", "b"):
        story.tell(StepStarted, path)
    story.tell(StepSucceeded, "b")
    story.tell(StepFailed, "g/a", ERROR)
    assert story.status() == "partial_failure"


def test_a_stopped_run_tells_the_error_that_stopped_it() -> None:
    story = Story([group("g", call("a", on_error="stop")), call("b")])
    for path in ("g", "g/a", "b"):
        story.tell(StepStarted, path)
    story.tell(StepFailed, "g/a", ERROR)
    assert story["b"].cut == "stopped"
    story.tell(StepCancelled, "b")
    assert story.status() == "failed"
    assert story.run.root.error == {"step": "g/a", **ERROR}


def test_a_retried_group_runs_again_what_had_not_succeeded_handled_failures_among_it() -> None:
    story = Story([group("g", call("a"), call("b", on_error="continue"), call("c"), retry={"attempts": 2})])
    for path in ("g", "g/a", "g/b", "g/c"):
        story.tell(StepStarted, path)
    story.tell(StepSucceeded, "g/a")
    story.tell(StepFailed, "g/b", ERROR)
    story.tell(StepFailed, "g/c", ERROR)
    story.tell(StepFailed, "g", ERROR, 0.0)
    story.tell(TimerFired, "g")
    story.tell(StepStarted, "g")
    assert story.started() == ["g/b", "g/c"]


def test_a_retried_group_keeps_the_items_that_succeeded_and_the_numbers_of_the_others() -> None:
    story = Story([group("g", call("l", foreach={"in": [1, 2], "concurrency": 2}), retry={"attempts": 2})])
    story.tell(StepStarted, "g")
    story.tell(LoopExpanded, "g/l", 2)
    story.tell(StepStarted, "g/l[0]")
    story.tell(StepStarted, "g/l[1]")
    story.tell(StepSucceeded, "g/l[0]")
    story.tell(StepFailed, "g/l[1]", ERROR)
    story.tell(StepFailed, "g", ERROR, 0.0)
    story.tell(TimerFired, "g")
    story.tell(StepStarted, "g")
    assert story["g/l"].status is Status.LISTING
    story.tell(LoopExpanded, "g/l", 2)
    assert story.started() == ["g/l[1]"]
    story.tell(StepStarted, "g/l[1]")
    assert story["g/l[1]"].attempt == 2


def test_a_step_with_an_early_rule_starts_once_and_is_not_called_back() -> None:
    story = Story([call("a"), call("b"), call("c", needs=["a", "b"], trigger_rule="one_success")])
    story.tell(StepStarted, "a")
    story.tell(StepStarted, "b")
    story.tell(StepSucceeded, "a")
    assert story.started() == ["c"]
    story.tell(StepFailed, "b", ERROR)
    assert story["c"].status is Status.READY


def test_cutting_skips_what_never_started_and_cancels_what_did() -> None:
    story = Story([call("a"), call("b", needs=["a"]), call("c", retry={"attempts": 2})])
    story.tell(StepStarted, "a")
    story.tell(StepStarted, "c")
    story.tell(StepFailed, "c", ERROR, 5.0)
    story.tell(CancelRequested, "")
    story.tell(StepCancelled, "a")
    told = [(kid.status.shown, kid.reason) for kid in story.run.root.kids or ()]
    assert told == [("cancelled", "cancelled"), ("skipped", "cancelled"), ("cancelled", "cancelled")]


def test_a_fact_that_cannot_be_is_a_fault_that_tells_the_story() -> None:
    story = Story([call("a", when="inputs.go")], inputs={"go": {"type": "boolean", "default": True}})
    story.tell(Answered, "a", False)
    with pytest.raises(
        EngineFault, match="<a skipped attempt 0> cannot take StepStarted; parent <run succeeded"
    ):
        story.tell(StepStarted, "a")
