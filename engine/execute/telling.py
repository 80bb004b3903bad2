"""What happens is told twice: to the machine as a fact, to the journal as a row. Both in one place, in one order.

Secrets are scrubbed here, before anything is remembered.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any

from engine.execute.cellar import shelf_name
from engine.execute.clock import Clock
from engine.execute.facts import Row
from engine.execute.kept import Cellar, as_row
from engine.execute.putting_away import is_large, put_away
from engine.execute.record import Record, record_of
from engine.execute.retrying import retry_delay
from engine.execute.secrets import Secrets
from engine.machine import Event, Instance, RunState, StepFailed, Wish, advance


class Teller:
    """The rows and wishes of one run. `news` wakes the loop; `interrupted` says which signal is stopping the run."""

    def __init__(self, run: RunState, clock: Clock, secrets: Secrets, shelf: Cellar) -> None:
        self.run = run
        self._shelf = shelf
        self.clock = clock
        self.scrub = secrets.scrub
        self.rows: list[Row] = []
        self.wishes: deque[Wish] = deque()
        self.news = asyncio.Event()
        self.interrupted: str | None = None

    def tell(self, event: Event) -> None:
        """Hand a fact to the machine and queue what it wishes for."""
        self.wishes.extend(advance(self.run, event))

    def put_away(self, instance: Instance, what: str, data: Any) -> Any:
        """The data, scrubbed; what is too large for a row stands in it as a Kept."""
        data = self.scrub(data)
        if not is_large(data):
            return data
        return put_away(self._shelf, shelf_name(instance.path, instance.attempt, what), data)

    def as_parameters(self, instance: Instance, payload: dict[str, Any]) -> dict[str, Any]:
        """What a start says of its parameters, large ones beside the row."""
        given = payload.get("with")
        if given is None or not is_large(given):
            return payload
        return {**payload, **as_row("with", self.put_away(instance, "with", given))}

    def note(
        self,
        kind: str,
        at: Instance | None,
        payload: dict[str, Any],
        attempt: int | None = None,
        when: float | None = None,
    ) -> None:
        """Write a row. `when` is the time a record has been given already."""
        path = at.path if at is not None else None
        time = self.clock.now() if when is None else when
        self.rows.append(Row(time, kind, path, attempt, self.scrub(payload)))

    def failed_attempt(self, instance: Instance, error: dict[str, Any], *, timed_out: bool = False) -> None:
        """An attempt has failed: decide whether there is another, record both together."""
        record = record_of(instance)
        now = record.finished_at = self.clock.now()
        error = self.scrub(error)
        retry = instance.plan.retry
        delay = None
        if retry is not None and not instance.cut_from_outside:
            delay = retry_delay(retry, error, instance.tries, now - (record.started_at or now))
        payload: dict[str, Any] = {"error": error}
        if delay is not None:
            record.retry_at = now + delay
            payload |= {"retry_in": round(delay, 6), "retry_at": record.retry_at}
        if timed_out:
            payload["timed_out"] = True
        record.told = delay is None
        self.note("StepFailed", instance, payload, instance.attempt, now)
        self.tell(StepFailed(instance, error, delay, timed_out))

    def failed_unstarted(self, instance: Instance, error: dict[str, Any]) -> None:
        """What the instance needs to begin cannot be evaluated: it fails without an attempt of its own."""
        record = record_of(instance)
        record.finished_at = self.clock.now()
        record.told = True
        payload = with_answer(record, {"error": error})
        self.note("StepFailed", instance, payload, instance.attempt or None, record.finished_at)
        self.tell(StepFailed(instance, self.scrub(error)))


def with_answer(record: Record, payload: dict[str, Any]) -> dict[str, Any]:
    """The payload with the condition's answer, which rides with what it led to."""
    if record.answer is not None:
        payload["answer"] = record.answer
    return payload
