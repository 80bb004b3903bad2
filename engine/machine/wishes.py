"""Wishes: what the machine asks the outside to do. Plain tuples."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.machine.run import Instance


class Evaluate(NamedTuple):
    """Evaluate `when` or a repeat's `test` (answer: Answered or StepFailed), or a loop's `items` (LoopExpanded or
    StepFailed)."""

    at: Instance
    what: str


class TestBreak(NamedTuple):
    """Evaluate the `break_when` of the loop around this iteration, which has ended. Answer: BreakTested."""

    at: Instance


class ListMore(NamedTuple):
    """Every item of a loop over a stream has begun: tell the next ones. Answer: LoopExpanded."""

    at: Instance


class StartStep(NamedTuple):
    """Start the next attempt: answer StepStarted, and for a tool later StepSucceeded or StepFailed."""

    at: Instance


class Judge(NamedTuple):
    """A group's attempt failed and it has a retry policy: answer StepFailed with `retry_in`."""

    at: Instance
    error: dict[str, Any]
    timed_out: bool


class Conclude(NamedTuple):
    """A group's steps are done: evaluate its outputs; answer StepSucceeded or StepFailed."""

    at: Instance


class WakeAt(NamedTuple):
    """Send TimerFired after this many seconds."""

    at: Instance
    delay_seconds: float


class Await(NamedTuple):
    """Wait for what the step says: a time, or a signal. Answer StepSucceeded, or StepFailed at its timeout."""

    at: Instance


class CancelStep(NamedTuple):
    """Stop the call; answer StepCancelled, or what it ended with."""

    at: Instance


class Settled(NamedTuple):
    """For the onlookers: the instance has reached its end state."""

    at: Instance


class Finish(NamedTuple):
    """The run is over with this status."""

    status: str


Wish = (
    Await
    | Evaluate
    | ListMore
    | TestBreak
    | StartStep
    | Judge
    | Conclude
    | WakeAt
    | CancelStep
    | Settled
    | Finish
)
