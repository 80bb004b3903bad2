"""What `sleep` promises."""

from engine.spec.toolspec import Declaration, OperationSpec

DECLARATION = Declaration(
    name="sleep",
    category="data_processing",
    description="Waits a number of seconds without holding a thread.",
    factory="engine.tools.core.sleep.tool:Sleep",
    operations={
        "sleep": OperationSpec(
            description="Waits `seconds`, then succeeds.",
            parameters={
                "type": "object",
                "properties": {
                    "seconds": {
                        "type": "number",
                        "minimum": 0,
                        "description": "How long to wait, in seconds.",
                        "examples": [0.5, 30],
                    }
                },
                "required": ["seconds"],
                "additionalProperties": False,
                "examples": [{"seconds": 5}],
            },
            result={
                "type": "object",
                "properties": {"slept": {"type": "number", "description": "The seconds asked for."}},
                "required": ["slept"],
            },
            lane="async",
            timeout_seconds=None,
            repeatable=True,
        )
    },
)
