"""What `assert` promises."""

from typing import Any

from engine.spec.toolspec import Declaration, OperationSpec
from engine.tools.core.file.declare import READING

_COLUMN = {"type": "string", "minLength": 1}
_TYPES = ["string", "integer", "number", "boolean", "date", "datetime", "array", "object"]
CHECKS = {
    "not_null": [],
    "unique": [],
    "range": [],
    "regex": ["pattern"],
    "in_set": ["values"],
    "row_count": [],
    "schema": ["types"],
    "freshness": ["column", "max_age"],
    "foreign_key": ["column"],
    "equals": ["value"],
}
"""Each check, and the fields it cannot do without."""

EXPECTATION: dict[str, Any] = {
    "type": "object",
    "description": f"One check ({', '.join(CHECKS)}) and what it wants.",
    "examples": [{"check": "not_null", "column": "id"}],
    "properties": {
        "check": {"type": "string", "enum": list(CHECKS), "description": "One of " + ", ".join(CHECKS) + "."},
        "column": {**_COLUMN, "description": "The column looked at; without one, `value` itself."},
        "columns": {
            "type": "array",
            "minItems": 1,
            "items": _COLUMN,
            "description": "Several: each of them; for `unique` all together.",
        },
        "min": {"type": ["number", "string"], "description": "range, row_count: the smallest that is fine."},
        "max": {"type": ["number", "string"], "description": "range, row_count: the largest that is fine."},
        "pattern": {
            "type": "string",
            "x-weft-text": "pattern",
            "description": "regex: found anywhere in the text (anchor it with ^ and $); linear time.",
            "examples": ["^[A-Z]{2}[0-9]+$"],
        },
        "values": {"type": "array", "description": "in_set, foreign_key: the values that are fine."},
        "value": {"description": "equals: the value wanted; row_count: the exact number."},
        "types": {
            "type": "object",
            "additionalProperties": {"type": "string", "enum": _TYPES},
            "description": "schema: column -> type. Null is of every type.",
            "examples": [{"id": "integer", "paid_at": "datetime"}],
        },
        "exact": {"type": "boolean", "default": False, "description": "schema: no other columns."},
        "max_age": {
            "type": "number",
            "minimum": 0,
            "description": "freshness: seconds since the newest time in the column.",
            "examples": [86400],
        },
        "records": {
            "type": "array",
            "items": {"type": "object"},
            "description": "foreign_key: the records that hold the keys, in `to_column`.",
        },
        "to_column": {
            **_COLUMN,
            "description": "foreign_key: the key's column in `records`; default `column`.",
        },
        "severity": {
            "type": "string",
            "enum": ["error", "warn"],
            "default": "error",
            "description": "warn: a miss is a warning, and the step succeeds.",
        },
        "tolerate": {
            "type": "number",
            "minimum": 0,
            "maximum": 1,
            "default": 0,
            "description": "The share of rows that may fail it.",
        },
    },
    "required": ["check"],
    "allOf": [
        {"if": {"properties": {"check": {"const": check}}}, "then": {"required": needed}}
        for check, needed in CHECKS.items()
        if needed
    ],
    "dependentRequired": {"to_column": ["records"]},
    "additionalProperties": False,
}

_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "data": {
            "type": "array",
            "items": {"type": "object"},
            "description": "The records to look at.",
            "examples": [[{"id": 1, "amount": 9.5}]],
        },
        "path": {
            "type": "string",
            "minLength": 1,
            "description": "Or a file of records inside the project folder: csv, ndjson, parquet, or json "
            "that holds a list of mappings.",
            "examples": ["data/orders.csv"],
        },
        "value": {"description": "Or one value of any kind."},
        "expect": {
            "type": "array",
            "minItems": 1,
            "items": EXPECTATION,
            "description": "What must hold; all of it is looked at, not only up to the first miss.",
        },
        **READING,
        "infer": {**READING["infer"], "default": True},
        "null_values": {**READING["null_values"], "default": ["", "NA"]},
    },
    "required": ["expect"],
    "additionalProperties": False,
    "examples": [
        {
            "path": "data/orders.csv",
            "expect": [
                {"check": "row_count", "min": 1},
                {"check": "not_null", "columns": ["id", "amount"]},
                {"check": "range", "column": "amount", "min": 0, "tolerate": 0.01},
            ],
        }
    ],
}

DECLARATION = Declaration(
    name="assert",
    category="data_processing",
    description="Holds records, a file or a value against expectations.",
    factory="engine.tools.core.asserting.tool:Assert",
    operations={
        "check": OperationSpec(
            description="Looks at every expectation; one missed: an error of type `data`, code `ASSERT`.",
            parameters=_PARAMETERS,
            result={
                "type": "object",
                "properties": {
                    "passed": {"type": "integer", "description": "How many expectations held."},
                    "failed": {
                        "type": "integer",
                        "description": "How many did not (all of severity `warn`).",
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "check": {"type": "string"},
                                "column": {"type": ["string", "null"]},
                                "severity": {"type": "string"},
                                "passed": {"type": "boolean"},
                                "observed": {},
                                "expected": {},
                                "failed_rows": {"type": "integer"},
                                "sample": {
                                    "type": "array",
                                    "description": "A few of the values that failed.",
                                },
                            },
                        },
                    },
                },
                "required": ["passed", "failed", "results"],
            },
            timeout_seconds=300.0,
            repeatable=True,
        )
    },
)
