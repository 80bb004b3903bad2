"""Filters over lists, mappings and what is in them.

Laws: a list filter goes through the items of a list, the keys of a mapping, the characters of a text; it
gives a new list and changes none; every element it goes through is paid for. `attribute` is a path of keys
and indexes written `a.b.0`; a part that begins with `_` is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.errors import EvaluationError
from engine.refs.bounds import ELEMENTS_MAX, Evaluation
from engine.refs.filters_text import scalar_text, whole
from engine.refs.operators import add, checked, truth
from engine.refs.values import (
    Key,
    Missing,
    elements,
    is_number,
    kind,
    leave,
    member,
    need,
    path_text,
    shown,
    text_of,
    wrong,
)

Call = Callable[..., Any]


NOT_GIVEN: Any = object()
"""In the place of a default that was not written; null is one."""


def attribute_path(attribute: Any) -> tuple[Key, ...]:
    """The keys and indexes of an attribute written as text. Raises EvaluationError (`forbidden`,
    `argument`)."""
    if type(attribute) is int:
        return (attribute,)
    if type(attribute) is not str:
        raise EvaluationError(f"an attribute is written as text, got {shown(attribute)}", code="argument")
    parts = attribute.split(".")
    for part in parts:
        if part.strip().startswith("_"):
            message = f'the attribute "{part}" begins with "_"'
            raise EvaluationError(message, hint=f"read such a key as x['{part}']", code="forbidden")
    return tuple(
        int(part) if part.isascii() and part.isdigit() and len(part) < 19 else part for part in parts
    )


def pluck(item: Any, keys: tuple[Key, ...]) -> Any:
    """The member of `item` at a path; Missing when it is not there."""
    for index, key in enumerate(keys):
        item = member(item, key, lambda keys=keys[:index]: path_text("item", keys))  # type: ignore[misc]
    return item


def plucked(_evaluation: Evaluation, items: list[Any], attribute: Any) -> list[Any]:
    """`attribute` of every item, or the items themselves when there is none."""
    if attribute is None:
        return items
    keys = attribute_path(attribute)
    return [need(pluck(item, keys)) for item in items]


def join(evaluation: Evaluation, value: Any, d: Any = "", attribute: Any = None) -> str:
    """The items written as text, `d` between them."""
    between = scalar_text(evaluation, "join", d)
    texts = []
    size = -len(between)
    for item in plucked(evaluation, elements(evaluation, value, "join"), attribute):
        texts.append(text_of(evaluation, item))
        size += len(texts[-1]) + len(between)
        evaluation.may_make(size)
    return evaluation.made(between.join(texts))


def length(_evaluation: Evaluation, value: Any) -> int:
    if kind(value) not in ("list", "mapping", "text"):
        raise wrong("length", "a list, a mapping or text", value)
    return len(value)


def default(_evaluation: Evaluation, value: Any, default_value: Any = "", boolean: Any = False) -> Any:
    """What is missing or null, and with `boolean` whatever counts as false, becomes `default_value`."""
    if value is None or type(value) is Missing or (truth(boolean) and not truth(value)):
        return default_value
    return value


def first(evaluation: Evaluation, value: Any) -> Any:
    items = value if type(value) is list else elements(evaluation, value, "first")
    return items[0] if items else Missing(_empty, "first")


def last(evaluation: Evaluation, value: Any) -> Any:
    items = value if type(value) is list else elements(evaluation, value, "last")
    return items[-1] if items else Missing(_empty, "last")


def _empty(user: str) -> EvaluationError:
    hint = "say what to use instead: | default(…)"
    return EvaluationError(f"{user} of nothing: there are no items", hint=hint, code="missing-index")


def listed(evaluation: Evaluation, value: Any) -> list[Any]:
    return list(elements(evaluation, value, "list"))


def reverse(evaluation: Evaluation, value: Any) -> Any:
    if type(value) is str:
        evaluation.scan(value)
        return evaluation.made(value[::-1])
    return elements(evaluation, value, "reverse")[::-1]


def _mapping(evaluation: Evaluation, user: str, value: Any) -> dict[str, Any]:
    if kind(value) != "mapping":
        raise wrong(user, "a mapping", value)
    evaluation.visit(len(value))
    return leave(value)  # type: ignore[no-any-return]


def items(evaluation: Evaluation, value: Any) -> list[list[Any]]:
    return [[key, item] for key, item in _mapping(evaluation, "items", value).items()]


def keys(evaluation: Evaluation, value: Any) -> list[str]:
    if kind(value) != "mapping":
        raise wrong("keys", "a mapping", value)
    evaluation.visit(len(value))
    return list(value)


def values(evaluation: Evaluation, value: Any) -> list[Any]:
    return list(_mapping(evaluation, "values", value).values())


def total(evaluation: Evaluation, value: Any, attribute: Any = None, start: Any = 0) -> Any:
    """The sum, from left to right; with a list as `start` the items must be lists."""
    found = plucked(evaluation, elements(evaluation, value, "sum"), attribute)
    if type(start) is list:
        every = list(start)
        for item in found:
            every.extend(item if type(item) is list else add(evaluation, [], item))
            evaluation.visit(len(item))
        return every
    if not is_number(start):
        raise wrong("sum", "a number or a list as start", start)
    for item in found:
        if not is_number(item):
            raise wrong("sum", "numbers", item)
        start = checked(start + item)
    return start


def smallest(evaluation: Evaluation, value: Any, case_sensitive: Any = False, attribute: Any = None) -> Any:
    return _extreme(evaluation, "min", min, value, case=case_sensitive, attribute=attribute)


def largest(evaluation: Evaluation, value: Any, case_sensitive: Any = False, attribute: Any = None) -> Any:
    return _extreme(evaluation, "max", max, value, case=case_sensitive, attribute=attribute)


def _extreme(
    evaluation: Evaluation, user: str, choose: Call, value: Any, *, case: Any, attribute: Any
) -> Any:
    found = elements(evaluation, value, user)
    if not found:
        return Missing(_empty, user)
    order = _order_keys(evaluation, user, plucked(evaluation, found, attribute), truth(case))
    return found[choose(range(len(found)), key=order.__getitem__)]


def sort(
    evaluation: Evaluation,
    value: Any,
    reverse: Any = False,
    case_sensitive: Any = False,
    attribute: Any = None,
) -> list[Any]:
    """Stable; `attribute` may name several, `'age,name'`. Numbers or texts, never mixed, never null."""
    found = elements(evaluation, value, "sort")
    names = attribute.split(",") if type(attribute) is str else [attribute]
    case = truth(case_sensitive)
    columns = [_order_keys(evaluation, "sort", plucked(evaluation, found, name), case) for name in names]
    order = columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
    ranked = sorted(range(len(found)), key=order.__getitem__, reverse=truth(reverse))
    return [found[index] for index in ranked]


def _order_keys(evaluation: Evaluation, user: str, found: list[Any], case_sensitive: bool) -> list[Any]:
    """Keys that Python can order: all numbers, or all texts (folded to lower case unless
    `case_sensitive`)."""
    if all(is_number(item) for item in found):
        return found
    if not all(type(item) is str for item in found):
        _refuse_order(user, found)
    if case_sensitive:
        return found
    for item in found:
        evaluation.scan(item)
    return [item.lower() for item in found]


def _refuse_order(user: str, found: list[Any]) -> None:
    for item in found:
        if not is_number(item) and kind(item) != "text":
            raise wrong(user, "numbers or texts", item)
    raise EvaluationError(f"{user} takes numbers or texts, not both", code="type")


def unique(
    evaluation: Evaluation, value: Any, case_sensitive: Any = False, attribute: Any = None
) -> list[Any]:
    """The first of each, in order. Equal means what `==` means, letters' case aside unless
    `case_sensitive`."""
    found = elements(evaluation, value, "unique")
    case = truth(case_sensitive)
    seen = set()
    kept = []
    for item, by in zip(found, plucked(evaluation, found, attribute), strict=True):
        if type(by) is str and not case:
            evaluation.scan(by)
            by = by.lower()
        identity = _identity(evaluation, by)
        if identity not in seen:
            seen.add(identity)
            kept.append(item)
    return kept


def _identity(evaluation: Evaluation, value: Any) -> Any:
    """Something hashable that is equal exactly when the values are."""
    shape = kind(value)
    if shape == "boolean":
        return (shape, value)
    if shape == "list":
        evaluation.visit(len(value))
        return (shape, tuple(_identity(evaluation, item) for item in value))
    if shape == "mapping":
        evaluation.visit(len(value))
        return (shape, frozenset((key, _identity(evaluation, item)) for key, item in leave(value).items()))
    return value


def batch(evaluation: Evaluation, value: Any, linecount: Any, fill_with: Any = None) -> list[list[Any]]:
    found = elements(evaluation, value, "batch")
    size = whole("batch", "linecount", linecount, 1, ELEMENTS_MAX)
    rows = [found[start : start + size] for start in range(0, len(found), size)]
    rows = [list(row) for row in rows]
    if rows and fill_with is not None and len(rows[-1]) < size:
        evaluation.visit(size - len(rows[-1]))
        rows[-1].extend([fill_with] * (size - len(rows[-1])))
    return rows


def sliced(evaluation: Evaluation, value: Any, slices: Any, fill_with: Any = None) -> list[list[Any]]:
    """Cut into `slices` lists of nearly equal length, the longer ones first."""
    found = elements(evaluation, value, "slice")
    count = whole("slice", "slices", slices, 1, ELEMENTS_MAX)
    evaluation.visit(count)
    size, longer = divmod(len(found), count)
    rows = []
    start = 0
    for number in range(count):
        end = start + size + (1 if number < longer else 0)
        rows.append(list(found[start:end]))
        start = end
        # Jinja's own rule: the shorter ones are filled up, also when all are equally long.
        if fill_with is not None and number >= longer:
            rows[-1].append(fill_with)
    return rows


def map_with(evaluation: Evaluation, value: Any, call: Call) -> list[Any]:
    """`call(item)` for every item."""
    return [leave(call(item)) for item in elements(evaluation, value, "map")]


def map_attribute(evaluation: Evaluation, value: Any, attribute: Any, default: Any = NOT_GIVEN) -> list[Any]:
    """The member at `attribute` of every item; `default`, where there is one, for the missing and null ones."""
    path = attribute_path(attribute)
    found = [pluck(item, path) for item in elements(evaluation, value, "map")]
    if default is NOT_GIVEN:
        return [leave(item) for item in found]
    return [leave(default if item is None or type(item) is Missing else item) for item in found]


def chosen(
    evaluation: Evaluation, value: Any, user: str, call: Call, *, attribute: Any, wanted: bool
) -> list[Any]:
    """The items whose answer is `wanted`; `attribute` None asks about the item itself."""
    found = elements(evaluation, value, user)
    if attribute is None:
        return [item for item in found if truth(call(item)) is wanted]
    path = attribute_path(attribute)
    return [item for item in found if truth(call(pluck(item, path))) is wanted]
