"""Puts away what is too large for a row of the journal: in parts, on a shelf, a Kept in its place."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import chain
from typing import Any

from engine.execute.kept import INLINE_MAX, PART_BYTES, Cellar, Kept, Partly, json_text


def is_large(data: Any) -> bool:
    """Whether data is too large to stand in a row."""
    return _weighs_over(data, INLINE_MAX)


def put_away(cellar: Cellar, name: str, data: Any) -> Any:
    """Keep what is too large of `data`: the data itself, a Kept, or a Partly whose large members are kept."""
    if not is_large(data):
        return data
    if type(data) is dict:
        each = enumerate(data.items())
        members = {key: _member(cellar, f"{name}.{number}", value) for number, (key, value) in each}
        rest = {key: value for key, value in members.items() if type(value) is not Kept}
        if len(rest) < len(members) and not _weighs_over(rest, INLINE_MAX):
            return Partly(members)
    return _kept(cellar, name, data)


def _member(cellar: Cellar, name: str, value: Any) -> Any:
    heavy = type(value) in (list, dict, str) and _weighs_over(value, INLINE_MAX)
    return _kept(cellar, name, value) if heavy else value


def _kept(cellar: Cellar, name: str, data: Any) -> Kept:
    if type(data) is list:
        return _all_kept(_Parts(cellar, name), data, ())
    writer = _Parts(cellar, name)
    writer.addjson_text(json_text(data))
    return writer.closed(None)


def keep_items(cellar: Cellar, name: str, batches: Iterable[list[Any]]) -> Kept | list[Any]:
    """Keep the items of a list that comes batch by batch; the list itself where it turns out to be short."""
    writer = _Parts(cellar, name)
    items: list[Any] = []
    coming = iter(batches)
    for batch in coming:
        items += batch
        if _weighs_over(items, INLINE_MAX):
            return _all_kept(writer, items, coming)
    return items


def _all_kept(writer: _Parts, first: list[Any], rest: Iterable[list[Any]]) -> Kept:
    count = 0
    for batch in chain((first,), rest):
        for item in batch:
            writer.add_line(json_text(item) + b"\n")
        count += len(batch)
    return writer.closed(count)


class _Parts:
    """Writes parts as they become full."""

    def __init__(self, cellar: Cellar, name: str) -> None:
        self._cellar = cellar
        self._name = name
        self._number = 0
        self._open: list[bytes] = []
        self._open_bytes = 0
        self._bytes = 0
        self._digest = hashlib.sha256()

    def add_line(self, line: bytes) -> None:
        self._open.append(line)
        self._open_bytes += len(line)
        if self._open_bytes >= PART_BYTES:
            self._write()

    def addjson_text(self, text: bytes) -> None:
        for start in range(0, len(text), PART_BYTES):
            self.add_line(text[start : start + PART_BYTES])

    def _write(self) -> None:
        body = b"".join(self._open)
        self._cellar.keep(self._name, self._number, [body])
        self._digest.update(body)
        self._number += 1
        self._bytes += len(body)
        self._open, self._open_bytes = [], 0

    def closed(self, items: int | None) -> Kept:
        if self._open:
            self._write()
        return Kept(self._cellar, self._name, self._number, self._bytes, self._digest.hexdigest(), items)


def _weighs_over(value: Any, limit: int) -> bool:
    """Whether the JSON of a value is (about) larger than a limit. Bounded work: it stops as soon as it is.

    Asked of whatever every step gives and is given: what is flat and short, as nearly all is, goes through one loop.
    """
    shape = type(value)
    if shape is str:
        return len(value) > limit
    if shape is not dict and shape is not list:
        return False
    weight = 4 * len(value)
    if weight > limit:
        return True
    for item in value.values() if shape is dict else value:
        kind = type(item)
        if kind is str:
            weight += len(item)
        elif kind is dict or kind is list:
            return _weighs_deeply_over(value, limit)
    return weight > limit


def _weighs_deeply_over(value: Any, limit: int) -> bool:
    weight = 0
    stack: list[Any] = [value]
    while stack and weight <= limit:
        node = stack.pop()
        if type(node) is str:
            weight += len(node) + 2
        elif type(node) is dict:
            weight += 4 * len(node)
            if weight <= limit:
                weight += sum(map(len, node))
                stack.extend(node.values())
        elif type(node) is list:
            weight += len(node)
            if weight <= limit:
                stack.extend(node)
        else:
            weight += 4
    return weight > limit
