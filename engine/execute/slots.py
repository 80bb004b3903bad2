"""Slots for tool calls: at most so many at once in the run and in each group that says so.

Only calls hold slots. Whoever finds a group full waits in that group's line: by priority, then first come, first served. What
is free goes to those who wait at once: nobody stands in a line while all the groups around it have room.
"""

from __future__ import annotations

from collections import deque

from engine.execute.line import Line
from engine.machine import Instance, Status

Limited = tuple[Instance, int]


class Slots:
    """Counts the calls under way per limited instance (the run, groups with `concurrency`)."""

    def __init__(self, run_limit: int | None) -> None:
        self.run_limit = run_limit
        self._used: dict[Instance, int] = {}
        self._lines: dict[Instance, Line] = {}
        self._granted: set[Instance] = set()

    def take(self, call: Instance) -> bool:
        """Take a slot in every limited group around a call; False: one is full, and the call now waits in its line."""
        if call in self._granted:
            self._granted.discard(call)
            return True
        groups = self._limited(call)
        full = self._first_full(groups)
        if full is not None:
            self._lines.setdefault(groups[full][0], Line()).append(call)
            return False
        self._hold(groups)
        return True

    def give(self, call: Instance) -> list[Instance]:
        """Give the slots of a call back; returns the calls that were granted some and may start now."""
        self._granted.discard(call)
        groups = self._limited(call)
        for group, _ in groups:
            self._used[group] -= 1
            if not self._used[group]:
                del self._used[group]
        return self._grant(groups)

    def forgo(self, call: Instance) -> list[Instance]:
        """A call that will not start: what it may have been granted goes to the next."""
        return self.give(call) if call in self._granted else []

    def _grant(self, freed: list[Limited]) -> list[Instance]:
        granted: list[Instance] = []
        groups = deque(freed)
        while groups:
            group, limit = groups.popleft()
            line = self._lines.get(group)
            while line and self._used.get(group, 0) < limit:
                call = line.popleft()
                around = self._limited(call)
                place = around.index((group, limit))
                waits = call.status is Status.READY and call not in self._granted
                full = self._first_full(around) if waits else None
                if full is None:
                    # It leaves the lines, or was cut while it stood there. It may have stood here for a group inside
                    # this one that has room: the next of that group takes its place.
                    groups.extend(around[:place])
                    if waits:
                        self._hold(around)
                        self._granted.add(call)
                        granted.append(call)
                    continue
                self._lines.setdefault(around[full][0], Line()).append(call)
                if full > place:
                    break  # what is full lies around this group: the rest of the line has to wait for it too
        return granted

    def _hold(self, groups: list[Limited]) -> None:
        for group, _ in groups:
            self._used[group] = self._used.get(group, 0) + 1

    def _first_full(self, groups: list[Limited]) -> int | None:
        return next((n for n, (group, limit) in enumerate(groups) if self._used.get(group, 0) >= limit), None)

    def _limited(self, call: Instance) -> list[Limited]:
        """The limited groups around a call, the innermost first."""
        out = []
        node = call.parent
        while node is not None:
            limit = (
                self.run_limit if node.parent is None else node.plan.concurrency if not node.is_loop else None
            )
            if limit is not None:
                out.append((node, limit))
            node = node.parent
        return out
