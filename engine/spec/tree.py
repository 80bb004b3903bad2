"""What the author wrote, as plain values, and where each of them stands in the file.

Laws: `root` holds exactly dict, list, str, int, float, bool and None, and every key is a str; it is read,
never changed (positions are found by the order of entries); containers reached through an alias are one
shared object; asking for a position never raises. Refuses to know what the values mean.
"""

from __future__ import annotations

from array import array
from typing import Any

from engine.spec.decoded_offsets import decoded_offsets
from engine.text import Source, Span

Path = tuple[str | int, ...]

DOCUMENT = 0
"""The entry of `marks` that holds the root's own start and end; no container has this id."""

_INDEXED_FROM = 16


class Tree:
    """`marks[id(container)]` holds the offsets of its entries, in their order.

    Four for an entry of a mapping (key start, key end, value start, value end), two for an item of a list. A container
    without entries has no marks: a spec may hold millions of them.
    """

    __slots__ = ("_orders", "_whole", "marks", "root", "source")

    def __init__(self, root: Any, source: Source, marks: dict[int, array[int]]) -> None:
        self.root = root
        self.source = source
        self.marks = marks
        self._orders: dict[int, dict[str, int]] = {}
        self._whole = marks[DOCUMENT]

    def under(self, path: Path) -> Tree:
        """The part of the tree at `path` as a tree of its own: paths begin there, positions are those of the file."""
        value, _, (start, end), _ = self._walk(path)
        part = Tree(value, self.source, self.marks)
        part._whole = array("I", (start, end))
        return part

    def get(self, path: Path) -> Any:
        """The value at `path`; None where there is nothing."""
        value, _, _, depth = self._walk(path)
        return value if depth == len(path) else None

    def span(self, path: Path) -> Span:
        """Where the value at `path` stands; of its nearest existing ancestor where there is nothing."""
        _, _, (start, end), _ = self._walk(path)
        return self.source.span(start, end)

    def key_span(self, path: Path) -> Span:
        """Where the key of the mapping entry at `path` stands; of the value for the items of a list."""
        _, (start, end), _, _ = self._walk(path)
        return self.source.span(start, end)

    def text_span(self, path: Path, start: int, end: int) -> Span:
        """Where `[start:end)` of the decoded text at `path` stands; the whole value where that is unknown."""
        value, _, (first, last), depth = self._walk(path)
        if depth == len(path) and isinstance(value, str) and 0 <= start <= end <= len(value):
            offsets = decoded_offsets(self.source.text, first, last, value)
            if offsets is not None:
                # Spaces at the end of a block are part of the text, but not of the value's span.
                begin = min(offsets(start), last)
                stop = min(offsets(end - 1, after=True), last) if end > start else begin
                return self.source.span(begin, max(begin, stop))
        return self.source.span(first, last)

    def _walk(self, path: Path) -> tuple[Any, tuple[int, int], tuple[int, int], int]:
        """(value, offsets of its key, its own, steps that exist) of the deepest existing part of `path`."""
        node = self.root
        start, end = self._whole
        key = value = (start, end)
        for depth, step in enumerate(path):
            found = self._entry(node, step)
            if found is None:
                return node, key, value, depth
            node, key, value = found
        return node, key, value, len(path)

    def _entry(self, node: Any, step: str | int) -> tuple[Any, tuple[int, int], tuple[int, int]] | None:
        marks = self.marks.get(id(node))
        if marks is None:
            return None
        if isinstance(node, dict) and isinstance(step, str) and step in node:
            at = 4 * self._index(node, step)
            if at + 4 > len(marks):
                return None
            return node[step], (marks[at], marks[at + 1]), (marks[at + 2], marks[at + 3])
        if (
            isinstance(node, list)
            and isinstance(step, int)
            and 0 <= step < len(node)
            and 2 * step + 2 <= len(marks)
        ):
            place = (marks[2 * step], marks[2 * step + 1])
            return node[step], place, place
        return None

    def _index(self, mapping: dict[str, Any], key: str) -> int:
        if len(mapping) < _INDEXED_FROM:
            return list(mapping).index(key)
        order = self._orders.get(id(mapping))
        if order is None:
            order = self._orders[id(mapping)] = {name: index for index, name in enumerate(mapping)}
        return order[key]
