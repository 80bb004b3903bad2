"""What `python` promises."""

from engine.spec.toolspec import Declaration, OperationSpec
from engine.tools.core.limits.declare import SCHEMA

DECLARATION = Declaration(
    name="python",
    category="data_processing",
    description="Calls a function of the project and gives back what it returns, as JSON.",
    factory="engine.tools.core.python.tool:Python",
    operations={
        "call": OperationSpec(
            description="Calls `module:function` with `args` and `kwargs`, in a worker process unless an executor is "
            "named. A parameter named `context` receives the call's context; an `async` function is awaited.",
            parameters={
                "type": "object",
                "properties": {
                    "call": {
                        "type": "string",
                        "pattern": r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$",
                        "x-weft-code": True,
                        "x-weft-policy": "python_modules",
                        "x-weft-corrections": {
                            r"^([\w./-]+)\.py:(\w+)$": r"\1:\2",
                            r"^([\w.]+)[./#](\w+)(\(\))?$": r"\1:\2",
                        },
                        "description": "`module:function`, the module found from the project folder.",
                        "examples": ["flows.orders:clean"],
                    },
                    "args": {
                        "type": "array",
                        "description": "Arguments by position.",
                        "examples": [[1, "two"]],
                    },
                    "kwargs": {
                        "type": "object",
                        "description": "Arguments by name.",
                        "examples": [{"limit": 100}],
                    },
                    "limits": SCHEMA,
                },
                "required": ["call"],
                "additionalProperties": False,
                "examples": [{"call": "flows.orders:clean", "kwargs": {"rows": [{"id": 1}]}}],
            },
            result={"description": "What the function returned."},
            timeout_seconds=300.0,
            usual_executor="processes",
        )
    },
)
