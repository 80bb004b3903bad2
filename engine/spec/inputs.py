"""The inputs of a workflow: their schemas checked, values given for a run coerced and validated, defaults filled."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from engine.errors import InputError, UsageError
from engine.spec.given_texts import format_meant, meant_by, value_meant
from engine.spec.load import load_text
from engine.text import suggestion
from engine.text.snippet import shortened

# Weft's own beside JSON Schema's.
OWN_WORDS = frozenset({"default", "secret"})
SCHEMA_WORDS = frozenset(
    {
        "type", "enum", "const", "title", "description", "examples", "deprecated", "format", "pattern",
        "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
        "multipleOf", "items", "prefixItems", "contains", "minContains", "maxContains", "minItems",
        "maxItems", "uniqueItems", "properties", "patternProperties", "additionalProperties",
        "required", "propertyNames", "minProperties", "maxProperties", "dependentRequired",
        "dependentSchemas", "unevaluatedProperties", "unevaluatedItems", "allOf", "anyOf", "oneOf",
        "not", "if", "then", "else", "$ref", "$defs", "$comment"
    }
)  # fmt: skip
KNOWN_WORDS = OWN_WORDS | SCHEMA_WORDS
KNOWN_FORMATS = ("date", "time", "date-time", "uri", "uuid", "email", "duration")
TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")
_SCHEMAS_BY_NAME = ("properties", "patternProperties", "$defs", "dependentSchemas")
_SCHEMA = ("items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else")
_SCHEMA_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
NO_DEFAULT = object()
ENVIRONMENT_PREFIX = "WEFT_INPUT_"
"""Of a variable that gives an input."""


class SchemaProblem(NamedTuple):
    """What is wrong with an input's schema: where inside it (`key`: at the key, else at its value)."""

    at: tuple[str | int, ...]
    message: str
    hint: str | None = None
    key: bool = False


def input_schema_problems(schema: Mapping[str, Any]) -> Iterator[SchemaProblem]:
    """What is wrong with one input's schema."""
    found = list(_word_problems(schema, ()))
    if "secret" in schema and not isinstance(schema["secret"], bool):
        found.append(SchemaProblem(("secret",), '"secret" must be true or false'))
    yield from found
    if not found:
        try:
            _validator(json.dumps(plain_schema(schema)))
        except Exception as error:  # jsonschema-rs raises ValidationError and ValueError of its own
            yield _refused(schema, error)


def _word_problems(schema: Any, at: tuple[str | int, ...]) -> Iterator[SchemaProblem]:
    if not isinstance(schema, Mapping):
        return
    for word, value in schema.items():
        here = (*at, word)
        if word not in KNOWN_WORDS and not word.startswith("x-"):
            message = f'"{shortened(word)}" is not a keyword of an input\'s schema'
            yield SchemaProblem(here, message, suggestion(word, KNOWN_WORDS), True)
        elif word == "type":
            yield from _type_problems(value, here)
        elif word == "$ref" and not str(value).startswith("#/"):
            message = f'"$ref" may point only into the same schema, not to "{shortened(str(value))}"'
            yield SchemaProblem(here, message, "begin with #/")
        elif word == "format" and value not in KNOWN_FORMATS:
            message = f'"{shortened(str(value))}" is not a known format'
            yield SchemaProblem(here, message, suggestion(str(value), KNOWN_FORMATS))
        elif word in _SCHEMAS_BY_NAME and isinstance(value, Mapping):
            for name, sub in value.items():
                yield from _word_problems(sub, (*here, name))
        elif word in _SCHEMA:
            yield from _word_problems(value, here)
        elif word in _SCHEMA_LISTS and isinstance(value, list):
            for index, sub in enumerate(value):
                yield from _word_problems(sub, (*here, index))


def _type_problems(value: Any, at: tuple[str | int, ...]) -> Iterator[SchemaProblem]:
    given = value if isinstance(value, list) else [value]
    for index, name in enumerate(given):
        if name not in TYPES:
            place = (*at, index) if isinstance(value, list) else at
            yield SchemaProblem(
                place, f'"{shortened(str(name))}" is not a type', suggestion(str(name), TYPES)
            )
    if not given:
        yield SchemaProblem(at, '"type" is an empty list', "known: " + ", ".join(TYPES))


def _refused(schema: Mapping[str, Any], error: Any) -> SchemaProblem:
    """What JSON Schema's own rules have against a schema, in words."""
    at = tuple(getattr(error, "instance_path", ()))
    text = str(getattr(error, "message", error)).splitlines()[0]
    if at and at[-1] == "pattern":
        value = _inside(schema, at)
        hint = "patterns run in linear time: no look-around, no back references" if _fancy(value) else None
        return SchemaProblem(at, f'"{shortened(str(value))}" is not a regular expression', hint)
    if text.startswith("Pointer"):
        return SchemaProblem(at, f'"$ref": nothing is at {text.split(chr(39))[1]}', "define it below $defs")
    name = f'"{at[-1]}": ' if at and isinstance(at[-1], str) else ""
    return SchemaProblem(at, f"{name}{shortened(text, 120)}")


