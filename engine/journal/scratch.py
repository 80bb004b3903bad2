"""Where the journal in memory keeps large data: in a file without a name, so that a long stream does not fill the memory.

The file goes with the journal, or with the process.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence

_Place = tuple[int, int]  # where a part begins, and how many bytes it has


class Scratch:
    """Parts of large data by run, name and number. Not for several threads at once: the journal's lock guards it."""

    def __init__(self) -> None:
        self._file: int | None = None
        self._end = 0
        self._places: dict[tuple[str, str], dict[int, _Place]] = {}

    def keep(self, run_id: str, name: str, first: int, parts: Sequence[bytes]) -> None:
        if self._file is None:
            self._file = _nameless_file()
        places = self._places.setdefault((run_id, name), {})
        for number, body in enumerate(parts, first):
            os.pwrite(self._file, body, self._end)
            places[number] = (self._end, len(body))
            self._end += len(body)

    def part(self, run_id: str, name: str, number: int) -> bytes | None:
        place = self._places.get((run_id, name), {}).get(number)
        if place is None or self._file is None:
            return None
        return os.pread(self._file, place[1], place[0])

    def drop(self, run_id: str, name: str | None = None) -> None:
        """Forget one name of a run's, or all of them. The room is not used again."""
        for key in [key for key in self._places if key[0] == run_id and name in (None, key[1])]:
            del self._places[key]

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _nameless_file() -> int:
    with tempfile.TemporaryFile(prefix="weft-") as file:
        return os.dup(file.fileno())
