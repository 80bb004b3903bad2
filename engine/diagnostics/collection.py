"""Diagnostics in order, without duplicates, bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.diagnostics.diagnostic import Diagnostic

KEPT_AT_MOST = 1000


class Diagnostics:
    """An ordered, duplicate-free collection. Sorted by place; beyond KEPT_AT_MOST problems are only counted.

    What the text level (WF1xx) has refused is read on as null: later floors' problems at that very place are dropped.
    """

    __slots__ = ("_items", "_refused", "left_out")

    def __init__(self, items: Iterable[Diagnostic] = ()) -> None:
        self._items: dict[tuple[object, ...], Diagnostic] = {}
        self._refused: set[tuple[str, int, int]] = set()
        self.left_out = 0
        self.extend(items)

    def add(self, item: Diagnostic) -> None:
        key = (item.span.file, item.span.line, item.span.column, item.code, item.message)
        if key in self._items or (item.code[:3] != "WF1" and key[:3] in self._refused):
            return
        if len(self._items) >= KEPT_AT_MOST:
            self.left_out += 1
            return
        self._items[key] = item
        if item.code[:3] == "WF1":
            self._refused.add((item.span.file, item.span.line, item.span.column))

    def extend(self, items: Iterable[Diagnostic]) -> None:
        for item in items:
            self.add(item)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(
            sorted(self._items.values(), key=lambda d: (d.span.file, d.span.line, d.span.column, d.code))
        )

    def __len__(self) -> int:
        return len(self._items)

    def __bool__(self) -> bool:
        return bool(self._items)

    @property
    def errors(self) -> int:
        return sum(1 for item in self._items.values() if item.severity == "error")

    def count(self, severity: str) -> int:
        return sum(1 for item in self._items.values() if item.severity == severity)
