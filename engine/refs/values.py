"""JSON values as expressions see them: kinds, members, what is missing, and how a value is written as text.

Laws: a value is text, number, boolean, null, list or mapping and nothing else; no attribute of a Python
object is ever looked at; values are read, never changed. Knows no syntax.
"""

from __future__ import annotations

import json
import math
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from engine.errors import EvaluationError
from engine.refs.bounds import Evaluation
from engine.text.nearest import LISTED_AT_MOST, suggestion
from engine.text.snippet import shortened

Key = str | int
_KEYS_LOOKED_AT_MAX = 500
_NEAR_LENGTH_MAX = 80
_NONE = type(None)
_KINDS: dict[type, str] = {
    str: "text",
    int: "number",
    float: "number",
    bool: "boolean",
    _NONE: "null",
    list: "list",
    dict: "mapping",
    tuple: "list",
}
READY = frozenset({str, int, float, bool, _NONE, list, dict})
"""Types that may leave an expression as they are."""


class LazyMapping(Mapping[str, Any]):
    """A mapping whose values are computed when they are asked for; becomes a dict when it leaves an
    expression."""

    __slots__ = ()

    @abstractmethod
    def __getitem__(self, key: str) -> Any: ...

    @abstractmethod
    def __iter__(self) -> Iterator[str]: ...

    @abstractmethod
    def __len__(self) -> int: ...


class Missing:
    """A key, index or name that is not there: an error as soon as anything but `default` and `defined` meets
    it."""

    __slots__ = ("_build", "_facts")

    def __init__(self, build: Callable[..., EvaluationError], *facts: Any) -> None:
        self._build = build
        self._facts = facts

    def error(self) -> EvaluationError:
        return self._build(*self._facts)


def need(value: Any) -> Any:
    """`value`, unless it is missing. Raises EvaluationError (`missing-…`)."""
    if type(value) is Missing:
        raise value.error()
    return value


def kind(value: Any) -> str:
    """`text number boolean null list mapping`. Raises EvaluationError for anything that is not JSON."""
    found = _KINDS.get(type(value))
    if found is not None:
        return found
    if isinstance(value, Mapping):
        return "mapping"
    for base in (str, bool, int, float, list):
        if isinstance(value, base):
            return _KINDS[base]
    if type(value) is Missing:
        raise value.error()
    raise EvaluationError(f"a value of type {type(value).__name__} is not JSON", code="type")


def described(value: Any) -> str:
    """The kind with its article, for messages: `a number`, `text`, `null`."""
    name = kind(value)
    return name if name in ("text", "null") else f"a {name}"


def leave(value: Any) -> Any:
    """A value on its way out of an expression: nothing missing, nothing lazy."""
    if type(value) in READY:
        return value
    if kind(value) == "mapping":
        return {key: leave(item) for key, item in value.items()}
    if type(value) is tuple:
        return [leave(item) for item in value]
    return value


def member(holder: Any, key: Any, where: str | Callable[[], str]) -> Any:
    """`holder.key` or `holder[key]`: the value, null through null, or Missing. `where` names the holder in
    messages.

    Raises EvaluationError (`type`) when `key` is neither text nor an integer.
    """
    shape = type(holder)
    if holder is None or shape is Missing:
        return holder
    if type(key) is not str and type(key) is not int:
        if type(key) is Missing:
            return key
        raise EvaluationError(f"{described(key)} is neither a key nor an index", code="type")
    if type(key) is int and key.bit_length() > 64:
        raise EvaluationError("an index has at most 64 bits", code="overflow")
    if shape is list or shape is str:
        if type(key) is int:
            try:
                return holder[key]
            except IndexError:
                pass
    elif shape is dict or isinstance(holder, Mapping):
        try:
            # JSON knows only text keys: `m.0` and `m[0]` are the key "0".
            return holder[key if type(key) is str else str(key)]
        except KeyError:
            pass
    return Missing(no_member, holder, key, where)


def no_member(holder: Any, key: Key, where: str | Callable[[], str]) -> EvaluationError:
    """The error of a member that is not there: what was there, and the nearest."""
    name = where if isinstance(where, str) else where()
    shape = kind(holder)
    if shape == "mapping":
        return _no_key(holder, str(key), name)
    if shape == "list" and type(key) is int:
        return EvaluationError(
            f"{name} has no index {key}; it has {_count(len(holder))}", code="missing-index"
        )
    if shape == "list":
        hint = (
            f"write {name}[0].{key} or {name} | map(attribute='{key}')" if str(key).isidentifier() else None
        )
        return EvaluationError(
            f'{name} is a list of {_count(len(holder))}, it has no key "{shortened(str(key))}"',
            hint=hint,
            code="missing-key",
        )
    if shape == "text" and type(key) is int:
        return EvaluationError(
            f"{name} has no index {key}; it has {len(holder)} characters", code="missing-index"
        )
    return EvaluationError(
        f'{name} is {described(holder)}, it has no key "{shortened(str(key))}"', code="missing-key"
    )