def _inside(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _fancy(pattern: Any) -> bool:
    """Whether a pattern uses what only backtracking engines have."""
    return any(mark in str(pattern) for mark in ("(?=", "(?!", "(?<=", "(?<!", "\\1", "(?>", "*+", "++"))


def plain_schema(schema: Mapping[str, Any]) -> dict[str, Any]:
    """An input's schema without Weft's own words."""
    return {
        word: value for word, value in schema.items() if word not in OWN_WORDS and not word.startswith("x-")
    }


def value_problems(schema: Mapping[str, Any], value: Any) -> list[str]:
    """What a schema has against a value, one line each."""
    return [_told(path, message) for path, message in value_errors(schema, value)]


def value_errors(schema: Mapping[str, Any], value: Any) -> list[tuple[tuple[str | int, ...], str]]:
    """What a schema has against a value: (path inside the value, message)."""
    errors = _validator(json.dumps(plain_schema(schema))).iter_errors(value)
    return [(tuple(error.instance_path), shortened(str(error.message), 300)) for error in errors]


def _told(path: tuple[str | int, ...], message: str) -> str:
    shown = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return f"{shown.lstrip('.')}: {message}" if shown else message


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

    Raises InputError that names every unknown, missing and wrong input at once.
    """
    problems = [_unknown(name, declared) for name in given if name not in declared]
    missing: list[str] = []
    values: dict[str, Any] = {}
    for name, schema in declared.items():
        value = given.get(name, schema.get("default", NO_DEFAULT))
        if value is NO_DEFAULT:
            problems.append(f'input "{name}" is missing ({_wanted(schema)})')
            missing.append(name)
            continue
        shown = "***" if schema.get("secret") else shortened(json.dumps(value, ensure_ascii=False), 40)
        told = [] if schema.get("secret") else value_problems(schema, value)
        if schema.get("secret") and value_problems(schema, value):
            told = ["does not fit its schema"]
        problems += [f'input "{name}" cannot be {shown}: {_explained(problem, schema)}' for problem in told]
        values[name] = value
    if problems:
        hint = _how_to_give(declared, missing) if len(problems) < 3 else None
        if len(problems) == 1 and not missing:
            hint = _meant(declared, values) or hint
        raise InputError("; ".join(problems), hint=hint)
    return values


def _meant(declared: Mapping[str, Mapping[str, Any]], values: Mapping[str, Any]) -> str | None:
    """What the value of the one input that does not fit may have been meant for."""
    for name, value in values.items():
        schema = declared[name]
        if schema.get("secret") or not value_problems(schema, value):
            continue
        wanted = schema.get("type")
        if isinstance(value, str) and "format" in schema:
            return format_meant(schema["format"])
        return value_meant(value, wanted if isinstance(wanted, list) else [wanted])
    return None


def _how_to_give(declared: Mapping[str, Mapping[str, Any]], missing: list[str]) -> str:
    secret = [name for name in missing if declared[name].get("secret")]
    environment = f", a secret one in the environment as {ENVIRONMENT_PREFIX}{secret[0]}" if secret else ""
    return f"give inputs as -i NAME=VALUE or --inputs FILE{environment}"


def _explained(problem: str, schema: Mapping[str, Any]) -> str:
    """With the input's description where the schema only says what is not allowed: that tells nobody what is."""
    told = "not" in schema and "is not allowed" in problem and "description" in schema
    return f"{problem} ({schema['description']})" if told else problem


def _unknown(name: str, declared: Mapping[str, Any]) -> str:
    hint = suggestion(name, declared)
    return f'unknown input "{shortened(name)}"' + (f" ({hint})" if hint else " (the workflow has no inputs)")


def _wanted(schema: Mapping[str, Any]) -> str:
    wanted = schema.get("type", "any value")
    text = " or ".join(wanted) if isinstance(wanted, list) else str(wanted)
    return f"{text}, {schema['description']}" if "description" in schema else text


def coerce_text(name: str, text: str, declared: Mapping[str, Mapping[str, Any]]) -> Any:
    """A value given as text (`-i NAME=VALUE`): raw where the type includes string or is absent, else JSON.

    The JSON is read by the rules of a spec file (size, depth, numbers, keys). Raises UsageError naming the wanted type.
    """
    if "\0" in text or not _encodable(text):
        raise UsageError(
            f'input "{name}" holds a character that no text may hold', hint="it must be UTF-8, without NUL"
        )
    wanted = declared.get(name, {}).get("type")
    types = wanted if isinstance(wanted, list) else [wanted]
    if wanted is None or "string" in types:
        return text
    tree, found = load_text(text, f"-i {name}", "json")
    if tree is not None and not found.errors:
        return tree.root
    shown = "***" if declared[name].get("secret") else f'"{shortened(text)}"'
    problem = next(iter(found))
    why = None if declared[name].get("secret") else meant_by(text, types) or problem.message
    raise UsageError(f'input "{name}" must be {" or ".join(map(str, types))} as JSON, not {shown}', hint=why)


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
