"""What the operation that holds a table against expectations promises; plain data."""

from engine.spec.toolspec import OperationSpec
from engine.tools.core.asserting.declare import DECLARATION, EXPECTATION

_LIKE = DECLARATION.operations["check"]

CHECK = OperationSpec(
    description="Holds a table against the expectations of `assert`, most of it inside the database; one missed: an error of "
    "type `data`, code `ASSERT`.",
    parameters={
        "type": "object",
        "additionalProperties": False,
        "required": ["table_name", "expect"],
        "properties": {
            "table_name": {
                "type": "string",
                "minLength": 1,
                "description": "The table or view, or schema.table, as the catalogue has it.",
            },
            "expect": {
                "type": "array",
                "minItems": 1,
                "items": EXPECTATION,
                "description": "What must hold; all of it is looked at, not only up to the first miss.",
            },
        },
        "examples": [
            {
                "table_name": "orders",
                "expect": [{"check": "not_null", "column": "id"}, {"check": "row_count", "min": 1}],
            }
        ],
    },
    result=_LIKE.result,
    timeout_seconds=600.0,
    executor="threads",
    permissions=("data_warehouse_read", "sql_query_execute"),
    repeatable=True,
)
