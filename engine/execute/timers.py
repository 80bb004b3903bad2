"""Timers of instances: at most one each, on the event loop's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from engine.machine import Instance


class Timers:
    """`news` is set whenever one has fired."""

    def __init__(self, news: asyncio.Event) -> None:
        self._news = news
        self._handles: dict[Instance, asyncio.TimerHandle] = {}

    def arm(self, instance: Instance, seconds: float, fire: Callable[[Instance], None]) -> None:
        """Call `fire(instance)` after `seconds`, in place of any earlier timer of the instance."""

        def fired() -> None:
            self._handles.pop(instance, None)
            fire(instance)
            self._news.set()

        self.disarm(instance)
        self._handles[instance] = asyncio.get_running_loop().call_later(seconds, fired)

    def disarm(self, instance: Instance) -> None:
        handle = self._handles.pop(instance, None)
        if handle:
            handle.cancel()

    def close(self) -> None:
        for handle in self._handles.values():
            handle.cancel()
