"""How a schema's demands are said in an author's words: types, formats, places, examples, corrections.

Knows JSON Schema's keywords and the language's patterns; knows no tree and no diagnostics.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.spec import words
from engine.text.snippet import shortened

Path = tuple[str | int, ...]

_TYPE_NAMES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
FORMATS = {
    words.NAME_PATTERN: "lower-case letters, digits and dashes, beginning with a letter or digit, at most 63",
    words.ID_PATTERN: "a letter, then letters, digits and _, at most 80",
    words.INPUT_NAME_PATTERN: "a letter, then letters, digits and _",
    words.DURATION_PATTERN: "a duration: 250ms, 30s, 5m, 1h30m, 2d, or seconds",
    words.RATE_PATTERN: "a rate: 10/s, 60/m or 1000/h",
    words.SHARE_PATTERN: "a count or a share of at most 100%, such as 5%",
}
_UNITS = {
    "ms": ("ms", "msec", "msecs", "millisecond", "milliseconds"),
    "s": ("s", "sec", "secs", "second", "seconds"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
}
_UNIT_OF = {name: unit for unit, names in _UNITS.items() for name in names}
_AMOUNT = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]+)\s*")
_BOOLEANS = {"yes": "true", "on": "true", "true": "true", "no": "false", "off": "false", "false": "false"}
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def place_name(path: Path) -> str:
    """What a problem's message calls the place."""
    if not path:
        return "the workflow"
    last = path[-1]
    if isinstance(last, str):
        return f'"{shortened(last)}"'
    holder = path[-2] if len(path) > 1 else "list"
    return f'item {last + 1} of "{holder}"'


def quoted(value: Any) -> str:
    """A value as the author wrote it, in quotes: `"7"`, `"true"`."""
    text = str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)
    return f'"{shortened(text)}"'


def value_named(value: Any) -> str:
    """A value as a message names it: `the text "yes"`, `the number 7`, `a list`."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return f"the number {shortened(str(value), 30)}"
    if isinstance(value, str):
        return f'the text "{shortened(value, 40)}"'
    return "a list" if isinstance(value, list) else "a mapping"


def wanted_named(schema: Mapping[str, Any]) -> str:
    """What a schema's `type` wants."""
    if schema.get("pattern") == words.DURATION_PATTERN:
        return "a duration"
    if texts := schema.get("then", {}).get("enum"):
        return f"a whole number or {' or '.join(map(str, texts))}"
    wanted = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if set(wanted) == {"string", "boolean"}:
        return "an expression"
    names = [_TYPE_NAMES[name] for name in wanted]
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]


def type_hint(path: Path, schema: Mapping[str, Any], value: Any) -> str | None:
    """What to write instead of a value of the wrong type, where that can be said."""
    wanted = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if value is None:
        return (
            "write a value, or remove the key"
            if path and isinstance(path[-1], str)
            else "write something, or remove it"
        )
    if "enum" in schema:
        return "one of: " + ", ".join(map(str, schema["enum"]))
    if schema.get("pattern") in FORMATS and "number" in wanted:
        return "write " + FORMATS[schema["pattern"]]
    return _in_long(path, value) or _converted(wanted, schema, value) or _example(path, schema)


def _in_long(path: Path, value: Any) -> str | None:
    """The long form of what was written short."""
    if path[:1] == ("inputs",) and len(path) == 2 and isinstance(value, str):
        return f"write {path[1]}: {{type: string}}"
    if path[:1] == ("connections",) and len(path) == 2 and isinstance(value, str):
        return f"write {path[1]}: {{tool: {shortened(value)}}}"
    if path[-1:] == ("retry",) and isinstance(value, int) and not isinstance(value, bool):
        return f"write retry: {{attempts: {value}}}"
    return None


def _converted(wanted: list[str], schema: Mapping[str, Any], value: Any) -> str | None:
    scalar = isinstance(value, (str, int, float))
    if wanted == ["string"] and scalar:
        return f'quote it: "{quoted(value)[1:-1]}"'
    if "array" in wanted and scalar and not _holds_mappings(schema):
        return f"write [{quoted(value)[1:-1]}]"
    if isinstance(value, str):
        if {"integer", "number"} & set(wanted) and _NUMBER.fullmatch(value):
            return f"write {value}, without quotes"
        if "boolean" in wanted and value.lower() in _BOOLEANS:
            return f"write {_BOOLEANS[value.lower()]}"
    return None


def _holds_mappings(schema: Mapping[str, Any]) -> bool:
    items = schema.get("items", {})
    return bool(items.get("else", items).get("type") == "object")


def _example(path: Path, schema: Mapping[str, Any]) -> str | None:
    if path[-1:] == ("steps",):
        return "write a list of steps: - id: …"
    if path[-1:] == ("with",):
        return "write with: {parameter: value}"
    examples = schema.get("examples")
    if not examples:
        return None
    shown = _flow(examples[0])
    return f"for example {shown}" if len(shown) <= 60 else None


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def format_hint(schema: Mapping[str, Any], value: str) -> str:
    """What a text that does not match a schema's pattern should be, with a correction where one is plain."""
    pattern = str(schema["pattern"])
    told = None if pattern in FORMATS else described(schema)
    expected = FORMATS.get(pattern, f"text that matches {pattern}")
    corrected = _corrected(schema, pattern, value)
    if not corrected or not re.match(pattern, corrected):
        return told or f"write {expected}"
    why = "" if pattern == words.DURATION_PATTERN else f" ({told or expected})"
    return f'did you mean "{corrected}"?{why}'


def _corrected(schema: Mapping[str, Any], pattern: str, value: str) -> str | None:
    for usual, replacement in schema.get("x-weft-corrections", {}).items():
        if re.search(usual, value):
            return re.sub(usual, replacement, value, count=1)
    if pattern == words.NAME_PATTERN:
        return re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")[:63]
    if pattern in (words.ID_PATTERN, words.INPUT_NAME_PATTERN):
        return re.sub(r"[^A-Za-z0-9_]+", "_", value)[:80]
    if pattern == words.DURATION_PATTERN and len(value) <= 40:
        return _duration(value)
    return None


def _duration(value: str) -> str | None:
    """`5 minutes` -> `5m`, `1 hour 30 min` -> `1h30m`."""
    amounts = _AMOUNT.findall(value)
    if "".join(amount + unit for amount, unit in amounts) != re.sub(r"\s", "", value):
        return None
    units = [_UNIT_OF.get(unit.lower()) for _, unit in amounts]
    return (
        "".join(amount + str(unit) for (amount, _), unit in zip(amounts, units, strict=True))
        if all(units)
        else None
    )


def described(schema: Mapping[str, Any]) -> str | None:
    """A property's description as a hint: from a lower-case letter on, without the full stop."""
    text = str(schema.get("description", "")).strip().rstrip(".")
    if not text:
        return None
    return text[0].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text
