"""Calls that wait for their rate limits: one line for each set of buckets, by priority, then first come, first served.

The first of a line has a timer and asks when there should be a token; it takes one of every bucket or of none. A slot is held
while a token is asked for, never while one is waited for; only a call that has its slot takes a token, so none is saved up.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any, Protocol

from engine.errors import StoreError
from engine.execute.around import QUEUES
from engine.execute.tickets import Ticket, Tickets
from engine.tools.framework.tokens import Tokens, Want

TOKENS = Tokens()
"""Of the runs of this process whose store is in memory."""


class SharedTokens(Protocol):
    """Buckets that several processes take from. `take` may take long."""

    def take(self, wants: list[Want]) -> list[float]: ...

    def later(self, job: Callable[[], Any], then: Callable[[Any], None]) -> None: ...


class Limiting:
    """The lines of one run. `shared` None: the buckets are this process's own."""

    def __init__(self, tickets: Tickets) -> None:
        self.shared: SharedTokens | None = None
        self._tickets = tickets
        self._lines: dict[tuple[str, ...], list[tuple[tuple[int, int], Ticket]]] = {}
        self._asking: dict[tuple[str, ...], Ticket] = {}
        """Who is waiting for the answer of the shared buckets: one of each line, or the last could be heard first."""

    def take(self, ticket: Ticket) -> bool:
        """Take a token of every bucket, now; False: it comes again."""
        buckets = ticket.around.buckets
        line = self._lines.get(buckets)
        if buckets in self._asking or (line and line[0][0] < ticket.place):
            self._stand(ticket)
            return False
        wants = [limit.want(ticket.place) for limit in ticket.around.limits]
        shared = self.shared
        if shared is None:
            return self._given(ticket, TOKENS.take(wants))
        self._tickets.park(ticket)
        self._asking[buckets] = ticket
        told = self._tickets.hears(ticket, lambda waits: self._told(ticket, waits))
        shared.later(lambda: shared.take(wants), told)
        return False

    def call_next(self, buckets: tuple[str, ...]) -> None:
        """The first in line asks, unless it knows when."""
        line = self._lines.get(buckets)
        if line and line[0][1].timer is None and buckets not in self._asking:
            self._call(line[0][1])

    def forget(self, ticket: Ticket) -> None:
        """It waits no longer."""
        if self._asking.get(ticket.around.buckets) is ticket:
            del self._asking[ticket.around.buckets]
        elif ticket.parked:
            self._step_out(ticket)
        self.call_next(ticket.around.buckets)

    def _told(self, ticket: Ticket, waits: list[float] | StoreError) -> None:
        del self._asking[ticket.around.buckets]
        if isinstance(waits, StoreError):
            message = f"the rate limit cannot be kept: {waits.message}"
            ticket.answer = {
                "type": "unavailable",
                "code": "rate-limit",
                "message": message,
                "hint": waits.hint,
            }
            self._tickets.leave_slot(ticket)
            self._tickets.call_up(ticket)
            self.call_next(ticket.around.buckets)
        elif self._given(ticket, waits):
            ticket.token = True
            self._tickets.call_up(ticket)

    def _given(self, ticket: Ticket, waits: list[float]) -> bool:
        if not any(waits):
            self.call_next(ticket.around.buckets)
            return True
        scarce = [limit for limit, wait in zip(ticket.around.limits, waits, strict=True) if wait]
        for limit in scarce:
            limit.tell()
        QUEUES.wait([limit.bucket for limit in scarce], ticket.place)
        self._stand(ticket)
        self._tickets.after(max(waits), ticket, lambda: self._call(ticket))
        return False

    def _stand(self, ticket: Ticket) -> None:
        self._tickets.leave_slot(ticket)
        self._tickets.park(ticket)
        heapq.heappush(self._lines.setdefault(ticket.around.buckets, []), (ticket.place, ticket))

    def _call(self, ticket: Ticket) -> None:
        """Its time has come: once it has its slot it asks."""
        self._step_out(ticket)
        self._tickets.call_up(ticket)

    def _step_out(self, ticket: Ticket) -> None:
        buckets = ticket.around.buckets
        QUEUES.leave(buckets, ticket.place)
        line = self._lines.get(buckets)
        if not line:
            return
        if line[0][1] is ticket:
            heapq.heappop(line)
        else:
            line[:] = [one for one in line if one[1] is not ticket]
            heapq.heapify(line)
        if not line:
            del self._lines[buckets]
