"""Facts: what the outside tells the machine. Plain tuples; `at` is the instance they are about."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.machine.run import Instance


class RunStarted(NamedTuple):
    at: Instance


class Answered(NamedTuple):
    """The condition of an instance has been evaluated. Recorded with the start or skip it leads to."""

    at: Instance
    value: bool


class LoopExpanded(NamedTuple):
    """The items of a loop are known: how many, and their keys where the loop has any (list positions otherwise). A repeat
    has no items (size 0): it may begin.

    Over a stream it is told batch by batch: `size` counts all items so far, `keys` are those of the batch, `more` says that
    others follow; a batch that cannot be told is an `error`, and the last."""

    at: Instance
    size: int
    keys: list[Any] | None = None
    more: bool | None = None
    error: dict[str, Any] | None = None


class BreakTested(NamedTuple):
    """The `break_when` of a foreach has been evaluated for the iteration `at`, or could not be (`error`)."""

    at: Instance
    value: bool
    error: dict[str, Any] | None = None


class StepStarted(NamedTuple):
    at: Instance


class StepSucceeded(NamedTuple):
    at: Instance


class StepFailed(NamedTuple):
    """An attempt failed. `retry_in`: seconds until the next one, None: no more. `timed_out`: its own limit cut it."""

    at: Instance
    error: dict[str, Any]
    retry_in: float | None = None
    timed_out: bool = False


class StepCancelled(NamedTuple):
    """A running call has been stopped because the machine wished so."""

    at: Instance


class StepInterrupted(NamedTuple):
    """A running call has been stopped by a signal to the process; it runs again on resume, at no attempt's cost."""

    at: Instance


class StepLost(NamedTuple):
    """The process that ran the call has died."""

    at: Instance


class TimerFired(NamedTuple):
    """The wait before the next attempt is over."""

    at: Instance


class TimedOut(NamedTuple):
    """A group's (or the run's) own timeout has passed."""

    at: Instance


class CancelRequested(NamedTuple):
    at: Instance


class Reopened(NamedTuple):
    """An ended run begins its next attempt. `again`: plan indexes of steps that run again though they succeeded."""

    at: Instance
    again: frozenset[int] = frozenset()


Event = (
    RunStarted
    | Answered
    | LoopExpanded
    | BreakTested
    | StepStarted
    | StepSucceeded
    | StepFailed
    | StepCancelled
    | StepInterrupted
    | StepLost
    | TimerFired
    | TimedOut
    | CancelRequested
    | Reopened
)
