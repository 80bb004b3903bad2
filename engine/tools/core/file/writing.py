"""What a step hands over -> the bytes of a file, one function a format. Knows no path rules.

A stream is written batch by batch. A csv and a parquet file have the columns of its first batch: a column that comes later is
an error, as its header is on the disk by then.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import IO, Any

from engine.errors import MissingExtra, ToolError
from engine.tools.port import Records
from engine.tools.records import Record, columns_of, require_records

_TABLES = ("ndjson", "csv", "parquet")


def write_content(
    stream: IO[bytes], form: str, content: Any, delimiter: str, look: Callable[[], None] = lambda: None
) -> int | None:
    """Writes `content`; gives the number of records, None for text and json. `look` is called before each batch and may raise.

    Raises ToolError `invalid`, `data` for a column that comes too late.
    """
    if form not in _TABLES and isinstance(content, Records):
        content = [record for batch in content for record in batch]
    if form == "text":
        if not isinstance(content, str):
            kind = type(content).__name__
            hint = "name the format: json, ndjson, csv or parquet"
            raise ToolError(f"a text file holds text, not a {kind}", type="invalid", hint=hint)
        stream.write(content.encode())
        return None
    if form == "json":
        stream.write(json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n")
        return None
    return _WRITERS[form](stream, _checked(content, form, look), delimiter)


def _checked(content: Any, form: str, look: Callable[[], None]) -> Iterator[list[Record]]:
    what = f"the content of a {form} file"
    for batch in content if isinstance(content, Records) else (content,):
        look()
        yield require_records(batch, what)


def _ndjson(stream: IO[bytes], batches: Iterator[list[Record]], _delimiter: str) -> int:
    count = 0
    for records in batches:
        for record in records:
            stream.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
        count += len(records)
    return count


def _csv(stream: IO[bytes], batches: Iterator[list[Record]], delimiter: str) -> int:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    columns: list[str] = []
    count = 0
    for records in batches:
        if not columns and (columns := columns_of(records)):
            writer.writerow(columns)
        _refuse_late(records, columns, count)
        for record in records:
            writer.writerow([_field(record.get(name)) for name in columns])
        count += len(records)
    text.detach()
    return count


def _refuse_late(records: list[Record], columns: list[str], before: int) -> None:
    """Raise ToolError for a column that the header does not have."""
    late = set(columns_of(records)).difference(columns) if before else ()
    for name in sorted(late):
        number = next(number for number, record in enumerate(records, before + 1) if name in record)
        message = f'the column "{name}" first comes with record {number}, when the header is written'
        hint = "give every record the same columns: transform with select"
        raise ToolError(message, type="data", code="column", hint=hint)


def _field(value: Any) -> str:
    """Text as it is, null as an empty field, the rest as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _parquet(stream: IO[bytes], batches: Iterator[list[Record]], _delimiter: str) -> int:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra("pyarrow", "warehouse") from error
    writer: Any = None
    count = 0
    try:
        for records in batches:
            types = {field.name: field.type for field in writer.schema} if writer is not None else {}
            columns = list(types) or columns_of(records)
            _refuse_late(records, columns, count)
            arrays = {
                name: pyarrow.array([r.get(name) for r in records], type=types.get(name)) for name in columns
            }
            table = pyarrow.table(arrays)
            writer = writer or parquet.ParquetWriter(stream, table.schema)
            writer.write_table(table)
            count += len(records)
        writer = writer or parquet.ParquetWriter(stream, pyarrow.schema([]))
        writer.close()
    except pyarrow.ArrowException as error:
        raise ToolError(
            f"the records do not fit in parquet: {error}", type="invalid", code="parquet"
        ) from None
    return count


_WRITERS = {"ndjson": _ndjson, "csv": _csv, "parquet": _parquet}
