"""What `transform` promises."""

from typing import Any

from engine.spec.toolspec import Declaration, OperationSpec

_COLUMN: dict[str, Any] = {"type": "string", "minLength": 1}
_COLUMNS: dict[str, Any] = {"type": "array", "items": _COLUMN}
FILTERS = ["eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "is_null", "not_null", "matches"]
DERIVATIONS = ["const", "copy", "coalesce", "add", "sub", "mul", "div", "concat", "upper", "lower", "trim"]
DERIVATIONS += ["length", "cast"]
MEASURES = ["count", "sum", "min", "max", "mean", "count_distinct", "first", "last"]
TYPES = ["string", "integer", "number", "boolean"]

_STEPS: dict[str, Any] = {
    "select": {
        **_COLUMNS,
        "minItems": 1,
        "description": "Keep these columns, in this order.",
        "examples": [["city", "amount"]],
    },
    "rename": {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": _COLUMN,
        "description": "Columns, old name: new name.",
        "examples": [{"amt": "amount"}],
    },
    "derive": {
        "type": "object",
        "description": "A new column (or a new value for one) from others. Arithmetic with a null is null; "
        "`concat` leaves nulls out.",
        "properties": {
            "column": {**_COLUMN, "description": "The column to make."},
            "op": {
                "type": "string",
                "enum": DERIVATIONS,
                "description": "How, as in `op: mul`: " + ", ".join(DERIVATIONS) + ".",
            },
            "from": {**_COLUMNS, "description": "The columns it is made of."},
            "value": {"description": "A literal, used after the columns of `from`."},
            "to": {"type": "string", "enum": TYPES, "description": "cast: the type wanted."},
            "separator": {"type": "string", "default": "", "description": "concat: what stands between."},
        },
        "required": ["column", "op"],
        "if": {"properties": {"op": {"const": "cast"}}, "required": ["op"]},
        "then": {"required": ["to"]},
        "additionalProperties": False,
        "examples": [{"column": "total", "op": "mul", "from": ["price", "count"]}],
    },
    "filter": {
        "type": "object",
        "description": "Keep the records that fit. A null fits `eq`, `ne`, `in`, `not_in`, `is_null` alone.",
        "properties": {
            "column": {**_COLUMN, "description": "The column looked at, as in `column: amount`."},
            "op": {
                "type": "string",
                "enum": FILTERS,
                "description": "How it is compared, as in `op: gt`: " + ", ".join(FILTERS) + ".",
            },
            "value": {
                "description": "What to compare with; for `in` and `not_in` a list, for `matches` a pattern."
            },
        },
        "required": ["column", "op"],
        "if": {"properties": {"op": {"enum": ["is_null", "not_null"]}}},
        "else": {"required": ["value"]},
        "additionalProperties": False,
        "examples": [{"column": "amount", "op": "gt", "value": 10}],
    },
    "join": {
        "type": "object",
        "description": "Records of the other list with the same values in `on`; a null joins nothing.",
        "properties": {
            "records": {"type": "array", "items": {"type": "object"}, "description": "The other list."},
            "on": {**_COLUMNS, "minItems": 1, "description": "The columns both have."},
            "how": {
                "type": "string",
                "enum": ["inner", "left"],
                "default": "inner",
                "description": "left: records that join nothing stay, with nulls.",
            },
            "suffix": {
                "type": "string",
                "minLength": 1,
                "default": "_right",
                "description": "Added to the other list's columns whose names are taken.",
            },
        },
        "required": ["records", "on"],
        "additionalProperties": False,
        "examples": [{"records": "$<step_cities_result.rows>", "on": ["city"], "how": "left"}],
    },
    "aggregate": {
        "type": "object",
        "description": "One record per group, groups in the order they first appear.",
        "properties": {
            "by": {**_COLUMNS, "description": "The columns that make a group; none: all records are one."},
            "measures": {
                "type": "object",
                "minProperties": 1,
                "description": "Name of a new column: how it is measured.",
                "examples": [{"total": {"op": "sum", "column": "amount"}}],
                "additionalProperties": {
                    "type": "object",
                    "examples": [{"op": "sum", "column": "amount"}],
                    "properties": {
                        "op": {
                            "type": "string",
                            "enum": MEASURES,
                            "description": "What is measured, as in `op: sum`: " + ", ".join(MEASURES) + ".",
                        },
                        "column": {
                            **_COLUMN,
                            "description": "Nulls are left out; only `count` may do without.",
                        },
                    },
                    "required": ["op"],
                    "if": {"properties": {"op": {"const": "count"}}},
                    "else": {"required": ["column"]},
                    "additionalProperties": False,
                },
            },
        },
        "required": ["measures"],
        "additionalProperties": False,
        "examples": [
            {"by": ["city"], "measures": {"n": {"op": "count"}, "total": {"op": "sum", "column": "amount"}}}
        ],
    },
    "sort": {
        "type": "object",
        "description": "Orders the records; equal ones keep their order, nulls come last.",
        "properties": {
            "by": {
                "type": "array",
                "minItems": 1,
                "description": "The keys to order by, the weightiest first.",
                "examples": [[{"column": "amount", "desc": True}]],
                "items": {
                    "type": "object",
                    "examples": [{"column": "amount", "desc": True}],
                    "properties": {"column": _COLUMN, "desc": {"type": "boolean", "default": False}},
                    "required": ["column"],
                    "additionalProperties": False,
                },
            },
        },
        "required": ["by"],
        "additionalProperties": False,
        "examples": [{"by": [{"column": "amount", "desc": True}]}],
    },
    "limit": {"type": "integer", "minimum": 0, "description": "Keep the first so many.", "examples": [10]},
    "distinct": {**_COLUMNS, "description": "Keep the first of those equal in these columns; none: in all."},
}

_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "records": {
            "type": "array",
            "items": {"type": "object"},
            "x-weft": "records",
            "description": "The records to begin with.",
            "examples": ["$<step_extract_result.rows>"],
        },
        "steps": {
            "type": "array",
            "items": {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "properties": _STEPS,
                "additionalProperties": False,
            },
            "description": "What is done to them, in order; each one a mapping with one key.",
            "examples": [[{"filter": {"column": "amount", "op": "gt", "value": 0}}, {"limit": 10}]],
        },
        "max_records": {
            "type": "integer",
            "minimum": 1,
            "default": 1_000_000,
            "description": "A join that makes more, and a sort, aggregate or distinct of a stream that takes more, "
            "is an error of type `too_large`.",
        },
    },
    "required": ["records", "steps"],
    "additionalProperties": False,
    "examples": [
        {
            "records": [{"city": "Oslo", "amount": 3}, {"city": "Bonn", "amount": 5}],
            "steps": [{"sort": {"by": [{"column": "amount", "desc": True}]}}, {"select": ["city"]}],
        }
    ],
}

DECLARATION = Declaration(
    name="transform",
    category="data_processing",
    description="Records in, records out: select, rename, derive, filter, join, aggregate, sort, limit …",
    factory="engine.tools.core.transform.tool:Transform",
    operations={
        "apply": OperationSpec(
            description="Does the steps in order. Expressions are declared, never code.",
            parameters=_PARAMETERS,
            result={
                "type": "object",
                "properties": {
                    "records": {"type": "array", "items": {"type": "object"}, "x-weft": "records"},
                    "count": {"type": "integer"},
                },
                "required": ["records", "count"],
            },
            timeout_seconds=300.0,
            streams=True,
            repeatable=True,
            executor="threads",
        )
    },
)
