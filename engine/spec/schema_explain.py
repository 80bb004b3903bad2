"""Turns what jsonschema found into diagnostics an author understands. Slow, and only reached by a document that is wrong.

A misspelt key and the "missing key" it causes are one problem: the missing one is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.diagnostics import Diagnostic, problem
from engine.spec import words
from engine.spec.tree import Tree
from engine.text import nearest, suggestion
from engine.text.snippet import shortened

Path = tuple[str | int, ...]

_TYPE_NAMES = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "nothing",
}
_FORMATS = {
    words.NAME_PATTERN: "lower-case letters, digits and dashes, beginning with a letter or digit, at most 63",
    words.ID_PATTERN: "a letter, then letters, digits and _, at most 80",
    words.INPUT_NAME_PATTERN: "a letter, then letters, digits and _",
    words.DURATION_PATTERN: "a duration: 250ms, 30s, 5m, 1h30m, 2d, or seconds",
    words.RATE_PATTERN: "a rate: 10/s, 60/m or 1000/h",
    words.SHARE_PATTERN: "a count or a share such as 5%",
}


def explain(tree: Tree, schema: dict[str, Any]) -> list[Diagnostic]:
    """Every problem of a document the schema refuses."""
    if not isinstance(tree.root, dict):
        what = _named_type(tree.root)
        return [problem("WF201", f"a workflow is a mapping, not {what}", tree.span(()), "begin with: weft: 1")]
    return explain_part(tree, (), tree.root, schema)


def explain_part(tree: Tree, at: Path, value: Any, schema: Mapping[str, Any]) -> list[Diagnostic]:
    """Every problem of the part of the document that stands at `at`."""
    import jsonschema
    from referencing import Registry

    validator = jsonschema.Draft202012Validator(schema, registry=Registry())
    errors = list(validator.iter_errors(value))
    meant = _words_meant(errors)
    found: list[Diagnostic] = []
    for error in errors:
        found += _explained(tree, at, error, meant)
    return found


def _explained(tree: Tree, at: Path, error: Any, meant: dict[Path, set[str]]) -> Iterator[Diagnostic]:
    inner: Path = tuple(error.absolute_path)
    path = (*at, *inner)
    if error.validator == "additionalProperties":
        yield from (_unknown_key(tree, path, key, error.schema) for key in _extra_keys(error))
    elif error.validator == "required":
        yield from _missing(tree, path, error, meant.get(inner, set()))
    elif error.validator == "oneOf":
        yield from _one_body(tree, path, error.instance, meant.get(inner, set()))
    elif tell := _TELLERS.get(error.validator):
        yield tell(tree, path, error)
    else:
        yield problem("WF205", f"{_place(path)} {error.message}", tree.span(path))


def _words_meant(errors: list[Any]) -> dict[Path, set[str]]:
    """For each mapping with unknown keys: the words these were meant to be."""
    meant: dict[Path, set[str]] = {}
    for error in errors:
        if error.validator == "additionalProperties":
            for key in _extra_keys(error):
                other = _other_word(tuple(error.absolute_path), key, error.schema)
                near = nearest(key, error.schema.get("properties", ()))
                names = {other.split(":")[0].split(" ")[0]} if other else set(near)
                meant.setdefault(tuple(error.absolute_path), set()).update(names)
    return meant


def _extra_keys(error: Any) -> list[str]:
    known = error.schema.get("properties", {})
    return [key for key in error.instance if key not in known and not key.startswith("x-")]


def _is_step(schema: dict[str, Any]) -> bool:
    return "trigger_rule" in schema.get("properties", ())


def _other_word(path: Path, key: str, schema: dict[str, Any]) -> str | None:
    if _is_step(schema):
        return words.OTHER_WORDS_STEP.get(key)
    return words.OTHER_WORDS_FILE.get(key) if path == () else None


def _unknown_key(tree: Tree, path: Path, key: str, schema: dict[str, Any]) -> Diagnostic:
    span = tree.key_span((*path, key))
    where = "a step" if _is_step(schema) else "a workflow" if path == () else f'"{path[-1]}"'
    shown = shortened(key)
    if other := _other_word(path, key, schema):
        return problem("WF210", f'"{shown}" is not a word of {where}', span, f"write {other}")
    hint = suggestion(key, schema.get("properties", ()))
    return problem("WF202", f'unknown key "{shown}" in {where}', span, hint)


def _missing(tree: Tree, path: Path, error: Any, meant: set[str]) -> Iterator[Diagnostic]:
    for key in error.validator_value:
        # jsonschema tells each missing key apart, the collection drops the repeats; "steps" may be said by another engine's word; that problem is told once, at that word.
        if key in error.instance or key in meant:
            continue
        span = tree.key_span(path) if path and isinstance(path[-1], str) else tree.span(path)
        if path == () and key == "weft":
            yield problem("WF201", "this is not a Weft workflow: no language version", span, "begin with: weft: 1")
        else:
            yield problem("WF204", f'{_place(path)} has no "{key}"', span, _missing_hint(error.schema, key))


def _missing_hint(schema: dict[str, Any], key: str) -> str | None:
    described = schema.get("properties", {}).get(key, {})
    return f"add {key}: {described['description']}" if "description" in described else f"add {key}: …"


def _one_body(tree: Tree, path: Path, step: Any, meant: set[str]) -> Iterator[Diagnostic]:
    bodies = ("tool", "steps", "workflow")
    given = [body for body in bodies if isinstance(step, dict) and body in step]
    if len(given) > 1:
        message = f"{_step_name(step)} has {len(given)} bodies: {' and '.join(given)}"
        yield problem("WF208", message, tree.key_span((*path, given[1])), "keep one, or put the steps into a group")
    elif isinstance(step, dict) and not meant & set(bodies):
        hint = "add tool: …, steps: […] or workflow: …"
        yield problem("WF208", f"{_step_name(step)} does nothing", tree.span(path), hint)


def _step_name(step: dict[str, Any]) -> str:
    return f'step "{shortened(str(step["id"]))}"' if "id" in step else "the step"


def _type(tree: Tree, path: Path, error: Any) -> Diagnostic:
    wanted = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
    expected = " or ".join(_TYPE_NAMES[name] for name in wanted)
    message = f"{_place(path)} must be {expected}, not {_named_type(error.instance)}"
    return problem("WF203", message, tree.span(path), _described(error))


def _enum(tree: Tree, path: Path, error: Any) -> Diagnostic:
    allowed = [str(value) for value in error.validator_value]
    shown = shortened(str(error.instance))
    message = f'"{shown}" is not a value of {_place(path)}'
    hint = suggestion(str(error.instance), allowed) or "one of: " + ", ".join(allowed)
    return problem("WF205", message, tree.span(path), hint)


def _const(tree: Tree, path: Path, error: Any) -> Diagnostic:
    shown = shortened(str(error.instance))
    if path == ("weft",):
        return problem("WF211", f"language version {shown} is not known", tree.span(path), "this engine reads weft: 1")
    return problem("WF205", f"{_place(path)} must be {error.validator_value}, not {shown}", tree.span(path))


def _pattern(tree: Tree, path: Path, error: Any) -> Diagnostic:
    expected = _FORMATS.get(error.validator_value, f"text like {error.validator_value}")
    key = error.parent is not None and error.parent.validator == "propertyNames"
    span = tree.key_span((*path, error.instance)) if key or _is_property_name(error) else tree.span(path)
    what = _place((*path, "key")) if key else _place(path)
    return problem("WF206", f'"{shortened(str(error.instance))}" cannot be {what}', span, f"write {expected}")


def _is_property_name(error: Any) -> bool:
    return "propertyNames" in error.absolute_schema_path


def _bound(tree: Tree, path: Path, error: Any) -> Diagnostic:
    relation = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}[error.validator]
    message = f"{_place(path)} must be {relation} {error.validator_value}, not {shortened(str(error.instance))}"
    return problem("WF207", message, tree.span(path), _described(error))


def _min_items(tree: Tree, path: Path, error: Any) -> Diagnostic:
    return problem("WF207", f"{_place(path)} is empty", tree.span(path), "at least one is needed")


def _not(tree: Tree, path: Path, error: Any) -> Diagnostic:
    both = error.validator_value["required"]
    message = f"{_step_name(error.instance)} has {' and '.join(both)}"
    hint = f"keep one; put the other on a step inside a group: {both[0]} around {both[1]}"
    return problem("WF209", message, tree.key_span((*path, both[1])), hint)


_TELLERS: dict[str, Callable[[Tree, Path, Any], Diagnostic]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minimum": _bound,
    "exclusiveMinimum": _bound,
    "maximum": _bound,
    "minItems": _min_items,
    "not": _not,
}


def _described(error: Any) -> str | None:
    description = error.schema.get("description")
    return str(description) if description else None


def _named_type(value: Any) -> str:
    if value is None:
        return "nothing"
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a mapping"}
    shown = f" ({shortened(str(value), 30)})" if isinstance(value, (bool, int, float, str)) else ""
    return names[type(value)] + shown


def _place(path: Path) -> str:
    if not path:
        return "the workflow"
    last = path[-1]
    if isinstance(last, str):
        return f'"{last}"'
    holder = path[-2] if len(path) > 1 else "list"
    return f'item {last + 1} of "{holder}"'
