"""What goes with what: `oneOf` over required keys, and what an `if` makes of its `then` and `else`, said in words.

Looks at the schema an error came from; knows no tree and no diagnostics.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.text.snippet import shortened


class Choice(NamedTuple):
    """A broken `oneOf` over keys. `given`: the keys of it that are there; `told`: the alternatives in words."""

    given: list[str]
    keys: set[str]
    complete: int
    told: str


def choice(error: Any) -> Choice | None:
    """The choice a failed `oneOf` stands for; None when its branches are no lists of required keys."""
    branches = error.validator_value
    if not isinstance(error.instance, Mapping) or not all("required" in branch for branch in branches):
        return None
    alternatives = [list(branch["required"]) for branch in branches]
    keys = {key for alternative in alternatives for key in alternative}
    given = [key for key in error.instance if key in keys]
    complete = sum(all(key in error.instance for key in alternative) for alternative in alternatives)
    told = ", or ".join(" and ".join(f'"{key}"' for key in alternative) for alternative in alternatives)
    return Choice(
        given, keys, complete, told.replace(", or ", " or ") if len(keys) == len(alternatives) else told
    )


def choice_as_key(key: str, mapping: Mapping[str, Any], schema: Mapping[str, Any]) -> tuple[str, str] | None:
    """For `{not_null: id}` instead of `{check: not_null, column: id}`, and `{column: n, lt: 3}` instead of
    `{column: n, op: lt, value: 3}`: the key that is meant, and what to write."""
    properties = schema.get("properties", {})
    for word in schema.get("required", ()):
        about = properties.get(word, {})
        if word not in mapping and key in about.get("else", about).get("enum", ()):
            value = mapping[key]
            rest = ""
            if "column" in mapping and "value" in properties and "value" not in mapping:
                shown = shortened(json.dumps(value, ensure_ascii=False), 40)
                rest = f", column: {shortened(str(mapping['column']))}, value: {shown}"
            elif isinstance(value, str) and "column" in properties:
                rest = f", column: {value}"
            return word, f"write {word}: {key}{rest}"
    return None


class Circumstance(NamedTuple):
    """The innermost `if` around an error. `then`: whether the error is in its `then`; `told`: the condition in words;
    `held`: whether the mapping has all that the condition looks at."""

    then: bool
    told: str
    held: bool


def circumstance(schema: Any, error: Any) -> Circumstance | None:
    """Under which `if` of `schema` an error stands; None where there is none that can be told."""
    found = _walk(schema, list(error.absolute_schema_path))[1]
    if found is None:
        return None
    condition, branch = found
    told = _told(condition)
    if told is None:
        return None
    looked_at = set(condition.get("properties", ()))
    there = set(error.instance) if isinstance(error.instance, Mapping) else looked_at
    return Circumstance(branch == "then", told, looked_at <= there)


def forbidden_keys(schema: Any, error: Any) -> list[str]:
    """The names whose schema is `false` in the `properties` an error came from."""
    properties = _walk(schema, list(error.absolute_schema_path))[0]
    return (
        [name for name, sub in properties.items() if sub is False] if isinstance(properties, Mapping) else []
    )


def _walk(root: Any, steps: list[Any]) -> tuple[Any, tuple[Any, str] | None]:
    """What stands at a schema path, and the condition and branch nearest to its end."""
    found = None
    schema = root
    for step in steps:
        while isinstance(schema, Mapping) and step not in schema and "$ref" in schema:
            schema = _referred(root, schema["$ref"])  # a path does not name the references it went through
        if isinstance(schema, Mapping):
            if step in ("then", "else") and "if" in schema:
                found = (schema["if"], step)
            schema = schema.get(step)
        else:
            schema = schema[step] if isinstance(schema, list) and isinstance(step, int) else None
    return schema, found


def _referred(root: Any, pointer: str) -> Any:
    schema = root
    for step in pointer.removeprefix("#/").split("/"):
        schema = schema.get(step) if isinstance(schema, Mapping) else None
    return schema


def _told(condition: Any) -> str | None:
    if not isinstance(condition, Mapping):
        return None
    parts = []
    for name, schema in condition.get("properties", {}).items():
        values = schema.get("enum", [schema["const"]] if "const" in schema else [])
        if not values:
            return None
        parts.append(f"{name}: " + " or ".join(map(str, values)))
    parts += [
        f'"{key}"' for key in condition.get("required", ()) if key not in condition.get("properties", {})
    ]
    return " and ".join(parts) or None
