"""What `wait` promises. It is no call: the run itself waits, and so does a run that no process owns."""

from engine.spec.toolspec import Declaration, OperationSpec
from engine.spec.words import DURATION_PATTERN

_PARAMETERS = {
    "type": "object",
    "properties": {
        "for": {
            "type": ["string", "number"],
            "pattern": DURATION_PATTERN,
            "exclusiveMinimum": 0,
            "description": "How long to wait: a duration, or seconds.",
            "examples": ["2h", 30],
        },
        "until": {
            "type": "string",
            "format": "date-time",
            "x-weft-text": "moment",
            "description": "The moment to wait for, RFC 3339. One that has passed is not waited for.",
            "examples": ["2026-02-01T06:00:00Z"],
        },
        "signal": {
            "type": "string",
            "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$",
            "description": "The name of the signal to wait for; its data is the step's.",
            "examples": ["approve", "approve-$<item.id>"],
        },
        "schema": {
            "type": "object",
            "description": "With `signal`: a JSON Schema that its data must fit.",
            "examples": [{"type": "object", "required": ["approved"]}],
        },
    },
    "oneOf": [{"required": ["for"]}, {"required": ["until"]}, {"required": ["signal"]}],
    "dependentRequired": {"schema": ["signal"]},
    "additionalProperties": False,
    "examples": [{"for": "2h"}, {"signal": "approve"}],
}

DECLARATION = Declaration(
    name="wait",
    category="integration",
    description="Waits for a time or a signal; the run may be left and resumed meanwhile.",
    factory="",
    operations={
        "wait": OperationSpec(
            description="Waits `for` a duration, `until` a moment, or for a `signal` (`weft signal RUN NAME`).",
            parameters=_PARAMETERS,
            result={},
            lane="wait",
            timeout_seconds=None,
            repeatable=True,
        )
    },
)
