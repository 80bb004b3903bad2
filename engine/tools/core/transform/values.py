"""The values of one record: comparing, computing, converting. Each function takes JSON values and gives one.

Laws: no text is ever taken for code; a result cannot grow without bound; values of different kinds have no
order (TypeError, which the caller turns into an error with the record's number).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import re2

from engine.errors import ToolError
from engine.tools.records import identity

TEXT_MAX = 1024 * 1024
INTEGER_BITS_MAX = 1024


def order_key(value: Any) -> Any:
    """`value` if it can be ordered. Raises TypeError for lists and mappings."""
    if isinstance(value, (list, dict)):
        raise TypeError(f"a {type(value).__name__} has no order")
    return value


def predicate(op: str, wanted: Any) -> Callable[[Any], bool]:
    """The test of a `filter`. Raises ToolError `invalid` for a value that cannot be tested against."""
    if op in _ORDERINGS:
        compare = _ORDERINGS[op]
        return lambda value: value is not None and compare(value, wanted)
    if op in ("in", "not_in"):
        if not isinstance(wanted, list):
            raise ToolError(f'"{op}" needs a list as its value', type="invalid", code="filter")
        among = {identity(item) for item in wanted}
        return lambda value: (identity(value) in among) is (op == "in")
    if op in ("eq", "ne"):
        key = identity(wanted)
        return lambda value: (identity(value) == key) is (op == "eq")
    if op == "matches":
        return _matcher(wanted)
    return lambda value: (value is None) is (op == "is_null")


def _matcher(pattern: Any) -> Callable[[Any], bool]:
    try:
        compiled = re2.compile(pattern)
    except (re2.error, TypeError, AttributeError) as error:
        raise ToolError(f"{pattern!r} is not a pattern: {error}", type="invalid", code="filter") from None
    return lambda value: value is not None and compiled.search(_text(value)) is not None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _same_kind(left: Any, right: Any) -> None:
    numbers = _is_number(left) and _is_number(right)
    if not numbers and not (isinstance(left, str) and isinstance(right, str)):
        raise TypeError(f"{_kind(left)} and {_kind(right)} have no order between them")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    names = {bool: "a boolean", str: "text", list: "a list", dict: "a mapping", type(None): "null"}
    return names.get(type(value), "a number")


def _ordering(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compared(value: Any, wanted: Any) -> bool:
        _same_kind(value, wanted)
        return compare(value, wanted)

    return compared


_ORDERINGS: Mapping[str, Callable[[Any, Any], bool]] = {
    "lt": _ordering(lambda a, b: a < b),
    "le": _ordering(lambda a, b: a <= b),
    "gt": _ordering(lambda a, b: a > b),
    "ge": _ordering(lambda a, b: a >= b),
}


def derivation(step: Mapping[str, Any]) -> Callable[[list[Any]], Any]:
    """The function of a `derive`, from the values of its columns (the literal last) to the new one.

    It raises TypeError, ValueError, ZeroDivisionError or OverflowError for values it cannot take.
    """
    op = step["op"]
    if op in _ARITHMETIC:
        return _arithmetic(_ARITHMETIC[op])
    if op == "concat":
        return _concat(step.get("separator", ""))
    if op == "coalesce":
        return lambda values: next((value for value in values if value is not None), None)
    of_one = _cast(step["to"]) if op == "cast" else _OF_ONE[op]
    return lambda values: None if values[0] is None else of_one(values[0])


def _arithmetic(compute: Callable[[Any, Any], Any]) -> Callable[[list[Any]], Any]:
    def computed(values: list[Any]) -> Any:
        if None in values:
            return None
        total = values[0]
        for value in values:
            if not _is_number(value):
                raise TypeError(f"{_kind(value)} is not a number")
        for value in values[1:]:
            total = _bounded(compute(total, value))
        return total

    return computed


def _bounded(number: Any) -> Any:
    if isinstance(number, int) and number.bit_length() > INTEGER_BITS_MAX:
        raise OverflowError("the number is too large")
    if isinstance(number, float) and not math.isfinite(number):
        raise OverflowError("the number is too large")
    return number


def _concat(separator: str) -> Callable[[list[Any]], str]:
    def joined(values: list[Any]) -> str:
        text = separator.join(_text(value) for value in values if value is not None)
        if len(text) > TEXT_MAX:
            raise OverflowError(f"the text is longer than {TEXT_MAX} characters")
        return text

    return joined


def _of_text(change: Callable[[str], Any]) -> Callable[[Any], Any]:
    def changed(value: Any) -> Any:
        if not isinstance(value, str):
            raise TypeError(f"{_kind(value)} is not text")
        return change(value)

    return changed


def _length(value: Any) -> int:
    if not isinstance(value, (str, list, dict)):
        raise TypeError(f"{_kind(value)} has no length")
    return len(value)


def _cast(to: str) -> Callable[[Any], Any]:
    return {"string": _text, "integer": _to_integer, "number": _to_number, "boolean": _to_boolean}[to]


def _to_number(value: Any) -> int | float:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, str) and "_" not in value:
        return _bounded(float(value))  # type: ignore[no-any-return]
    raise ValueError(f"{value!r} is not a number")


def _to_integer(value: Any) -> int:
    """Whole numbers and their texts; a fraction is refused rather than cut."""
    if isinstance(value, str) and "_" not in value and value.strip().lstrip("+-").isdigit():
        return _bounded(int(value))  # type: ignore[no-any-return]
    number = _to_number(value)
    if number != int(number):
        raise ValueError(f"{value!r} is not a whole number")
    return int(number)


def _to_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    found = {"true": True, "1": True, "false": False, "0": False}.get(_text(value).strip().lower())
    if found is None:
        raise ValueError(f"{value!r} is not true or false")
    return found


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": lambda a, b: a / b,
}

_OF_ONE: Mapping[str, Callable[[Any], Any]] = {
    "const": lambda value: value,
    "copy": lambda value: value,
    "upper": _of_text(str.upper),
    "lower": _of_text(str.lower),
    "trim": _of_text(str.strip),
    "length": _length,
}
