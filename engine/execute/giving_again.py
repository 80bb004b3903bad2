"""Whose turn it is to make a result, and who is given it: of one run, beside all others of this process and of its store.

Laws. One process makes a result once, however many runs ask. The first who asks makes it, through all its attempts; the others
wait, holding no slot. Where it is not made after all the next in line makes it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from engine.errors import EvaluationError, StoreError
from engine.execute.around import Around
from engine.execute.evaluate import evaluation_error
from engine.execute.reuse import DAMAGED, StepCache, kept_size, own_key, result_of, too_large_to_keep
from engine.execute.tickets import Ticket, Tickets
from engine.execute.values import Values
from engine.executors.answers import error_of
from engine.machine import Instance
from engine.tools.framework.cached import Cache, Found
from engine.tools.framework.flights import LEFT, Flights

FLIGHTS = Flights()
MEMORY = Cache()
"""Of the runs of this process whose store is in memory."""
BUSY_SECONDS = 0.1
"""How soon to look again for a result that another process makes."""
_LOGGER = logging.getLogger("weft.run")


class SharedResults(Protocol):
    """Results that several processes give again. `look`, `keep` and `give_up` may take long, and are called by `later`."""

    store: str

    def look(self, key: str, ttl_seconds: float, holder: str) -> Found: ...

    def keep(
        self, key: str, holder: str, space: str, payload: Any, size: int, ttl_seconds: float, most: int
    ) -> None: ...

    def give_up(self, key: str, holder: str) -> None: ...

    def later(self, job: Callable[[], Any], then: Callable[[Any], None]) -> None: ...


class GivingAgain:
    """The cached calls of one run. `shared` None: results are this process's own."""

    def __init__(self, tickets: Tickets, values: Values) -> None:
        self.shared: SharedResults | None = None
        self._tickets = tickets
        self._values = values
        self._made: dict[Instance, tuple[StepCache, str]] = {}
        """Whose result is made here, and under which key others wait for it."""
        self._warnings: dict[Instance, str] = {}

    def answered(self, ticket: Ticket, cache: StepCache) -> bool:
        """Whether the call has its answer, or has to be made here; False: it is told."""
        if ticket.instance in self._made or ticket.key is not None:
            return True
        binding, _, parameters, _ = ticket.ready
        if not cache.wanted(parameters):
            ticket.around = Around(ticket.around.limits, None, ())
            return True
        try:
            ticket.key = cache.key(binding, parameters, own_key(ticket.instance, self._values))
        except EvaluationError as error:
            ticket.answer = {**evaluation_error(error), "message": f"cache.key: {error.message}"}
            return True
        except Exception as error:
            if cache.written:
                ticket.answer = error_of(error)
            else:  # nobody has asked for it here: the call has no key, and is made
                ticket.around = Around(ticket.around.limits, None, ())
            return True
        if self.shared is None:  # what is at hand needs nobody's turn
            found = MEMORY.look(ticket.key, cache.ttl_seconds, "")
            if found.what == "hit":
                ticket.answer, ticket.hit = result_of(found.payload), True
                ticket.key = None
                return True
        return self._board(ticket, cache, ticket.key)

    def _board(self, ticket: Ticket, cache: StepCache, key: str) -> bool:
        told = self._tickets.hears(ticket, lambda what: self._heard(ticket, cache, what))
        if not FLIGHTS.board(self._flight(key), self._who(ticket.instance), told):
            self._tickets.park(ticket)
            return False
        if self.shared is not None:
            self._tickets.park(ticket)
        self._look(ticket, cache, key)
        return not ticket.parked

    def _heard(self, ticket: Ticket, cache: StepCache, what: Any) -> None:
        """Another has made the result, or has not: then it is this one's turn."""
        if what is LEFT:
            self._look(ticket, cache, ticket.key or "")
        else:
            self._hit(ticket, what)

    def _look(self, ticket: Ticket, cache: StepCache, key: str) -> None:
        self._made[ticket.instance] = (cache, key)
        holder = self._who(ticket.instance)
        shared = self.shared
        if shared is None:
            self._found(ticket, MEMORY.look(key, cache.ttl_seconds, holder))
        else:
            told = self._tickets.hears(ticket, lambda found: self._found(ticket, found))
            shared.later(lambda: shared.look(key, cache.ttl_seconds, holder), told)

    def _found(self, ticket: Ticket, found: Found | StoreError) -> None:
        cache, key = self._made[ticket.instance]
        if isinstance(found, StoreError):
            self._warnings[ticket.instance] = f"the cache cannot be read: {found.message}"
        elif found.what == "busy":
            self._tickets.after(BUSY_SECONDS, ticket, lambda: self._look(ticket, cache, key))
            return
        elif found.what == "hit":
            del self._made[ticket.instance]
            FLIGHTS.land(self._flight(key), self._who(ticket.instance), found.payload)
            self._hit(ticket, found.payload)
            return
        elif found.what == "damaged":
            self._warnings[ticket.instance] = DAMAGED
        self._tickets.call_up(ticket)

    def _hit(self, ticket: Ticket, payload: Mapping[str, Any]) -> None:
        ticket.answer, ticket.hit = result_of(payload), True
        self._tickets.call_up(ticket)

    def made(self, instance: Instance, payload: Mapping[str, Any]) -> str | None:
        """The call of an instance has succeeded: its result is kept and handed to who waits. A warning, where it is not."""
        held = self._made.get(instance)
        warning = self._warnings.pop(instance, None)
        if held is None:
            return None
        cache, key = held
        size = kept_size(payload)
        if size is None:
            return too_large_to_keep() if cache.written else None
        del self._made[instance]
        holder = self._who(instance)
        shared = self.shared
        keep = (key, holder, cache.space, payload, size, cache.ttl_seconds, cache.most)
        if shared is None:
            MEMORY.keep(*keep)
        else:
            shared.later(lambda: shared.keep(*keep), _logged)
        FLIGHTS.land(self._flight(key), holder, payload)
        return warning

    def forget(self, ticket: Ticket) -> None:
        """It waits no longer for its result."""
        if ticket.key is not None:
            FLIGHTS.leave(self._flight(ticket.key), self._who(ticket.instance))

    def settled(self, instance: Instance) -> None:
        """Where its result was to be made here, it is not."""
        self._warnings.pop(instance, None)
        held = self._made.pop(instance, None)
        if held is not None:
            key, holder = held[1], self._who(instance)
            shared = self.shared
            if shared is not None:
                shared.later(lambda: shared.give_up(key, holder), _logged)
            FLIGHTS.leave(self._flight(key), holder)

    def close(self) -> None:
        for instance in list(self._made):
            self.settled(instance)

    def _flight(self, key: str) -> tuple[str, str]:
        return ("memory" if self.shared is None else self.shared.store, key)

    def _who(self, instance: Instance) -> str:
        return f"{self._values.run['id']} {instance.path}"


def _logged(answer: Any) -> None:
    if isinstance(answer, StoreError):
        _LOGGER.warning("a result is not cached: %s", answer)
