"""Records, as tools hand them about: a list of mappings, not all of which need have every column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from engine.errors import ToolError
from engine.text.nearest import suggestion

Record = dict[str, Any]


_HOLDERS = ("records", "rows", "value", "items", "data")
"""Where the results of tools keep their records."""


def require_records(content: Any, what: str) -> list[Record]:
    """`content` if it is a list of mappings. Raises ToolError of type `invalid`."""
    if not isinstance(content, list):
        message = f"{what} is {kind_named(content)}, expected a list of mappings"
        raise ToolError(message, type="invalid", hint=holder_meant(content))
    for number, record in enumerate(content, 1):
        if not isinstance(record, dict):
            message = f"{what}: item {number} is {kind_named(record)}, expected a mapping"
            raise ToolError(message, type="invalid")
    return content


def holder_meant(content: Any) -> str | None:
    """For the whole result of a step, given where its list was meant."""
    if not isinstance(content, Mapping):
        return None
    held = next((key for key in _HOLDERS if isinstance(content.get(key), list)), None)
    return f"did you mean its `.{held}`?" if held else None


def kind_named(value: Any) -> str:
    """What a JSON value is, in the author's words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "a list" if isinstance(value, (list, tuple)) else "a mapping"


def columns_of(records: Iterable[Record]) -> list[str]:
    """Every column of any record, in the order they first appear."""
    return list(dict.fromkeys(name for record in records for name in record))


def require_columns(names: Iterable[str], records: list[Record], what: str) -> None:
    """Raises ToolError `data` for a name that is no record's column. Without records all are fine."""
    missing = [name for name in names if records and name not in records[0]]
    if not missing:
        return
    known = columns_of(records)
    for name in missing:
        if name not in known:
            raise unknown_column(name, known, what)


def unknown_column(name: str, known: list[str], what: str) -> ToolError:
    """The error for a column that is not there; it suggests the nearest."""
    return ToolError(f'{what}: no column "{name}"', type="data", code="column", hint=suggestion(name, known))


def identity(value: Any) -> Any:
    """A hashable stand-in that is equal where the JSON values are: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, bool):
        return ("bool", value)
    if isinstance(value, list):
        return ("list", tuple(identity(item) for item in value))
    if isinstance(value, dict):
        return ("mapping", frozenset((key, identity(item)) for key, item in value.items()))
    return value
