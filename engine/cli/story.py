"""Follows the rows of a run: what is under way, how loops stand, and the lines worth telling.

Plain lines and the live block share it. A loop with more items than `items_told` is told as a whole: its failures up to
FAILURES_TOLD, and how far it is; its memory does not grow with its items. Knows no terminal and no clock: times are the
rows' own.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from engine.cli.instances import in_loop, is_iteration, outermost_loop
from engine.cli.steps import Steps
from engine.cli.tally import FAILED, FAILURES_TOLD, Tally
from engine.cli.terminal import Paint
from engine.cli.under_way import Going
from engine.cli.wording import (
    error_text,
    failure_lines,
    inner_failure_text,
    reason_text,
    records_text,
    step_line,
    warning_lines,
)
from engine.execute.facts import Progress, Row, items_in
from engine.graph.link import CALLED_ID
from engine.text.snippet import visible

_MESSAGES_KEPT = 1000
_WAITS_TOLD = 10
CALLED = f"/{CALLED_ID}"
UNDO = "/(undo)"


class Story:
    """`take(row)` gives the lines to tell. `going` and `loops` are what is under way, by path, the oldest first.

    `ended` has the state of every settled step that stands in no loop, `steps_done` and `steps_failed` count those that
    are no groups; `failures` are the first failures as (path, error).
    """

    def __init__(self, steps: Steps, paint: Paint, items_told: int, *, tenths: bool) -> None:
        self.steps = steps
        self._tally = Tally(steps, items_told)
        self.going, self.loops, self.ended = self._tally.going, self._tally.loops, self._tally.ended
        self.failures: list[tuple[str, dict[str, Any]]] = []
        self.workflow = ""
        self.run_id = ""
        self.store = ""
        """` --store URL`, where a command about the run needs it."""
        self.began_at: float | None = None
        self.stopping: str | None = None
        self._resumed = False
        self._paint = paint
        self._items_told = items_told
        self._tenths = tenths
        self._told_ends: set[str] = set()
        self._messages: set[str] = set()

    @property
    def steps_done(self) -> int:
        return self._tally.steps_done

    @property
    def steps_failed(self) -> int:
        return self._tally.steps_failed

    def take(self, row: Row) -> list[str]:
        """Learn from a row; what to tell about it."""
        handler = _HANDLERS.get(row.kind)
        path = row.instance or ""
        if path.endswith(CALLED):  # the step that calls a workflow stands for all of it
            return []
        return handler(self, row, path) if handler else []

    def progress(self, news: Progress, at: float) -> None:
        """Learn how far a call is; `at` on the caller's clock, in seconds."""
        going = self.going.get(news.instance)
        if going is not None:
            going.first = going.first or (at, news.done)
            going.progress, going.progress_at = news, at

    # -- the run --------------------------------------------------------------------------------------------------

    def _begun(self, row: Row, path: str) -> list[str]:
        self.workflow = str(row.payload.get("workflow", ""))
        self.run_id = str(row.payload.get("run_id", ""))
        self.began_at = row.at
        self._resumed = row.kind != "RunCreated"
        attempt = f", attempt {row.payload.get('attempt')}"
        again = {"RunResumed": ", resumed", "RunReopened": attempt}.get(row.kind, "")
        return [f"run {visible(self.run_id)} of {visible(self.workflow)}{again}"] if self.run_id else []

    def _stopping(self, row: Row, path: str) -> list[str]:
        self.stopping = str(row.payload.get("reason", ""))
        word = "stopping" if row.kind == "RunInterrupted" else "cancelling"
        return [f"{word}: {visible(self.stopping)}"]

    def _waiting(self, row: Row, path: str) -> list[str]:
        """What the run waits for, and what would wake it."""
        lines = []
        for one in row.payload.get("for", ())[:_WAITS_TOLD]:
            if "signal" in one:
                call = f"weft signal {visible(self.run_id)} {visible(one['signal'])}{self.store}"
                lines.append(
                    f"waiting for the signal {visible(one['signal'])} ({visible(one['instance'])}): {call}"
                )
            else:
                lines.append(f"waiting until {one.get('until')} ({visible(one['instance'])})")
        others = len(row.payload.get("for", ())) - len(lines) + row.payload.get("others", 0)
        return lines + ([f"waiting for {others} more"] if others else [])

    # -- what begins ----------------------------------------------------------------------------------------------

    def _started(self, row: Row, path: str) -> list[str]:
        going = self.going.get(path)
        if going is None:
            going = self.going[path] = Going(row.at)
        self._told_ends.discard(path)
        if path in self.ended:
            self._tally.uncount(path)  # its group begins again
        if self._resumed:
            self._tally.begin_around(path)
        going.attempt = row.attempt or 1
        going.parameters = row.payload.get("with", going.parameters)
        going.retry_at = going.progress = going.first = None
        return []

    def _expanded(self, row: Row, path: str) -> list[str]:
        self._told_ends.discard(path)
        loop = self._tally.loop(path)
        loop.started_at = loop.started_at or row.at
        count = items_in(row.payload)
        if count is None:  # a repeat, of which nobody knows how often, or the next items of a stream
            return []
        loop.total = count
        if loop.total <= self._items_told:
            keys = row.payload.get("keys") or range(loop.total)
            names = (f"{path}[{json.dumps(key, ensure_ascii=False)}]" for key in keys)
            below = self.steps.room_below(path)
            self.steps.widen(len(visible(name)) + below for name in names)
        return []

    def _retrying(self, row: Row, path: str, error: dict[str, Any], delay: float) -> list[str]:
        going = self.going.setdefault(path, Going(row.at))
        going.retry_at, going.error = row.payload.get("retry_at", row.at + delay), error
        if not self._tally.is_told(path):
            return []
        most, number = self.steps.attempts(path) or 0, row.attempt or 1
        # After a resume there may be more attempts than the policy has: interrupted ones do not count.
        attempt = f"attempt {number}" + (f" of {most}" if number < most else "")
        pause = f"in {delay:.1f}s" if delay >= 0.05 else "at once"
        text = f"{attempt}, next {pause}: {error_text(error)}"
        return [step_line(self.steps, self._paint, path, "retrying", None, text)]

    # -- what ends ------------------------------------------------------------------------------------------------

    def _succeeded(self, row: Row, path: str) -> list[str]:
        text = records_text(row.payload.get("processed_records"))
        if (row.payload.get("metadata") or {}).get("from_cache"):
            text = f"{text}, from cache" if text else "from cache"
        return self._end(path, "succeeded", row.at, text, lambda: warning_lines(row.payload.get("warnings")))

    def _failed(self, row: Row, path: str) -> list[str]:
        error, delay = row.payload["error"], row.payload.get("retry_in")
        if delay is not None:
            return self._retrying(row, path, error, delay)
        if self.steps.ends_by_settling(path) is not False:
            self._told_ends.add(path)
        going = self.going.get(path)
        state = "timed_out" if row.payload.get("timed_out") else "failed"
        state = self.steps.outcome(path, state)
        if state in FAILED and len(self.failures) < FAILURES_TOLD:
            self.failures.append((path, error))
        if len(self._messages) < _MESSAGES_KEPT:
            self._messages.add(str(error["message"]))

        def below() -> list[str]:
            parameters = going.parameters if going is not None else None
            parameters = self.steps.parameters(path) if parameters is None else parameters
            return failure_lines(error, self.steps.place(path), row.attempt or 1, parameters)

        return self._end(path, state, row.at, error_text(error), below)

    def _skipped(self, row: Row, path: str) -> list[str]:
        return self._end(path, "skipped", row.at, _reason(row))

    def _stopped(self, row: Row, path: str) -> list[str]:
        state = row.kind.removeprefix("Step").lower()
        if row.payload.get("error"):  # lost for the last time
            return self._failed(row, path)
        if state == "cancelled":
            return self._end(path, state, row.at, _reason(row))
        going = self.going.pop(path, None)  # it runs again: nothing has ended
        took = row.at - going.started_at if going is not None and going.started_at is not None else None
        again = "it runs again on resume" if state == "interrupted" else "its process is gone; it runs again"
        again = str(row.payload.get("reason") or again) if state == "interrupted" else again
        return (
            [step_line(self.steps, self._paint, path, state, took, again)]
            if self._tally.is_told(path)
            else []
        )

    def _reused(self, row: Row, path: str) -> list[str]:
        status = str(row.payload.get("status", "succeeded"))
        state = "reused" if status == "succeeded" else self.steps.outcome(path, status)
        return self._end(path, state, row.at, "recorded as done; not run again", recorded=True)

    def _settled(self, row: Row, path: str) -> list[str]:
        if path in self._told_ends:
            self._told_ends.discard(path)
            return []
        loop = None if is_iteration(path) else self.loops.get(path)
        parts = [loop.text if loop is not None else "", _reason(row)]
        error = row.payload.get("error")
        if error and not parts[1] and str(error.get("message")) not in self._messages:
            parts.append(error_text(error))
        elif error and not any(parts):
            parts.append(inner_failure_text(path, error))
        state = self.steps.outcome(path, str(row.payload["status"]))
        return self._end(path, state, row.at, ", ".join(filter(None, parts)))

    def _end(
        self,
        path: str,
        state: str,
        at: float,
        text: str,
        below: Callable[[], list[str]] | None = None,
        *,
        recorded: bool = False,
    ) -> list[str]:
        """An instance has ended: what to tell of it. `below` makes the lines that follow a failure or a warning."""
        begun = None if recorded else self._tally.forget(path)
        told = True
        if path.endswith(
            UNDO
        ):  # what is taken back is no step of its own; that it could not be is always told
            told = not in_loop(path) or state in FAILED
        elif in_loop(path):
            told = self._tally.end_in_loop(path, state, told_by_itself=state in FAILED and below is not None)
        else:
            self._tally.count(path, state)
        took = at - begun if begun is not None else None
        lines = [step_line(self.steps, self._paint, path, state, took, text)] if told else []
        if told and below is not None:
            lines += below()
        return lines + self._tenth(path)

    def _tenth(self, path: str) -> list[str]:
        """How far a long loop is, when the item that has just ended was the last of a tenth of them."""
        if not self._tenths or not is_iteration(path) or path.count("[") > 1 or self._tally.is_told(path):
            return []
        name = outermost_loop(path)
        loop = self.loops.get(name)
        if loop is None or not loop.at_a_tenth():
            return []
        return [step_line(self.steps, self._paint, name, "running", None, loop.text)]


def _reason(row: Row) -> str:
    return reason_text(row.payload.get("reason"), row.payload.get("cause"))


_HANDLERS: dict[str, Callable[[Story, Row, str], list[str]]] = {
    "RunCreated": Story._begun,
    "RunResumed": Story._begun,
    "RunReopened": Story._begun,
    "RunInterrupted": Story._stopping,
    "CancelRequested": Story._stopping,
    "RunWaiting": Story._waiting,
    "StepStarted": Story._started,
    "LoopExpanded": Story._expanded,
    "StepSucceeded": Story._succeeded,
    "StepFailed": Story._failed,
    "StepSkipped": Story._skipped,
    "StepCancelled": Story._stopped,
    "StepInterrupted": Story._stopped,
    "StepLost": Story._stopped,
    "StepReused": Story._reused,
    "StepSettled": Story._settled,
}
