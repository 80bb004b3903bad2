"""Fields of a csv file, which are all text -> the types the author asked for, or the narrowest that all of a
column have.

Laws: nothing is guessed unless asked; a field that does not fit its declared type is an error with its
record; what looks like an identifier (leading zeros, `1_000`, `0x10`) is never taken for a number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import re2

from engine.errors import ToolError
from engine.tools.records import unknown_column

_INTEGER = re2.compile(r"[+-]?(0|[1-9][0-9]{0,18})")
_NUMBER = re2.compile(r"[+-]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_BOOLEANS = {"true": True, "false": False}


def _integer(field: str) -> int | None:
    return int(field) if _INTEGER.fullmatch(field) else None


def _number(field: str) -> int | float | None:
    if not _NUMBER.fullmatch(field):
        return None
    number = float(field)
    return number if math.isfinite(number) else None


def _boolean(field: str) -> bool | None:
    return _BOOLEANS.get(field.lower())


_READERS: dict[str, Callable[[str], Any]] = {"boolean": _boolean, "integer": _integer, "number": _number}
"""Narrowest first. Each gives null for a field that is not of its type."""


def read_as(
    rows: list[dict[str, str | None]], types: Mapping[str, str], *, infer: bool, path: str, first: int = 1
) -> list[dict[str, Any]]:
    """The rows, the first of which is record number `first`, with `types` applied (and the rest inferred).

    Raises ToolError of type `data`.
    """
    columns = list(rows[0]) if rows else []
    for name in types:
        if rows and name not in columns:
            raise unknown_column(name, columns, f'"{path}"')
    chosen = {name: _narrowest(rows, name) for name in columns} if infer else {}
    readers = {name: _READERS[kind] for name, kind in {**chosen, **types}.items() if kind != "string"}
    if not readers:
        return list(rows)
    return [_row(row, readers, number, path) for number, row in enumerate(rows, first)]


def _row(
    row: dict[str, str | None], readers: Mapping[str, Callable[[str], Any]], number: int, path: str
) -> Any:
    out: dict[str, Any] = dict(row)
    for name, read in readers.items():
        field = (row[name] or "").strip()
        out[name] = read(field) if field else None
        if field and out[name] is None:
            expected = next(kind for kind, reader in _READERS.items() if reader is read)
            message = f'"{path}" record {number}: "{name}" is {field[:80]!r}, expected {expected}'
            raise ToolError(message, type="data", code="type")
    return out


def _narrowest(rows: list[dict[str, str | None]], name: str) -> str:
    fields = [field for row in rows if (field := (row[name] or "").strip())]
    for kind, read in _READERS.items():
        if fields and all(read(field) is not None for field in fields):
            return kind
    return "string"
