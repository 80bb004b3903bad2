"""Who may be at work: a call needs a place at its executor, where those are counted, and a slot in every group around it.

The place is taken first and given back where there is no slot, so that nobody holds one and waits. Whoever finds none stands in
the line of what was full, and is put among the `ready` again when it is granted some.
"""

from __future__ import annotations

from engine.execute.binding import Toolbox
from engine.execute.line import Line
from engine.execute.places import Places
from engine.execute.slots import Slots
from engine.machine import Instance


class Admission:
    """The places and slots of one run. `limit`: of calls at once in the whole run."""

    def __init__(self, toolbox: Toolbox, limit: int | None, ready: Line) -> None:
        self._ready = ready
        self._slots = Slots(limit)
        self._places = _places(toolbox)

    def take(self, call: Instance) -> bool:
        """Take a place and a slot; False: one is missing, and the call now waits in line for it."""
        places = self._places.get(call.plan.index)
        if places is not None and not places.take(call):
            return False
        if self._slots.take(call):
            return True
        if places is not None:
            self._ready.extend(places.give())
        return False

    def give(self, call: Instance) -> None:
        """Give back what `take` took."""
        self._ready.extend(self._slots.give(call))
        places = self._places.get(call.plan.index)
        if places is not None:
            self._ready.extend(places.give())

    def forgo(self, call: Instance) -> None:
        """A call that will not start: what it may have been granted goes to the next."""
        self._ready.extend(self._slots.forgo(call))
        places = self._places.get(call.plan.index) if self._places else None
        if places is not None:
            self._ready.extend(places.forgo(call))


def _places(toolbox: Toolbox) -> dict[int, Places]:
    """Plan index -> the places of its step's executor, for blocking steps whose executor counts them."""
    counted: dict[int, Places] = {}
    out: dict[int, Places] = {}
    for index, binding in enumerate(toolbox.bindings):
        executor = binding.executor if binding is not None else None
        if executor is not None and executor.capacity is not None:
            out[index] = counted.setdefault(id(executor), Places(executor.capacity))
    return out
