"""The checks: records and one expectation -> what was found. One function a check, one table that names them.

Laws: a check never raises for what the data says, only for an expectation that makes no sense (ToolError
`invalid`). Null fails `not_null` and `equals` alone; every other check looks at the values that are there. A
column that no record has fails every check that names it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import re2

from engine.errors import ToolError
from engine.text.nearest import suggestion
from engine.tools.records import Record, columns_of, identity

SAMPLES = 5


@dataclass(slots=True)
class Finding:
    """What one check found in one column: how many rows failed it, and some of their values."""

    expected: Any
    observed: Any = None
    failed_rows: int = 0
    sample: list[Any] = field(default_factory=list)
    held: bool = True
    """For checks that are not about rows: whether it held. Rows are judged by their share."""
    column: str | None = None

    def miss(self, value: Any) -> None:
        self.failed_rows += 1
        if len(self.sample) < SAMPLES and value not in self.sample:
            self.sample.append(value)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at. `value` is the one value if there are no records; `now` is when the step looked."""

    records: list[Record]
    value: Any
    has_records: bool
    now: datetime


Check = Callable[[Subject, Mapping[str, Any]], list[Finding]]


def evaluate(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    """The findings of one expectation: one per column, or one. Raises ToolError `invalid`."""
    return _CHECKS[expectation["check"]](subject, expectation)


def _columns(expectation: Mapping[str, Any]) -> list[str]:
    found = list(expectation.get("columns", []))
    if "column" in expectation:
        found.insert(0, expectation["column"])
    return found


def _by_value(
    subject: Subject, expectation: Mapping[str, Any], expected: Any, good: Callable[[Any], bool], nulls: bool
) -> list[Finding]:
    """Judges each value by `good`: of each column named, or the one there is. `nulls`: null is judged too."""
    columns = _columns(expectation)
    if not columns:
        if subject.has_records:
            message = f'"{expectation["check"]}" needs a column'
            raise ToolError(message, type="invalid", code="expectation", hint="add `column` or `columns`")
        return [_judged([subject.value], expected, good, nulls)]
    findings = []
    for column in columns:
        finding = _no_column(subject, column, expected) or _judged(
            (record.get(column) for record in subject.records), expected, good, nulls
        )
        finding.column = column
        findings.append(finding)
    return findings


def _judged(values: Iterable[Any], expected: Any, good: Callable[[Any], bool], nulls: bool) -> Finding:
    finding = Finding(expected)
    for value in values:
        if (value is not None or nulls) and not good(value):
            finding.miss(value)
    finding.observed = f"{finding.failed_rows} rows that are not"
    return finding


def _no_column(subject: Subject, column: str, expected: Any) -> Finding | None:
    """The finding for a column that is nowhere, None if it is there (or there are no rows to tell)."""
    if not subject.has_records:
        message = f'"{column}" is a column, and one value has none'
        raise ToolError(message, type="invalid", code="expectation", hint="give records by `data` or `path`")
    if not subject.records or any(column in record for record in subject.records):
        return None
    hint = suggestion(column, columns_of(subject.records))
    observed = f'no column "{column}"' + (f", {hint}" if hint else "")
    return Finding(expected, observed, len(subject.records), held=False, column=column)


def _not_null(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    return _by_value(subject, expectation, "not null", lambda value: value is not None, True)


def _unique(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    """All columns together; a row with a null among them has no key. Rows that repeat an earlier one fail."""
    columns = _columns(expectation)
    if not columns:
        raise ToolError('"unique" needs a column', type="invalid", code="expectation")
    finding = Finding("unique", column=", ".join(columns))
    for column in columns:
        absent = _no_column(subject, column, "unique")
        if absent is not None:
            return [absent]
    seen: set[Any] = set()
    for record in subject.records:
        values = [record.get(column) for column in columns]
        if None in values:
            continue
        key = tuple(identity(value) for value in values)
        if key in seen:
            finding.miss(values[0] if len(values) == 1 else values)
        seen.add(key)
    finding.observed = f"{finding.failed_rows} rows that repeat another"
    return [finding]


def _range(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    low, high = expectation.get("min"), expectation.get("max")
    if low is None and high is None:
        raise ToolError('"range" needs `min`, `max` or both', type="invalid", code="expectation")

    def good(value: Any) -> bool:
        return (low is None or _ordered(low, value)) and (high is None or _ordered(value, high))

    return _by_value(subject, expectation, _bounds(low, high), good, False)


def _ordered(low: Any, high: Any) -> bool:
    """Whether low <= high, of two numbers or two texts; anything else has no order."""
    if isinstance(low, bool) or isinstance(high, bool):
        return False
    numbers = isinstance(low, (int, float)) and isinstance(high, (int, float))
    texts = isinstance(low, str) and isinstance(high, str)
    return bool(low <= high) if numbers or texts else False


def _bounds(low: Any, high: Any) -> str:
    if low is not None and high is not None:
        return f"{low} to {high}"
    return f"at least {low}" if low is not None else f"at most {high}"


def _regex(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    pattern = expectation["pattern"]
    try:
        compiled = re2.compile(pattern)
    except re2.error as error:
        message = f"{pattern!r} is not a pattern: {_said(error)}"
        raise ToolError(message, type="invalid", code="expectation") from None

    def good(value: Any) -> bool:
        if isinstance(value, (bool, list, dict)):
            return False
        return compiled.search(value if isinstance(value, str) else json.dumps(value)) is not None

    return _by_value(subject, expectation, f"matches {pattern}", good, False)


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else error
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _in_set(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    allowed = {identity(value) for value in expectation["values"]}
    shown = expectation["values"][:SAMPLES]
    expected = "one of " + json.dumps(shown, ensure_ascii=False)[:200]
    return _by_value(subject, expectation, expected, lambda v: identity(v) in allowed, False)


def _equals(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    wanted = expectation["value"]
    if not _columns(expectation) and subject.has_records:
        same = identity(subject.records) == identity(wanted)
        return [Finding(wanted, f"{len(subject.records)} records", held=same)]
    findings = _by_value(subject, expectation, wanted, lambda v: identity(v) == identity(wanted), True)
    if not subject.has_records:
        findings[0].observed = subject.value
    return findings


def _row_count(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    exact = expectation.get("value")
    low, high = expectation.get("min", exact), expectation.get("max", exact)
    if low is None and high is None:
        raise ToolError('"row_count" needs `min`, `max` or `value`', type="invalid", code="expectation")
    counted = subject.records if subject.has_records else subject.value
    if not isinstance(counted, (list, dict)):
        raise ToolError('"row_count" needs records or a list', type="invalid", code="expectation")
    count = len(counted)
    held = (low is None or _ordered(low, count)) and (high is None or _ordered(count, high))
    return [Finding(_bounds(low, high) if low != high else low, count, held=held)]


def _schema(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    types = expectation["types"]
    findings = []
    for column, kind in types.items():
        of_kind = _KINDS[kind]
        finding = _no_column(subject, column, kind) or _judged(
            (record.get(column) for record in subject.records), kind, of_kind, False
        )
        finding.column = column
        findings.append(finding)
    extra = [name for name in columns_of(subject.records) if name not in types]
    if expectation.get("exact") and extra:
        findings.append(Finding("no other columns", extra, held=False))
    return findings


def _freshness(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    column, limit = expectation["column"], expectation["max_age"]
    expected = f"at most {limit} seconds old"
    finding = _no_column(subject, column, expected) or Finding(expected, column=column)
    newest: datetime | None = None
    for record in subject.records:
        value = record.get(column)
        moment = _moment(value)
        if moment is not None:
            newest = moment if newest is None else max(newest, moment)
        elif value is not None:
            finding.miss(value)
    if newest is None:
        finding.held = False
        finding.observed = finding.observed or "no time at all"
    else:
        age = (subject.now - newest).total_seconds()
        finding.held = age <= limit
        finding.observed = f"{round(age, 3)} seconds old"
    return [finding]


def _moment(value: Any) -> datetime | None:
    """A date or time as text; without a zone it is taken as UTC. None if it is none."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _foreign_key(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    if ("values" in expectation) == ("records" in expectation):
        message = '"foreign_key" needs one of `values` and `records`'
        raise ToolError(message, type="invalid", code="expectation")
    if "values" in expectation:
        keys = expectation["values"]
    else:
        column = expectation.get("to_column", expectation["column"])
        keys = [record[column] for record in expectation["records"] if column in record]
        if expectation["records"] and not keys:
            hint = suggestion(column, columns_of(expectation["records"]))
            message = f'the records of "foreign_key" have no column "{column}"'
            raise ToolError(message, type="invalid", code="expectation", hint=hint)
    known = {identity(key) for key in keys}
    expected = f"one of {len(known)} keys"
    return _by_value(subject, expectation, expected, lambda v: identity(v) in known, False)


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _is_integer(value: Any) -> bool:
    whole = isinstance(value, float) and value.is_integer()
    return whole or (isinstance(value, int) and not isinstance(value, bool))


_KINDS: dict[str, Callable[[Any], bool]] = {
    "string": lambda v: isinstance(v, str),
    "integer": _is_integer,
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "date": _is_date,
    "datetime": lambda v: isinstance(v, str) and len(v) > 10 and _moment(v) is not None,
    "array": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
}

_CHECKS: dict[str, Check] = {
    "not_null": _not_null,
    "unique": _unique,
    "range": _range,
    "regex": _regex,
    "in_set": _in_set,
    "row_count": _row_count,
    "schema": _schema,
    "freshness": _freshness,
    "foreign_key": _foreign_key,
    "equals": _equals,
}
