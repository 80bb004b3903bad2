"""What `fail` promises."""

from engine.errors import ERROR_TYPES
from engine.spec.toolspec import Declaration, OperationSpec

DECLARATION = Declaration(
    name="fail",
    category="data_processing",
    description="Fails on purpose: to try out retries, rescues and handlers.",
    factory="engine.tools.core.fail.tool:Fail",
    operations={
        "fail": OperationSpec(
            description="Raises an error of the chosen type; with `times`, only in the first attempts.",
            parameters={
                "type": "object",
                "properties": {
                    "type": {
                        "type": "string",
                        "enum": sorted(ERROR_TYPES),
                        "default": "failed",
                        "description": "The error's type; it decides whether a retry is tried by default.",
                    },
                    "message": {
                        "type": "string",
                        "default": "failed on purpose",
                        "description": "The error's message.",
                    },
                    "code": {
                        "type": "string",
                        "description": "The error's detail.",
                        "examples": ["HTTP 503", "exit 2"],
                    },
                    "retry_after": {
                        "type": "number",
                        "minimum": 0,
                        "description": "Seconds the next attempt should wait, as a server would ask for it.",
                    },
                    "times": {
                        "type": "integer",
                        "minimum": 0,
                        "description": "Fail in the first `times` attempts only; left out: always.",
                        "examples": [2],
                    },
                    "data": {"description": "The data of the attempt that succeeds; null when left out."},
                },
                "additionalProperties": False,
                "examples": [{"type": "connection", "message": "no route", "times": 2, "data": {"ok": True}}],
            },
            result={},
            lane="inline",
            timeout_seconds=None,
            repeatable=True,
        )
    },
)
