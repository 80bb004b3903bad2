"""Columns of loose Python values -> Arrow columns of one type each: what a JSON record or an SQLite row
needs.

A column's kind is the narrowest that holds every value seen: null < boolean, integer < number, else text
(bytes stay bytes). Nothing is guessed from how a text looks.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import pyarrow as pa

Kind = Literal["null", "boolean", "integer", "number", "bytes", "text"]

_OF: dict[type, Kind] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    bytes: "bytes",
    str: "text",
}
_ARROW: dict[Kind, Any] = {
    "null": pa.null(),
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "number": pa.float64(),
    "bytes": pa.binary(),
    "text": pa.string(),
}
_INT_MAX = 2**63


def kind_of(values: Iterable[Any], before: Kind = "null") -> Kind:
    """The kind that holds `before` and every one of `values`."""
    kind = before
    values = list(values)
    for found in {_OF.get(t, "text") for t in set(map(type, values))}:
        kind = _wider(kind, found)
    if kind == "integer" and any(v is not None and not -_INT_MAX <= v < _INT_MAX for v in values):
        return "text"
    return kind


def arrow_type(kind: Kind) -> Any:
    return _ARROW[kind]


def arrow_column(values: Sequence[Any], kind: Kind) -> Any:
    """The values as an Arrow array of the kind's type; in a text column other values are written as JSON."""
    if kind == "text":
        values = [v if v is None or isinstance(v, str) else _text(v) for v in values]
    elif kind == "number":
        values = [None if v is None else float(v) for v in values]
    return pa.array(values, type=_ARROW[kind])


def _wider(one: Kind, other: Kind) -> Kind:
    if other in (one, "null"):
        return one
    if one == "null":
        return other
    return "number" if {one, other} == {"integer", "number"} else "text"


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json.dumps(value, ensure_ascii=False)
