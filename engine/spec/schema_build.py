"""`schemas/workflow.schema.json` from the models: plain JSON Schema 2020-12 that editors and jsonschema both like.

Choices are made by `if`/`then`, never `oneOf` over whole steps, so that a misspelling is blamed where it stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.spec.models import Foreach, Workflow
from engine.spec.schema_dispatch import dispatch
from engine.spec.toolspec import Declaration

SCHEMA_ID = "https://weft.example/schemas/workflow.schema.json"
OWN_KEYS = {"^x-": True}


def workflow_schema(declarations: Mapping[str, Declaration] | None = None) -> dict[str, Any]:
    """The schema of a spec file; with `declarations`, the parameters of those tools too (for editors)."""
    schema = Workflow.model_json_schema(by_alias=True)
    definitions = schema.pop("$defs")
    definitions["Foreach"] = Foreach.model_json_schema(by_alias=True)
    schema = _tidy(schema)
    schema["properties"] = {word: schema["properties"].pop(word) for word in ("weft", "name")} | schema[
        "properties"
    ]
    definitions = {name: _tidy(definition) for name, definition in sorted(definitions.items())}
    _one_body(definitions["Step"])
    definitions["Step"]["properties"]["foreach"] = _foreach()
    rules = [dispatch(declaration) for declaration in (declarations or {}).values()]
    definitions["tool_parameters"] = {"allOf": rules} if rules else {}
    definitions["Step"]["allOf"].append({"$ref": "#/$defs/tool_parameters"})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Weft workflow",
        **schema,
        "$defs": definitions,
    }


def _tidy(node: Any) -> Any:
    """Titles away, `x-` keys allowed wherever unknown keys are refused, `all` beside a number as an enum."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    # A property may be called "title" too: only a text is the keyword.
    tidy = {
        k: _tidy(v) for k, v in node.items() if not (k in ("title", "default") and not isinstance(v, dict))
    }
    if tidy.get("additionalProperties") is False:
        tidy["patternProperties"] = OWN_KEYS
    if texts := tidy.pop("enum_text", None):
        tidy |= {"if": {"type": "string"}, "then": {"enum": texts}}
    return tidy


def _foreach() -> dict[str, Any]:
    return {
        "description": "run the body once per item: a reference or a list, or the long form {in: …, concurrency: …}",
        "type": ["string", "array", "object"],
        "if": {"type": "object"},
        "then": {"$ref": "#/$defs/Foreach"},
        "examples": ["$<step_list_result>", ["a", "b"], {"in": "$<inputs.files>", "concurrency": 4}],
    }


def _one_body(step: dict[str, Any]) -> None:
    step["oneOf"] = [{"required": [body]} for body in ("tool", "steps", "workflow")]
    step["allOf"] = [{"not": {"required": ["foreach", "repeat"]}}]
