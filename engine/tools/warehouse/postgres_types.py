"""PostgreSQL's values -> JSON, or Arrow columns for files, exactly; what has no type there stays the database's text.

Dates and times arrive as ISO texts (the session's settings see to that). In a file an infinite date becomes the largest
number there is, as DuckDB keeps it. JSON is made without Arrow: its first array of Python values imports pandas.
"""

from __future__ import annotations

import array as arrays
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from engine.errors import ToolError
from engine.tools.warehouse.values import decimals_json, interval_text, plain_columns

# By the number a type has in every PostgreSQL database.
BOOL, BYTEA, INT8, INT2, INT4, OID, FLOAT4, FLOAT8 = 16, 17, 20, 21, 23, 26, 700, 701
DATE, TIME, TIMESTAMP, TIMESTAMPTZ, INTERVAL, NUMERIC = 1082, 1083, 1114, 1184, 1186, 1700
PLAIN = {
    BOOL: pa.bool_(),
    BYTEA: pa.binary(),
    INT2: pa.int16(),
    INT4: pa.int32(),
    INT8: pa.int64(),
    OID: pa.int64(),
    FLOAT4: pa.float32(),
    FLOAT8: pa.float64(),
}
_MOMENTS = {
    DATE: pa.date32(),
    TIME: pa.time64("us"),
    TIMESTAMP: pa.timestamp("us"),
    TIMESTAMPTZ: pa.timestamp("us", "UTC"),
}
_DIGITS_MAX = 76
_MOMENT = re.compile(r"(?:(\d{4}-\d\d-\d\d) ?)?(\d\d:\d\d:\d\d)?(?:\.(\d{1,6}))?(\+00)?")
_INTERVAL = re.compile(
    r"P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-?[\d.]+)S)?)?$"
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One column's type. `arrow` None: a decimal whose digits only its values tell. `item` is an array's."""

    name: str
    arrow: Any
    make: Callable[[Sequence[Any], Any, str], Any]
    item: Kind | None = None

    def array(self, values: Sequence[Any]) -> Any:
        return self.make(values, self.arrow, self.name)

    def json(self, values: Sequence[Any], warnings: list[str]) -> Sequence[Any]:
        """The values as JSON; what was changed is told in `warnings`."""
        if self.item is not None:
            return _nested_json(self.item, values, warnings)
        if self.make is _decimals:
            return decimals_json(values, self.name, warnings)
        if self.make is _moments:
            return _moments_json(values, self.name, warnings)
        if self.make is _intervals:
            return [None if v is None else interval_text(_interval(v)) for v in values]
        return plain_columns([values], [self.name], warnings)[0]


def kind_of(name: str, oid: int, modifier: int, item_oid: int | None) -> Kind:
    """The kind of a column of this type. `modifier` is PostgreSQL's (precision and scale in one number)."""
    if item_oid is not None:
        item = kind_of(name, item_oid, modifier, None)
        plain = item.arrow if item_oid in PLAIN and item.arrow != pa.binary() else pa.string()
        return Kind(name, pa.list_(plain), _lists, item)
    if oid in PLAIN:
        return Kind(name, PLAIN[oid], _plain)
    if oid in _MOMENTS:
        return Kind(name, _MOMENTS[oid], _moments)
    if oid == INTERVAL:
        return Kind(name, pa.month_day_nano_interval(), _intervals)
    if oid == NUMERIC:
        return Kind(name, _decimal(modifier), _decimals)
    return Kind(name, pa.string(), _plain)


def decimal_type(digits: int, scale: int) -> Any | None:
    """The Arrow decimal with so many digits before the point and after it; None where there is none."""
    precision = max(1, digits + scale)
    if precision > _DIGITS_MAX:
        return None
    return pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)


def of_decimal(kind: Kind, arrow: Any | None) -> Kind:
    """The kind of a decimal column that is now known to fit `arrow`; None: as text."""
    return Kind(kind.name, arrow or pa.string(), _decimals if arrow else _digits)


def _decimal(modifier: int) -> Any | None:
    if modifier < 4:
        return None
    precision, scale = (modifier - 4) >> 16 & 0xFFFF, (modifier - 4) & 0x7FF
    scale = (scale ^ 1024) - 1024
    return decimal_type(precision - scale, max(scale, 0)) if scale <= precision else decimal_type(0, scale)


def _plain(values: Sequence[Any], arrow: Any, name: str) -> Any:
    return pa.array(values, type=arrow)


def _digits(values: Sequence[Any], arrow: Any, name: str) -> Any:
    return pa.array([None if v is None else str(v) for v in values], type=arrow)


