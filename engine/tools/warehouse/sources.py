"""Records and files -> Arrow record batches of one schema, some rows in memory at a time.

A file's types are told by its beginning, as pyarrow tells them. Where a later row does not fit, MisreadError
says how the column must be read instead, and the load begins anew (its transaction left nothing).
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from engine.errors import ToolError
from engine.tools.confined import open_to_read
from engine.tools.jsonable import from_json_text
from engine.tools.records import kind_named
from engine.tools.warehouse.dialect import BATCH_ROWS
from engine.tools.warehouse.kinds import Kind, arrow_column, arrow_type, kind_of

CSV_BLOCK_BYTES = 8 * 2**20
JSON_BYTES_MAX = 256 * 2**20
_LEADING_ZERO = re.compile(r"[+-]?0\d+(?:\.\d+)?")
_LOOKED_AT_BYTES = 256 * 1024
"""How much of a csv is looked at for numbers with leading zeros."""
_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
"""What a csv may have been written with instead of commas."""
_LINE_BYTES = 64 * 1024
"""How much of a line is looked at for them: less than the longest field that Python's reader takes."""
_ENDINGS = (".csv", ".csv.gz", ".csv.zip", ".ndjson", ".jsonl", ".json", ".parquet")
_WIDER = {  # how a csv's column is read when a value does not fit
    "null": pa.int64(),
    "int64": pa.float64(),
    "double": pa.string(),
}
_MISREAD = re.compile(
    r"In CSV column #(?P<column>\d+): (?:Row #(?P<row>\d+): )?CSV conversion error to (?P<type>[a-z0-9_]+)"
)


class MisreadError(Exception):
    """A row does not fit the type its column was read as; `read_as` is how to read it."""

    def __init__(self, column: str, read_as: Any) -> None:
        super().__init__(column)
        self.column = column
        self.read_as = read_as


@dataclass(slots=True)
class Source:
    schema: Any
    batches: Iterator[Any]


@dataclass(frozen=True, slots=True)
class Origin:
    """What a load is made from: `records`, or the file `path` of the project."""

    records: Sequence[Mapping[str, Any]] | None
    path: str | None
    project_dir: Path
    null_values: Sequence[str] = ("", "NA")


@contextmanager
def opened(origin: Origin, read_as: Mapping[str, Any]) -> Iterator[Source]:
    """The rows as batches; `read_as` are the Arrow types of columns that must not be inferred.

    Raises ToolError: `data` (not readable as its kind), `not_found`, `permission`; MisreadError later on.
    """
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
        _require_names(file.schema_arrow.names)
        yield Source(file.schema_arrow, file.iter_batches(BATCH_ROWS))
    elif name.endswith((".ndjson", ".jsonl")):
        yield _from_lines(stream, origin.path or "")
    elif name.endswith(".json"):
        yield _from_records(_records_of(stream, origin.path or ""))
    else:
        with ExitStack() as stack:
            unpacked = _unpacked(stream, name, origin.path or "", stack)
            _require_commas(unpacked, origin.path or "")
            yield _from_csv(unpacked, read_as, origin.null_values)


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


def _require_commas(stream: IO[bytes], path: str) -> None:
    """A csv of one column is refused whose first two lines another separator cuts into equally many."""
    lines = [_without_end(stream.readline(_LINE_BYTES)) for _ in range(2)]
    stream.seek(0)
    if len(next(csv.reader(lines[:1]), [])) != 1 or lines[0].lstrip().startswith('"'):
        return  # a name in quotes is one name
    for separator, shown in _SEPARATORS.items():
        header, row = (next(csv.reader([line], delimiter=separator), []) for line in lines)
        if len(header) > 1 and len(row) in (0, len(header)):
            raise ToolError(
                f'"{path}" is separated by {shown}, expected commas: its one column is "{lines[0][:100]}"',
                type="data",
                code="SEPARATOR",
                hint="write the file with commas; a single column of that name is written in quotes",
            )


def _without_end(line: bytes) -> str:
    return line.decode("utf-8-sig", "replace").replace("\r", "").rstrip("\n")


def _from_csv(stream: IO[bytes], read_as: Mapping[str, Any], null_values: Sequence[str]) -> Source:
    header = next(csv.reader([stream.readline().decode("utf-8-sig")]), [])
    written = _with_leading_zeros(header, stream.read(_LOOKED_AT_BYTES))
    read_as = {**dict.fromkeys(written, pa.string()), **read_as}
    stream.seek(0)
    reader = pa.csv.open_csv(
        stream,
        read_options=pa.csv.ReadOptions(block_size=CSV_BLOCK_BYTES),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types={name: read_as[name.lower()] for name in header if name.lower() in read_as},
            null_values=list(null_values),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    names = [name or f"column_{at}" for at, name in enumerate(reader.schema.names, 1)]
    _require_names(names)
    schema = pa.schema([field.with_name(name) for field, name in zip(reader.schema, names, strict=True)])
    for field in schema:
        if pa.types.is_binary(field.type):
            raise ToolError(f'column "{field.name}" is not utf-8 text', type="data", code="UTF-8")
    return Source(schema, _csv_batches(reader, schema))


def _with_leading_zeros(header: Sequence[str], text: bytes) -> set[str]:
    """Columns (in lower case) that hold numbers with leading zeros: postcodes, account numbers. Such a column is text."""
    if b"0" not in text:
        return set()
    lines = text.decode("utf-8", "replace").splitlines()[:-1] or [text.decode("utf-8", "replace")]
    return {
        name.lower()
        for row in csv.reader(lines)
        for name, value in zip(header, row, strict=False)
        if _LEADING_ZERO.fullmatch(value)
    }


def _csv_batches(reader: Any, schema: Any) -> Iterator[Any]:
    try:
        for batch in reader:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
    except pa.ArrowInvalid as error:
        match = _MISREAD.search(str(error))
        if match is None or match["type"] == "string":
            raise
        name = schema.names[int(match["column"])]
        raise MisreadError(name, _WIDER.get(match["type"], pa.string())) from error


def _from_records(records: Sequence[Any]) -> Source:
    kinds: dict[str, Kind] = {}
    for start in range(0, len(records), BATCH_ROWS):
        _see(records[start : start + BATCH_ROWS], kinds, "records")
    chunks = (records[start : start + BATCH_ROWS] for start in range(0, len(records), BATCH_ROWS))
    return _source(kinds, chunks)


def _from_lines(stream: IO[bytes], path: str) -> Source:
    """Reads twice: only the last line tells what kind a column is."""
    kinds: dict[str, Kind] = {}
    for records in _line_chunks(stream, path):
        _see(records, kinds, path)
    stream.seek(0)
    return _source(kinds, _line_chunks(stream, path))


def _source(kinds: dict[str, Kind], chunks: Iterator[Sequence[Mapping[str, Any]]]) -> Source:
    _require_names(list(kinds))
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


def _require_names(names: Sequence[str]) -> None:
    """Databases tell columns apart without regard to case."""
    seen: dict[str, str] = {}
    for name in names:
        if name.lower() in seen:
            raise ToolError(
                f'two columns are named "{name}" and "{seen[name.lower()]}"', type="data", code="column"
            )
        seen[name.lower()] = name
