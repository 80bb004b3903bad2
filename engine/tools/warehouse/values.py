"""Columns of a result -> JSON values, a whole column at a time: dispatch per column, not per cell.

Same outcome as `engine.tools.jsonable`, which does the rare kinds (nested ones, long decimals) cell by cell.
"""

from __future__ import annotations

import array as arrays
import base64
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from engine.tools.jsonable import to_json

_LOOKED_AT = 1_000
NOT_FINITE = 'column "{}": NaN or infinite numbers became null ({})'


def json_rows(names: Sequence[str], batches: Sequence[Any], warnings: list[str]) -> list[dict[str, Any]]:
    """Rows as mappings of JSON values. What was changed on the way is told in `warnings`."""
    if not batches:
        return []
    table = pa.Table.from_batches(batches)
    columns = [
        json_column(column.combine_chunks(), name, warnings)
        for name, column in zip(names, table.columns, strict=True)
    ]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def json_column(array: Any, name: str, warnings: list[str]) -> list[Any]:
    """One Arrow array as JSON values."""
    kind = array.type
    if pa.types.is_dictionary(kind):
        return json_column(array.dictionary_decode(), name, warnings)
    if pa.types.is_floating(kind):
        return _floats(array, name, warnings)
    if pa.types.is_decimal(kind):
        return _decimals(array, name, warnings)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_time(kind):
        text = moments(array)
        if infinite := text.null_count - array.null_count:
            warnings.append(f'column "{name}": infinite dates became null ({infinite})')
        values: list[Any] = text.to_pylist()
        return values
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return [None if v is None else base64.b64encode(v).decode() for v in array.to_pylist()]
    if pa.types.is_interval(kind):
        return [None if v is None else interval_text(v) for v in array.to_pylist()]
    if pa.types.is_nested(kind):
        notes: list[str] = []
        nested: list[Any] = to_json(array.to_pylist(maps_as_pydicts="lossy"), notes, at=f'column "{name}"')
        warnings.extend(notes)
        return nested
    plain: list[Any] = array.to_pylist()
    return plain


def moments(array: Any) -> Any:
    """Dates, times and timestamps as RFC 3339 texts; zoned ones in UTC with a Z; no fraction where it is
    zero.

    An infinite date, which DuckDB keeps as the largest number there is, has no such text: null.
    """
    kind = array.type
    if not pa.types.is_time(kind):
        array = pc.if_else(_infinite(array), pa.nulls(len(array), kind), array)
    if pa.types.is_date(kind):
        return array.cast(pa.string())
    if pa.types.is_time(kind):
        return pc.replace_substring_regex(array.cast(pa.string()), r"\.0+$", "")
    # The Z is part of the format: a Python text given to Arrow would make it import pandas.
    zone = "Z" if kind.tz else ""
    text = pc.strftime(array.cast(pa.timestamp(kind.unit)), format=f"%Y-%m-%dT%H:%M:%S{zone}")
    return pc.replace_substring_regex(text, r"\.0+(Z?)$", r"\1")


def _infinite(array: Any) -> Any:
    """Where the number behind a date or timestamp is the largest of its width, or the negative of that."""
    code, kind = ("i", pa.int32()) if pa.types.is_date32(array.type) else ("q", pa.int64())
    largest = 2 ** (kind.bit_width - 1) - 1
    # From a buffer: a Python number given to Arrow would make it import pandas.
    bounds = pa.Array.from_buffers(kind, 2, [None, pa.py_buffer(arrays.array(code, [largest, -largest]))])
    return pc.is_in(array.view(kind), value_set=bounds)


def interval_text(value: Any) -> str:
    """An SQL interval as text: its months have no length in seconds."""
    seconds = value.nanoseconds / 1e9
    parts = [(value.months, "months"), (value.days, "days"), (seconds, "seconds")]
    return " ".join(f"{number:g} {unit}" for number, unit in parts if number) or "0 seconds"


