"""What is judged and what is found: the findings of one check, by column or by value.

Laws: a column that no record has fails every check that names it; a finding keeps a few of the values that failed,
never all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

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

    def miss(self, value: Any, rows: int = 1) -> None:
        self.failed_rows += rows
        if len(self.sample) < SAMPLES and value not in self.sample:
            self.sample.append(value)


@dataclass(eq=False)
class Subject:
    """What is looked at. `value` is the one value if there are no records; `now` is when the step looked.

    Checks ask by these methods, so that whoever has the records elsewhere need not bring all of them here.
    """

    records: list[Record]
    value: Any
    has_records: bool
    now: datetime

    @property
    def rows(self) -> int:
        return len(self.records)

    def columns(self) -> list[str]:
        """Every column there is."""
        return columns_of(self.records)

    def lacks(self, column: str) -> bool:
        """Whether there is no such column; without rows nobody can tell."""
        return bool(self.records) and all(column not in record for record in self.records)

    def weighted(self, column: str, low: Any = None, high: Any = None) -> Iterable[tuple[Any, int]]:
        """The values of a column, each with its number of rows; those between the bounds may be left out."""
        return ((record.get(column), 1) for record in self.records)

    def nulls(self, column: str) -> int:
        """Rows without a value."""
        return sum(record.get(column) is None for record in self.records)

    def repeated(self, columns: list[str]) -> Iterable[tuple[list[Any], int]]:
        """Values of the columns that several rows have, each with the rows beyond the first; those with a null are no key."""
        return repeats([record.get(column) for column in columns] for record in self.records)


def repeats(keys: Iterable[list[Any]]) -> Iterable[tuple[list[Any], int]]:
    """Of keys in a row those that came before; one with a null is none."""
    seen: set[Any] = set()
    for values in keys:
        key = tuple(identity(value) for value in values)
        if None not in values and key in seen:
            yield values, 1
        seen.add(key)


Check = Callable[[Subject, Mapping[str, Any]], list[Finding]]
"""A subject and an expectation -> one finding per column, or one. Raises ToolError `invalid`."""


def senseless(message: str, hint: str | None = None) -> ToolError:
    """The error of an expectation that makes no sense, whatever the data."""
    return ToolError(message, type="invalid", code="expectation", hint=hint)


def columns_named(expectation: Mapping[str, Any]) -> list[str]:
    """The columns an expectation names: `column` first, then `columns`."""
    found = list(expectation.get("columns", []))
    if "column" in expectation:
        found.insert(0, expectation["column"])
    return found


def by_value(
    subject: Subject, expectation: Mapping[str, Any], expected: Any, good: Callable[[Any], bool], nulls: bool
) -> list[Finding]:
    """Judges each value by `good`: of each column named, or the one there is. `nulls`: null is judged too."""
    columns = columns_named(expectation)
    if not columns:
        if subject.has_records:
            raise senseless(f'"{expectation["check"]}" needs a column', "add `column` or `columns`")
        return [judged([(subject.value, 1)], expected, good, nulls)]
    findings = []
    for column in columns:
        finding = no_column(subject, column, expected) or judged(
            subject.weighted(column, expectation.get("min"), expectation.get("max")), expected, good, nulls
        )
        finding.column = column
        findings.append(finding)
    return findings


def judged(
    values: Iterable[tuple[Any, int]], expected: Any, good: Callable[[Any], bool], nulls: bool
) -> Finding:
    """Judges the values of one column by `good`; `nulls`: null is judged too."""
    finding = Finding(expected)
    for value, rows in values:
        if (value is not None or nulls) and not good(value):
            finding.miss(value, rows)
    finding.observed = f"{finding.failed_rows} rows that are not"
    return finding


def no_column(subject: Subject, column: str, expected: Any) -> Finding | None:
    """The finding for a column that is nowhere, None if it is there (or there are no rows to tell)."""
    if not subject.has_records:
        message = f'"{column}" is a column, and one value has none'
        raise senseless(message, "give records by `data` or `path`")
    if not subject.lacks(column):
        return None
    hint = suggestion(column, subject.columns())
    observed = f'no column "{column}"' + (f", {hint}" if hint else "")
    return Finding(expected, observed, subject.rows, held=False, column=column)
