"""Named moments at which the process can be made to kill itself, so that what a crash leaves behind can be tested.

`WEFT_CRASH_AT=CP6:3`, looked at once at import, makes the third passing of CP6 a SIGKILL. Unset, a point is an empty call. It
knows names and counts, nothing of runs; where a moment is, is said by the code that passes it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

VARIABLE = "WEFT_CRASH_AT"
POINTS = {
    "CP1": "a run is accepted in memory, its RunCreated is not committed",
    "CP2": "RunCreated is committed, nobody has been told",
    "CP3": "the lease is taken, or a start is decided, and StepStarted is not committed",
    "CP4": "StepStarted is committed, the call is not made",
    "CP5": "the call is made: its effect has not begun, or is half done",
    "CP6": "the effect is done, what it gave is not committed",
    "CP7": "odd passings: a transaction is written, COMMIT is not sent; even ones: it is kept, nobody has heard so",
    "CP8": "rows are committed, nothing that follows from them is done",
    "CP9": "the last step has ended, the end of the run is decided and not committed",
    "CP10": "the run has ended, its owner has not let go of it and has told nobody",
    "CP11": "it is recorded that the run waits; or a timer has fired, and that is not recorded",
    "CP12": "a retry is recorded; or its backoff is over, and no start is recorded",
    "CP13": "a cancel is posted, heard and not recorded, or recorded",
    "CP14": "the items of a loop are listed and not recorded; or they are, and none has begun",
    "CP16": "a step of a migration is taken and not committed, or committed; a run is half cleaned up",
}


def _armed(wanted: str) -> Callable[[str], None]:
    """What kills the process at the n-th passing. Raises ValueError for what is no `POINT` or `POINT:N`."""
    named, colon, nth = wanted.partition(":")
    nth = nth if colon else "1"
    if named not in POINTS or not nth.isdecimal() or int(nth) < 1:
        raise ValueError(f"{VARIABLE} cannot be {wanted!r}: expected one of {', '.join(POINTS)}, then :N")
    left, lock = int(nth), threading.Lock()

    def pass_by(name: str) -> None:
        nonlocal left
        if name == named:
            with lock:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

    return pass_by


def _nothing(name: str) -> None:
    """No crash is wanted."""


ARMED = VARIABLE in os.environ
point: Callable[[str], None] = _armed(os.environ[VARIABLE]) if ARMED else _nothing
"""Passes a point by name; does not come back where this passing was to be the last."""
