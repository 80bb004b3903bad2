"""The kinds of journal events and what a row of each says. Payload keys are the journal's format: never renamed.

RunCreated        the run exists: its first row {spec, inputs, attempt, folder, project?, principal?, tools?}
RunReopened       the next attempt of an ended run begins {attempt, owner, from?, spec?}
RunStarted        the file's named values, where it has any {let, calls?}
RunResumed        a process has taken the run over {pid, host}
StepStarted       an attempt begins {with?, let?, answer?, calls?}
StepSucceeded     {data, metadata?, …} (see record.RESULT_FIELDS)
StepFailed        {error, retry_at?, retry_in?, timed_out?, answer?}
StepSkipped       {reason, cause?, answer?}: `answer` false is a decision, without it a consequence
LoopExpanded      {items?, count?, keys?, size?, more?, error?, let?, answer?}: a repeat has no items; of a stream a row
                  a batch, `size` items so far, `count` in all
LoopTested        the condition of a repeat, or the break_when of a foreach at an iteration, was evaluated {answer, error?}
StepCancelled     a call was stopped because the machine wished so {reason}
StepInterrupted   a call was stopped by a signal; it runs again
StepLost          the process that ran the call is gone {reason?, error?}: with `error` for the last time, and it failed
StepTimedOut      a group's own timeout has passed
StepSettled       a consequence, for onlookers: a group or loop has ended {status, reason?, error?}
CancelRequested   somebody wishes the run to end {reason, posted?}: `posted`, in any row, is the number of the wish it takes
RunInterrupted    a signal stopped the process; the run goes on by resume
SignalReceived    somebody has sent a signal {name, data, posted?}
SignalRefused     what was sent does not fit what the step waits for {name, reason}
RunWaiting        nothing is under way: the run waits for times and signals {for, others?}
RunContinued      something is under way again
RunConcluded      the file's outputs, where a finally is still to run {data}
RunFinished       {status, outputs, error?}

What is too large for a row stands beside it: `large` says, by field (`data items with`) and member of it (the field itself: an
empty name), where: {name, parts, bytes, sha256, items?}. In the field there is null.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple


def items_in(payload: dict[str, Any]) -> int | None:
    """How many items the LoopExpanded with this payload tells of; None for a repeat and for what follows of a stream."""
    if payload.get("count") is not None:
        return int(payload["count"])
    items = payload.get("items")
    if items is not None:
        return len(items)
    large = payload.get("large", {}).get("items", {}).get("")
    return None if large is None else int(large["items"])


class Row(NamedTuple):
    """One journal row to be; `at` is seconds since the epoch."""

    at: float
    kind: str
    instance: str | None
    attempt: int | None
    payload: dict[str, Any]


class Progress(NamedTuple):
    """How far a call is, as the tool says it. Never recorded. `total` None: unknown."""

    instance: str
    done: float
    total: float | None
    unit: str


Observer = Callable[[Row | Progress], None]
"""Hears every row when it is made, and progress. Must be quick and must not raise."""

Commit = Callable[[list[Row]], None]
"""Writes rows to the journal; returns when they are safe. Called from the writer's thread where `durable`."""
