"""Any value a tool may hold -> the JSON it leaves as: the one door every tool's data goes through.

Laws: what comes out is made of dict, list, str, int, float, bool and None, shares no container with what came
in, and can be written as JSON text by any writer. Nothing is imported that is not loaded already. What cannot
be converted without guessing is an error that names the type and the place.

NaN and infinity -> null; dates and times -> RFC 3339 (one without a zone stays without); durations ->
seconds; decimals -> numbers; bytes -> base64; enum members -> their value; sets -> sorted lists; dataclasses,
named tuples, pydantic models -> mappings; numpy, pandas, polars and arrow -> lists, records or scalars (see
`jsonable_frames`).
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import decimal
import enum
import json
import math
import pathlib
import uuid
from collections import deque
from collections.abc import Mapping
from typing import Any

from engine.errors import ToolError
from engine.tools import jsonable_frames

DEPTH_MAX = 200
INTEGER_BITS_MAX = 1024


def to_json(value: Any, warnings: list[str] | None = None, *, at: str = "data") -> Any:
    """`value` as JSON. What was changed on the way (NaN to null …) is told in `warnings`, one line a kind.

    `at` names the value in messages. Raises ToolError of type `data`, code the type's name.
    """
    conversion = _Conversion()
    try:
        converted = conversion.convert(value, 0)
    except _RefusedError as refused:
        raise ToolError(
            f"{at}{refused.where()}: {refused.message}", type="data", code=refused.code, hint=refused.hint
        ) from refused.__cause__
    if warnings is not None:
        warnings.extend(conversion.warnings(at))
    return converted


def from_json_text(text: str | bytes, what: str, warnings: list[str] | None = None) -> Any:
    """The value of a JSON text that a tool was given by the world outside; `what` names it in messages.

    Raises ToolError of type `data`, code `JSON`, with line and column of what is wrong.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        raise ToolError(f"{what} is nested too deeply to be read as json", type="data", code="JSON") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        message = f"{what} is not json: {error.msg.lower()} at {place}"
        raise ToolError(message, type="data", code="JSON") from None
    except ValueError as error:
        raise ToolError(f"{what} is not json: {error}", type="data", code="JSON") from None
    return to_json(value, warnings, at=what)


