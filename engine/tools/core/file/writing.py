"""What a step hands over -> the bytes of a file, one function a format. Knows no path rules."""

from __future__ import annotations

import csv
import io
import json
from typing import IO, Any

from engine.errors import MissingExtra, ToolError
from engine.tools.records import columns_of, require_records


def write_content(stream: IO[bytes], form: str, content: Any, delimiter: str) -> int | None:
    """Writes `content`; gives the number of records, None for text and json. Raises ToolError `invalid`."""
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
    records = require_records(content, f"the content of a {form} file")
    if form == "ndjson":
        for record in records:
            stream.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
    elif form == "csv":
        _csv(stream, records, delimiter)
    else:
        _parquet(stream, records)
    return len(records)


def _csv(stream: IO[bytes], records: list[dict[str, Any]], delimiter: str) -> None:
    columns = columns_of(records)
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    if columns:
        writer.writerow(columns)
    for record in records:
        writer.writerow([_field(record.get(name)) for name in columns])
    text.detach()


def _field(value: Any) -> str:
    """Text as it is, null as an empty field, the rest as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _parquet(stream: IO[bytes], records: list[dict[str, Any]]) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra("pyarrow", "warehouse") from error
    try:
        arrays = {name: pyarrow.array([r.get(name) for r in records]) for name in columns_of(records)}
        parquet.write_table(pyarrow.table(arrays), stream)
    except pyarrow.ArrowException as error:
        raise ToolError(
            f"the records do not fit in parquet: {error}", type="invalid", code="parquet"
        ) from None
