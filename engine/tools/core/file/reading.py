"""The bytes of a file -> what it says. One function a format; each raises ToolError with the line that is
wrong.

Knows no path rules: it is given a stream. `assert` reads its files through here too.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from engine.errors import MissingExtra, ToolError
from engine.tools.confined import open_to_read
from engine.tools.core.file.columns import read_as
from engine.tools.jsonable import from_json_text, to_json

MAX_BYTES = 64 * 1024 * 1024
BY_SUFFIX = {
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
    ".csv": "csv",
    ".tsv": "csv",
    ".parquet": "parquet",
}


def format_of(parameters: Mapping[str, Any]) -> str:
    """The format asked for, else the one the suffix tells, else text."""
    return parameters.get("format") or BY_SUFFIX.get(Path(parameters["path"]).suffix.lower(), "text")


def delimiter_of(parameters: Mapping[str, Any]) -> str:
    usual = "\t" if parameters["path"].lower().endswith(".tsv") else ","
    return str(parameters.get("delimiter", usual))


def read_file(parameters: Mapping[str, Any], root: Path, warnings: list[str]) -> dict[str, Any]:
    """The data of `file.read` (see its declaration). Raises ToolError."""
    path, form = parameters["path"], format_of(parameters)
    limit = parameters.get("max_bytes", MAX_BYTES)
    with open_to_read(path, root) as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise ToolError(f'"{path}" is larger than {limit} bytes', type="too_large", hint="raise `max_bytes`")
    data = {"path": path, "format": form, "bytes": len(content)}
    if form == "json":
        value = from_json_text(_decoded(content, path), f'"{path}"', warnings)
        return data | {"value": value, "count": len(value) if isinstance(value, list) else None}
    if form == "text":
        text = _decoded(content, path)
        return data | {"text": text, "count": len(text.splitlines())}
    records = _records(form, content, parameters, warnings)
    return data | {"records": records, "count": len(records)}


def _records(
    form: str, content: bytes, parameters: Mapping[str, Any], warnings: list[str]
) -> list[dict[str, Any]]:
    path = parameters["path"]
    if form == "parquet":
        return _parquet(io.BytesIO(content), path, parameters.get("max_bytes", MAX_BYTES), warnings)
    text = _decoded(content, path)
    if form == "ndjson":
        return _ndjson(text, path, warnings)
    rows = _csv(text, path, delimiter_of(parameters), parameters.get("null_values", ()))
    return read_as(rows, parameters.get("types", {}), infer=parameters.get("infer", False), path=path)


def _decoded(content: bytes, path: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ToolError(f'"{path}" is not utf-8: line {line}, byte {error.start}', type="data") from None


def _ndjson(text: str, path: str, warnings: list[str]) -> list[dict[str, Any]]:
    lines = enumerate(text.split("\n"), 1)
    return [ndjson_record(line, path, number, warnings) for number, line in lines if line.strip()]


def ndjson_record(line: str, path: str, number: int, warnings: list[str]) -> dict[str, Any]:
    """The record of one line. Raises ToolError of type `data`."""
    record = from_json_text(line, f'"{path}" line {number}', warnings)
    if not isinstance(record, dict):
        raise ToolError(f'"{path}" line {number} is not a mapping: {line[:80]!r}', type="data")
    return record


def _csv(text: str, path: str, delimiter: str, nulls: Collection[str]) -> list[dict[str, str | None]]:
    return list(csv_rows(io.StringIO(text, newline=""), path, delimiter, nulls))


def csv_rows(
    text: Iterable[str], path: str, delimiter: str, nulls: Collection[str]
) -> Iterator[dict[str, str | None]]:
    """The rows below the header, as they are read. Raises ToolError of type `data`."""
    csv.field_size_limit(2**31 - 1)  # what may be read at all is bounded elsewhere
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    try:
        header = next(reader, None)
        if header is None:
            return
        repeated = [name for name in header if header.count(name) > 1]
        if repeated:
            raise ToolError(f'"{path}" has two columns named "{repeated[0]}"', type="data")
        for fields in reader:
            if len(fields) != len(header):
                if not fields:
                    continue
                found = f"{len(fields)} fields, the header {len(header)}"
                raise ToolError(f'"{path}" line {reader.line_num} has {found}', type="data")
            said = [None if field in nulls else field for field in fields] if nulls else fields
            yield dict(zip(header, said, strict=True))
    except csv.Error as error:
        raise ToolError(f'"{path}" line {reader.line_num}: {error}', type="data", code="csv") from None


def _parquet(stream: IO[bytes], path: str, limit: int, warnings: list[str]) -> list[dict[str, Any]]:
    return [record for batch in parquet_batches(stream, path, limit, warnings) for record in batch]


def parquet_batches(
    stream: IO[bytes], path: str, limit: int | None, warnings: list[str]
) -> Iterator[list[dict[str, Any]]]:
    """The rows, batch by batch: what is small on the disk may be huge once decoded. Raises ToolError, MissingExtra."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtra("pyarrow", "warehouse") from error
    decoded = 0
    try:
        for batch in parquet.ParquetFile(stream).iter_batches(batch_size=8192):
            decoded += batch.nbytes
            if limit is not None and decoded > 4 * limit:
                message = f'"{path}" is larger than {4 * limit} bytes once decoded'
                raise ToolError(message, type="too_large", hint="raise `max_bytes`")
            yield to_json(batch, warnings, at=f'"{path}"')
    except (pyarrow.ArrowException, OSError) as error:
        raise ToolError(f'"{path}" is not parquet: {error}', type="data", code="parquet") from None
