"""MySQL's values -> JSON, or Arrow columns for files, exactly; what has no type there stays the database's text.

Dates and times arrive as texts, in UTC (the session's settings see to that). JSON is made without Arrow: its first array
of Python values imports pandas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pymysql.constants import FIELD_TYPE, FLAG

from engine.errors import ToolError
from engine.tools.warehouse.values import decimals_json, plain_columns

_BINARY = 63
"""The number of the character set that means bytes."""
_ZERO = "0000-00-00"


def _bits(value: bytes) -> int:
    return int.from_bytes(value, "big")


# What a value's text becomes; whatever is not here stays text, or bytes.
DECODERS: dict[Any, Callable[[Any], Any]] = {
    FIELD_TYPE.BIT: _bits,
    FIELD_TYPE.TINY: int,
    FIELD_TYPE.SHORT: int,
    FIELD_TYPE.INT24: int,
    FIELD_TYPE.LONG: int,
    FIELD_TYPE.LONGLONG: int,
    FIELD_TYPE.YEAR: int,
    FIELD_TYPE.FLOAT: float,
    FIELD_TYPE.DOUBLE: float,
    FIELD_TYPE.DECIMAL: Decimal,
    FIELD_TYPE.NEWDECIMAL: Decimal,
}
# Type -> its name, Arrow's type for its signed and its unsigned numbers.
_NUMBERS = {
    FIELD_TYPE.TINY: ("TINYINT", pa.int16(), pa.int16()),
    FIELD_TYPE.SHORT: ("SMALLINT", pa.int16(), pa.int32()),
    FIELD_TYPE.INT24: ("MEDIUMINT", pa.int32(), pa.int32()),
    FIELD_TYPE.LONG: ("INT", pa.int32(), pa.int64()),
    FIELD_TYPE.LONGLONG: ("BIGINT", pa.int64(), pa.uint64()),
    FIELD_TYPE.YEAR: ("YEAR", pa.int16(), pa.int16()),
    FIELD_TYPE.BIT: ("BIT", pa.uint64(), pa.uint64()),
    FIELD_TYPE.FLOAT: ("FLOAT", pa.float32(), pa.float32()),
    FIELD_TYPE.DOUBLE: ("DOUBLE", pa.float64(), pa.float64()),
}
_DATES = {
    FIELD_TYPE.DATE: ("DATE", pa.date32()),
    FIELD_TYPE.NEWDATE: ("DATE", pa.date32()),
    FIELD_TYPE.DATETIME: ("DATETIME", pa.timestamp("us")),
    FIELD_TYPE.TIMESTAMP: ("TIMESTAMP", pa.timestamp("us", "UTC")),
}
_DECIMALS = (FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL)
_BLOBS = (FIELD_TYPE.TINY_BLOB, FIELD_TYPE.MEDIUM_BLOB, FIELD_TYPE.LONG_BLOB, FIELD_TYPE.BLOB)


@dataclass(frozen=True, slots=True)
class Kind:
    """One column: its name, its type in the database's words and in Arrow's."""

    name: str
    type: str
    arrow: Any

    def array(self, values: Sequence[Any]) -> Any:
        if _is_moment(self.arrow):
            return _moments(values, self.arrow, self.name)
        return pa.array(values, type=self.arrow)

    def json(self, values: Sequence[Any], warnings: list[str]) -> Sequence[Any]:
        """The values as JSON; what was changed is told in `warnings`."""
        if pa.types.is_decimal(self.arrow):
            return decimals_json(values, self.name, warnings)
        if _is_moment(self.arrow):
            return _moments_json(values, self.arrow, self.name, warnings)
        return plain_columns([values], [self.name], warnings)[0]


def kind_of(field: Any) -> Kind:
    """The kind of a column, of what the server said of it (PyMySQL's FieldDescriptorPacket)."""
    code, unsigned = field.type_code, bool(field.flags & FLAG.UNSIGNED)
    if code in _NUMBERS:
        name, signed, bare = _NUMBERS[code]
        shown = f"{name} UNSIGNED" if unsigned and code not in (FIELD_TYPE.YEAR, FIELD_TYPE.BIT) else name
        return Kind(field.name, shown, bare if unsigned else signed)
    if code in _DATES:
        return Kind(field.name, *_DATES[code])
    if code in _DECIMALS:
        digits = max(1, field.length - (field.scale > 0) - (not unsigned))
        made = pa.decimal128(digits, field.scale) if digits <= 38 else pa.decimal256(digits, field.scale)
        return Kind(field.name, f"DECIMAL({digits},{field.scale})", made)
    if code == FIELD_TYPE.NULL:
        return Kind(field.name, "NULL", pa.null())
    return Kind(field.name, *_text(code, field))


def _text(code: int, field: Any) -> tuple[str, Any]:
    if code == FIELD_TYPE.JSON:
        return "JSON", pa.string()
    if code == FIELD_TYPE.TIME:  # may be longer than a day, or less than nothing
        return "TIME", pa.string()
    if code == FIELD_TYPE.GEOMETRY:
        return "GEOMETRY", pa.binary()
    bare = field.charsetnr == _BINARY
    if code in _BLOBS:
        return ("BLOB", pa.binary()) if bare else ("TEXT", pa.string())
    if bare:
        return ("BINARY" if code == FIELD_TYPE.STRING else "VARBINARY"), pa.binary()
    if field.flags & FLAG.ENUM:
        return "ENUM", pa.string()
    return (
        "SET" if field.flags & FLAG.SET else "CHAR" if code == FIELD_TYPE.STRING else "VARCHAR"
    ), pa.string()


def _is_moment(arrow: Any) -> bool:
    return bool(pa.types.is_date(arrow) or pa.types.is_timestamp(arrow))


def _moments(values: Sequence[Any], arrow: Any, name: str) -> Any:
    try:
        return pa.array(values, type=pa.string()).cast(arrow)
    except pa.ArrowInvalid:
        raise ToolError(
            f'column "{name}" holds a date that is none, as 0000-00-00, which no file can hold',
            type="data",
            hint="cast the column to char, or select nullif of it",
        ) from None


def _moments_json(values: Sequence[Any], arrow: Any, name: str, warnings: list[str]) -> list[Any]:
    zero = sum(v is not None and v.startswith(_ZERO) for v in values)
    if zero:
        warnings.append(f'column "{name}": zero dates became null ({zero})')
        values = [None if v is None or v.startswith(_ZERO) else v for v in values]
    if pa.types.is_date(arrow):
        return [*values]
    zone = "Z" if arrow.tz else ""
    return [None if v is None else _rfc3339(v) + zone for v in values]


def _rfc3339(text: str) -> str:
    whole, _, fraction = text.replace(" ", "T", 1).partition(".")
    return f"{whole}.{fraction:0<6}" if fraction.strip("0") else whole