def plain_columns(
    columns: Sequence[Sequence[Any]], names: Sequence[str], warnings: list[str]
) -> list[Sequence[Any]]:
    """Columns of Python values as SQLite gives them (int, float, str, bytes, None) as JSON values."""
    return [_plain(column, name, warnings) for column, name in zip(columns, names, strict=True)]


def _plain(values: Sequence[Any], name: str, warnings: list[str]) -> Sequence[Any]:
    kinds = set(map(type, values))
    if bytes in kinds:
        values = [base64.b64encode(v).decode() if isinstance(v, bytes) else v for v in values]
    if float in kinds and not _finite(values, kinds):
        wrong = [type(v) is float and not math.isfinite(v) for v in values]
        warnings.append(NOT_FINITE.format(name, sum(wrong)))
        values = [None if bad else v for v, bad in zip(values, wrong, strict=True)]
    return values


def decimals_json(values: Sequence[Any], name: str, warnings: list[str]) -> list[Any]:
    """Python's decimals as JSON numbers."""
    wrong = sum(v is not None and not v.is_finite() for v in values)
    if wrong:
        warnings.append(NOT_FINITE.format(name, wrong))
    notes: list[str] = []
    plain = [None if v is None or not v.is_finite() else _whole(v) for v in values]
    found: list[Any] = to_json(plain, notes, at=f'column "{name}"')
    warnings.extend(notes)
    return found


def _whole(value: Decimal) -> Decimal | int:
    exponent = value.as_tuple().exponent
    return int(value) if isinstance(exponent, int) and exponent >= 0 else value


def _finite(values: Sequence[Any], kinds: set[type]) -> bool:
    """The sum of numbers is finite only where all of them are; it is found far quicker than by looking at each."""
    if kinds <= {float, int, bool, type(None)} and math.isfinite(sum(filter(None, values))):
        return True
    return all(math.isfinite(v) for v in values if type(v) is float)


def _floats(array: Any, name: str, warnings: list[str]) -> list[Any]:
    finite = pc.is_finite(array)
    wrong = (pc.sum(pc.invert(finite)).as_py() or 0) if len(array) else 0
    if wrong:
        warnings.append(NOT_FINITE.format(name, wrong))
        array = pc.if_else(finite, array, pa.nulls(len(array), array.type))
    values: list[Any] = array.to_pylist()
    return values


def _decimals(array: Any, name: str, warnings: list[str]) -> list[Any]:
    if array.type.scale == 0:
        return [None if v is None else int(v) for v in array.to_pylist()]
    if array.type.precision <= 15:  # every decimal of 15 digits has its own float
        fast: list[Any] = array.cast(pa.float64()).to_pylist()
        return fast
    notes: list[str] = []
    exact: list[Any] = to_json(array.to_pylist(), notes, at=f'column "{name}"')
    warnings.extend(notes)
    return exact


def size_of(values: Sequence[Any]) -> int:
    """About how many bytes a column or a row of Python values took on its way here; of a long one some are looked at."""
    if len(values) > 2 * _LOOKED_AT:
        step = len(values) // _LOOKED_AT
        return size_of(values[::step]) * step
    kinds = set(map(type, values))
    if kinds <= {str, bytes, type(None)}:
        return sum(map(len, filter(None, values)))
    if not kinds & {str, bytes, list}:
        return 8 * len(values)
    return sum(len(value) if isinstance(value, (str, bytes, list)) else 8 for value in values)


def mappings(
    names: Sequence[str],
    rows: Sequence[Sequence[Any]],
    columns: Sequence[Sequence[Any]],
    made: Sequence[Sequence[Any]],
) -> list[dict[str, Any]]:
    """Rows by name. `made` are the columns as JSON; where none of them had to be changed the rows are good as they came."""
    if any(one is not other for one, other in zip(made, columns, strict=True)):
        rows = list(zip(*made, strict=True))
    return [dict(zip(names, row)) for row in rows]  # noqa: B905 - all are equally long, and this is the inner loop
