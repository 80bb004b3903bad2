"""The part of the schema of spec files that knows one tool: its operations, and what each takes in `with`. For editors."""

from __future__ import annotations

from typing import Any

from engine.spec.templated import templated
from engine.spec.toolspec import Declaration, JsonSchema


def dispatch(declaration: Declaration) -> dict[str, Any]:
    """What holds for steps whose `tool` is this one."""
    operations = declaration.operations
    rules = [
        {
            "if": _is_operation(name, name == declaration.operation_name(None)),
            "then": {"properties": {"with": self_contained(operation.parameters)}},
        }
        for name, operation in operations.items()
    ]
    return {
        "if": {"properties": {"tool": {"const": declaration.name}}, "required": ["tool"]},
        "then": {"properties": {"operation": {"enum": list(operations)}}, "allOf": rules},
    }


def _is_operation(name: str, default: bool) -> dict[str, Any]:
    return {"properties": {"operation": {"const": name}}, **({} if default else {"required": ["operation"]})}


def self_contained(schema: JsonSchema) -> Any:
    """A parameter schema, references to values allowed, with its own definitions in the places where they are meant.

    Inside the schema of spec files `#/$defs/NAME` would mean another document's: what a definition says is put in its place;
    one that holds itself says nothing further in.
    """
    return templated(_placed(schema, schema.get("$defs", {}), ()))


def _placed(node: Any, known: Any, around: tuple[str, ...]) -> Any:
    if isinstance(node, list):
        return [_placed(item, known, around) for item in node]
    if not isinstance(node, dict):
        return node
    name = str(node.get("$ref", "")).removeprefix("#/$defs/")
    if "$ref" in node and isinstance(node["$ref"], str):
        beside = {word: value for word, value in node.items() if word != "$ref"}
        inner = {} if name in around or name not in known else _placed(known[name], known, (*around, name))
        return {**inner, **beside}
    return {word: _placed(value, known, around) for word, value in node.items() if word != "$defs"}
