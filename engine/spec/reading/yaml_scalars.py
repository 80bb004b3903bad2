"""What a plain scalar means under the YAML 1.2 core schema.

Laws: only plain scalars are resolved; what is no null, boolean or number is text (`on`, `1_000`, `12:30`,
`2026-01-31`); `int()` never sees more digits than 64 bits need. Refuses to know documents and problems.
"""

from __future__ import annotations

import math
import re
from typing import Any

from engine.spec import limits

WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
NUMBER_STARTS = frozenset("+-.0123456789")
DIGITS_MAX = 19

_INTEGER = re.compile(r"[-+]?[0-9]+\Z")
_BASED = re.compile(r"0(?:o[0-7]+|x[0-9a-fA-F]+)\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")
_KINDS: dict[type, str] = {
    **{type(None): "null", bool: "a boolean", int: "a number", float: "a number"},
    **{str: "text", list: "a list", dict: "a mapping"},
}


class OutOfRangeError(ValueError):
    """A number that a spec cannot hold; the text says which and why."""


def number(text: str) -> int | float | str:
    """The number a plain scalar means, or the text itself; OutOfRangeError beyond 64 bits or not finite."""
    if len(text) < DIGITS_MAX and text.isdecimal() and text.isascii():
        return int(text)
    if _INTEGER.match(text):
        return integer(text)
    if _FLOAT.match(text):
        return floating(text)
    if _BASED.match(text):
        return _within(text[2:].lstrip("0"), 8 if text[1] == "o" else 16)
    if _NOT_FINITE.match(text):
        raise OutOfRangeError("is not a finite number")
    return text


def integer(text: str) -> int:
    """The value of `[-+]?[0-9]+`; OutOfRangeError beyond signed 64 bits."""
    sign = "-" if text[0] == "-" else ""
    return _within(sign + text.lstrip("+-").lstrip("0"), 10)


def floating(text: str) -> float:
    """The value of a decimal text; OutOfRangeError where it would be infinite."""
    value = float(text)
    if math.isinf(value):
        raise OutOfRangeError("is too large for a number")
    return value


def _within(digits: str, base: int) -> int:
    if digits in ("", "-"):
        return 0
    if len(digits) <= DIGITS_MAX + 3:
        value = int(digits, base)
        if limits.INTEGER_MIN <= value <= limits.INTEGER_MAX:
            return value
    raise OutOfRangeError("does not fit in 64 bits")


def kind_of_plain(text: str) -> str:
    """What a plain scalar is, in the author's words: "text", "a number", …"""
    try:
        return kind_of(WORDS[text] if text in WORDS else number(text))
    except OutOfRangeError:
        return _KINDS[int]


def kind_of(value: Any) -> str:
    return _KINDS[type(value)]
