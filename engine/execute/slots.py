"""Slots for tool calls: at most so many at once in the run and in each group that says so.

Only calls hold slots. Whoever finds a group full waits in that group's line, first come, first served.
"""

from __future__ import annotations

from collections import deque

from engine.machine import Instance, Status


class Slots:
    """Counts the calls under way per limited instance (the run, groups with `concurrency`)."""

    def __init__(self, run_limit: int | None) -> None:
        self.run_limit = run_limit
        self._used: dict[Instance, int] = {}
        self._lines: dict[Instance, deque[Instance]] = {}

    def take(self, call: Instance) -> bool:
        """Take a slot in every limited group around a call; False: one is full, and the call now waits in its line."""
        groups = self._limited(call)
        for group, limit in groups:
            if self._used.get(group, 0) >= limit:
                self._lines.setdefault(group, deque()).append(call)
                return False
        for group, _ in groups:
            self._used[group] = self._used.get(group, 0) + 1
        return True

    def give(self, call: Instance) -> list[Instance]:
        """Give the slots of a call back; returns the calls that may try again now."""
        for group, _ in self._limited(call):
            self._used[group] -= 1
            if not self._used[group]:
                del self._used[group]
        return self._wake(call)

    def _wake(self, gone: Instance) -> list[Instance]:
        """The next living call of each line that `gone` may have held up. One cut while it waited passes its turn on."""
        woken: list[Instance] = []
        stack = [gone]
        while stack:
            for group, _ in self._limited(stack.pop()):
                line = self._lines.get(group)
                if line:
                    caller = line.popleft()
                    (woken if caller.status is Status.READY else stack).append(caller)
        return woken

    def _limited(self, call: Instance) -> list[tuple[Instance, int]]:
        out = []
        node = call.parent
        while node is not None:
            limit = self.run_limit if node.parent is None else node.plan.concurrency if not node.is_loop else None
            if limit is not None:
                out.append((node, limit))
            node = node.parent
        return out
