"""Records and files -> Arrow record batches of one schema, some rows in memory at a time.

A csv is read by `csv_files`.
"""

from __future__ import annotations

import gzip
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet

from engine.errors import ToolError
from engine.tools.confined import open_to_read
from engine.tools.jsonable import from_json_text
from engine.tools.port import Records
from engine.tools.records import kind_named
from engine.tools.warehouse.csv_files import Csv, opened_csv, require_names
from engine.tools.warehouse.dialect import BATCH_ROWS
from engine.tools.warehouse.kinds import Kind, arrow_column, arrow_type, kind_of

JSON_BYTES_MAX = 256 * 2**20
_ENDINGS = (
    ".csv",
    ".csv.gz",
    ".csv.zip",
    ".tsv",
    ".tsv.gz",
    ".tsv.zip",
    ".ndjson",
    ".jsonl",
    ".json",
    ".parquet",
)


@dataclass(slots=True)
class Source:
    schema: Any
    batches: Iterator[Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a load is made from: `records`, or the file `path` of the project."""

    records: Sequence[Mapping[str, Any]] | Records | None
    path: str | None
    project_dir: Path
    csv: Csv | None = None


@contextmanager
def opened(origin: Origin, read_as: Mapping[str, Any]) -> Iterator[Source]:
    """The rows as batches; `read_as` are the Arrow types of columns that must not be inferred.

    Raises ToolError: `data` (not readable as its kind), `not_found`, `permission`; MisreadError later on.
    """
    if isinstance(origin.records, Records):
        with tempfile.TemporaryFile(prefix="weft-") as kept:
            yield _from_stream(origin.records, kept)
        return
    if origin.path is None:
        yield _from_records(list(origin.records or ()))
        return
    name = origin.path.lower()
    if not name.endswith(_ENDINGS):
        raise ToolError(
            f'"{origin.path}" is of no kind that can be loaded',
            type="invalid",
            hint="known: " + ", ".join(_ENDINGS),
        )
    with open_to_read(origin.path, origin.project_dir) as stream, _plainly(origin.path):
        yield from _of_file(stream, name, origin, read_as)


def _of_file(stream: IO[bytes], name: str, origin: Origin, read_as: Mapping[str, Any]) -> Iterator[Source]:
    if name.endswith(".parquet"):
        file = pa.parquet.ParquetFile(stream)
        require_names(file.schema_arrow.names)
        yield Source(file.schema_arrow, file.iter_batches(BATCH_ROWS))
    elif name.endswith((".ndjson", ".jsonl")):
        yield _from_lines(stream, origin.path or "")
    elif name.endswith(".json"):
        yield _from_records(_records_of(stream, origin.path or ""))
    else:
        with ExitStack() as stack:
            unpacked = _unpacked(stream, name, origin.path or "", stack)
            schema, batches = opened_csv(unpacked, origin.csv or Csv(origin.path or ""), read_as)
            yield Source(schema, batches)


@contextmanager
def _plainly(path: str) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, zipfile.BadZipFile, gzip.BadGzipFile, EOFError, UnicodeDecodeError) as error:
        said = str(error).splitlines()[0]
        raise ToolError(
            f'"{path}" cannot be read: {said[:300]}', type="data", code=type(error).__name__
        ) from error


def _unpacked(stream: IO[bytes], name: str, path: str, stack: ExitStack) -> IO[bytes]:
    if name.endswith(".gz"):
        return cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=stream)))
    if not name.endswith(".zip"):
        return stream
    archive = stack.enter_context(zipfile.ZipFile(stream))
    members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX/")]
    if len(members) != 1:
        raise ToolError(f'"{path}" holds {len(members)} files, expected one', type="data")
    return stack.enter_context(archive.open(members[0]))


def _from_records(records: Sequence[Any]) -> Source:
    kinds: dict[str, Kind] = {}
    for start in range(0, len(records), BATCH_ROWS):
        _see(records[start : start + BATCH_ROWS], kinds, "records")
    chunks = (records[start : start + BATCH_ROWS] for start in range(0, len(records), BATCH_ROWS))
    return _source(kinds, chunks)


def _from_stream(records: Records, kept: IO[bytes]) -> Source:
    """Written down on the way: only the last record tells what kind a column is, and a stream is read once."""
    kinds: dict[str, Kind] = {}
    for batch in records:
        _see(batch, kinds, "records")
        kept.writelines(json.dumps(record).encode() + b"\n" for record in batch)
    kept.seek(0)
    return _source(kinds, _line_chunks(kept, "records"))


def _from_lines(stream: IO[bytes], path: str) -> Source:
    """Reads twice: only the last line tells what kind a column is."""
    kinds: dict[str, Kind] = {}
    for records in _line_chunks(stream, path):
        _see(records, kinds, path)
    stream.seek(0)
    return _source(kinds, _line_chunks(stream, path))


def _source(kinds: dict[str, Kind], chunks: Iterator[Sequence[Mapping[str, Any]]]) -> Source:
    require_names(list(kinds))
    schema = pa.schema([pa.field(name, arrow_type(kind)) for name, kind in kinds.items()])

    def batches() -> Iterator[Any]:
        for records in chunks:
            columns = [arrow_column([r.get(name) for r in records], kind) for name, kind in kinds.items()]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return Source(schema, batches())


def _see(records: Sequence[Any], kinds: dict[str, Kind], what: str) -> None:
    for at, record in enumerate(records):
        if not isinstance(record, Mapping):
            message = f"{what}: item {at + 1} is {kind_named(record)}, expected a mapping"
            raise ToolError(message, type="data", code="record")
        for name in record:
            kinds.setdefault(name, "null")
    for name, kind in kinds.items():
        kinds[name] = kind_of([record.get(name) for record in records], kind)


def _line_chunks(stream: IO[bytes], path: str) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            chunk.append(json.loads(line))
        except (ValueError, RecursionError) as error:
            raise ToolError(f'"{path}" line {number} is not json', type="data", code="JSON") from error
        if len(chunk) == BATCH_ROWS:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _records_of(stream: IO[bytes], path: str) -> list[Any]:
    text = stream.read(JSON_BYTES_MAX + 1)
    if len(text) > JSON_BYTES_MAX:
        raise ToolError(
            f'"{path}" is larger than {JSON_BYTES_MAX // 2**20} MiB',
            type="too_large",
            hint="write it as .ndjson",
        )
    found = from_json_text(text, f'"{path}"')
    if not isinstance(found, list):
        raise ToolError(f'"{path}" holds no list of mappings', type="data", code="record")
    return found
