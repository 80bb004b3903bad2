"""Arrow batches -> what COPY reads, and the types a table made for them gets."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.csv

from engine.tools.warehouse.values import interval_text, json_column

_NAMES = (
    (pa.types.is_boolean, "BOOLEAN"),
    (pa.types.is_int8, "SMALLINT"),
    (pa.types.is_uint8, "SMALLINT"),
    (pa.types.is_int16, "SMALLINT"),
    (pa.types.is_uint16, "INTEGER"),
    (pa.types.is_int32, "INTEGER"),
    (pa.types.is_uint64, "NUMERIC(20, 0)"),
    (pa.types.is_integer, "BIGINT"),
    (pa.types.is_float16, "REAL"),
    (pa.types.is_float32, "REAL"),
    (pa.types.is_floating, "DOUBLE PRECISION"),
    (pa.types.is_date, "DATE"),
    (pa.types.is_time, "TIME"),
    (pa.types.is_interval, "INTERVAL"),
    (pa.types.is_binary, "BYTEA"),
    (pa.types.is_large_binary, "BYTEA"),
    (pa.types.is_fixed_size_binary, "BYTEA"),
    (pa.types.is_nested, "JSONB"),
)


def sql_type(kind: Any) -> str:
    """PostgreSQL's type for an Arrow column."""
    if pa.types.is_dictionary(kind):
        return sql_type(kind.value_type)
    if pa.types.is_decimal(kind):
        return f"NUMERIC({kind.precision}, {kind.scale})"
    if pa.types.is_timestamp(kind):
        return "TIMESTAMPTZ" if kind.tz else "TIMESTAMP"
    return next((name for test, name in _NAMES if test(kind)), "TEXT")


def csv_of(batch: Any) -> bytes:
    """The batch as csv without a head: null is nothing, an empty text is `""`, which COPY tells apart."""
    columns = [_column(column) for column in batch.columns]
    ready = pa.record_batch(columns, names=[f"c{at}" for at in range(len(columns))])
    sink = io.BytesIO()
    pyarrow.csv.write_csv(ready, sink, pyarrow.csv.WriteOptions(include_header=False))
    return sink.getvalue()


def _column(column: Any) -> Any:
    kind = column.type
    types = pa.types
    if types.is_dictionary(kind):
        return _column(column.dictionary_decode())
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return _texts(column.to_pylist(), lambda value: "\\x" + value.hex())
    if types.is_interval(kind):
        return _texts(column.to_pylist(), interval_text)
    if types.is_nested(kind):
        return _texts(json_column(column, "", []), lambda value: json.dumps(value, ensure_ascii=False))
    if types.is_null(kind) or types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind):
        return column.cast(pa.string()) if types.is_null(kind) else column
    return column.cast(pa.string())


def _texts(values: list[Any], text: Any) -> Any:
    return pa.array([None if value is None else text(value) for value in values], type=pa.string())
