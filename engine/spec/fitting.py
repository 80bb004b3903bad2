"""Whether a JSON value that came at run time fits a schema: a fast yes, a good no in the words of the checks.

Laws: a value is read, never changed. What a schema does not look at is cut away before the fast validator sees it, so that
a list of a million records under `{type: array}` costs one look at its type. Knows no tool and no run; the author's file is
somewhere else: the places it tells are paths inside the value.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple

from engine.spec.schema_explain import explain_errors
from engine.spec.schema_wording import place_name
from engine.spec.tree import DOCUMENT, Path, Tree
from engine.text import Source, Span

ERRORS_MAX = 50
"""Errors looked at: a list of a million wrong items need not be explained item by item."""
_CACHED_MAX = 1024
_ABOUT = frozenset(
    {"description", "examples", "default", "title", "deprecated", "$comment", "$schema", "$id"}
)
_OBJECT = frozenset(
    {"type", "properties", "required", "additionalProperties", "minProperties", "maxProperties", "$defs"}
)
_ARRAY = frozenset({"type", "items", "minItems", "maxItems"})

Cut = Callable[[Any], Any]


class Misfit(NamedTuple):
    """One thing a schema has against a value: where in it, what, and what to do about it where that can be said."""

    at: Path
    message: str
    hint: str | None


class Fit:
    """A schema, compiled. `free`: it accepts every value of its type, so nothing need be asked."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema
        self._cut = _cutter(schema)
        self._validator: Any = None
        self.free = self._cut is _nothing or (
            schema.get("type") == "object" and not _keywords(schema) - {"type"}
        )

    def fits(self, value: Any) -> bool:
        """Whether the schema accepts a JSON value. (Of a `free` schema: whatever the value is.)"""
        if self.free:
            return True
        if self._validator is None:
            import jsonschema_rs

            self._validator = jsonschema_rs.Draft202012Validator(
                dict(self.schema), registry=jsonschema_rs.Registry([])
            )
        try:
            return bool(self._validator.is_valid(self._cut(value)))
        except (ValueError, OverflowError):  # an integer beyond 64 bits is more than the fast one knows
            return not self.misfits(value, "value")

    def misfits(
        self, value: Any, name: str, mask: Callable[[Any], Any] = lambda value: value
    ) -> list[Misfit]:
        """What the schema has against a value called `name`; `mask` is applied to whatever of it would be told."""
        import jsonschema
        from referencing import Registry

        validator = jsonschema.Draft202012Validator(self.schema, registry=Registry())
        errors = list(islice(validator.iter_errors(value), ERRORS_MAX))
        for error in errors:
            error.instance, error.message = mask(error.instance), mask(error.message)
        tree = _Value(value, name)
        told = explain_errors(tree, (name,), self.schema, errors)
        return list(dict.fromkeys(_misfit(one.message, one.hint, tree.places[one.span.line]) for one in told))


def fit(schema: Mapping[str, Any]) -> Fit:
    """The schema compiled; once for equal ones."""
    return _fit(json.dumps(schema, sort_keys=True))


@lru_cache(maxsize=_CACHED_MAX)
def _fit(text: str) -> Fit:
    return Fit(json.loads(text))


def dotted(path: Path) -> str:
    """A path as an author reads it: `orders[0].id`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


class _Value(Tree):
    """A value as a tree without text: the place of a path is a number, by which it is found in `places` again."""

    def __init__(self, value: Any, name: str) -> None:
        super().__init__({name: value}, Source("", ""), {DOCUMENT: array("I", (0, 0))})
        self.places: list[Path] = []

    def get(self, path: Path) -> Any:
        node = self.root
        for step in path:
            known = isinstance(node, dict) and step in node
            if not known and not (isinstance(node, list) and isinstance(step, int) and step < len(node)):
                return None
            node = node[step]
        return node

    def span(self, path: Path) -> Span:
        self.places.append(path)
        return Span("", len(self.places) - 1, 0, 0, 0)

    key_span = span

    def text_span(self, path: Path, start: int, end: int) -> Span:
        return self.span(path)


def _misfit(message: str, hint: str | None, place: Path) -> Misfit:
    """The message with the whole path for the name of its last part; the path without the name of the value."""
    holder = place[:-1] if message.startswith("unknown key") else place  # which the message names
    if len(holder) > 2 and (short := place_name(holder)) in message:
        message = message.replace(short, f'"{dotted(holder[1:])}"', 1)
    return Misfit(place[1:], message, hint)


def _keywords(schema: Mapping[str, Any]) -> set[str]:
    return {word for word in schema if word not in _ABOUT and not word.startswith("x-")}


def _nothing(_value: Any) -> None:
    return None


def _whole(value: Any) -> Any:
    return value


def _empty(value: Any) -> Any:
    """Of a container only its type."""
    return {} if isinstance(value, dict) else [] if isinstance(value, list) else value


def _cutter(schema: Any) -> Cut:
    """A function from a value to as much of it as the schema looks at."""
    if schema is True:
        return _nothing
    if not isinstance(schema, Mapping):
        return _whole
    used = _keywords(schema)
    if not used:
        return _nothing
    if used == {"type"}:
        return _empty
    if schema.get("type") == "object" and used <= _OBJECT:
        return _mapping_cutter(schema)
    if schema.get("type") == "array" and used <= _ARRAY:
        return _list_cutter(schema)
    return _whole


def _mapping_cutter(schema: Mapping[str, Any]) -> Cut:
    known = {name: _cutter(sub) for name, sub in schema.get("properties", {}).items()}
    others = _cutter(schema.get("additionalProperties", True))
    if not isinstance(schema.get("additionalProperties", True), Mapping):
        others = _nothing  # any, or none: the names alone decide
    if others is _whole and all(cut is _whole for cut in known.values()):
        return _whole

    def cut(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {name: known.get(name, others)(item) for name, item in value.items()}

    return cut


def _list_cutter(schema: Mapping[str, Any]) -> Cut:
    cut = _cutter(schema.get("items", True))
    if cut is _whole:
        return _whole
    if cut is _nothing:
        counted = "minItems" in schema or "maxItems" in schema
        return lambda value: ([None] * len(value) if counted else []) if isinstance(value, list) else value
    return lambda value: [cut(item) for item in value] if isinstance(value, list) else value
