"""A call in front of its slot, and what the parts of the gate do with it alike: park it, call it up, hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from engine.execute.around import QUEUES, Around
from engine.execute.binding import Binding
from engine.machine import Instance

if TYPE_CHECKING:
    from engine.execute.desk import Desk

SOONEST_SECONDS = 0.001


class Ready(NamedTuple):
    """What a call needs to begin. `bound` and `payload` are what is recorded of its named values and parameters."""

    binding: Binding
    bound: dict[str, Any]
    parameters: Any
    payload: dict[str, Any]


class Ticket:
    """One call. `answer`: a Result or an error it need not be made for; `hit`: the answer is an earlier success."""

    __slots__ = (
        "admitted", "answer", "around", "asked", "hit", "instance", "key", "parked", "place", "ready", "timer", "token",
    )  # fmt: skip

    def __init__(self, instance: Instance, ready: Ready, around: Around) -> None:
        self.instance = instance
        self.ready = ready
        self.around = around
        self.place = (instance.plan.priority, QUEUES.number())
        self.answer: Any = None
        self.hit = False
        self.asked = False
        """Whether its dependencies have been looked at."""
        self.key: str | None = None
        self.parked = False
        self.admitted = False
        """Whether it has its slot."""
        self.token = False
        self.timer: asyncio.TimerHandle | None = None


class Tickets:
    """The tickets of one run. Everything happens on the event loop's thread, but for what `hears` gives out."""

    def __init__(self, desk: Desk, news: asyncio.Event) -> None:
        self.held: dict[Instance, Ticket] = {}
        self._desk = desk
        self._news = news
        self._loop: asyncio.AbstractEventLoop | None = None

    def park(self, ticket: Ticket) -> None:
        """It waits: nobody looks at it until it is called up."""
        ticket.parked = True

    def call_up(self, ticket: Ticket) -> None:
        """Something has changed for it: the desk looks at it again."""
        if ticket.parked:
            ticket.parked = False
            self._desk.ready.append(ticket.instance)
            self._news.set()

    def leave_slot(self, ticket: Ticket) -> None:
        if ticket.admitted:
            ticket.admitted = False
            self._desk.admission.give(ticket.instance)

    def after(self, seconds: float, ticket: Ticket, then: Callable[[], None]) -> None:
        """Its timer, at most one."""

        def fired() -> None:
            ticket.timer = None
            then()

        ticket.timer = asyncio.get_running_loop().call_later(max(seconds, SOONEST_SECONDS), fired)

    def hears(self, ticket: Ticket, then: Callable[[Any], None]) -> Callable[[Any], None]:
        """`then`, to be called from any thread: it happens on the loop, if the ticket is still held."""
        loop = self._loop = self._loop or asyncio.get_running_loop()

        def here(answer: Any) -> None:
            if self.held.get(ticket.instance) is ticket:
                then(answer)
                self._news.set()

        def told(answer: Any) -> None:
            try:
                loop.call_soon_threadsafe(here, answer)
            except RuntimeError:
                return  # the loop has ended: nobody waits any more

        return told
