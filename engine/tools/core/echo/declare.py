"""What `echo` promises."""

from engine.spec.toolspec import Declaration, OperationSpec

DECLARATION = Declaration(
    name="echo",
    category="data_processing",
    description="Gives back its parameters as its data.",
    factory="engine.tools.core.echo.tool:Echo",
    operations={
        "echo": OperationSpec(
            description="Returns the mapping given in `with`, references resolved.",
            parameters={"type": "object", "examples": [{"greeting": "hello"}]},
            result={"type": "object"},
            lane="inline",
            timeout_seconds=None,
            repeatable=True,
        )
    },
)
