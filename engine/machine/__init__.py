"""A run as a pure state machine: facts in, wishes out.

`advance(run, event)` takes what happened, changes the run it is given and returns what it wishes for next. No clock, no
thread, no SQL, no randomness, no logging: the same state and event always give the same result, so a journal of events
replayed through it cannot differ from the live run.
"""

from engine.machine.advance import advance, outstanding
from engine.machine.ends import status_now
from engine.machine.events import (
    Answered,
    BreakTested,
    CancelRequested,
    Event,
    LoopExpanded,
    Reopened,
    RunStarted,
    StepCancelled,
    StepFailed,
    StepInterrupted,
    StepLost,
    StepStarted,
    StepSucceeded,
    TimedOut,
    TimerFired,
)
from engine.machine.loops import item_error
from engine.machine.run import Instance, RunState
from engine.machine.status import FAILURE, Status
from engine.machine.wishes import (
    Await,
    CancelStep,
    Conclude,
    Evaluate,
    Finish,
    Judge,
    ListMore,
    Settled,
    StartStep,
    TestBreak,
    WakeAt,
    Wish,
)

__all__ = [
    "FAILURE",
    "Answered",
    "Await",
    "BreakTested",
    "CancelRequested",
    "CancelStep",
    "Conclude",
    "Evaluate",
    "Event",
    "Finish",
    "Instance",
    "Judge",
    "ListMore",
    "LoopExpanded",
    "Reopened",
    "RunStarted",
    "RunState",
    "Settled",
    "StartStep",
    "Status",
    "StepCancelled",
    "StepFailed",
    "StepInterrupted",
    "StepLost",
    "StepStarted",
    "StepSucceeded",
    "TestBreak",
    "TimedOut",
    "TimerFired",
    "WakeAt",
    "Wish",
    "advance",
    "item_error",
    "outstanding",
    "status_now",
]
