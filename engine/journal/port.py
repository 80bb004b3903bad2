"""The journal's port: the values that pass through it, its exceptions, and the Protocol every store keeps.

Laws. Events of a run are numbered 1, 2, 3 … without a gap, and each carries the hash of the one before. A
run's row changes only together with events that say why. Every write names the epoch it believes in; an older
one is refused. A run that has ended takes nothing but a reopening. Times are seconds since the epoch, UTC,
told by the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol, TypedDict

from engine.errors import StoreError, UsageError, WeftError
from engine.journal.watch import NewEntry, Watch

STATUSES = ("pending", "running", "waiting", "succeeded", "failed", "partial_failure", "cancelled")
ENDED = frozenset({"succeeded", "failed", "partial_failure", "cancelled"})
REOPENED = "RunReopened"  # the one kind of event an ended run takes
LEASE_SECONDS = (
    20.0  # how long an owner is believed to live that was not heard of; one that lives says so earlier
)

_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


def is_run_id(text: str) -> bool:
    """Whether `text` may name a run: 1 to 128 of letters, digits, `.`, `_`, `-`, a letter or digit first."""
    return _RUN_ID.fullmatch(text) is not None


class RunExists(UsageError):
    """The run id is taken; nothing was written. Whether it is the same run, the caller decides."""


class RunNotFound(UsageError):
    """No run has this id."""


class RunEnded(UsageError):
    """The run has ended: only an event of kind `RunReopened`, with a new status, may follow."""


class NotJson(UsageError):
    """The value cannot be kept as JSON: another type, not finite, a lone surrogate, or nested too deep."""


class StaleOwner(StoreError):
    """The run was claimed or written by someone else since; nothing was written. Stop working on the run."""


class OutcomeUnknown(StoreError):
    """The answer to a commit was lost, and reading back failed too: the events are all kept or none is.

    This journal takes no more appends for the runs concerned until they are claimed anew; the row that
    `claim` returns tells by its `last_seq` which of the two it was.
    """


class StoreBusy(StoreError):
    """Another process or thread writes to the store, and the caller would not wait: nothing was written. See `at_once`."""


class NewerStore(StoreError):
    """A newer engine wrote this store; this one leaves it alone."""


class NewEvent(NamedTuple):
    """What a writer hands in; the journal gives number and hash. `payload` is JSON, `attempt` the step's."""

    at: float
    kind: str
    instance: str | None = None
    attempt: int | None = None
    payload: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the past.

    `instance` is `group/step` or `loop["key"]`, None for the run itself; `epoch` is the ownership it was
    written under.
    """

    run_id: str
    seq: int
    at: float
    kind: str
    instance: str | None
    attempt: int | None
    payload: dict[str, Any]
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class StoredSpec:
    """A spec as it was when a run began, found again by `hash`. `path` is where it came from, for people."""

    hash: str
    name: str
    text: str
    path: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredTemplate:
    """One version of a spec kept by name. `hash` is that of its content, `path` where it came from, for people."""

    name: str
    hash: str
    text: str
    path: str | None
    added_at: float
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run about to exist. With an `owner` it starts owned, at epoch 1; without, unowned at epoch 0."""

    run_id: str
    workflow: str
    inputs: Mapping[str, Any]
    created_at: float
    status: str = "pending"
    started_at: float | None = None
    owner: Mapping[str, Any] | None = None


class Posted(NamedTuple):
    """What somebody wishes of a run, until its owner has made it a fact. Numbered 1, 2, 3 … within the run."""

    number: int
    kind: str
    name: str | None
    payload: dict[str, Any]
    at: float


@dataclass(slots=True)
class RunRow:
    """The present of a run. `owner` is {host, pid, pid_start, boot_id, pid_space}; `outputs`, `error`: JSON or None.

    `lease_left`: seconds until the owner's lease ends, as of the reading; 0 or less: it has; None: there is none.
    `quarantined`: why recovery leaves the run alone; None: it does not.
    """

    run_id: str
    workflow: str
    status: str
    spec_hash: str
    inputs: dict[str, Any]
    created_at: float
    started_at: float | None
    finished_at: float | None
    attempt: int
    epoch: int
    owner: dict[str, Any] | None
    last_seq: int
    last_hash: str
    outputs: Any
    error: Any
    lease_left: float | None = field(default=None, compare=False)
    quarantined: str | None = None


class RunChanges(TypedDict, total=False):
    """What an append changes in the run's row. A key left out stays as it is; None is written."""

    status: str
    started_at: float | None
    finished_at: float | None
    attempt: int
    spec_hash: str
    outputs: Any
    error: Any


class Append(NamedTuple):
    """One run's share of a group: events, what they change, a spec to keep (a reopening may bring one).

    `taken` are the numbers of what was posted and becomes a fact with these events.
    """

    run_id: str
    epoch: int
    events: Sequence[NewEvent]
    changes: RunChanges | None = None
    spec: StoredSpec | None = None
    taken: Sequence[int] = ()
    audit: Sequence[NewEntry] = ()
    """Entries of the audit trail about calls that these events end."""


