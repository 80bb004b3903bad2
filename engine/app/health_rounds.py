"""Health beside a process that runs long: the project's connections asked each on its interval, and changes said.

Said is what became unhealthy and what is well again; what has been well from the beginning is no news.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine.app.health import Checkable, Checker, checkables_of, interval_of
from engine.app.project_file import Project
from engine.tools.framework.health import UNHEALTHY, UNKNOWN, Health

Say = Callable[[str], None]


class Rounds:
    """`due` asks whoever is due, and gives the seconds until the next one is."""

    def __init__(
        self,
        checkables: Sequence[Checkable],
        ask: Callable[[Checkable], Health],
        say: Say,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._say = say
        self._clock = clock
        self._due = {one.name: (clock(), one) for one in checkables}
        self.known: dict[str, Health] = {}

    def due(self) -> float:
        for name, (at, one) in list(self._due.items()):
            if at <= self._clock():
                self._take(name, self._ask(one))
                self._due[name] = (self._clock() + interval_of(one), one)
        return max(0.0, min(at for at, _ in self._due.values()) - self._clock())

    def _take(self, name: str, found: Health) -> None:
        before = self.known.get(name)
        self.known[name] = found
        was = before.status if before is not None else None
        if found.status == UNHEALTHY and was != UNHEALTHY:
            self._say(f'connection "{name}" is unhealthy: {found.detail}')
        elif was == UNHEALTHY and found.status not in (UNHEALTHY, UNKNOWN):
            self._say(f'connection "{name}" is {found.status} again')


@contextmanager
def rounds(project: Project, say: Say) -> Iterator[None]:
    """While this holds, the project's connections are asked in a thread beside the caller's work."""
    checkables = [one for one in checkables_of(project, ()) if one.config is not None]
    if not checkables:
        yield
        return
    checker = Checker(project.folder or Path.cwd(), project.secrets())
    going, ended = Rounds(checkables, checker.ask, say), threading.Event()

    def work() -> None:
        while not ended.wait(going.due()):
            pass

    threading.Thread(target=work, name="weft-health-rounds", daemon=True).start()
    try:
        yield
    finally:
        ended.set()