def _decimals(values: Sequence[Any], arrow: Any, name: str) -> Any:
    """NaN and infinities, which no decimal of Arrow's holds, are refused: nothing is lost silently."""
    if arrow is None:
        return _digits(values, pa.string(), name)
    if any(v is not None and not v.is_finite() for v in values):
        raise ToolError(
            f'column "{name}" holds NaN or an infinite number, which no decimal of the file can be',
            type="data",
            hint="cast the column to double precision, or to text",
        )
    return pa.array(values, type=arrow)


def _moments(values: Sequence[Any], arrow: Any, name: str) -> Any:
    text = pa.array(values, type=pa.string())
    infinite = pc.fill_null(pc.match_substring(text, "infinity"), _no())
    try:
        found = _read(pc.if_else(infinite, pa.nulls(len(text), pa.string()), text), arrow)
    except pa.ArrowInvalid:
        raise _out_of_range(name) from None
    if not pc.any(infinite, min_count=0).as_py():
        return found
    negative = pc.fill_null(pc.starts_with(text, "-infinity"), _no())
    code, number = ("i", pa.int32()) if pa.types.is_date32(arrow) else ("q", pa.int64())
    largest = 2 ** (number.bit_width - 1) - 1
    # From a buffer: a Python number given to Arrow would make it import pandas.
    ends = pa.Array.from_buffers(number, 2, [None, pa.py_buffer(arrays.array(code, [largest, -largest]))])
    bounds = pc.if_else(negative, ends[1], ends[0])
    return pc.if_else(infinite, bounds, found.view(number)).view(arrow)


def _moments_json(values: Sequence[Any], name: str, warnings: list[str]) -> list[Any]:
    found = [None if v is None or v in ("infinity", "-infinity") else _rfc3339(v, name) for v in values]
    if infinite := found.count(None) - list(values).count(None):
        warnings.append(f'column "{name}": infinite dates became null ({infinite})')
    return found


def _rfc3339(text: str, name: str) -> str:
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise _out_of_range(name)
    day, clock, fraction, zone = match.groups()
    parts = "T".join(part for part in (day, clock) if part)
    return parts + (f".{fraction:0<6}" if fraction else "") + ("Z" if zone else "")


def _out_of_range(name: str) -> ToolError:
    return ToolError(
        f'column "{name}" holds a date or time that cannot be given',
        type="data",
        hint="dates from the year 1 to 9999 can; cast the column to text for others",
    )


def _read(text: Any, arrow: Any) -> Any:
    if not pa.types.is_time(arrow):
        return text.cast(arrow)
    # Arrow reads a time only together with a day.
    days = pc.binary_join_element_wise(pa.scalar("1970-01-01"), text, pa.scalar(" "))
    return days.cast(pa.timestamp("us")).cast(arrow)


def _no() -> Any:
    return pa.scalar(False)


def _intervals(values: Sequence[Any], arrow: Any, name: str) -> Any:
    return pa.array([None if v is None else pa.MonthDayNano([*_interval(v)]) for v in values], type=arrow)


class _Interval(NamedTuple):
    months: int
    days: int
    nanoseconds: int


def _interval(text: str) -> _Interval:
    match = _INTERVAL.match(text)
    if match is None:
        raise ToolError(f'"{text}" is no interval as this database was asked to write it', type="internal")
    years, months, days, hours, minutes = (int(part or 0) for part in match.groups()[:5])
    seconds = Decimal(match[6] or 0)
    nanos = (hours * 3600 + minutes * 60) * 10**9 + int(seconds * 10**9)
    return _Interval(years * 12 + months, days, nanos)


def _nested_json(item: Kind, values: Sequence[Any], warnings: list[str]) -> list[Any]:
    """Arrays of any depth: their leaves are made JSON as one column, and put back."""
    leaves: list[Any] = []

    def gather(value: Any) -> None:
        if isinstance(value, list):
            for inner in value:
                gather(inner)
        else:
            leaves.append(value)

    def put_back(value: Any) -> Any:
        return [put_back(inner) for inner in value] if isinstance(value, list) else next(made)

    for value in values:
        gather(value)
    made = iter(item.json(leaves, warnings))
    return [put_back(value) for value in values]


def _lists(values: Sequence[Any], arrow: Any, name: str) -> Any:
    """A file's lists: numbers, booleans and texts as they are, the texts of everything else."""
    if pa.types.is_string(arrow.value_type):
        values = [None if v is None else [i if i is None else _item_text(i) for i in v] for v in values]
    try:
        return pa.array(values, type=arrow)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        raise ToolError(
            f'column "{name}" holds arrays of arrays, which have no one type in a file',
            type="data",
            hint="cast the column to text, or to_json it",
        ) from None


def _item_text(item: Any) -> Any:
    if isinstance(item, bytes):
        return "\\x" + item.hex()
    return item if isinstance(item, (str, list)) else str(item)
