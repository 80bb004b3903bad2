"""Progress of a run: a live block on a terminal, one line per change elsewhere, events as JSON lines, or nothing."""

from __future__ import annotations

import json
import sys
import threading
import time
from types import TracebackType
from typing import Any, Protocol, Self, TextIO

from engine.cli.terminal import colours, is_live
from engine.execute.facts import Progress, Row
from engine.execute.times import rfc3339
from engine.graph.plan import Plan

HEARTBEAT_SECONDS = 30.0


class RunObserver(Protocol):
    """Sees every row of a run; used as a context manager around it."""

    def see(self, row: Row | Progress) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


def observer_for(output: str, plan: Plan | None, stream: TextIO) -> RunObserver:
    """The observer that suits the output format and the stream."""
    if output == "jsonl":
        return JsonLines(sys.stdout)
    if is_live(stream) and plan is not None:
        from engine.cli.live import Live

        return Live(plan, stream)
    return Lines(stream)


class JsonLines:
    """Every row as one line of JSON."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._seq = 0
        self._run_id: str | None = None

    def see(self, row: Row | Progress) -> None:
        if isinstance(row, Progress):
            return
        self._seq += 1
        payload = dict(row.payload)
        self._run_id = payload.pop("run_id", self._run_id)
        head = {"seq": self._seq, "time": rfc3339(row.at), "kind": row.kind, "run_id": self._run_id}
        line = {**head, "instance": row.instance, "attempt": row.attempt, **payload}
        self._stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        pass


class Lines:
    """One line per change of a step, and a sign of life when nothing changes for long."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._colour = colours(stream)
        self._started: dict[str, float] = {}
        self._last = time.monotonic()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._pulse = threading.Thread(target=self._beat, daemon=True)

    def see(self, row: Row | Progress) -> None:
        if isinstance(row, Progress):
            return
        if row.kind == "StepStarted" and row.instance:
            self._started.setdefault(row.instance, row.at)
        line = line_of(row, self._started)
        if line:
            self._write(line)

    def _write(self, line: str) -> None:
        with self._lock:
            self._last = time.monotonic()
            self._stream.write(line + "\n")
            self._stream.flush()

    def _beat(self) -> None:
        while not self._over.wait(1.0):
            if time.monotonic() - self._last >= HEARTBEAT_SECONDS:
                self._write(f"  … still running: {', '.join(list(self._started)[:5]) or 'waiting'}")

    def __enter__(self) -> Self:
        self._pulse.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()


def line_of(row: Row, started: dict[str, float]) -> str | None:
    """What a row says to a reader of plain lines; None for rows that say nothing new."""
    payload = row.payload
    name = row.instance or ""
    if row.kind == "StepSucceeded":
        return _line(name, "succeeded", _took(row, started), records_text(payload))
    if row.kind == "StepFailed":
        return _failed(row, started)
    if row.kind == "StepSkipped":
        return _line(name, "skipped", "", str(payload.get("reason", "")))
    if row.kind == "StepSettled":
        return _line(name, payload["status"], _took(row, started), str(payload.get("reason", "")))
    if row.kind == "StepReused":
        return _line(name, "reused", "", "recorded as done; not run again")
    if row.kind in ("StepLost", "StepInterrupted", "StepCancelled"):
        return _line(name, row.kind.removeprefix("Step").lower(), "", str(payload.get("reason", "")))
    if row.kind == "RunCreated" and "run_id" in payload:
        return f"run {payload['run_id']} of {payload['workflow']}"
    return None


def records_text(payload: dict[str, Any]) -> str:
    """`1,000 records`, where a result counted any."""
    count = payload.get("processed_records")
    return f"{count:,} records" if count is not None else ""


def _failed(row: Row, started: dict[str, float]) -> str:
    error = row.payload["error"]
    code = f" [{error['code']}]" if error.get("code") else ""
    text = f"{error['type']}{code}: {error['message']}"
    if row.payload.get("retry_in") is not None:
        return _line(row.instance or "", "retrying", f"{row.payload['retry_in']:.1f}s", f"attempt {row.attempt} {text}")
    hint = f"\n      {error['hint']}" if error.get("hint") else ""
    state = "timed_out" if row.payload.get("timed_out") else "failed"
    return _line(row.instance or "", state, _took(row, started), text) + hint


def _took(row: Row, started: dict[str, float]) -> str:
    begun = started.pop(row.instance or "", None)
    return f"{row.at - begun:.2f}s" if begun is not None else ""


def _line(name: str, state: str, took: str, text: str) -> str:
    return f"  {name:<24} {state:<10} {took:>8}  {text}".rstrip()
