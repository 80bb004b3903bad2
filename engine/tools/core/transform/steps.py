"""The steps: records and one step's settings -> records. One function a step, one table that names them.

Laws: what is given is never changed; a column that no record has is an error with the nearest name; a record
that cannot be computed is an error with its number. A column some records lack reads null there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import ToolError
from engine.tools.core.transform.values import derivation, order_key, predicate
from engine.tools.records import Record, columns_of, identity, require_records
from engine.tools.records import require_columns as require_known

Records = list[Record]


@dataclass(slots=True)
class Bounds:
    """How many records a step may make, and what to call now and then (it may raise).

    Of one step of a stream also what its batches before have told: `known` columns, how many records were `taken` and `made`.
    """

    records_max: int
    look: Callable[[], None]
    known: set[str] = field(default_factory=set)
    taken: int = 0
    made: int = 0


LOOK_EVERY = 4096


def apply(records: Records, step: Mapping[str, Any], bounds: Bounds) -> Records:
    """The records after one step, a mapping with one key. Raises ToolError."""
    ((name, settings),) = step.items()
    return _STEPS[name](records, settings, bounds)


def require_columns(names: Iterable[str], records: Records, what: str, bounds: Bounds) -> None:
    """Raises ToolError `data` for a name that is no record's column, nor was one of an earlier batch."""
    new = [name for name in names if name not in bounds.known]
    require_known(new, records, what)
    if records:
        bounds.known.update(new)


def _select(records: Records, columns: list[str], bounds: Bounds) -> Records:
    require_columns(columns, records, "select", bounds)
    return [{name: record.get(name) for name in columns} for record in records]


def _rename(records: Records, names: Mapping[str, str], bounds: Bounds) -> Records:
    require_columns(names, records, "rename", bounds)
    after = [names.get(name, name) for name in columns_of(records)]
    for name in after:
        if after.count(name) > 1:
            raise ToolError(f'rename: two columns would be named "{name}"', type="data", code="column")
    return [{names.get(name, name): value for name, value in record.items()} for record in records]


def _derive(records: Records, step: Mapping[str, Any], bounds: Bounds) -> Records:
    sources = step.get("from", [])
    require_columns(sources, records, "derive", bounds)
    literal = [step["value"]] if "value" in step else []
    if not sources and not literal:
        raise ToolError(f'derive "{step["column"]}": needs `from` or `value`', type="invalid", code="derive")
    compute, column = derivation(step), step["column"]
    out = []
    for number, record in enumerate(records):
        if number % LOOK_EVERY == 0:
            bounds.look()
        try:
            value = compute([record.get(name) for name in sources] + literal)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise _bad_record(f'derive "{column}"', bounds.taken + number, error) from None
        out.append({**record, column: value})
    return out


def _filter(records: Records, step: Mapping[str, Any], bounds: Bounds) -> Records:
    column = step["column"]
    require_columns([column], records, "filter", bounds)
    fits = predicate(step["op"], step.get("value"))
    out = []
    for number, record in enumerate(records):
        if number % LOOK_EVERY == 0:
            bounds.look()
        try:
            if fits(record.get(column)):
                out.append(record)
        except TypeError as error:
            raise _bad_record(f'filter "{column}"', bounds.taken + number, error) from None
    return out


def _bad_record(what: str, number: int, error: Exception) -> ToolError:
    return ToolError(f"{what}: record {number}: {error}", type="data", code=type(error).__name__)


def _key(record: Record, columns: list[str]) -> tuple[Any, ...]:
    return tuple(identity(record.get(name)) for name in columns)


def _join(records: Records, step: Mapping[str, Any], bounds: Bounds) -> Records:
    others = require_records(step["records"], "the other records of join")
    on = step["on"]
    require_columns(on, records, "join", bounds)
    require_known(on, others, "join (the other records)")
    names = _other_names(records, others, on, step.get("suffix", "_right"))
    by_key: dict[tuple[Any, ...], Records] = {}
    for other in others:
        by_key.setdefault(_key(other, on), []).append(other)
    nothing: Records = [{}] if step.get("how") == "left" else []
    out: Records = []
    for record in records:
        key = _key(record, on)
        for other in nothing if None in key else by_key.get(key, nothing):
            if len(out) % LOOK_EVERY == 0:
                bounds.look()
            out.append({**record, **{new: other.get(old) for old, new in names.items()}})
            if bounds.made + len(out) > bounds.records_max:
                message = f"the join makes more than {bounds.records_max} records"
                raise ToolError(
                    message, type="too_large", hint="join on more columns, or raise `max_records`"
                )
    return out