def _no_key(holder: Mapping[str, Any], key: str, name: str) -> EvaluationError:
    size = len(holder)
    keys = list(islice(holder, _KEYS_LOOKED_AT_MAX))
    if not size:
        there = "it is empty"
    elif size <= LISTED_AT_MOST:
        there = "it has: " + ", ".join(shortened(each) for each in keys)
    else:
        there = f"it has {size} keys"
    near = [each for each in keys if len(each) <= _NEAR_LENGTH_MAX]
    hint = suggestion(key, near) if len(key) <= _NEAR_LENGTH_MAX else None
    return EvaluationError(
        f'{name} has no key "{shortened(key)}"; {there}',
        hint=hint if hint is not None and hint.startswith("did") else None,
        code="missing-key",
    )


def _count(items: int) -> str:
    return "no items" if items == 0 else "one item" if items == 1 else f"{items} items"


def no_name(name: str, scope: Any) -> EvaluationError:
    """The error of a root name nobody knows. A scope may carry `names`: what it knows."""
    known = getattr(scope, "names", None)
    names = list(known() if callable(known) else known or ())
    return EvaluationError(
        f'there is no "{shortened(name)}" here', hint=suggestion(name, names), code="missing-name"
    )


def path_text(root: str, keys: tuple[Key, ...]) -> str:
    """A path as an author would write it.

    >>> path_text("inputs", ("rows", 0, "first name"))
    "inputs.rows[0]['first name']"
    """
    parts = [root]
    for key in keys:
        if type(key) is int:
            parts.append(f"[{key}]")
        elif str(key).isidentifier() and not str(key).startswith("_"):
            parts.append(f".{key}")
        else:
            parts.append(f"['{shortened(str(key))}']")
    return "".join(parts)


def text_of(evaluation: Evaluation, value: Any) -> str:
    """A value written into text: text as it is, everything else as compact JSON."""
    shape = type(value)
    if shape is str:
        return value  # type: ignore[no-any-return]
    if value is None:
        return "null"
    if shape is bool:
        return "true" if value else "false"
    return json_text(evaluation, value)


def json_text(evaluation: Evaluation, value: Any, indent: int | None = None) -> str:
    """`value` as JSON: compact, or indented by `indent` blanks a level; keys in their own order, letters as
    they are.

    Raises EvaluationError: `bounds` beyond 1 MiB (before the text is made), `type` for what is not JSON.
    """
    value = leave(need(value))
    _measure(evaluation, value, indent or 0)
    separators = (",", ":") if indent is None else (",", ": ")
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent, separators=separators)
    except (ValueError, TypeError) as error:
        raise EvaluationError(f"the value cannot be written as JSON: {error}", code="type") from error
    return evaluation.made(text)


def _measure(evaluation: Evaluation, value: Any, indent: int) -> None:
    """Pay for every element below `value`, and refuse early what cannot fit. Counts less than the text will
    have."""
    size = 0
    pending: list[tuple[Any, int]] = [(value, 1)]
    while pending:
        item, depth = pending.pop()
        shape = type(item)
        if shape is str:
            size += len(item) + 2
        elif shape is list or shape is dict:
            evaluation.visit(len(item))
            size += (2 + indent * depth) * len(item)
            inner = item.values() if shape is dict else item
            pending.extend((each, depth + 1) for each in inner)
        else:
            size += 1
        evaluation.may_make(size)


def elements(evaluation: Evaluation, value: Any, user: str) -> list[Any]:
    """What a list filter goes through: items, the keys of a mapping, the characters of a text. Paid for.

    The list may be the value itself: read it, never change it. Raises EvaluationError (`type`, `null`).
    """
    if type(value) is list:
        evaluation.visit(len(value))
        return value
    shape = kind(value)
    if shape not in ("list", "mapping", "text"):
        raise wrong(user, "a list, a mapping or text", value)
    evaluation.visit(len(value))
    return list(value)


def wrong(user: str, expected: str, value: Any) -> EvaluationError:
    """The error of a filter, test or operator that cannot take a value."""
    if need(value) is None:
        hint = "give null a value first: default(…)"
        return EvaluationError(f"{user} takes {expected}, got null", hint=hint, code="null")
    return EvaluationError(f"{user} takes {expected}, got {described(value)}", code="type")


def is_number(value: Any) -> bool:
    """A JSON number: booleans are not."""
    return type(value) is int or type(value) is float


def shown(value: Any) -> str:
    """A value in a message: short, quoted as JSON."""
    shape = kind(value)
    if shape in {"list", "mapping"}:
        return f"a {shape} of {_count(len(value))}"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    try:
        return shortened(json.dumps(value[:80] if isinstance(value, str) else value, ensure_ascii=False), 40)
    except ValueError:
        return "a number"
