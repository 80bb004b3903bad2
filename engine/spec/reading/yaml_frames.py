"""What is open while a YAML document is read: a frame for each mapping or list whose end has not come.

Laws: a frame waits for exactly one thing at a time, named by its `key`. Refuses to know events.
"""

from __future__ import annotations

from array import array
from typing import Any, Final

from engine.spec.reading.keys import Repeated


class Place:
    """What a frame waits for, where that is not the value of a key."""

    __slots__ = ()


ITEM: Final = Place()
"""The next item of a list."""

KEY: Final = Place()
"""The next key of a mapping."""

MERGE: Final = Place()
"""The value of `<<`."""

DROP: Final = Place()
"""A value whose key was refused."""


class Merge:
    """What the `<<` of the mapping `into` brings: `at` of its own keys stand before it."""

    __slots__ = ("at", "into", "key_end", "key_start", "sources")

    def __init__(self, into: dict[str, Any], key_start: int, key_end: int) -> None:
        self.into = into
        self.at = len(into)
        self.key_start = key_start
        self.key_end = key_end
        self.sources: list[dict[str, Any]] = []


class Frame:
    """An open mapping or list and the marks of its entries (see `Tree`).

    `key`: a Place, or the key whose value comes next, which stands at `key_start`. `first_node`: how many nodes were
    counted before this one. `deepest`: the level of the deepest container inside. `muted`, only inside flow
    collections: the rest of a reference that was cut at a comma is being passed over.
    """

    __slots__ = (
        "anchor", "deepest", "first_node", "flow", "key", "key_end", "key_start",
        "marks", "merge", "muted", "repeated", "start", "value",
    )  # fmt: skip

    def __init__(self, value: Any, key: Any, start: int, first_node: int, depth: int) -> None:
        self.value = value
        self.key = key
        self.start = start
        self.flow = False
        self.first_node = first_node
        self.deepest = depth
        self.marks = array("I")
        self.key_start = self.key_end = start
        self.anchor: str | None = None
        self.merge: Merge | None = None
        self.muted = False
        self.repeated: list[Repeated] | None = None