def _other_names(records: Records, others: Records, on: list[str], suffix: str) -> dict[str, str]:
    """The other list's columns without the joined ones, and what they are called after."""
    taken = set(columns_of(records))
    wanted = [name for name in columns_of(others) if name not in on]
    names = {name: name + suffix if name in taken else name for name in wanted}
    final = list(names.values())
    for name in final:
        if final.count(name) > 1 or (name in taken):
            raise ToolError(f'join: two columns would be named "{name}"', type="data", code="column")
    return names


def _aggregate(records: Records, step: Mapping[str, Any], bounds: Bounds) -> Records:
    by, measures = step.get("by", []), step["measures"]
    require_columns(by, records, "aggregate", bounds)
    require_columns([m["column"] for m in measures.values() if "column" in m], records, "aggregate", bounds)
    for name in measures:
        if name in by:
            raise ToolError(f'aggregate: two columns would be named "{name}"', type="data", code="column")
    groups: dict[tuple[Any, ...], Records] = {} if by else {(): []}
    for number, record in enumerate(records):
        if number % LOOK_EVERY == 0:
            bounds.look()
        groups.setdefault(_key(record, by), []).append(record)
    return [
        {name: members[0].get(name) for name in by}
        | {name: _measure(name, m, members) for name, m in measures.items()}
        for members in groups.values()
    ]


def _measure(name: str, measure: Mapping[str, Any], members: Records) -> Any:
    column = measure.get("column")
    if column is None:
        return len(members)
    values = [value for record in members if (value := record.get(column)) is not None]
    try:
        return _MEASURES[measure["op"]](values)
    except (TypeError, ArithmeticError) as error:
        raise ToolError(f'aggregate "{name}": {error}', type="data", code=type(error).__name__) from None


def _numbers(values: list[Any]) -> list[Any]:
    for value in values:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise TypeError(f"{value!r} is not a number")
    return values


def _sum(values: list[Any]) -> Any:
    """Null of nothing; whole numbers exactly, others with one rounding at the end."""
    numbers = _numbers(values)
    if not numbers:
        return None
    return sum(numbers) if all(isinstance(n, int) for n in numbers) else math.fsum(numbers)


def _mean(values: list[Any]) -> Any:
    return _sum(values) / len(values) if values else None


_MEASURES: Mapping[str, Callable[[list[Any]], Any]] = {
    "count": len,
    "sum": _sum,
    "min": lambda values: min(map(order_key, values), default=None),
    "max": lambda values: max(map(order_key, values), default=None),
    "mean": _mean,
    "count_distinct": lambda values: len({identity(value) for value in values}),
    "first": lambda values: values[0] if values else None,
    "last": lambda values: values[-1] if values else None,
}


def _sort(records: Records, step: Mapping[str, Any], bounds: Bounds) -> Records:
    """The last key first: a stable sort keeps what the later keys have ordered."""
    require_columns([key["column"] for key in step["by"]], records, "sort", bounds)
    ordered = records
    for key in reversed(step["by"]):
        bounds.look()
        column, descending = key["column"], key.get("desc", False)
        there = [record for record in ordered if record.get(column) is not None]
        nulls = [record for record in ordered if record.get(column) is None]
        try:
            there.sort(key=lambda record: order_key(record[column]), reverse=descending)
        except TypeError as error:
            raise ToolError(f'sort "{column}": {error}', type="data", code="TypeError") from None
        ordered = there + nulls
    return ordered


def _limit(records: Records, count: int, bounds: Bounds) -> Records:
    return records[: max(0, count - bounds.made)]


def _distinct(records: Records, columns: list[str], bounds: Bounds) -> Records:
    require_columns(columns, records, "distinct", bounds)
    columns = columns or columns_of(records)
    first: dict[tuple[Any, ...], Record] = {}
    for number, record in enumerate(records):
        if number % LOOK_EVERY == 0:
            bounds.look()
        first.setdefault(_key(record, columns), record)
    return list(first.values())


_STEPS: Mapping[str, Callable[[Records, Any, Bounds], Records]] = {
    "select": _select,
    "rename": _rename,
    "derive": _derive,
    "filter": _filter,
    "join": _join,
    "aggregate": _aggregate,
    "sort": _sort,
    "limit": _limit,
    "distinct": _distinct,
}
