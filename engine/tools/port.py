"""The tool port: what a tool receives and what it gives back. Knows no family, no journal, no graph."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engine.errors import ToolError

if TYPE_CHECKING:
    from engine.spec.policy import Policy  # not imported in worker processes, where little is

__all__ = ["LOCAL_USER", "CallContext", "Cancelled", "Principal", "Records", "Result", "Tool", "ToolError"]


class Cancelled(Exception):
    """Raised inside a blocking tool by `CallContext.check_cancelled` when nobody waits for its answer any more."""


class Records:
    """Records that come batch by batch: lists of JSON values, read once, from the front to the back.

    A tool is given one for a parameter marked `x-weft: records` where they are too many, or still being made; it may be given a
    list there too. It may give one as the data of its result, or as a member of it that is so marked, where
    `CallContext.streams` says that somebody takes them so: the batches are then made after `call` has returned, in the same
    thread. `totals(count)`, asked when the last batch has been taken, gives what can be said of the data only then.
    """

    __slots__ = ("_batches", "count", "ready", "totals")

    def __init__(
        self,
        batches: Iterable[list[Any]],
        totals: Callable[[int], dict[str, Any]] | None = None,
        *,
        ready: bool = False,
    ) -> None:
        """`ready`: every record is JSON already."""
        self._batches = iter(batches)
        self.ready = ready
        self.totals = totals
        self.count = 0
        """Records taken so far."""

    def __iter__(self) -> Iterator[list[Any]]:
        return self

    def __next__(self) -> list[Any]:
        batch = next(self._batches)
        self.count += len(batch)
        return batch

    def close(self) -> None:
        """Nobody takes any more: let whoever makes the records tidy up."""
        close = getattr(self._batches, "close", None)
        if close is not None:
            close()

    def said(self) -> dict[str, Any]:
        """What `totals` says of the data."""
        return self.totals(self.count) if self.totals is not None else {}


@dataclass(slots=True)
class Result:
    """What one call gives back. `data` and every other field must be JSON when they leave the tool.

    An entry in `errors` turns `success` off: the step fails with type `failed` and these messages.
    """

    data: Any = None
    metadata: dict[str, Any] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    performance_metrics: dict[str, float] = field(default_factory=dict)
    quality_metrics: dict[str, float] = field(default_factory=dict)
    processed_records: int | None = None

    @property
    def success(self) -> bool:
        return not self.errors

    def add_error(self, message: str) -> None:
        self.errors.append(message)

    def add_warning(self, message: str) -> None:
        self.warnings.append(message)

    def set_performance_metric(self, name: str, value: float) -> None:
        self.performance_metrics[name] = value

    def set_quality_metric(self, name: str, value: float) -> None:
        self.quality_metrics[name] = value

    def to_dict(self) -> dict[str, Any]:
        """Every field by its name, and `success`."""
        named = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**named, "success": self.success}


@dataclass(frozen=True, slots=True)
class Principal:
    """For whom a run is made. `permissions` None: every one.

    One who is not authenticated runs nothing. A call needs every permission its operation declares.
    """

    user_id: str | None = None
    session_id: str | None = None
    authenticated: bool = True
    permissions: Collection[str] | None = None

    def __post_init__(self) -> None:
        if isinstance(self.permissions, str):
            raise TypeError(f"permissions must be several texts, as in {{{self.permissions!r}}}")

    def missing(self, wanted: Collection[str]) -> list[str]:
        """Those of the wanted permissions that the principal does not hold."""
        held = self.permissions
        return [] if held is None else [name for name in wanted if name not in held]

    def holds_one(self, wanted: Collection[str]) -> bool:
        """Whether the principal holds one of the wanted permissions; of none wanted, yes."""
        return self.permissions is None or not wanted or any(name in self.permissions for name in wanted)

    def to_record(self) -> dict[str, Any]:
        """What the journal keeps of it."""
        held = None if self.permissions is None else sorted(self.permissions)
        return {"user_id": self.user_id, "session_id": self.session_id, "permissions": held}


LOCAL_USER = Principal()
"""Whoever started the process: authenticated, with every permission."""


def _no_progress(_done: float, _total: float | None, _unit: str) -> None:
    return None


@dataclass(slots=True)
class CallContext:
    """What a tool may know about the call it serves.

    `key` is the idempotency key: equal for every attempt of one step instance in one attempt of the run.
    `project_dir` is where relative paths start; `run_dir` is the run's own folder (created on first use by the tool).
    `progress(done, total, unit)` may be called as often as one likes; `total` may be None.
    `cancel` is set when the attempt timed out or the run was cancelled: blocking tools look at it in their loops.
    `on_cancel(fn)` registers what really stops the work (kill the child, interrupt the query); it is called from
    another thread, at once if the call is already cancelled.
    `principal` is for whom the run is made; `policy` what the project allows, for tools that reach further than one look at
    their parameters tells.
    `streams`: somebody takes the records of this call batch by batch (see Records). `spool`: what the engine does with a
    stream that nobody takes meanwhile; a tool never calls it.
    """

    execution_id: str = ""
    step: str = ""
    instance: str = ""
    attempt: int = 1
    key: str = ""
    project_dir: Path = field(default_factory=Path.cwd)
    run_dir: Path = field(default_factory=lambda: Path(".weft"))
    context: Mapping[str, Any] = field(default_factory=dict)
    logger: logging.Logger = field(default_factory=lambda: logging.getLogger("weft.tool"))
    progress: Callable[[float, float | None, str], None] = _no_progress
    cancel: threading.Event = field(default_factory=threading.Event)
    principal: Principal = LOCAL_USER
    policy: Policy | None = None
    """None: there is none, and everything is allowed."""
    apart: bool = False
    """Whether the call is made in a process that has nothing else to do."""
    streams: bool = False
    spool: Callable[[Result], Result] | None = None
    _stoppers: list[Callable[[], None]] = field(default_factory=list)

    def check_cancelled(self) -> None:
        """Raise `Cancelled` if nobody waits for this call any more."""
        if self.cancel.is_set():
            raise Cancelled

    def on_cancel(self, stop: Callable[[], None]) -> None:
        self._stoppers.append(stop)
        if self.cancel.is_set():
            stop()

    def cancel_now(self) -> None:
        """Set the token and stop the work under way. Called by the engine, never by a tool."""
        self.cancel.set()
        for stop in list(self._stoppers):
            stop()


class Tool(Protocol):
    """A living tool: made once per connection (or once per process without one), used by many calls at once.

    `call` raises ToolError for what went wrong (any other exception becomes the step's error of type `internal`, with
    the exception's class as code). Operations of lane `async` return an awaitable; the others return the Result.
    Parameters arrive with references resolved and already checked against the operation's schema, defaults not filled.
    """

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Any: ...

    # A tool may also have `prepare()`: raise MissingExtra or UsageError for what can be known without any I/O; called
    # before a run is recorded. And `health_check()`: a status, true or false, or `{status, detail, metrics}`; plain or async.

    def close(self) -> None:
        """Give back connections and threads. Called once, when the engine ends."""
