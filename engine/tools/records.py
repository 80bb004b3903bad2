"""Records, as tools hand them about: a list of mappings, not all of which need have every column."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.errors import ToolError
from engine.text.nearest import suggestion

Record = dict[str, Any]


def require_records(content: Any, what: str) -> list[Record]:
    """`content` if it is a list of mappings. Raises ToolError of type `invalid`."""
    if not isinstance(content, list):
        raise ToolError(f"{what}: a {type(content).__name__}, expected a list of mappings", type="invalid")
    for index, record in enumerate(content):
        if not isinstance(record, dict):
            message = f"{what}: item {index} is a {type(record).__name__}, expected a mapping"
            raise ToolError(message, type="invalid")
    return content


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
