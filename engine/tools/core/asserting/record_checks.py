"""Checks of the records as a whole: keys, number, types, age."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.tools.core.asserting.judging import Finding, Subject, columns_named, judged, no_column, senseless
from engine.tools.core.asserting.values import KINDS, moment_of, shown_bounds, within


def unique(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    """All columns together; a row with a null among them has no key. Rows that repeat an earlier one fail."""
    columns = columns_named(expectation)
    if not columns:
        raise senseless('"unique" needs a column')
    finding = Finding("unique", column=", ".join(columns))
    for column in columns:
        absent = no_column(subject, column, "unique")
        if absent is not None:
            return [absent]
    for values, rows in subject.repeated(columns):
        finding.miss(values[0] if len(values) == 1 else values, rows)
    finding.observed = f"{finding.failed_rows} rows that repeat another"
    return [finding]


def row_count(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    exact = expectation.get("value")
    low, high = expectation.get("min", exact), expectation.get("max", exact)
    if low is None and high is None:
        raise senseless('"row_count" needs `min`, `max` or `value`')
    if not subject.has_records and not isinstance(subject.value, (list, dict)):
        raise senseless('"row_count" needs records or a list')
    count = subject.rows if subject.has_records else len(subject.value)
    expected = shown_bounds(low, high) if low != high else low
    return [Finding(expected, count, held=within(low, count, high))]


def schema(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    types = expectation["types"]
    findings = []
    for column, kind in types.items():
        of_kind = KINDS[kind]
        finding = no_column(subject, column, kind) or judged(subject.weighted(column), kind, of_kind, False)
        finding.column = column
        findings.append(finding)
    extra = [name for name in subject.columns() if name not in types]
    if expectation.get("exact") and extra:
        findings.append(Finding("no other columns", extra, held=False))
    return findings


def freshness(subject: Subject, expectation: Mapping[str, Any]) -> list[Finding]:
    column, limit = expectation["column"], expectation["max_age"]
    expected = f"at most {limit} seconds old"
    finding = no_column(subject, column, expected) or Finding(expected, column=column)
    newest: datetime | None = None
    for value, rows in () if finding.held is False else subject.weighted(column):
        moment = moment_of(value)
        if moment is not None:
            newest = moment if newest is None else max(newest, moment)
        elif value is not None:
            finding.miss(value, rows)
    if newest is None:
        finding.held = False
        finding.observed = finding.observed or "no time at all"
    else:
        age = (subject.now - newest).total_seconds()
        finding.held = age <= limit
        finding.observed = f"{round(age, 3)} seconds old"
    return [finding]
