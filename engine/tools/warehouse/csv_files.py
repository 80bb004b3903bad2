"""A csv file -> Arrow record batches of one schema, some rows in memory at a time.

Its types are told by its beginning, as pyarrow tells them. Where a later row does not fit, MisreadError says how the
column must be read instead, and the load begins anew (its transaction left nothing).
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv

from engine.errors import ToolError
from engine.text import suggestion

BLOCK_BYTES = 8 * 2**20
ENCODINGS = ("utf-8", "utf-16", "latin-1", "windows-1252", "iso-8859-15")
_LEADING_ZERO = re.compile(r"[+-]?0\d+(?:\.\d+)?")
_LOOKED_AT_BYTES = 256 * 1024
"""How much of a csv is looked at for numbers with leading zeros."""
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What a csv may have been written with."""
_LINE_BYTES = 64 * 1024
"""How much of a line is looked at for them: less than the longest field that Python's reader takes."""
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


@dataclass(frozen=True, slots=True)
class Csv:
    """How the file `path` is written. `delimiter` None: with commas (a .tsv: tabs), and any other is an error that says so.

    `header`: whether its first line holds the columns' names; or their names, where no line does.
    """

    path: str
    delimiter: str | None = None
    quote: str = '"'
    header: bool | tuple[str, ...] = True
    encoding: str = "utf-8"
    null_values: tuple[str, ...] = ("", "NA")

    @property
    def separator(self) -> str:
        return self.delimiter or ("\t" if ".tsv" in self.path.lower() else ",")

    def rows(self, lines: Sequence[str]) -> Iterator[list[str]]:
        """Lines as Python's own reader takes them apart."""
        if self.quote:
            return csv.reader(lines, delimiter=self.separator, quotechar=self.quote)
        return csv.reader(lines, delimiter=self.separator, quoting=csv.QUOTE_NONE)


def csv_of(path: str, parameters: Mapping[str, Any]) -> Csv:
    """How an author says a csv is written. ToolError `invalid` for an encoding there is none of."""
    nulls, header = parameters.get("null_values"), parameters.get("header", True)
    encoding = str(parameters.get("encoding", "utf-8"))
    try:
        codecs.lookup(encoding)
        "".encode(encoding)  # some codecs are none of texts
    except (LookupError, TypeError, ValueError):
        hint = suggestion(encoding, ENCODINGS) or f"for instance {', '.join(ENCODINGS)}"
        raise ToolError(f'there is no encoding "{encoding}"', type="invalid", hint=hint) from None
    found = Csv(
        path=path,
        delimiter=parameters.get("delimiter"),
        quote=str(parameters.get("quote", '"')),
        header=header if isinstance(header, bool) else tuple(header),
        encoding=encoding,
        null_values=("", "NA") if nulls is None else tuple(nulls),
    )
    if found.quote and found.quote == found.separator:
        raise ToolError(f'`delimiter` and `quote` are both "{found.quote}"', type="invalid")
    return found


