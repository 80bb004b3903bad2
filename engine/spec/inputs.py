"""The inputs of a workflow: their schemas checked, values given for a run coerced and validated, defaults filled."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from engine.errors import UsageError
from engine.text import suggestion
from engine.text.snippet import shortened

# Weft's own beside JSON Schema's.
OWN_WORDS = frozenset({"default", "secret"})
KNOWN_WORDS = OWN_WORDS | frozenset(
    "type enum const title description examples deprecated format pattern minLength maxLength minimum maximum "
    "exclusiveMinimum exclusiveMaximum multipleOf items prefixItems contains minContains maxContains minItems maxItems "
    "uniqueItems properties patternProperties additionalProperties required propertyNames minProperties maxProperties "
    "dependentRequired dependentSchemas allOf anyOf oneOf not if then else $ref $defs $comment".split()
)
KNOWN_FORMATS = ("date", "time", "date-time", "uri", "uuid", "email", "duration")
NO_DEFAULT = object()


def input_schema_problems(schema: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str, str | None]]:
    """What is wrong with one input's schema: (path inside it, message, hint)."""
    found = list(_word_problems(schema, ()))
    yield from found
    if not found:
        try:
            _validator(json.dumps(plain_schema(schema)))
        except Exception as error:  # jsonschema-rs raises ValidationError and ValueError of its own
            yield (), f"not a JSON Schema: {str(error).splitlines()[0]}", None


def _word_problems(schema: Any, at: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str, str | None]]:
    if not isinstance(schema, Mapping):
        return
    for word, value in schema.items():
        here = (*at, word)
        if word not in KNOWN_WORDS and not word.startswith("x-"):
            yield here, f'"{word}" is not a keyword of an input\'s schema', suggestion(word, KNOWN_WORDS)
        elif word == "$ref" and not str(value).startswith("#/"):
            yield here, f'"$ref" may point only into the same schema, not to "{shortened(str(value))}"', "begin with #/"
        elif word == "format" and value not in KNOWN_FORMATS:
            yield here, f'"{shortened(str(value))}" is not a known format', suggestion(str(value), KNOWN_FORMATS)
        elif word in ("properties", "patternProperties", "$defs", "dependentSchemas") and isinstance(value, Mapping):
            for name, sub in value.items():
                yield from _word_problems(sub, (*here, name))
        elif word in ("items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else"):
            yield from _word_problems(value, here)
        elif word in ("allOf", "anyOf", "oneOf", "prefixItems") and isinstance(value, list):
            for index, sub in enumerate(value):
                yield from _word_problems(sub, (*here, index))


def plain_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """An input's schema without Weft's own words."""
    return {word: value for word, value in schema.items() if word not in OWN_WORDS and not word.startswith("x-")}


def value_problems(schema: Mapping[str, Any], value: Any) -> list[str]:
    """What a schema has against a value, one line each."""
    errors = _validator(json.dumps(plain_schema(schema))).iter_errors(value)
    return [_told(error) for error in errors]


def _told(error: Any) -> str:
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.instance_path)
    return f"{path.lstrip('.')}: {error.message}" if path else str(error.message)


@cache
def _validator(schema: str) -> Any:
    import jsonschema_rs

    # The `regex` engine runs in linear time and refuses what it cannot (look-around, back references).
    return jsonschema_rs.Draft202012Validator(
        json.loads(schema),
        validate_formats=True,
        registry=jsonschema_rs.Registry([]),
        pattern_options=jsonschema_rs.RegexOptions(),
    )


def bind_inputs(declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a run: given values validated, defaults filled.

    Raises UsageError that names every unknown, missing and wrong input at once.
    """
    problems = [_unknown(name, declared) for name in given if name not in declared]
    values: dict[str, Any] = {}
    for name, schema in declared.items():
        value = given.get(name, schema.get("default", NO_DEFAULT))
        if value is NO_DEFAULT:
            problems.append(f'input "{name}" is missing ({_wanted(schema)})')
            continue
        shown = "***" if schema.get("secret") else shortened(json.dumps(value, ensure_ascii=False), 40)
        told = [] if schema.get("secret") else value_problems(schema, value)
        if schema.get("secret") and value_problems(schema, value):
            told = ["does not fit its schema"]
        problems += [f'input "{name}" cannot be {shown}: {problem}' for problem in told]
        values[name] = value
    if problems:
        hint = "give inputs as -i NAME=VALUE or --inputs FILE" if len(problems) < 3 else None
        raise UsageError("; ".join(problems), hint=hint)
    return values


def _unknown(name: str, declared: Mapping[str, Any]) -> str:
    hint = suggestion(name, declared)
    return f'unknown input "{shortened(name)}"' + (f" ({hint})" if hint else " (the workflow has no inputs)")


def _wanted(schema: Mapping[str, Any]) -> str:
    wanted = schema.get("type", "any value")
    text = " or ".join(wanted) if isinstance(wanted, list) else str(wanted)
    return f"{text}, {schema['description']}" if "description" in schema else text


def coerce_text(name: str, text: str, declared: Mapping[str, Mapping[str, Any]]) -> Any:
    """A value given as text (`-i NAME=VALUE`): raw where the type includes string or is absent, else JSON.

    Raises UsageError naming the wanted type.
    """
    wanted = declared.get(name, {}).get("type")
    types = wanted if isinstance(wanted, list) else [wanted]
    if wanted is None or "string" in types:
        return text
    try:
        return json.loads(text)
    except ValueError:
        types_text = " or ".join(map(str, types))
        raise UsageError(f'input "{name}" must be {types_text} as JSON, not "{shortened(text)}"') from None
