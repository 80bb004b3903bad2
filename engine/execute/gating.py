"""The gate in front of calls: what has to be settled before one of them may begin.

In this order: what its connection depends on is healthy, no earlier success can be given again (`giving_again.py`), every rate
limit around it has a token (`limiting.py`). A call that waits here has not begun: no attempt, no slot, no timeout of its own.

Steps without any of this have no gate, and pay nothing. The machine knows of none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from engine.errors import ToolError
from engine.execute.around import NOTHING, Around, Arounds
from engine.execute.binding import Toolbox
from engine.execute.evaluate import Evaluator
from engine.execute.giving_again import MEMORY, GivingAgain, SharedResults
from engine.execute.limiting import Limiting, SharedTokens
from engine.execute.telling import Teller
from engine.execute.tickets import Ready, Ticket, Tickets
from engine.executors.answers import error_of
from engine.executors.threads import Threads
from engine.machine import Instance

if TYPE_CHECKING:
    from engine.execute.desk import Desk


class Shared(SharedResults, SharedTokens, Protocol):
    """What runs of several processes share; `later` does a job on a thread of its own and tells its answer, or StoreError."""

    salt: bytes

    def close(self) -> None:
        """Wait, for a while, until what was asked for is done."""


class Gate:
    """The gate of one run. Everything happens on the event loop's thread."""

    def __init__(self, desk: Desk, toolbox: Toolbox, evaluator: Evaluator, teller: Teller) -> None:
        self._desk = desk
        self._toolbox = toolbox
        self._arounds = Arounds(toolbox, evaluator.values.secrets)
        self._tickets = Tickets(desk, teller.news)
        self._limiting = Limiting(self._tickets)
        self._again = GivingAgain(self._tickets, evaluator.values)
        self._shared: Shared | None = None
        self._threads = Threads("weft-health")
        self._steps = self._arounds.steps()

    @property
    def needed(self) -> bool:
        """Whether anything stands around any step of the plan."""
        return bool(self._steps)

    @property
    def waits(self) -> bool:
        """Whether any call waits here."""
        return bool(self._tickets.held)

    def open(self) -> None:
        """Open what is shared with other processes, where the store is. Raises StoreError."""
        if self._toolbox.sharing is not None:
            self._shared = self._limiting.shared = self._again.shared = self._toolbox.sharing()
        self._arounds.salt = MEMORY.salt if self._shared is None else self._shared.salt

    def minds(self, index: int) -> bool:
        """Whether calls of this step come by here."""
        return index in self._steps

    def let_in(self, instance: Instance, inline: bool) -> bool:
        """Whether the call may begin now; otherwise it comes again when something has changed."""
        ticket = self._tickets.held.get(instance) or self._ticket(instance)
        if ticket is None or ticket.parked:
            return False
        if ticket.token or ticket.answer is not None:
            return True
        if not self._answered(ticket):
            return False
        if ticket.answer is not None:
            return True
        limited = bool(ticket.around.limits)
        if not inline and not ticket.admitted:
            if not self._desk.admission.take(instance):
                if limited:
                    self._limiting.call_next(ticket.around.buckets)  # it waits for a slot: others need not
                return False
            ticket.admitted = True
        return not limited or self._limiting.take(ticket)

    def taken(self, instance: Instance) -> Ticket | None:
        """The ticket of a call that begins."""
        return self._tickets.held.pop(instance, None)

    def _ticket(self, instance: Instance) -> Ticket | None:
        ready = self._desk.evaluated(instance)
        if ready is None:
            return None
        try:
            self._toolbox.permit(ready.binding, ready.parameters)
            around: Around = self._arounds.of(instance.plan, ready.binding)
            ticket = Ticket(instance, ready, around)
        except ToolError as error:
            ticket = Ticket(instance, ready, NOTHING)
            if error.type != "permission":  # that is refused where every call is
                ticket.answer = error_of(error)
        self._tickets.held[instance] = ticket
        return ticket

    def _answered(self, ticket: Ticket) -> bool:
        """Whether it is known by now if the call has to be made."""
        if ticket.around.dependencies and not ticket.asked:
            ticket.asked = True
            if self._toolbox.health_of is not None:
                self._ask_health(ticket, self._toolbox.health_of)
                return False
        cache = ticket.around.cache
        return cache is None or self._again.answered(ticket, cache)

    def _ask_health(self, ticket: Ticket, health_of: Callable[[str], str]) -> None:
        names = ticket.around.dependencies

        def told(error: dict[str, Any] | None) -> None:
            ticket.answer = error
            self._tickets.call_up(ticket)

        self._tickets.park(ticket)
        tell = self._tickets.hears(ticket, told)
        connection = ticket.ready.binding.connection
        self._threads.submit(lambda: tell(unhealthy_error(connection, names, health_of)))

    def made(self, instance: Instance, payload: Mapping[str, Any]) -> str | None:
        """A call has succeeded. A warning, where its result should be kept and is not."""
        return self._again.made(instance, payload)

    def settled(self, instance: Instance) -> None:
        """The instance has come to its end: what it waited for, and what others wait for from it, is given up."""
        ticket = self._tickets.held.pop(instance, None)
        if ticket is not None:
            if ticket.timer is not None:
                ticket.timer.cancel()
            self._limiting.forget(ticket)
            self._again.forget(ticket)
            self._tickets.leave_slot(ticket)
        self._again.settled(instance)

    def close(self) -> None:
        """The run is left: nothing waits here any more, and nobody waits for what it was about to make."""
        for instance in list(self._tickets.held):
            self.settled(instance)
        self._again.close()
        self._threads.close()
        if self._shared is not None:
            self._shared.close()


def unhealthy_error(
    connection: str | None, names: tuple[str, ...], health_of: Callable[[str], str]
) -> dict[str, Any] | None:
    """The error of a call whose connection depends on one that is unhealthy; one of unknown health is no reason to fail."""
    for name in names:
        try:
            status = health_of(name)
        except Exception as error:
            return error_of(error)
        if status == "unhealthy":
            message = f'connection "{connection}" depends on "{name}", which is unhealthy'
            return {
                "type": "unhealthy",
                "code": "dependency",
                "message": message,
                "hint": f"weft health {name}",
            }
    return None


def gate_of(desk: Desk, toolbox: Toolbox, evaluator: Evaluator, teller: Teller) -> Gate | None:
    """The gate of a run; None where nothing stands before any of its calls."""
    gate = Gate(desk, toolbox, evaluator, teller)
    if not gate.needed:
        return None
    gate.open()
    return gate


__all__ = ["Gate", "Ready", "Shared", "Ticket", "gate_of"]
