"""What is read of a whole store to watch over it, and the audit trail: beside the port of runs, so that neither grows.

Laws. Facts are the recorded events without what tools gave. An entry of the trail is written in the transaction that
records how its call ended: it is there if and only if the event is. The trail is one chain for the store: each entry holds
the hash of the one before, and the head, kept apart, says which is the last. Nothing here is ever rewritten.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

CALL_KINDS = (
    "StepStarted",
    "StepSucceeded",
    "StepFailed",
    "StepCancelled",
    "StepInterrupted",
    "StepLost",
)
TOLD_KINDS = ("RunCreated", "RunReopened", "StepFailed")
"""Kinds whose facts hold the event's payload."""
FROM_CACHE = '"from_cache":true'
"""What the payload of a success holds, as text, where its fact holds the payload too."""


class RunMark(NamedTuple):
    """The present of a run without its values."""

    run_id: str
    status: str
    spec_hash: str
    created_at: float
    started_at: float | None
    finished_at: float | None
    last_seq: int


class Fact(NamedTuple):
    """An event of CALL_KINDS or TOLD_KINDS; `told` is its payload where something watches it."""

    run_id: str
    seq: int
    at: float
    kind: str
    instance: str | None
    attempt: int | None
    told: dict[str, Any] | None


class NewEntry(NamedTuple):
    """An entry to be: `event` is the place of its event among those it is appended with, `fields` are JSON."""

    event: int
    fields: Mapping[str, Any]


class Entry(NamedTuple):
    """An entry of the audit trail as it is kept: `text` is its JSON, `hash` that of the text."""

    number: int
    at: float
    run_id: str
    text: str
    hash: str


class Head(NamedTuple):
    """Which entry is the last: 0 and GENESIS while there is none."""

    number: int
    hash: str


class Watch(Protocol):
    """Reading a store as a whole. Every method may raise StoreError."""

    def runs(self) -> list[RunMark]:
        """Every run, by id."""

    def facts(self, after: Mapping[str, int] | None = None) -> Iterator[Fact]:
        """Every fact, by run and number. `after`: only of these runs, and only those above the number of each."""

    def entries(
        self, *, run_id: str | None = None, since: float | None = None, after: int = 0
    ) -> Iterator[Entry]:
        """The audit trail in order: of one run, of calls that ended at or after `since`, above a number."""

    def head(self) -> Head | None:
        """Which entry is the last, as it is kept apart; None where that is missing."""

    def owe_spans(self, run_id: str, at: float) -> None:
        """Remember that the spans of a run are to be sent. Again is allowed."""

    def spans_owed(self) -> list[str]:
        """Runs whose spans are still to be sent, those that were remembered first at the head."""

    def spans_sent(self, run_id: str) -> None:
        """The spans of a run were sent."""


class NoWatch:
    """Of a store in memory: nobody but its own process could look, and it keeps no trail."""

    def runs(self) -> list[RunMark]:
        return []

    def facts(self, after: Mapping[str, int] | None = None) -> Iterator[Fact]:
        return iter(())

    def entries(
        self, *, run_id: str | None = None, since: float | None = None, after: int = 0
    ) -> Iterator[Entry]:
        return iter(())

    def head(self) -> Head | None:
        return Head(0, "0" * 64)

    def owe_spans(self, run_id: str, at: float) -> None:
        return None

    def spans_owed(self) -> list[str]:
        return []

    def spans_sent(self, run_id: str) -> None:
        return None
