"""A run as a pure state machine: facts in, wishes out.

`advance(run, event)` takes what happened, changes the run it is given and returns what it wishes for next. No clock, no
thread, no SQL, no randomness, no logging: the same state and event always give the same result, so a journal of events
replayed through it cannot differ from the live run.
"""

from engine.machine.advance import advance, outstanding
from engine.machine.events import (
    Answered,
    BreakTested,
    CancelRequested,
    Event,
    LoopExpanded,
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
from engine.machine.run import Instance, RunState
from engine.machine.status import Status
from engine.machine.wishes import (
    CancelStep,
    Conclude,
    Evaluate,
    Finish,
    Judge,
    Settled,
    StartStep,
    TestBreak,
    WakeAt,
    Wish,
)

__all__ = [
    "Answered",
    "BreakTested",
    "CancelRequested",
    "CancelStep",
    "Conclude",
    "Evaluate",
    "Event",
    "Finish",
    "Instance",
    "Judge",
    "LoopExpanded",
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
    "outstanding",
]
