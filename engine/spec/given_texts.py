"""What was probably meant by a text given for an input that wants something else: `yes`, `3s`, `1,5`, `a,b`, `31.1.2026`.

Guesses are hints for people; nothing here changes a value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from engine.spec.durations import duration_seconds

_TRUE = frozenset({"yes", "y", "on", "true", "1"})
_FALSE = frozenset({"no", "n", "off", "false", "0"})
_FORMATS = {
    "date": "a date is written 2026-01-31",
    "time": "a time is written 12:30:00Z",
    "date-time": "a moment is written 2026-01-31T12:30:00Z",
    "duration": "a duration of this format is written PT30S, PT1H30M or P2D",
    "email": "an address is written name@example.org",
    "uri": "an address is written with its scheme: https://example.org/",
    "uuid": "it is written 01234567-89ab-cdef-0123-456789abcdef",
}
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_LISTED_MAX = 100


def format_meant(name: Any) -> str | None:
    """How a text of this format is written."""
    return _FORMATS.get(str(name))


def value_meant(value: Any, types: Sequence[Any]) -> str | None:
    """A hint for a JSON value of another type than these."""
    if not isinstance(value, str):
        return meant_by(json.dumps(value), types)
    number = (
        re.fullmatch(r"-?(?:0|[1-9][0-9]*)", value) if "number" not in types else _NUMBER.fullmatch(value)
    )
    if number and {"integer", "number"} & set(types):
        return "write it without quotes"
    return meant_by(value, types)


def meant_by(text: str, types: Sequence[Any]) -> str | None:
    """A hint for a text that is no JSON of one of these types; None where nothing is plain."""
    word = text.strip().lower()
    if "boolean" in types and word in _TRUE | _FALSE:
        return f"write {json.dumps(word in _TRUE)}"
    if {"integer", "number"} & set(types):
        return _number_meant(text.strip(), whole="number" not in types)
    if "array" in types and len(text) <= _LISTED_MAX and not text.lstrip().startswith(("[", "{")):
        items = ", ".join(_item(one.strip()) for one in text.split(","))
        return f"write [{items}], quoted for the shell"
    if "object" in types and not text.lstrip().startswith("{"):
        return 'write {"NAME": value}, quoted for the shell'
    return None


def _item(text: str) -> str:
    plain = _NUMBER.fullmatch(text) or text in ("true", "false", "null")
    return text if plain else json.dumps(text, ensure_ascii=False)


def _number_meant(text: str, *, whole: bool) -> str | None:
    if _DECIMAL_COMMA.fullmatch(text):
        return None if whole else f"write {text.replace(',', '.')}"
    seconds = duration_seconds(text)
    if seconds is None:
        return None
    if whole and not seconds.is_integer():
        return "it takes a number; this is no whole number of seconds"
    return f"it takes a number; in seconds that is {seconds:.15g}"
