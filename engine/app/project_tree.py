"""A TOML text as a tree that knows where things stand. tomllib reads it; the positions are found by looking again.

The finder knows headers (`[a.b]`), `key = value` lines and keys of inline tables; what it does not find stands where
its holder does. It never fails: a wrong guess would only point to another line.
"""

from __future__ import annotations

import re
import tomllib
from array import array
from collections.abc import Iterator
from datetime import date, datetime, time
from math import isfinite
from typing import Any

from engine.errors import UsageError
from engine.spec.tree import DOCUMENT, Path, Tree
from engine.text import Source, Span

Offsets = tuple[int, int]

_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')"""
_DOTTED = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_HEADER = re.compile(rf"[ \t]*\[\[?[ \t]*({_DOTTED})[ \t]*\]\]?")
_ENTRY = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=[ \t]*(.*)")
_PLACE = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")
_COMMENT = re.compile(r"""((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^#"'])*)#.*""")


def read_toml(source: Source) -> Tree:
    """Raises UsageError with file:line:column for what is no TOML."""
    try:
        root = _plain(tomllib.loads(source.text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            _told(source, str(error)), hint="the project file is TOML: https://toml.io"
        ) from None
    except RecursionError:
        raise UsageError(f"{source.name}:1:1: values stand too deep in one another") from None
    return _TomlTree(root, source)


def _told(source: Source, message: str) -> str:
    place = _PLACE.search(message)
    line, column = source.position(len(source.text))
    if place is not None and place[1]:
        line, column = int(place[1]), int(place[2])
    words = message[: place.start()] if place else message
    return f"{source.name}:{line}:{column}: {words[:1].lower()}{words[1:]}"


def _plain(value: Any) -> Any:
    """TOML's values as JSON's: times and what is no number as text, for the schema to refuse."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value


class _TomlTree(Tree):
    """The places of keys and values by path, found line by line."""

    __slots__ = ("_places",)

    def __init__(self, root: Any, source: Source) -> None:
        super().__init__(root, source, {DOCUMENT: array("I", (0, 0))})
        self._places: dict[Path, tuple[Offsets, Offsets]] = {}
        for path, key, value in _found(source):
            self._places.setdefault(path, (key, value))

    def text_span(self, path: Path, start: int, end: int) -> Span:
        return self.span(path)

    def _walk(self, path: Path) -> tuple[Any, Offsets, Offsets, int]:
        node, key, value = self.root, (0, 0), (0, 0)
        for depth, step in enumerate(path):
            try:
                node = node[step]
            except (KeyError, IndexError, TypeError):
                return node, key, value, depth
            place = self._places.get(path[: depth + 1]) or self._inside(value, step)
            if place is not None:
                key, value = place
        return node, key, value, len(path)

    def _inside(self, holder: Offsets, step: Any) -> tuple[Offsets, Offsets] | None:
        """A key of an inline table."""
        if not isinstance(step, str):
            return None
        found = re.compile(rf"(?<![\w-])[\"']?{re.escape(step)}[\"']?[ \t]*=[ \t]*").search(
            self.source.text, *holder
        )
        if found is None:
            return None
        end = found.start() + len(found[0].partition("=")[0].rstrip())
        return (found.start(), end), (found.end(), holder[1])


def _found(source: Source) -> Iterator[tuple[Path, Offsets, Offsets]]:
    """(path, key, value) of every header and every `key = value` line; of a dotted key also of its beginnings."""
    table: Path = ()
    inside: str | None = None
    for number in range(1, source.line_count + 1):
        line, start = source.line(number), source.offset(number, 1)
        if inside is not None:  # the lines of a text of several lines are no keys
            inside = None if line.count(inside) % 2 else inside
            continue
        header, entry = _HEADER.match(line), _ENTRY.match(line)
        if header is not None:
            place = (start + header.start(1), start + header.end(1))
            table = _names(header[1])
            yield from ((table[: depth + 1], place, place) for depth in range(len(table)))
        elif entry is not None:
            key = (start + entry.start(1), start + entry.end(1))
            comment = _COMMENT.fullmatch(entry[2])
            written = (comment[1] if comment else entry[2]).rstrip()
            names = _names(entry[1])
            value = (start + entry.start(2), start + entry.start(2) + len(written))
            yield from (((*table, *names[: depth + 1]), key, value) for depth in range(len(names)))
        inside = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), None)


def _names(dotted: str) -> Path:
    keys = re.findall(_KEY, dotted)
    return tuple(key[1:-1] if key[0] in "\"'" else key for key in keys)
