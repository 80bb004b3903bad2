"""Filters about numbers.

Laws: text becomes a number only when it is written as JSON writes numbers (`'1_000'`, `'0x10'`, `'007'` are
not); what cannot become a number is an error unless a default is given, never a silent 0.
"""

from __future__ import annotations

import math
import re
from typing import Any

from engine.errors import EvaluationError
from engine.refs.bounds import INTEGER_MAX, INTEGER_MIN, Evaluation
from engine.refs.filters_text import whole
from engine.refs.operators import checked
from engine.refs.values import is_number, kind, shown, wrong

_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_ROUNDING = {"ceil": math.ceil, "floor": math.floor}
NO_DEFAULT: Any = object()


def absolute(_evaluation: Evaluation, value: Any) -> Any:
    if not is_number(value):
        raise wrong("abs", "a number", value)
    return checked(abs(value))


def to_int(_evaluation: Evaluation, value: Any, default: Any = NO_DEFAULT) -> Any:
    """A whole number: the part before the point, as Jinja cuts it."""
    number = _number(value)
    if type(number) is float:
        number = int(number)
    if number is not None and INTEGER_MIN <= number <= INTEGER_MAX:
        return number
    return _or_default("int", "an integer", value, default)


def to_float(_evaluation: Evaluation, value: Any, default: Any = NO_DEFAULT) -> Any:
    number = _number(value)
    if number is not None and abs(number) <= INTEGER_MAX << 64:
        return float(number)
    return float(number) if type(number) is float else _or_default("float", "a number", value, default)


def _number(value: Any) -> int | float | None:
    shape = kind(value)
    if shape == "boolean":
        return int(value)
    if shape == "number":
        return value if type(value) is int or math.isfinite(value) else None
    if shape != "text" or len(value) > 400:
        return None
    match = _JSON_NUMBER.fullmatch(value.strip(" \t\r\n"))
    if match is None:
        return None
    if match[1] is None and match[2] is None:
        return int(match[0])
    number = float(match[0])
    return number if math.isfinite(number) else None


def _or_default(user: str, expected: str, value: Any, default: Any) -> Any:
    if default is not NO_DEFAULT:
        return default
    if kind(value) not in ("text", "number", "boolean"):
        raise wrong(user, "text or a number", value)
    hint = f"say what to use instead: {user}(0)"
    raise EvaluationError(f"{shown(value)} is not {expected}", hint=hint, code="format")


def rounded(_evaluation: Evaluation, value: Any, precision: Any = 0, method: Any = "common") -> Any:
    """As in Jinja: `common` rounds half to even, `ceil` and `floor` give the next one up or down."""
    if not is_number(value):
        raise wrong("round", "a number", value)
    precision = whole("round", "precision", precision, -64, 64)
    try:
        if method == "common":
            return checked(round(value, precision))
        if not isinstance(method, str) or method not in _ROUNDING:
            message = f'round takes "common", "ceil" or "floor" as method, got {shown(method)}'
            raise EvaluationError(message, code="argument")
        return checked(float(_ROUNDING[method](value * 10**precision) / 10**precision))
    except (OverflowError, ZeroDivisionError) as error:
        raise EvaluationError("the result is not a finite number", code="overflow") from error
