"""Record batches -> a file of the project: csv, parquet or arrow, one batch in memory at a time, whole or not
at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.ipc
import pyarrow.parquet

from engine.tools.confined import replace_atomically
from engine.tools.warehouse.values import json_column, moments


def write_file(
    path: str,
    project_dir: Path,
    result_format: str,
    schema: Any,
    *,
    names: Sequence[str],
    stream: Iterable[Any],
) -> tuple[int, int]:
    """Writes the batches to `path` under these column names; gives (rows, bytes).

    An error on the way leaves what was there before. Raises ToolError for a path outside the project.
    """
    rows = 0
    schema = pa.schema([field.with_name(name) for field, name in zip(schema, names, strict=True)])
    suited = _suited(schema, result_format)
    with replace_atomically(path, project_dir) as sink:
        with closing(_writer(sink, suited(_none_of(schema)).schema, result_format)) as writer:
            for batch in stream:
                writer.write_batch(suited(pa.RecordBatch.from_arrays(batch.columns, schema=schema)))
                rows += batch.num_rows
        sink.flush()
        return rows, sink.tell()


def _writer(sink: IO[bytes], schema: Any, result_format: str) -> Any:
    if result_format == "csv":
        return pyarrow.csv.CSVWriter(sink, schema)
    if result_format == "parquet":
        return pyarrow.parquet.ParquetWriter(sink, schema)
    return pyarrow.ipc.new_file(sink, schema)


def _none_of(schema: Any) -> Any:
    return pa.RecordBatch.from_arrays([pa.array([], type=field.type) for field in schema], schema=schema)


def _suited(schema: Any, result_format: str) -> Callable[[Any], Any]:
    """What turns a batch into one the format can hold: columns it has no type for become text, as in JSON."""
    if result_format == "arrow":
        return lambda batch: batch
    unfit = _no_csv if result_format == "csv" else pa.types.is_interval
    changed = [index for index, field in enumerate(schema) if unfit(field.type)]

    def suit(batch: Any) -> Any:
        for index in changed:
            batch = batch.set_column(index, batch.schema.field(index).name, _as_text(batch.column(index)))
        return batch

    return suit


def _no_csv(kind: Any) -> bool:
    types = pa.types
    return bool(
        types.is_nested(kind)
        or types.is_binary(kind)
        or types.is_interval(kind)
        or types.is_dictionary(kind)
        or types.is_timestamp(kind)
        or types.is_time(kind)
        or types.is_null(kind)
    )


def _as_text(array: Any) -> Any:
    if pa.types.is_timestamp(array.type) or pa.types.is_time(array.type):
        return moments(array)
    values = json_column(array, "", [])
    return pa.array(
        [v if v is None or isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in values],
        type=pa.string(),
    )
