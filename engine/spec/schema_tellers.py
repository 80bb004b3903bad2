"""What one broken keyword of a schema says about one value: type, choice, format, range, length.

Each gets the tree, the place and jsonschema's error, and gives one diagnostic. What concerns several keys of a mapping
is `schema_explain.py`'s business.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.diagnostics import Diagnostic, problem
from engine.spec import words
from engine.spec.schema_wording import (
    Path,
    described,
    format_hint,
    place_name,
    quoted,
    type_hint,
    value_named,
    wanted_named,
)
from engine.spec.tree import Tree
from engine.text import suggestion
from engine.text.snippet import shortened


def _type(tree: Tree, path: Path, error: Any) -> Diagnostic:
    message = f"{place_name(path)} must be {wanted_named(error.schema)}, not {value_named(error.instance)}"
    return problem("WF203", message, tree.span(path), type_hint(path, error.schema, error.instance))


def _enum(tree: Tree, path: Path, error: Any) -> Diagnostic:
    allowed = [str(value) for value in error.validator_value]
    hint = suggestion(str(error.instance), allowed) or "one of: " + ", ".join(allowed)
    return problem(
        "WF205", f"{quoted(error.instance)} is not a value of {place_name(path)}", tree.span(path), hint
    )


def _const(tree: Tree, path: Path, error: Any) -> Diagnostic:
    message = f"{place_name(path)} must be {quoted(error.validator_value)}, not {quoted(error.instance)}"
    return problem("WF205", message, tree.span(path))


def _pattern(tree: Tree, path: Path, error: Any) -> Diagnostic:
    text = str(error.instance)
    is_key = "propertyNames" in error.absolute_schema_path
    span = tree.key_span((*path, text)) if is_key else tree.span(path)
    if not text.strip() and not is_key:
        return problem("WF206", f"{place_name(path)} is empty", span, format_hint(error.schema, text))
    what = f"a key of {place_name(path)}" if is_key else place_name(path)
    return problem("WF206", f"{what} cannot be {quoted(text)}", span, format_hint(error.schema, text))


def _bound(tree: Tree, path: Path, error: Any) -> Diagnostic:
    relation = _RELATIONS[error.validator]
    message = (
        f"{place_name(path)} must be {relation} {error.validator_value}, not {shortened(str(error.instance))}"
    )
    hint = None if error.schema.get("pattern") == words.DURATION_PATTERN else described(error.schema)
    return problem("WF207", message, tree.span(path), hint)


def _too_few(tree: Tree, path: Path, error: Any) -> Diagnostic:
    least = error.validator_value
    if not error.instance:
        return problem(
            "WF207",
            f"{place_name(path)} is empty",
            tree.span(path),
            "at least one is needed" if least == 1 else None,
        )
    return problem("WF207", f"{place_name(path)} is shorter than {least}", tree.span(path))


def _too_many(tree: Tree, path: Path, error: Any) -> Diagnostic:
    return problem("WF207", f"{place_name(path)} is longer than {error.validator_value}", tree.span(path))


def _repeats(tree: Tree, path: Path, error: Any) -> Diagnostic:
    return problem(
        "WF205", f"{place_name(path)} holds an item twice", tree.span(path), "remove one of the two"
    )


_RELATIONS = {
    "minimum": "at least",
    "exclusiveMinimum": "more than",
    "maximum": "at most",
    "exclusiveMaximum": "less than",
    "multipleOf": "a multiple of",
}
TELLERS: dict[str, Callable[[Tree, Path, Any], Diagnostic]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    **dict.fromkeys(_RELATIONS, _bound),
    **dict.fromkeys(("minItems", "minLength", "minProperties"), _too_few),
    **dict.fromkeys(("maxItems", "maxLength", "maxProperties"), _too_many),
    "uniqueItems": _repeats,
}
