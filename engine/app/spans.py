"""OpenTelemetry spans of a run, its steps and their attempts: made of recorded events when the run has ended.

Laws. Nothing is imported, written or looked up unless the program (or its launcher) has set a tracer provider. A run that
begins under one is remembered as owed; it is forgotten when its spans were sent and flushed: a process that dies in between
leaves it to the next, so they are sent at least once. What cannot be sent never touches the run. Names follow the semantic
conventions for CI/CD pipelines: the file is the pipeline, a step a task, an attempt a task run.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.app.stored import plan_of
from engine.errors import WeftError
from engine.execute.step_paths import StepPaths, path_around
from engine.graph import Plan
from engine.graph.names import call_name
from engine.journal import ENDED, Event, Journal
from engine.version import VERSION

SPANS_MAX = 10_000
"""Spans of one attempt of a run; of more the first are sent, and the run's own span says how many are left out."""
FLUSH_SECONDS = 10.0
_LOGGER = logging.getLogger("weft.spans")
_RESULTS = {
    "succeeded": "success",
    "failed": "failure",
    "partial_failure": "failure",
    "timed_out": "timeout",
    "cancelled": "cancellation",
    "skipped": "skip",
    "lost": "error",
    "interrupted": "error",
}
_ENDS = {
    "StepSucceeded": "succeeded",
    "StepFailed": "failed",
    "StepCancelled": "cancelled",
    "StepInterrupted": "interrupted",
    "StepLost": "lost",
    "StepSkipped": "skipped",
}


def provider() -> Any:
    """The tracer provider that somebody has set, else None. Imports nothing where nobody can have."""
    if "opentelemetry.trace" not in sys.modules and not os.environ.get("OTEL_PYTHON_TRACER_PROVIDER"):
        return None
    try:
        from opentelemetry import trace
    except ImportError:
        return None
    found = trace.get_tracer_provider()
    return None if isinstance(found, (trace.ProxyTracerProvider, trace.NoOpTracerProvider)) else found


def owe(journal: Journal, run_id: str) -> None:
    """Remember that the spans of a run are to be sent. Raises StoreError."""
    journal.watch.owe_spans(run_id, time.time())


def send(journal: Journal, run_id: str, plan: Plan | None = None) -> bool:
    """Send the spans of the last attempt of a run that has ended; whether that was done. Never raises."""
    wanted = provider()
    if wanted is None:
        return False
    try:
        row = journal.run(run_id)
        if row is None:
            journal.watch.spans_sent(run_id)
            return False
        if row.status not in ENDED:
            return False
        paths = _paths(journal, run_id, row.spec_hash) if plan is None else StepPaths(plan)
        told = _Told(row.workflow, run_id, row.attempt, paths)
        _emit(wanted, told, _last_attempt(journal.events(run_id)))
        flush = getattr(wanted, "force_flush", None)
        if flush is not None and flush(int(FLUSH_SECONDS * 1000)) is False:
            raise TimeoutError(f"they were not flushed within {FLUSH_SECONDS:g} s")
        journal.watch.spans_sent(run_id)
        return True
    except Exception as error:
        _LOGGER.warning("the spans of run %s were not sent: %s", run_id, error)
        return False


def send_owed(journal: Journal) -> int:
    """Send the spans of ended runs whose processes died before; how many. Raises StoreError."""
    if provider() is None:
        return 0
    return sum(send(journal, run_id) for run_id in journal.watch.spans_owed())


def _paths(journal: Journal, run_id: str, spec_hash: str) -> StepPaths | None:
    created = next(journal.events(run_id), None)
    try:
        return StepPaths(plan_of(spec_hash, created.payload if created is not None else {}, journal))
    except WeftError:
        return None  # a tool that is not installed here: the spans do not name the tools


def _last_attempt(events: Iterable[Event]) -> list[Event]:
    kept: list[Event] = []
    for event in events:
        if event.kind == "RunReopened":
            kept = []
        kept.append(event)
    return kept


@dataclass(slots=True)
class _Told:
    """What the spans of a run say of it."""

    workflow: str
    run_id: str
    attempt: int
    paths: StepPaths | None


@dataclass(slots=True)
class _Piece:
    """A step or an attempt: what a span is made of."""

    path: str
    begun: float
    attempt: int | None = None
    ended: float | None = None
    status: str | None = None
    error: Mapping[str, Any] | None = None

    def end(self, at: float, status: str, error: Mapping[str, Any] | None) -> None:
        self.ended, self.status, self.error = at, status, error


