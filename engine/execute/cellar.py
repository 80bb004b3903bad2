"""A run's own shelf in the journal for data that is too large for a row.

What a call's thread streams is written as it comes. What the loop puts away waits for the commit of the rows that speak of it
and is written just before them, by whoever commits: the loop itself never waits for a store.
"""

from __future__ import annotations

import hashlib

from engine.journal import Journal


class RunCellar:
    """The parts kept of one run."""

    def __init__(self, journal: Journal, run_id: str) -> None:
        self._journal = journal
        self._run_id = run_id
        self._waiting: dict[tuple[str, int], bytes] = {}

    def keep(self, name: str, first: int, parts: list[bytes]) -> None:
        """Write parts now. Raises StoreError."""
        self._journal.keep(self._run_id, name, first, parts)

    def part(self, name: str, number: int) -> bytes | None:
        """One part, also of what is not written yet."""
        waiting = self._waiting.get((name, number))
        return waiting if waiting is not None else self._journal.part(self._run_id, name, number)

    def drop(self, name: str) -> None:
        """Forget what nobody speaks of."""
        self._journal.drop(self._run_id, name)

    def flush(self) -> None:
        """Write what waits. Raises StoreError; what was not written goes on waiting."""
        while self._waiting:
            (name, number), body = next(iter(self._waiting.items()))
            self._journal.keep(self._run_id, name, number, [body])
            del self._waiting[name, number]

    def forget(self) -> None:
        """The rows that were to speak of what waits will not be written."""
        self._waiting.clear()

    @property
    def late(self) -> Late:
        """The shelf as the loop uses it."""
        return Late(self, self._waiting)


class Late:
    """Puts parts where the next commit finds them."""

    def __init__(self, cellar: RunCellar, waiting: dict[tuple[str, int], bytes]) -> None:
        self._cellar = cellar
        self._waiting = waiting

    def keep(self, name: str, first: int, parts: list[bytes]) -> None:
        for number, body in enumerate(parts, first):
            self._waiting[name, number] = body

    def part(self, name: str, number: int) -> bytes | None:
        return self._cellar.part(name, number)


def shelf_name(path: str, attempt: int, what: str = "data") -> str:
    """Under which name an instance's attempt keeps something. A digest: the path may hold what an author's data says."""
    return f"{hashlib.sha256(path.encode(errors='surrogatepass')).hexdigest()[:20]}.{attempt}.{what}"