class _RefusedError(Exception):
    """A value that cannot be converted; the path to it is gathered while the containers unwind."""

    def __init__(self, message: str, code: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.steps: list[Any] = []

    def where(self) -> str:
        return "".join(f".{s}" if isinstance(s, str) else f"[{s}]" for s in reversed(self.steps))


class _Conversion:
    """One conversion: what was changed so far, and the containers open above the value at hand."""

    def __init__(self) -> None:
        self.not_finite = 0
        self.lone_surrogates = 0
        self.lost_digits = 0
        self.open: set[int] = set()

    def warnings(self, at: str) -> list[str]:
        found = (
            (self.not_finite, "NaN or infinite numbers became null"),
            (self.lone_surrogates, "texts held lone surrogates, which became U+FFFD"),
            (self.lost_digits, "decimals lost digits when they became numbers"),
        )
        return [f"{at}: {text} ({count})" for count, text in found if count]

    def convert(self, value: Any, depth: int) -> Any:
        kind = type(value)
        leaf = _LEAVES.get(kind)
        if leaf is not None:
            return leaf(self, value)
        if kind is dict:
            return self.mapping(value, depth)
        if kind is list or kind is tuple:
            return self.items(value, depth)
        return self.other(value, depth)

    def enter(self, container: Any, depth: int) -> None:
        if depth >= DEPTH_MAX:
            raise _RefusedError(f"nested deeper than {DEPTH_MAX}", "depth")
        if id(container) in self.open:
            raise _RefusedError("contains itself", "cycle")
        self.open.add(id(container))

    def items(self, values: Any, depth: int) -> list[Any]:
        self.enter(values, depth)
        out: list[Any] = []
        try:
            for item in values:
                out.append(self.convert(item, depth + 1))  # noqa: PERF401 - len(out) is the place of an error
        except _RefusedError as refused:
            refused.steps.append(len(out))
            raise
        self.open.discard(id(values))
        return out

    def mapping(self, value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
        self.enter(value, depth)
        out: dict[str, Any] = {}
        name: Any = None
        try:
            for key, item in value.items():
                name = None
                name = key if type(key) is str and key.isascii() else self.key(key)
                if name in out:
                    raise _RefusedError(f"two keys are written {name!r}", "key")
                out[name] = self.convert(item, depth + 1)
        except _RefusedError as refused:
            if isinstance(name, str):
                refused.steps.append(name)
            raise
        self.open.discard(id(value))
        return out

    def key(self, key: Any) -> str:
        """Keys are text in JSON: whole numbers, dates, ids and enum members have one obvious writing."""
        plain = jsonable_frames.scalar(key)
        if isinstance(plain, enum.Enum):
            plain = plain.value
        if isinstance(plain, str):
            return self.text(plain)
        if isinstance(plain, (int, dt.date, dt.time, uuid.UUID)) and not isinstance(plain, bool):
            written = self.convert(plain, 0)
            return written if isinstance(written, str) else str(written)
        raise _RefusedError(f"a key is of type {_named(type(key))}, expected text", type(key).__name__)

    def other(self, value: Any, depth: int) -> Any:
        """Everything that is not of an exact JSON type: subclasses, dataclasses, frames, arrays."""
        if isinstance(value, enum.Enum):
            return self.convert(value.value, depth)
        framed = jsonable_frames.plain(value)
        if framed is not jsonable_frames.NOT_MINE:
            if isinstance(framed, jsonable_frames.Unfit):
                raise _RefusedError(framed.message, type(value).__name__, framed.hint)
            return self.convert(framed, depth)
        fields = _fields(value)
        if fields is not None:
            self.enter(value, depth)
            out = self.mapping(fields, depth)
            self.open.discard(id(value))
            return out
        if isinstance(value, Mapping):
            return self.mapping(value, depth)
        if isinstance(value, (list, tuple, deque, range)):
            return self.items(value, depth)
        if isinstance(value, (set, frozenset)):
            return sorted(self.items(value, depth), key=_set_order)
        for base, leaf in _BASES:
            if isinstance(value, base):
                return leaf(self, value)
        raise _RefusedError(f"{_named(type(value))} is not json", type(value).__name__, _hint(value))

    def integer(self, value: int) -> int:
        if value.bit_length() > INTEGER_BITS_MAX:
            raise _RefusedError(f"an integer of {value.bit_length()} bits is too large", "int")
        return int(value)

    def real(self, value: float) -> float | None:
        if math.isfinite(value):
            return float(value)
        self.not_finite += 1
        return None

    def text(self, value: str) -> str:
        if not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                self.lone_surrogates += 1
                return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return str.__str__(value)

    def decimal(self, value: decimal.Decimal) -> int | float | None:
        if not value.is_finite():
            return self.real(math.nan)
        if value and value.adjusted() > 300:
            raise _RefusedError("a decimal above 1e300 is too large", "Decimal")
        if int(value.as_tuple().exponent) >= 0:
            return int(value)
        number = float(value)
        self.lost_digits += decimal.Decimal(repr(number)) != value
        return number

    def moment(self, value: dt.datetime) -> str | None:
        if value != value:  # noqa: PLR0124 - pandas' NaT is a datetime that is not itself
            return None
        offset = value.utcoffset()
        if offset is not None and offset.total_seconds() % 60:
            value = value.astimezone(dt.UTC)  # RFC 3339 knows no seconds in an offset
        return _zulu(value.isoformat())


def _zulu(text: str) -> str:
    return text[:-6] + "Z" if text.endswith("+00:00") else text


def _seconds(conversion: _Conversion, value: dt.timedelta) -> float | None:
    return None if value != value else conversion.real(value.total_seconds())  # noqa: PLR0124 - NaT again


def _base64(_conversion: _Conversion, value: bytes | bytearray | memoryview) -> str:
    return base64.b64encode(value).decode("ascii")


_LEAVES: dict[type, Any] = {
    str: _Conversion.text,
    int: _Conversion.integer,
    float: _Conversion.real,
    bool: lambda _c, v: v,
    type(None): lambda _c, v: v,
    dt.datetime: _Conversion.moment,
    decimal.Decimal: _Conversion.decimal,
}

_BASES: tuple[tuple[Any, Any], ...] = (
    (str, _Conversion.text),
    (int, _Conversion.integer),
    (float, _Conversion.real),
    (dt.datetime, _Conversion.moment),
    (dt.date, lambda _c, v: v.isoformat()),
    (dt.time, lambda _c, v: _zulu(v.isoformat())),
    (dt.timedelta, _seconds),
    (decimal.Decimal, _Conversion.decimal),
    ((bytes, bytearray, memoryview), _base64),
    (uuid.UUID, lambda _c, v: str(v)),
    (pathlib.PurePath, lambda c, v: c.text(str(v))),
)


def _fields(value: Any) -> Mapping[str, Any] | None:
    """The fields of a record-like object, one level deep; None if it is none."""
    if isinstance(value, type):
        return None
    if dataclasses.is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return dict(zip(value._fields, value, strict=True))
    if hasattr(type(value), "model_fields") and callable(getattr(value, "model_dump", None)):
        dumped = value.model_dump()
        return dumped if isinstance(dumped, Mapping) else None
    return None


def _set_order(item: Any) -> tuple[str, Any]:
    """An order for any mixture, so that a set always looks the same: numbers by size, the rest by text."""
    if isinstance(item, (int, float)) and not isinstance(item, bool):
        return ("", item)
    return (type(item).__name__, json.dumps(item, sort_keys=True))


def _named(kind: type) -> str:
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _hint(value: Any) -> str | None:
    if hasattr(value, "__next__"):
        return "return list(...) of it"
    if callable(value):
        return "a function was given where its result was meant; call it"
    return "return a dict, a list, text, a number, a bool or None"
