"""What a value is and how it compares: the types of `schema` by name, texts that are a date or a time, bounds.

Laws: only numbers are compared with numbers and texts with texts; a boolean is no number.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any


def moment_of(value: Any) -> datetime | None:
    """A date or time as text; without a zone it is taken as UTC. None if it is none."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_integer(value: Any) -> bool:
    whole = isinstance(value, float) and value.is_integer()
    return whole or (isinstance(value, int) and not isinstance(value, bool))


KINDS: dict[str, Callable[[Any], bool]] = {
    "string": lambda v: isinstance(v, str),
    "integer": _is_integer,
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "date": _is_date,
    "datetime": lambda v: isinstance(v, str) and len(v) > 10 and moment_of(v) is not None,
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
}


def within(low: Any, value: Any, high: Any) -> bool:
    """Whether low <= value <= high; null bounds nothing."""
    return (low is None or _ordered(low, value)) and (high is None or _ordered(value, high))


def shown_bounds(low: Any, high: Any) -> str:
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if low is not None else f"at most {high}"


def _ordered(low: Any, high: Any) -> bool:
    """Whether low <= high, of two numbers or two texts; anything else has no order."""
    if isinstance(low, bool) or isinstance(high, bool):
        return False
    numbers = isinstance(low, (int, float)) and isinstance(high, (int, float))
    texts = isinstance(low, str) and isinstance(high, str)
    return bool(low <= high) if numbers or texts else False
