"""What the operations on one table, and the one on a query's plan, promise; plain data."""

from engine.spec.toolspec import OperationSpec

_READ = ("data_warehouse_read", "sql_query_execute")
_COUNT = {"type": "integer", "minimum": 0}
_TABLE = {
    "type": "string",
    "minLength": 1,
    "description": "The table or view, or schema.table, as the catalogue has it.",
}
_CHOSEN = {
    "type": "array",
    "items": {"type": "string", "minLength": 1},
    "minItems": 1,
    "uniqueItems": True,
    "description": "The columns to look at; all of them where this is left out.",
}


def _of_table(description: str, required: dict[str, object], *, columns: bool) -> OperationSpec:
    properties = {"table_name": _TABLE, **({"columns": _CHOSEN} if columns else {})}
    return OperationSpec(
        description=description,
        parameters={
            "type": "object",
            "additionalProperties": False,
            "required": ["table_name"],
            "properties": properties,
            "examples": [{"table_name": "flights"}],
        },
        result={"type": "object", "required": list(required), "properties": required},
        timeout_seconds=600.0,
        executor="threads",
        permissions=_READ,
        repeatable=True,
    )


def _columns(properties: dict[str, object]) -> dict[str, object]:
    every = {"column_name": {"type": "string"}, "data_type": {"type": "string"}, **properties}
    return {
        "type": "array",
        "items": {"type": "object", "required": list(every), "properties": every},
    }


_MEASURES = {"null_count": _COUNT, "min": {}, "max": {}, "mean": {"type": ["number", "null"]}}
_COUNTED = {
    "type": "array",
    "items": {"type": "object", "properties": {"count": _COUNT}, "additionalProperties": True},
}

DESCRIBE = _of_table(
    "The columns of a table, and how many rows it has.",
    {
        "table_name": {"type": "string"},
        "columns": _columns({"nullable": {"type": "boolean"}}),
        "row_count": _COUNT,
        "column_count": _COUNT,
    },
    columns=False,
)
STATISTICS = _of_table(
    "For each column of a table: nulls, different values, the least, the greatest and the mean one.",
    {
        "table_name": {"type": "string"},
        "row_count": _COUNT,
        "column_count": _COUNT,
        "columns": _columns({**_MEASURES, "distinct_count": _COUNT}),
    },
    columns=True,
)
QUALITY = _of_table(
    "What is missing, repeated or odd in a table; `completeness`, `uniqueness` and `score` as quality metrics.",
    {
        "table_name": {"type": "string"},
        "total_rows": _COUNT,
        "duplicate_rows": _COUNT,
        "columns": _columns(
            {
                **_MEASURES,
                "unique_count": _COUNT,
                "top_values": _COUNTED,
                "patterns": _COUNTED,
                "score": {"type": ["number", "null"]},
            }
        ),
        "score": {"type": ["number", "null"]},
    },
    columns=True,
)

ANALYSIS = OperationSpec(
    description="How the database answers a query: its plan, its time, what is worth a look, which index may help.",
    parameters={
        "type": "object",
        "additionalProperties": False,
        "required": ["sql"],
        "properties": {
            "sql": {
                "type": "string",
                "pattern": r"\S",
                "x-weft": "sql",
                "description": "One query, as `query` takes it; its rows are not given.",
            },
            "params": {"type": "object", "default": {}, "description": "Values of the `:name` placeholders."},
            "run": {
                "type": "boolean",
                "default": True,
                "description": "Whether the query is run, to measure it; false: only what the database expects.",
            },
        },
        "examples": [{"sql": "select * from flights where tailnum = :tail", "params": {"tail": "N14228"}}],
    },
    result={
        "type": "object",
        "required": ["plan", "execution_time", "row_count", "findings", "index_advice"],
        "properties": {
            "plan": {},
            "execution_time": {"type": ["number", "null"]},
            "row_count": {"type": ["integer", "null"]},
            "findings": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["kind", "detail"],
                    "properties": {"kind": {"type": "string"}, "detail": {"type": "string"}},
                },
            },
            "index_advice": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["table", "columns", "reason"],
                    "properties": {
                        "table": {"type": "string"},
                        "columns": {"type": "array", "items": {"type": "string"}},
                        "reason": {"type": "string"},
                    },
                },
            },
        },
    },
    timeout_seconds=600.0,
    executor="threads",
    permissions=_READ,
    repeatable=True,
)

EXECUTE = OperationSpec(
    description="Runs one statement that writes, in one transaction; an attempt that was done already is not repeated.",
    parameters={
        "type": "object",
        "additionalProperties": False,
        "required": ["sql"],
        "properties": {
            "sql": {
                "type": "string",
                "pattern": r"\S",
                "x-weft": "sql",
                "description": "insert, update, delete, merge, truncate, or create, alter, drop of a table, view, "
                "index or schema. Values are written `:name` and given in `params`; a reference becomes one.",
            },
            "params": {
                "type": "object",
                "default": {},
                "description": "Values of the `:name` placeholders; a list only in `in (:name)`.",
            },
        },
        "examples": [{"sql": "delete from flights where day < :day", "params": {"day": "2013-01-01"}}],
    },
    result={
        "type": "object",
        "required": ["rows_affected", "query_type"],
        "properties": {"rows_affected": _COUNT, "query_type": {"type": "string"}},
    },
    timeout_seconds=600.0,
    executor="threads",
    permissions=("data_warehouse_write",),
)
