"""Plain paths (`inputs.day`, `step_a_result.rows[0].id`, `item['x']`): read without Jinja, with exactly its
meaning.

Laws: what this lane reads, the general lane reads to the same value or the same error; whatever it does not
recognise it leaves to the general lane. Imports nothing heavy: most references of real specs end here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from engine.refs.bounds import Scope
from engine.refs.values import READY, Key, Missing, leave, member, no_name, path_text

RESERVED = frozenset(
    {"and", "or", "not", "if", "else", "is", "in", "true", "false", "none", "True", "False", "None", "null"}
)
_LENGTH_MAX = 256  # far below every bound of the general lane
_PLAIN = re.compile(
    r"[A-Za-z][A-Za-z0-9_]*"
    r"(?:\.(?:[A-Za-z][A-Za-z0-9_]*|0|[1-9][0-9]{0,17})"
    r"|\[(?:-?(?:0|[1-9][0-9]{0,17})|'[^'\\\r\x00\ud800-\udfff]*'|\"[^\"\\\r\x00\ud800-\udfff]*\")\])*"
)
_SUBSCRIPT = re.compile(r"\[(?:(-?[0-9]+)|'([^']*)'|\"([^\"]*)\")\]|\.?([^.\[]+)")


def plain_path(text: str) -> tuple[str | int, ...] | None:
    """The root name, then keys and indexes; None when `text` is not a plain path.

    >>> plain_path("step_a_result.rows[0].id")
    ('step_a_result', 'rows', 0, 'id')
    """
    if len(text) > _LENGTH_MAX or _PLAIN.fullmatch(text) is None:
        return None
    if "[" not in text:
        parts = text.split(".")
        path = tuple([int(part) if part[0] in "0123456789" else part for part in parts])
    else:
        path = tuple(_keys(text))
    return None if path[0] in RESERVED else path


def _keys(text: str) -> list[Key]:
    keys: list[Key] = []
    for match in _SUBSCRIPT.finditer(text):
        index, one, two, word = match.groups()
        if index is not None:
            keys.append(int(index))
        elif word is not None:
            keys.append(int(word) if word[0] in "0123456789" else word)
        else:
            keys.append(one if one is not None else two)
    return keys


def reader(path: tuple[Key, ...]) -> Callable[[Scope], Any]:
    """A function from a scope to the value at `path`, which may be Missing."""
    root, keys = str(path[0]), path[1:]

    def read(scope: Scope) -> Any:
        try:
            value = top = scope(root)
        except KeyError:
            return Missing(no_name, root, scope)
        try:
            for key in keys:
                value = value[key]
        except (KeyError, IndexError, TypeError):
            return _followed(top, root, keys)
        return value

    return read


def evaluator(path: tuple[Key, ...]) -> Callable[[Scope], Any]:
    """As `reader`, but the value is ready to leave. Raises EvaluationError."""
    root, keys = str(path[0]), path[1:]

    def evaluate(scope: Scope) -> Any:
        try:
            value = top = scope(root)
        except KeyError:
            raise no_name(root, scope) from None
        try:
            # On JSON, Python's own subscript is right whenever it succeeds; everything else takes the careful
            # way.
            for key in keys:
                value = value[key]
        except (KeyError, IndexError, TypeError):
            value = _followed(top, root, keys)
        return value if type(value) in READY else leave(value)

    return evaluate


def _followed(value: Any, root: str, keys: tuple[Key, ...]) -> Any:
    for index, key in enumerate(keys):
        value = member(value, key, lambda keys=keys[:index]: path_text(root, keys))  # type: ignore[misc]
    return value
