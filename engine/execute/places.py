"""Places at executors that work on so many calls at once: who finds none waits in line, by priority, then first come.

A place is taken before a slot and given back where there is no slot: it is never held by a call that waits for one.
"""

from __future__ import annotations

from engine.execute.line import Line
from engine.machine import Instance


class Places:
    """The places of one executor."""

    def __init__(self, capacity: int) -> None:
        self._free = capacity
        self._line = Line()
        self._granted: set[Instance] = set()

    def take(self, call: Instance) -> bool:
        """Take a place; False: there is none, and the call now waits in line."""
        if call in self._granted:
            self._granted.discard(call)
            return True
        if not self._free:
            self._line.append(call)
            return False
        self._free -= 1
        return True

    def give(self) -> list[Instance]:
        """Give a place back; returns the call that was granted it and may start now."""
        if not self._line:
            self._free += 1
            return []
        call = self._line.popleft()
        self._granted.add(call)
        return [call]

    def forgo(self, call: Instance) -> list[Instance]:
        """A call that will not start: what it may have been granted goes to the next."""
        if call not in self._granted:
            return []
        self._granted.discard(call)
        return self.give()
