"""`check`: a table held against the expectations of `assert`, most of the work inside the database.

Laws: the database counts and groups, and leaves out what is sure to be fine; what it gives is judged by the very checks that
judge records, so both give the same answer. Values are grouped only where the database's equality is that of JSON. Names come
from the catalogue, and are quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from engine.errors import ToolError
from engine.text import suggestion
from engine.tools.core.asserting.judging import Subject, repeats
from engine.tools.core.asserting.tool import weigh
from engine.tools.port import CallContext, Result
from engine.tools.records import Record
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.dialect import Database, Reading, Table, Target, quoted
from engine.tools.warehouse.statement import Statement

_EXACT = re.compile(r"^(U?(TINY|SMALL|MEDIUM|BIG)?INT(EGER|\d+)?)\b(?!.*\[)", re.IGNORECASE)
"""Types whose order and equality are those of JSON's numbers, without NaN; SQLite promises none."""
_GROUPED = re.compile(
    r"^(VARCHAR|CHARACTER VARYING|TEXT|DATE|TIMESTAMP|BOOLEAN|UUID)\b(?!.*\[)", re.IGNORECASE
)
_GROUPING = ("duckdb", "postgresql")
"""Databases where two texts are equal only if they are the same text, unless a column says otherwise."""


def run_check(
    database: Database, settings: Settings, parameters: Mapping[str, Any], context: CallContext
) -> Result:
    """The findings of every expectation. Raises ToolError: `data` for one that is missed, `not_found`, `invalid`."""
    result = Result()
    result.metadata.update(warehouse_name=settings.name)
    with database.translated(), database.reading(context) as reading, database.translated(None, reading):
        subject = TableSubject(reading, _table(reading, str(parameters["table_name"])), database.dialect)
        weigh(subject, parameters["expect"], result, context)
    return result


class TableSubject(Subject):
    """The rows of a table, asked of its database."""

    def __init__(self, reading: Reading, table: Table, dialect: str) -> None:
        super().__init__([], None, has_records=True, now=datetime.now(UTC))
        self._reading = reading
        self._table = table
        self._types = {column.name: column.type for column in table.columns}
        self._grouping = dialect in _GROUPING

    @cached_property
    def rows(self) -> int:  # asked once
        return int(next(self._asked(f"SELECT count(*) AS n FROM {self._table.name}"))["n"])  # noqa: S608 - quoted

    def columns(self) -> list[str]:
        return list(self._types)

    def lacks(self, column: str) -> bool:
        return column not in self._types

    def weighted(self, column: str, low: Any = None, high: Any = None) -> Iterator[tuple[Any, int]]:
        name, exact = quoted(column), self._exact(column)
        beyond = [f"{name} {sign} {bound}" for sign, bound in (("<", low), (">", high)) if bound is not None]
        where = f" WHERE {' OR '.join(beyond)}" if exact and beyond and _whole(low, high) else ""
        if exact or self._groups(column):
            asked = f"SELECT {name} AS value, count(*) AS n FROM {self._table.name}{where} GROUP BY {name}"  # noqa: S608 - quoted names
        else:
            asked = f"SELECT {name} AS value, 1 AS n FROM {self._table.name}"  # noqa: S608 - quoted names
        return ((row["value"], int(row["n"])) for row in self._asked(asked))

    def nulls(self, column: str) -> int:
        if not (
            self._exact(column) or self._groups(column)
        ):  # what becomes null on its way to JSON is null too
            return sum(rows for value, rows in self.weighted(column) if value is None)
        asked = f"SELECT count(*) AS n FROM {self._table.name} WHERE {quoted(column)} IS NULL"  # noqa: S608 - quoted names
        return int(next(self._asked(asked))["n"])

    def repeated(self, columns: list[str]) -> Iterable[tuple[list[Any], int]]:
        names = [quoted(column) for column in columns]
        parts = ", ".join(f"{name} AS v{at}" for at, name in enumerate(names))
        if not all(self._exact(column) or self._groups(column) for column in columns):
            found = self._asked(f"SELECT {parts} FROM {self._table.name}")  # noqa: S608 - quoted names
            return repeats([row[f"v{at}"] for at in range(len(names))] for row in found)
        there = " AND ".join(f"{name} IS NOT NULL" for name in names)
        grouped = f"GROUP BY {', '.join(names)} HAVING count(*) > 1"
        found = self._asked(
            f"SELECT {parts}, count(*) - 1 AS n FROM {self._table.name} WHERE {there} {grouped}"  # noqa: S608 - quoted names
        )
        return (([row[f"v{at}"] for at in range(len(names))], int(row["n"])) for row in found)

    def _exact(self, column: str) -> bool:
        return self._grouping and bool(_EXACT.match(self._types[column]))

    def _groups(self, column: str) -> bool:
        return self._grouping and bool(_GROUPED.match(self._types[column]))

    def _asked(self, sql: str) -> Iterator[Record]:
        """The rows of a statement, some at a time."""
        self._reading.check()
        for some in self._reading.portions(Statement(sql, {}, None, None, ())):
            yield from some.rows


def _whole(*bounds: Any) -> bool:
    """Whether the bounds are whole numbers, which may be written into a statement as they are, or nothing."""
    return all(bound is None or type(bound) is int for bound in bounds)


def _table(reading: Reading, text: str) -> Table:
    found = reading.table(Target(None, text)) or ("." in text and reading.table(Target.parse(text)))
    if not found:
        raise ToolError(
            f'there is no table "{text}"', type="not_found", hint=suggestion(text, reading.tables())
        )
    return found
