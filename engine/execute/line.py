"""A line of calls that wait: the more urgent priority first, within one priority first come, first served."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from engine.machine import Instance
from engine.spec.words import PRIORITIES


class Line:
    """One queue per priority; taking from the front costs the same however long it is."""

    __slots__ = ("_queues", "_size")

    def __init__(self) -> None:
        self._queues: tuple[deque[Instance], ...] = tuple(deque() for _ in PRIORITIES)
        self._size = 0

    def append(self, call: Instance) -> None:
        self._queues[call.plan.priority].append(call)
        self._size += 1

    def extend(self, calls: Iterable[Instance]) -> None:
        for call in calls:
            self.append(call)

    def popleft(self) -> Instance:
        """The next call. Raises IndexError when nobody waits."""
        for queue in self._queues:
            if queue:
                self._size -= 1
                return queue.popleft()
        raise IndexError("nobody waits")

    def clear(self) -> None:
        for queue in self._queues:
            queue.clear()
        self._size = 0

    def __len__(self) -> int:
        return self._size
