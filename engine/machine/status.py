"""The states of a step instance, and what a settled one counts as for the rules."""

from __future__ import annotations

from enum import IntEnum


class Status(IntEnum):
    """States in the order of a life. `shown` gives the word of the language for each."""

    PENDING = 0
    """Waits for what it needs, or for its turn."""
    ASKED = 1
    """Its condition is being evaluated."""
    LISTING = 2
    """The items of its loop are being evaluated."""
    READY = 3
    """May start as soon as there is a slot."""
    RUNNING = 4
    JUDGED = 5
    """A group's attempt has failed; whether there is another is being decided."""
    CONCLUDING = 6
    """A group's steps are done; its outputs are being evaluated."""
    WAITING = 7
    """Waits for the next attempt, or for the next iteration of a repeat."""
    TESTING = 8
    """The condition of a repeat is being evaluated."""
    RESCUING = 9
    """The body has failed; its rescue runs."""
    FINISHING = 10
    """The body, and its rescue, are over; its finally runs."""
    UNDOING = 11
    """The run is about to end without success; what can be undone is."""
    SLEEPING = 12
    """Waits for a time or a signal, as its step says. No process needs to be there meanwhile."""
    SUCCEEDED = 13
    FAILED = 14
    TIMED_OUT = 15
    SKIPPED = 16
    CANCELLED = 17

    @property
    def shown(self) -> str:
        return _SHOWN[self]

    @property
    def settled(self) -> bool:
        return self >= Status.SUCCEEDED


_SHOWN = {
    Status.PENDING: "pending",
    Status.ASKED: "pending",
    Status.LISTING: "pending",
    Status.READY: "pending",
    Status.RUNNING: "running",
    Status.JUDGED: "running",
    Status.CONCLUDING: "running",
    Status.WAITING: "waiting",
    Status.TESTING: "running",
    Status.RESCUING: "running",
    Status.FINISHING: "running",
    Status.UNDOING: "running",
    Status.SLEEPING: "waiting",
    Status.SUCCEEDED: "succeeded",
    Status.FAILED: "failed",
    Status.TIMED_OUT: "timed_out",
    Status.SKIPPED: "skipped",
    Status.CANCELLED: "cancelled",
}

# Outcomes: what a settled instance counts as for the rules of those that need it.
SUCCESS, SKIP, FAILURE = 0, 1, 2
