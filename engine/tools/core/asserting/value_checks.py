"""Checks of each value alone: of every column that is named, or of the one value there is.

Laws: null fails `not_null` and `equals` alone; every other check looks at the values that are there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.errors import EvaluationError
from engine.refs.regexes import compiled
from engine.text.nearest import suggestion
from engine.tools.core.asserting.judging import (
    SAMPLES,
    Finding,
    Subject,
    by_value,
    columns_named,
    judged,
    no_column,
    senseless,
)
from engine.tools.core.asserting.values import shown_bounds, within
from engine.tools.records import columns_of, identity


def not_null(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    columns = columns_named(expectation)
    if not columns:
        return by_value(subject, expectation, "not null", lambda value: value is not None, True)
    findings = []
    for column in columns:
        finding = no_column(subject, column, "not null")
        if finding is None:
            finding = judged(
                [(None, subject.nulls(column))], "not null", lambda value: value is not None, True
            )
            finding.sample = finding.sample if finding.failed_rows else []
        finding.column = column
        findings.append(finding)
    return findings


def in_range(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    low, high = expectation.get("min"), expectation.get("max")
    if low is None and high is None:
        raise senseless('"range" needs `min`, `max` or both')

    def good(value: Any) -> bool:
        return within(low, value, high)

    return by_value(subject, expectation, shown_bounds(low, high), good, False)


def regex(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    pattern = expectation["pattern"]
    try:
        program = compiled(pattern)
    except EvaluationError as error:
        raise senseless(error.message) from None

    def good(value: Any) -> bool:
        if isinstance(value, (bool, list, dict)):
            return False
        return program.search(value if isinstance(value, str) else json.dumps(value)) is not None

    return by_value(subject, expectation, f"matches {pattern}", good, False)


def in_set(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    allowed = {identity(value) for value in expectation["values"]}
    shown = expectation["values"][:SAMPLES]
    expected = "one of " + json.dumps(shown, ensure_ascii=False)[:200]
    return by_value(subject, expectation, expected, lambda v: identity(v) in allowed, False)


def equals(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    wanted = expectation["value"]
    if not columns_named(expectation) and subject.has_records:
        if subject.rows != len(subject.records):
            raise senseless('"equals" needs a column', "add `column` or `columns`")
        same = identity(subject.records) == identity(wanted)
        return [Finding(wanted, f"{subject.rows} records", held=same)]
    findings = by_value(subject, expectation, wanted, lambda v: identity(v) == identity(wanted), True)
    if not subject.has_records:
        findings[0].observed = subject.value
    return findings


def foreign_key(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    known = {identity(key) for key in _keys(expectation)}
    expected = f"one of {len(known)} keys"
    return by_value(subject, expectation, expected, lambda v: identity(v) in known, False)


def _keys(expectation: Mapping[str, Any]) -> list[Any]:
    """The values that a foreign key may have: `values`, or those of `to_column` in `records`."""
    if ("values" in expectation) == ("records" in expectation):
        raise senseless('"foreign_key" needs one of `values` and `records`')
    if "values" in expectation:
        values: list[Any] = expectation["values"]
        return values
    records = expectation["records"]
    column = expectation.get("to_column", expectation["column"])
    keys = [record[column] for record in records if column in record]
    if records and not keys:
        message = f'the records of "foreign_key" have no column "{column}"'
        raise senseless(message, suggestion(column, columns_of(records)))
    return keys