class Journal(Protocol):
    """A store of runs. Synchronous; may be called from any thread. Every method may raise StoreError."""

    durable: bool
    """Whether what is written outlives the process."""
    local: bool
    """Whether a write asks nobody but this machine: it may be waited for where nothing else can happen meanwhile."""
    lease_seconds: float
    """How long a lease holds that is not renewed by `attend`. A store in memory gives none."""

    @property
    def watch(self) -> Watch:
        """Reading the store as a whole, and the audit trail."""

    def create_run(self, row: NewRun, spec: StoredSpec, events: Sequence[NewEvent]) -> RunRow:
        """Write the run, its spec and its first events (at least one) in one transaction.

        Raises RunExists, NotJson; UsageError for an id that is none.
        """

    def append(
        self,
        run_id: str,
        epoch: int,
        events: Sequence[NewEvent],
        changes: RunChanges | None = None,
        spec: StoredSpec | None = None,
        taken: Sequence[int] = (),
        audit: Sequence[NewEntry] = (),
    ) -> int:
        """Write events, what they change and their audit entries in one transaction; returns the new last seq.

        What was posted and is `taken` becomes a fact with them; what an ended run has not taken it never will. A run that
        ends is nobody's from then on: its row names no owner, and its lease is over.
        Raises StaleOwner, RunEnded, RunNotFound, NotJson (nothing written), OutcomeUnknown.
        """

    def append_all(self, group: Sequence[Append]) -> list[int | WeftError]:
        """Write the shares of many runs in one commit. The answers stand in the order of the group.

        A share that is refused (as by `append`) is answered by its error and leaves the others alone; trouble
        with the store itself is raised and concerns them all.
        """

    def claim(self, run_id: str, owner: Mapping[str, Any], epoch: int | None = None) -> RunRow:
        """Make `owner` the owner, under the next epoch and a new lease, and return the row. Lifts a quarantine.

        `epoch` is the one the caller saw when it judged that the owner is gone: StaleOwner if it is another
        by now. Without it only a run nobody owns is given, else RunOwned. Raises RunNotFound.
        """

    def release(self, run_id: str, epoch: int) -> None:
        """Leave the run without an owner. Raises StaleOwner, RunNotFound."""

    def attend(self, run_id: str, epoch: int, *, renew: bool = True) -> list[Posted]:
        """What was posted to the run and not taken yet, in order; with `renew` the owner's lease begins anew.

        Waits for no write of the others and for no server that is gone. Raises StaleOwner, RunNotFound.
        """

    def post(self, run_id: str, kind: str, name: str | None, payload: Mapping[str, Any], at: float) -> int:
        """Tell the run's owner, whoever it is by then, what somebody wishes; returns the number it is kept under.

        Raises RunEnded, RunNotFound, NotJson.
        """

    def quarantine(self, run_id: str, epoch: int, reason: str, at: float) -> bool:
        """Mark a run as one that recovery leaves alone; False where it was claimed since `epoch` or has ended."""

    def at_once(self) -> AbstractContextManager[None]:
        """Within it this thread waits for no other writer of a `local` store: what would have to raises StoreBusy.

        Nothing is written then; the same call may be made again, also by another thread.
        """

    def hurry(self) -> None:
        """Nobody waits any longer for a server that is gone: what waits, and what comes, fails at once.

        For another process that writes to a file a second is waited at most.
        """

    def run(self, run_id: str) -> RunRow | None:
        """The run's row, or None."""

    def find(self, prefix: str, limit: int = 10) -> list[RunRow]:
        """Runs whose id begins with `prefix`, by id; an id that is `prefix` itself comes first."""

    def runs(
        self,
        *,
        status: str | None = None,
        workflow: str | None = None,
        since: float | None = None,
        limit: int = 100,
    ) -> list[RunRow]:
        """Runs created at or after `since`, newest first."""

    def unfinished(self) -> list[RunRow]:
        """Every run that has not ended, oldest first."""

    def events(self, run_id: str, after: int = 0) -> Iterator[Event]:
        """The run's events with a seq above `after`, in order, read page by page; none for an unknown run."""

    def spec(self, spec_hash: str) -> StoredSpec | None:
        """The spec kept under this hash, or None."""

    def add_template(self, new: StoredTemplate) -> bool:
        """Make this content the latest version of its name; False, and nothing is written, where it is that already.

        Earlier versions stay. Raises NotJson; UsageError where a store keeps no templates.
        """

    def templates(self, name: str | None = None) -> list[StoredTemplate]:
        """Every version (of one name), by name, the latest first."""

    def keep(self, run_id: str, name: str, first: int, parts: Sequence[bytes]) -> None:
        """Keep parts of large data under a name of the run's, numbered from `first`; those there under a number go.

        In a transaction of its own: an event that speaks of the data is to follow it. Names are instances with
        their attempts, so that nobody writes under another's. Raises OutcomeUnknown.
        """

    def part(self, run_id: str, name: str, number: int) -> bytes | None:
        """One part as it was kept, or None."""

    def drop(self, run_id: str, name: str) -> None:
        """Forget what is kept under a name: nobody speaks of it. Also where there is nothing."""

    def expired(self, before: float, limit: int = 100) -> list[str]:
        """The ids of runs that ended before `before`, those that ended first at the head."""

    def delete_run(self, run_id: str, before: float) -> bool:
        """Delete all rows of a run that ended before `before`, in one transaction; False if it is no such run.

        A spec goes with the last run that names it, in its row or in its events.
        """

    def verify(self, run_id: str) -> list[str]:
        """What is wrong with a run: gaps, a broken chain, a row that is not its end. Raises RunNotFound."""

    def close(self) -> None:
        """Give back connections. Closing twice is allowed; any other call after it raises StoreError."""
