"""What `file` promises."""

from typing import Any

from engine.spec.toolspec import Declaration, OperationSpec

FORMATS = ["json", "ndjson", "csv", "parquet", "text"]

_PATH = {
    "type": "string",
    "minLength": 1,
    "description": "A path relative to the project folder, and inside it.",
    "examples": ["data/orders.csv"],
}
_FORMAT = {
    "type": "string",
    "enum": FORMATS,
    "description": "The file's format; left out: told by its suffix (.json, .ndjson .jsonl, .csv .tsv, "
    ".parquet, else text).",
}
_DELIMITER = {
    "type": "string",
    "minLength": 1,
    "maxLength": 1,
    "description": "csv: what stands between two fields; left out: a comma, for .tsv a tab.",
    "examples": [";"],
}
READING: dict[str, Any] = {
    "format": _FORMAT,
    "delimiter": _DELIMITER,
    "types": {
        "type": "object",
        "description": "csv: column -> type. An empty field of a column that is not a string is null.",
        "additionalProperties": {"type": "string", "enum": ["string", "integer", "number", "boolean"]},
        "examples": [{"amount": "number", "paid": "boolean"}],
    },
    "infer": {
        "type": "boolean",
        "description": "csv: give each column the narrowest type all its fields have; `types` goes before. "
        "Numbers with leading zeros stay text.",
    },
    "null_values": {
        "type": "array",
        "items": {"type": "string"},
        "default": [],
        "description": "csv: fields that mean null, quoted or not.",
        "examples": [["", "NA"]],
    },
    "max_bytes": {
        "type": "integer",
        "minimum": 1,
        "default": 64 * 1024 * 1024,
        "description": "The largest file to read; a larger one is an error of type `too_large`.",
    },
}
"""The parameters that say how a file is read; `assert` has them too."""

_READ = OperationSpec(
    description="Reads a file: csv, ndjson and parquet as `records`, json as `value`, text as `text`.",
    parameters={
        "type": "object",
        "properties": {"path": _PATH, **READING},
        "required": ["path"],
        "additionalProperties": False,
        "examples": [{"path": "data/orders.csv", "types": {"amount": "number"}}],
    },
    result={
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "format": {"type": "string", "enum": FORMATS},
            "records": {
                "type": "array",
                "items": {"type": "object"},
                "x-weft": "records",
                "description": "csv, ndjson, parquet.",
            },
            "value": {"description": "json."},
            "text": {"type": "string", "description": "text."},
            "count": {
                "type": ["integer", "null"],
                "description": "Records, lines or items; null if neither.",
            },
            "bytes": {"type": "integer", "description": "The file's size."},
        },
        "required": ["path", "format", "count", "bytes"],
    },
    timeout_seconds=300.0,
    streams=True,
    repeatable=True,
    executor="threads",
)

_WRITE = OperationSpec(
    description="Writes a file in one piece: whoever reads it sees the old one or the new one, never a part.",
    parameters={
        "type": "object",
        "properties": {
            "path": _PATH,
            "content": {
                "x-weft": "records",
                "description": "json: any value; csv, ndjson, parquet: a list of mappings; text: text.",
                "examples": ["hello", [{"id": 1}]],
            },
            "format": _FORMAT,
            "delimiter": _DELIMITER,
        },
        "required": ["path", "content"],
        "additionalProperties": False,
        "examples": [{"path": "out/orders.parquet", "content": [{"id": 1, "amount": 9.5}]}],
    },
    result={
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "bytes": {"type": "integer"},
            "records": {
                "type": ["integer", "null"],
                "description": "How many records; null for text and json.",
            },
        },
        "required": ["path", "bytes", "records"],
    },
    timeout_seconds=300.0,
    streams=True,
    repeatable=True,
    executor="threads",
)

_LIST = OperationSpec(
    description="Lists the files that match a pattern, sorted by path. Linked folders are not entered.",
    parameters={
        "type": "object",
        "properties": {
            "pattern": {
                "type": "string",
                "minLength": 1,
                "description": "`*`, `?`, `[...]` within one name, `**` for any folders. Names that begin "
                "with a dot are found only by a pattern with such a name in it.",
                "examples": ["data/**/*.csv"],
            },
            "max_files": {
                "type": "integer",
                "minimum": 1,
                "default": 10_000,
                "description": "More matches than this are an error of type `too_large`.",
            },
        },
        "required": ["pattern"],
        "additionalProperties": False,
        "examples": [{"pattern": "data/*.parquet"}],
    },
    result={
        "type": "object",
        "properties": {
            "files": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "path": {"type": "string"},
                        "bytes": {"type": "integer"},
                        "modified": {"type": "string", "format": "date-time"},
                    },
                    "required": ["path", "bytes", "modified"],
                },
            },
            "count": {"type": "integer"},
        },
        "required": ["files", "count"],
    },
    timeout_seconds=300.0,
    repeatable=True,
)

DECLARATION = Declaration(
    name="file",
    category="data_access",
    description="Reads, writes and lists files inside the project folder: json, ndjson, csv, parquet, text.",
    factory="engine.tools.core.file.tool:File",
    operations={"read": _READ, "write": _WRITE, "list": _LIST},
    default_operation="read",
)