def opened_csv(stream: IO[bytes], written: Csv, read_as: Mapping[str, Any]) -> tuple[Any, Iterator[Any]]:
    """The schema and the batches. `read_as`: Arrow types of columns (in lower case) that must not be inferred.

    Raises ToolError `data`; the batches raise MisreadError too.
    """
    stream = _as_utf8(stream, written)
    if written.delimiter is None:
        _require_separator(stream, written)
    names = _names(stream, written)
    stream.seek(0)
    types = {**dict.fromkeys(_with_leading_zeros(names, stream.read(_LOOKED_AT_BYTES), written), pa.string())}
    types.update(read_as)
    stream.seek(0)
    reader = pa.csv.open_csv(
        stream,
        read_options=pa.csv.ReadOptions(
            block_size=BLOCK_BYTES, column_names=None if written.header is True else names
        ),
        parse_options=pa.csv.ParseOptions(
            delimiter=written.separator,
            quote_char=written.quote or False,
            newlines_in_values=bool(written.quote),
        ),
        convert_options=pa.csv.ConvertOptions(
            column_types={name: types[name.lower()] for name in names if name.lower() in types},
            null_values=list(written.null_values),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    shown = [name or f"column_{at}" for at, name in enumerate(reader.schema.names, 1)]
    require_names(shown)
    schema = pa.schema([field.with_name(name) for field, name in zip(reader.schema, shown, strict=True)])
    for field in schema:
        if pa.types.is_binary(field.type):
            raise _not_text(f'column "{field.name}"', written)
    return schema, _batches(reader, schema, written)


def require_names(names: Sequence[str]) -> None:
    """Databases tell columns apart without regard to case."""
    seen: dict[str, str] = {}
    for name in names:
        if name.lower() in seen:
            raise ToolError(
                f'two columns are named "{name}" and "{seen[name.lower()]}"', type="data", code="column"
            )
        seen[name.lower()] = name


def _as_utf8(stream: IO[bytes], written: Csv) -> IO[bytes]:
    if codecs.lookup(written.encoding).name in ("utf-8", "utf-8-sig", "ascii"):
        return stream
    return _Recoded(stream, written)  # type: ignore[return-value]


def _not_text(what: str, written: Csv) -> ToolError:
    return ToolError(
        f"{what} is not {written.encoding} text",
        type="data",
        code=written.encoding.upper(),
        hint="say the file's `encoding`, for instance windows-1252",
    )


class _Recoded:
    """A file of another encoding, read as utf-8; can be wound back to its beginning."""

    closed = False

    def __init__(self, stream: IO[bytes], written: Csv) -> None:
        self._stream = stream
        self._written = written
        self.seek(0)

    def seek(self, place: int) -> None:
        assert place == 0
        self._stream.seek(0)
        self._decoder = codecs.getincrementaldecoder(self._written.encoding)()
        self._ready = b""
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        while not self._ended and (size < 0 or len(self._ready) < size):
            self._fill()
        size = len(self._ready) if size < 0 else size
        found, self._ready = self._ready[:size], self._ready[size:]
        return found

    def readline(self, size: int = -1) -> bytes:
        while not self._ended and b"\n" not in self._ready and (size < 0 or len(self._ready) < size):
            self._fill()
        end = self._ready.find(b"\n") + 1 or len(self._ready)
        return self.read(end if size < 0 else min(end, size))

    def _fill(self) -> None:
        data = self._stream.read(BLOCK_BYTES)
        self._ended = not data
        try:
            self._ready += self._decoder.decode(data, final=not data).encode()
        except UnicodeError as error:
            raise _not_text(f'"{self._written.path}"', self._written) from error


def _first_line(stream: IO[bytes], written: Csv, size: int = -1) -> str:
    try:
        return stream.readline(size).decode("utf-8-sig", "replace" if size >= 0 else "strict")
    except UnicodeError as error:
        raise _not_text(f'the first line of "{written.path}"', written) from error


def _names(stream: IO[bytes], written: Csv) -> list[str]:
    """The columns' names: those of the first line, or given, or `column_1` …"""
    stream.seek(0)
    first = next(written.rows([_first_line(stream, written)]), [])
    if written.header is True:
        return first
    if written.header is False:
        return [f"column_{at}" for at in range(1, len(first) + 1)]
    if first and len(first) != len(written.header):
        raise ToolError(
            f'"{written.path}" has {len(first)} columns, `header` names {len(written.header)}',
            type="data",
            code="column",
        )
    return list(written.header)


def _require_separator(stream: IO[bytes], written: Csv) -> None:
    """A csv of one column is refused whose first two lines another separator cuts into equally many."""
    lines = [_first_line(stream, written, _LINE_BYTES).replace("\r", "").rstrip("\n") for _ in range(2)]
    stream.seek(0)
    if len(next(written.rows(lines[:1]), [])) != 1 or (
        written.quote and lines[0].lstrip().startswith(written.quote)
    ):
        return  # a name in quotes is one name
    for separator, shown in _SEPARATORS.items():
        header, row = (next(csv.reader([line], delimiter=separator), []) for line in lines)
        if len(header) > 1 and len(row) in (0, len(header)):
            raise ToolError(
                f'"{written.path}" is separated by {shown}, expected {_SEPARATORS[written.separator]}: '
                f'its one column is "{lines[0][:100]}"',
                type="data",
                code="SEPARATOR",
                hint=f"say `delimiter: {separator!r}`; a single column of that name is written in quotes",
            )


def _with_leading_zeros(names: Sequence[str], text: bytes, written: Csv) -> set[str]:
    """Columns (in lower case) that hold numbers with leading zeros: postcodes, account numbers. Such a column is text."""
    if b"0" not in text:
        return set()
    lines = text.decode("utf-8", "replace").splitlines()
    if len(text) == _LOOKED_AT_BYTES and len(lines) > 1:
        lines.pop()  # it may be cut
    return {
        name.lower()
        for row in written.rows(lines)
        for name, value in zip(names, row, strict=False)
        if _LEADING_ZERO.fullmatch(value)
    }


def _batches(reader: Any, schema: Any, written: Csv) -> Iterator[Any]:
    try:
        for batch in reader:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
    except pa.ArrowInvalid as error:
        if "invalid UTF8" in str(error):
            raise _not_text(f'"{written.path}"', written) from error
        match = _MISREAD.search(str(error))
        if match is None or match["type"] == "string":
            raise
        name = schema.names[int(match["column"])]
        raise MisreadError(name, _WIDER.get(match["type"], pa.string())) from error
