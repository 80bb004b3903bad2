"""One computation of a key at a time in this process: the first who asks makes the result, the others wait for it.

Safe from several threads. Whoever waits is told by its own `tell`, which is called on any thread and only hands on.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any

Tell = Callable[[Any], None]
"""Takes the result, or LEFT: nobody makes it any more, ask again."""
LEFT = object()


class Flights:
    """Who makes which result. `who` is anything that tells two askers apart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._makers: dict[Hashable, Hashable] = {}
        self._waiting: dict[Hashable, deque[tuple[Hashable, Tell]]] = {}

    def board(self, key: Hashable, who: Hashable, tell: Tell) -> bool:
        """Whether the result is for this asker to make; otherwise it is told."""
        with self._lock:
            maker = self._makers.setdefault(key, who)
            if maker == who:
                return True
            self._waiting.setdefault(key, deque()).append((who, tell))
            return False

    def land(self, key: Hashable, who: Hashable, payload: Any) -> None:
        """The result is made: everybody who waits gets it."""
        with self._lock:
            if self._makers.get(key) != who:
                return
            del self._makers[key]
            waiting = self._waiting.pop(key, deque())
        for _, tell in waiting:
            tell(payload)

    def leave(self, key: Hashable, who: Hashable) -> None:
        """There is none of this maker: the next who waits asks again, and makes it; or somebody waits no longer."""
        with self._lock:
            waiting = self._waiting.get(key, deque())
            told = None
            if self._makers.get(key) == who:
                del self._makers[key]
                if waiting:
                    self._makers[key], told = waiting.popleft()
            else:
                self._waiting[key] = waiting = deque(one for one in waiting if one[0] != who)
            if not waiting:
                self._waiting.pop(key, None)
        if told is not None:
            told(LEFT)
