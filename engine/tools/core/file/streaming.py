"""A file read batch by batch, for whoever takes it so: only a batch of it is ever in memory.

What the formats mean is as in `reading`. A json or text file, and a csv whose types are to be inferred, has to be seen whole.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import IO, Any

from engine.errors import ToolError
from engine.tools.confined import open_to_read
from engine.tools.core.file.columns import read_as
from engine.tools.core.file.reading import (
    csv_rows,
    delimiter_of,
    format_of,
    ndjson_record,
    parquet_batches,
)
from engine.tools.port import CallContext, Records

BATCH_RECORDS = 1000


def stream_file(
    parameters: Mapping[str, Any], context: CallContext, warnings: list[str]
) -> dict[str, Any] | None:
    """The data of `file.read` with its records as a stream; None where the file has to be read whole.

    Raises ToolError; what is wrong in the file is raised where the records are taken.
    """
    form = format_of(parameters)
    if form not in _FORMATS or parameters.get("infer"):
        return None
    root = context.project_dir
    with open_to_read(parameters["path"], root) as stream:
        size = stream.seek(0, io.SEEK_END)
    limit = parameters.get("max_bytes")
    if limit is not None and size > limit:
        message = f'"{parameters["path"]}" is larger than {limit} bytes'
        raise ToolError(message, type="too_large", hint="raise `max_bytes`")
    batches = _batches(form, parameters, root, warnings)
    records = Records(batches, totals=lambda count: {"count": count}, ready=True)
    return {"path": parameters["path"], "format": form, "bytes": size, "records": records}


def _batches(
    form: str, parameters: Mapping[str, Any], root: Path, warnings: list[str]
) -> Iterator[list[dict[str, Any]]]:
    with open_to_read(parameters["path"], root) as stream:
        yield from _FORMATS[form](stream, parameters, warnings)


def _csv(stream: IO[bytes], parameters: Mapping[str, Any], _warnings: list[str]) -> Iterator[list[Any]]:
    path, types = parameters["path"], parameters.get("types", {})
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    rows = csv_rows(text, path, delimiter_of(parameters), parameters.get("null_values", ()))
    first = 1
    for batch in _cut(_decodable(rows, path)):
        yield read_as(batch, types, infer=False, path=path, first=first)
        first += len(batch)


def _ndjson(stream: IO[bytes], parameters: Mapping[str, Any], warnings: list[str]) -> Iterator[list[Any]]:
    path = parameters["path"]

    def records() -> Iterator[dict[str, Any]]:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="\n")
        for number, line in enumerate(_decodable(text, path), 1):
            if line.strip():
                yield ndjson_record(line, path, number, warnings)

    yield from _cut(records())


def _parquet(stream: IO[bytes], parameters: Mapping[str, Any], warnings: list[str]) -> Iterator[list[Any]]:
    yield from parquet_batches(stream, parameters["path"], None, warnings)


def _cut(records: Iterable[Any]) -> Iterator[list[Any]]:
    coming = iter(records)
    while batch := list(islice(coming, BATCH_RECORDS)):
        yield batch


def _decodable(parts: Iterable[Any], path: str) -> Iterator[Any]:
    """The parts of a text, as long as it is one."""
    coming, number = iter(parts), 0
    while True:
        number += 1
        try:
            part = next(coming)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            message = f'"{path}" is not utf-8: at or after record {number}, {error.reason}'
            raise ToolError(message, type="data") from None
        yield part


_FORMATS = {"csv": _csv, "ndjson": _ndjson, "parquet": _parquet}