class _Pieces:
    """The steps and attempts of a run, folded from its events, in the order they began."""

    def __init__(self) -> None:
        self.steps: dict[str, _Piece] = {}
        self.attempts: list[_Piece] = []
        self._open: dict[str, _Piece] = {}

    def take(self, event: Event) -> None:
        path = event.instance
        if path is None or not (
            event.kind in _ENDS or event.kind in ("StepStarted", "LoopExpanded", "StepSettled")
        ):
            return
        step = self.steps.get(path)
        if step is None:
            step = self.steps[path] = _Piece(path, event.at)
        if event.kind == "StepStarted":
            attempt = self._open[path] = _Piece(path, event.at, event.attempt)
            self.attempts.append(attempt)
        elif event.kind == "StepSettled":
            step.end(event.at, str(event.payload.get("status")), event.payload.get("error"))
        elif event.kind in _ENDS:
            self._end(step, path, event)

    def calls(self) -> list[_Piece]:
        """The attempts of steps: what began and has settled without an end of its own is a group or a loop."""
        return [one for one in self.attempts if one.ended is not None or self.steps[one.path].ended is None]

    def _end(self, step: _Piece, path: str, event: Event) -> None:
        status = "timed_out" if event.payload.get("timed_out") else _ENDS[event.kind]
        error = event.payload.get("error")
        attempt = self._open.pop(path, None)
        if attempt is not None:
            attempt.end(event.at, status, error)
        if "retry_at" not in event.payload:
            step.end(event.at, status, error)


def _emit(wanted: Any, told: _Told, events: list[Event]) -> None:
    from opentelemetry import trace

    tracer = wanted.get_tracer("weft", VERSION)
    pieces = _Pieces()
    for event in events:
        pieces.take(event)
    chosen = list(_chosen(pieces))
    begun, ended = events[0].at, events[-1].at
    left_out = len(pieces.steps) + len(pieces.calls()) - len(chosen)
    attributes = _of_run(told, events[-1], left_out)
    root = tracer.start_span(
        f"RUN {told.workflow}",
        kind=trace.SpanKind.SERVER,
        attributes=attributes,
        start_time=_nanoseconds(begun),
    )
    spans: dict[str, Any] = {"": root}
    for piece in chosen:
        around = spans[piece.path] if piece.attempt is not None else _around(piece.path, spans)
        span = tracer.start_span(
            _name(piece),
            context=trace.set_span_in_context(around),
            attributes=_of_piece(told, piece),
            start_time=_nanoseconds(piece.begun),
        )
        if piece.attempt is None:
            spans[piece.path] = span
        _close(span, piece.status, piece.error, ended if piece.ended is None else piece.ended)
    payload = events[-1].payload
    _close(root, payload.get("status"), payload.get("error"), ended)


def _chosen(pieces: _Pieces) -> Iterator[_Piece]:
    """Those that are sent, each after what it stands in: steps by depth, attempts last."""
    steps = sorted(pieces.steps.values(), key=lambda piece: (_depth(piece.path), piece.begun))[:SPANS_MAX]
    yield from steps
    sent = {piece.path for piece in steps}
    left = SPANS_MAX - len(steps)
    yield from [piece for piece in pieces.calls() if piece.path in sent][: max(0, left)]


def _depth(path: str) -> int:
    depth = 0
    while path:
        path, depth = path_around(path), depth + 1
    return depth


def _around(path: str, spans: Mapping[str, Any]) -> Any:
    while (path := path_around(path)) not in spans:
        pass
    return spans[path]


def _name(piece: _Piece) -> str:
    return piece.path if piece.attempt is None else f"{piece.path}#{piece.attempt}"


def _of_run(told: _Told, last: Event, left_out: int) -> dict[str, Any]:
    out: dict[str, Any] = {
        "cicd.pipeline.name": told.workflow,
        "cicd.pipeline.run.id": told.run_id,
        "cicd.pipeline.action.name": "RUN",
        "weft.run.attempt": told.attempt,
    }
    out |= _outcome("cicd.pipeline.result", last.payload.get("status"), last.payload.get("error"))
    return {**out, "weft.spans_left_out": left_out} if left_out else out


def _of_piece(told: _Told, piece: _Piece) -> dict[str, Any]:
    step = told.paths.step(piece.path) if told.paths is not None else None
    attempt = "" if piece.attempt is None else f"#{piece.attempt}"
    out: dict[str, Any] = {
        "cicd.pipeline.name": told.workflow,
        "cicd.pipeline.run.id": told.run_id,
        "cicd.pipeline.task.name": piece.path if step is None else step.id,
        "cicd.pipeline.task.run.id": f"{told.run_id}/{piece.path}{attempt}",
        "weft.step": piece.path,
    }
    if step is not None and step.declaration is not None:
        out["weft.tool"] = call_name(step)
    if piece.attempt is not None:
        out["weft.attempt"] = piece.attempt
    return out | _outcome("cicd.pipeline.task.run.result", piece.status, piece.error)


def _outcome(name: str, status: Any, error: Any) -> dict[str, Any]:
    out = {name: _RESULTS[status]} if status in _RESULTS else {}
    kind = error.get("type") if isinstance(error, Mapping) else None
    return {**out, "error.type": str(kind)} if kind else out


def _close(span: Any, status: Any, error: Any, at: float) -> None:
    """End a span; what failed has the recorded message, from which secrets were masked, as its status."""
    from opentelemetry.trace import Status, StatusCode

    if _RESULTS.get(status) in ("failure", "timeout", "error"):
        message = error.get("message") if isinstance(error, Mapping) else None
        span.set_status(Status(StatusCode.ERROR, str(message or status)))
    span.end(end_time=_nanoseconds(at))


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1_000_000_000)
