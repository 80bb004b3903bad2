"""What an expression reads, as plain data."""

from __future__ import annotations

from typing import NamedTuple


class Read(NamedTuple):
    """The longest static beginning of a path that is read. `start` and `end` are offsets in the expression's
    text.

    `guarded`: a missing value is not an error here, since `default`, `defined` or `undefined` takes it.
    """

    path: tuple[str | int, ...]
    start: int
    end: int
    guarded: bool = False
