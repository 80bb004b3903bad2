"""What kind of value an expression is known to give before anything runs: from its operators, or from the declared type
of the input it reads. Knows no data: what a step gives has no kind."""

from __future__ import annotations

from engine.check.subject import Subject
from engine.refs import Expression

SHOWN = {
    "number": "a number",
    "text": "text",
    "list": "a list",
    "mapping": "a mapping",
    "boolean": "true or false",
    "null": "null",
}
_OF_TYPE = {
    "integer": "number",
    "number": "number",
    "string": "text",
    "array": "list",
    "object": "mapping",
    "boolean": "boolean",
    "null": "null",
}
_OF_PATH = {("run", "id"): "text", ("run", "workflow"): "text", ("run", "attempt"): "number"}


def kind_of(subject: Subject, expression: Expression) -> str | None:
    """One of `SHOWN`; None where it depends on data."""
    if expression.static_type is not None:
        return expression.static_type
    path = expression.path or ()
    if len(path) != 2:
        return None
    if path[0] == "inputs":
        declared = subject.workflow.inputs.get(str(path[1]), {}).get("type")
        return _OF_TYPE.get(declared) if isinstance(declared, str) else None
    return _OF_PATH.get((str(path[0]), str(path[1])))
