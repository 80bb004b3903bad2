"""How often in a row a run was taken over by processes that died before they recorded anything new.

A step that is under way when its process dies is recorded as lost, and bounded by that. A process that dies before its first
new row leaves nothing but the epoch it took: recovery counts those.
"""

from __future__ import annotations

from engine.errors import WeftError
from engine.journal import Journal, RunRow

TAKEOVERS_MAX = 10
"""Takeovers in a row that may come to nothing; a run that has come to so many is not taken over by recovery."""

_TAKING_UP = frozenset({"RunResumed", "CancelRequested", "SignalReceived", "StepLost", "StepInterrupted"})
"""What a process writes down when it takes a run up, before it does anything of its own."""


def refuse_hopeless(row: RunRow, journal: Journal) -> None:
    """Raise WeftError for a run whose last `TAKEOVERS_MAX` owners came to nothing, the last of them by dying.

    Raises StoreError. Without so many epochs the record is not read.
    """
    if row.owner is None or row.epoch <= TAKEOVERS_MAX:
        return
    moved = max((one.epoch for one in journal.events(row.run_id) if one.kind not in _TAKING_UP), default=0)
    if (fruitless := row.epoch - moved) >= TAKEOVERS_MAX:
        raise WeftError(
            f"{fruitless} processes in a row took it over and died before anything new was recorded",
            hint=f"find out what ends them; weft resume {row.run_id} tries once more",
        )
