"""The operations that look at one table: `describe_table`, `table_statistics`, `data_quality_report`.

Law: names come from the catalogue, and are quoted; what an author writes is only ever looked up.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from engine.errors import ToolError
from engine.text import suggestion
from engine.tools.port import CallContext, Result
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.dialect import Database, Reading, Table, TableColumn, Target, quoted
from engine.tools.warehouse.statement import Statement

AT_ONCE = 50
"""How many columns one statement measures: databases allow about 1,600 results."""
TOP_VALUES, PATTERN_VALUES, PATTERNS = 5, 1_000, 5
_NUMBER = re.compile(
    r"\b(?:U?(?:TINY|SMALL|MEDIUM|BIG|HUGE)?INT(?:EGER|\d+)?|NUMERIC|DECIMAL|REAL|DOUBLE|FLOAT\d*|MONEY)\b",
    re.IGNORECASE,
)
_ORDERED = re.compile(r"CHAR|TEXT|CLOB|STRING|DATE|TIME", re.IGNORECASE)
_TEXT = re.compile(r"CHAR|TEXT|CLOB|STRING", re.IGNORECASE)
_NESTED = re.compile(r"\[|\(\)|INTERVAL|STRUCT|MAP|LIST|RANGE", re.IGNORECASE)


def run_describe(
    database: Database, settings: Settings, parameters: Mapping[str, Any], context: CallContext
) -> Result:
    """The table's columns, and how many rows it has."""
    started = time.perf_counter()
    with database.translated(), database.reading(context) as reading, database.translated(None, reading):
        table = _table(reading, parameters)
        (counted,) = _asked(reading, f"SELECT count(*) AS n FROM {table.name}")  # noqa: S608 - quoted name
    columns = [
        {"column_name": name, "data_type": kind, "nullable": nullable}
        for name, kind, nullable in table.columns
    ]
    data = {
        "table_name": table.shown,
        "columns": columns,
        "row_count": counted["n"],
        "column_count": len(columns),
    }
    return _result(settings, data, started)


def run_statistics(
    database: Database, settings: Settings, parameters: Mapping[str, Any], context: CallContext
) -> Result:
    """For each column: how many values, how many different ones, the least, the greatest, the mean."""
    started = time.perf_counter()
    with database.translated(), database.reading(context) as reading, database.translated(None, reading):
        table = _table(reading, parameters)
        rows, columns = _measured(reading, table, _chosen(table, parameters), database.dialect)
    data = {
        "table_name": table.shown,
        "row_count": rows,
        "column_count": len(table.columns),
        "columns": columns,
    }
    return _result(settings, data, started)


def run_quality(
    database: Database, settings: Settings, parameters: Mapping[str, Any], context: CallContext
) -> Result:
    """What is missing, repeated or odd in a table; as quality metrics too, for `quality_requirements`."""
    started = time.perf_counter()
    with database.translated(), database.reading(context) as reading, database.translated(None, reading):
        table = _table(reading, parameters)
        chosen = _chosen(table, parameters)
        rows, columns = _measured(reading, table, chosen, database.dialect)
        for column, told in zip(chosen, columns, strict=True):
            told["unique_count"] = told.pop("distinct_count")
            told["score"] = _share(rows - told["null_count"], rows)
            told.update(_values(reading, table, column, database.dialect))
        repeated = _duplicates(reading, table, chosen, database.dialect)
    completeness = _share(sum(rows - told["null_count"] for told in columns), rows * len(columns))
    uniqueness = _share(rows - repeated, rows)
    score = None if completeness is None or uniqueness is None else round(completeness * uniqueness, 6)
    data = {
        "table_name": table.shown,
        "total_rows": rows,
        "duplicate_rows": repeated,
        "columns": columns,
        "score": score,
    }
    result = _result(settings, data, started)
    for name, value in (("completeness", completeness), ("uniqueness", uniqueness), ("score", score)):
        if value is not None:
            result.set_quality_metric(name, value)
    return result


def _table(reading: Reading, parameters: Mapping[str, Any]) -> Table:
    text = str(parameters["table_name"])
    found = reading.table(Target(None, text)) or ("." in text and reading.table(Target.parse(text)))
    if not found:
        raise ToolError(
            f'there is no table "{text}"', type="not_found", hint=suggestion(text, reading.tables())
        )
    return found


def _chosen(table: Table, parameters: Mapping[str, Any]) -> list[TableColumn]:
    wanted = parameters.get("columns")
    if wanted is None:
        return table.columns
    exact = {column.name: column for column in table.columns}
    folded = {column.name.lower(): column for column in table.columns}
    for name in wanted:
        if name.lower() not in folded:
            raise ToolError(
                f'table "{table.shown}" has no column "{name}"',
                type="invalid",
                code="column",
                hint=suggestion(name, list(exact)),
            )
    return [exact.get(name, folded[name.lower()]) for name in wanted]


def _measured(
    reading: Reading, table: Table, columns: Sequence[TableColumn], dialect: str
) -> tuple[int, list[dict[str, Any]]]:
    """The table's rows, and the measures of its columns, some columns in each pass over the table."""
    rows, told = 0, []
    for first in range(0, max(len(columns), 1), AT_ONCE):
        some = columns[first : first + AT_ONCE]
        asked = [
            "count(*) AS n",
            *(part for at, column in enumerate(some) for part in _measures(at, column, dialect)),
        ]
        (row,) = _asked(reading, f"SELECT {', '.join(asked)} FROM {table.name}")  # noqa: S608 - quoted names
        rows = row["n"]
        for at, column in enumerate(some):
            told.append(
                {
                    "column_name": column.name,
                    "data_type": column.type,
                    "null_count": rows - row[f"c{at}"],
                    "distinct_count": row[f"d{at}"],
                    "min": row.get(f"l{at}"),
                    "max": row.get(f"g{at}"),
                    "mean": row.get(f"m{at}"),
                }
            )
    return rows, told


def _measures(at: int, column: TableColumn, dialect: str) -> list[str]:
    name = quoted(column.name)
    parts = [f"count({name}) AS c{at}", f"count(DISTINCT {_comparable(column, dialect)}) AS d{at}"]
    number = bool(_NUMBER.search(column.type)) and not _NESTED.search(column.type)
    if number or (_ORDERED.search(column.type) and not _NESTED.search(column.type)):
        parts += [f"min({name}) AS l{at}", f"max({name}) AS g{at}"]
    if number:
        mean = f"CAST({name} AS numeric)" if "money" in column.type else name
        double = "DOUBLE" if dialect == "mysql" else "DOUBLE PRECISION"
        parts.append(f"CAST(avg({mean}) AS {double}) AS m{at}")
    return parts


def _comparable(column: TableColumn, dialect: str) -> str:
    """The column, or its text where the database cannot say whether two values are equal (json, xml, point)."""
    name = quoted(column.name)
    known = _NUMBER.search(column.type) or _ORDERED.search(column.type) or column.type in ("boolean", "uuid")
    return name if known or dialect != "postgresql" else f"CAST({name} AS text)"


def _values(reading: Reading, table: Table, column: TableColumn, dialect: str) -> dict[str, Any]:
    """The commonest values, and of a text column the commonest shapes of its commonest values."""
    value, text = (
        _comparable(column, dialect),
        bool(_TEXT.search(column.type)) and not _NESTED.search(column.type),
    )
    many = PATTERN_VALUES if text else TOP_VALUES
    asked = (
        f"SELECT {value} AS value, count(*) AS count FROM {table.name} "  # noqa: S608 - quoted names
        f"WHERE {quoted(column.name)} IS NOT NULL GROUP BY {value} ORDER BY 2 DESC, 1 LIMIT {many}"
    )
    found = _asked(reading, asked, many)
    shapes: dict[str, int] = {}
    for row in found if text else ():
        shape = _shape(str(row["value"]))
        shapes[shape] = shapes.get(shape, 0) + row["count"]
    ranked = sorted(shapes.items(), key=lambda pair: (-pair[1], pair[0]))
    return {
        "top_values": found[:TOP_VALUES],
        "patterns": [{"pattern": shape, "count": count} for shape, count in ranked[:PATTERNS]],
    }


def _shape(text: str) -> str:
    """`AB-1234` -> `A-9`: letters, digits and blanks in a row become one sign."""
    text = re.sub(r"[^\W\d_]+", "A", text[:200])
    return re.sub(r"\s+", " ", re.sub(r"\d+", "9", text))


def _duplicates(reading: Reading, table: Table, columns: Sequence[TableColumn], dialect: str) -> int:
    """Rows that say the same as another one in these columns, the first of each not counted."""
    listed = ", ".join(_comparable(column, dialect) for column in columns)
    if not listed:
        return 0
    (row,) = _asked(
        reading,
        f"SELECT coalesce(sum(n - 1), 0) AS n FROM (SELECT count(*) AS n FROM {table.name} GROUP BY {listed}) AS g",  # noqa: S608 - quoted names
    )
    return int(row["n"])


def _asked(reading: Reading, sql: str, most: int = 1) -> list[dict[str, Any]]:
    reading.check()
    return reading.rows(Statement(sql, {}, None, None, ()), most).rows


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None


def _result(settings: Settings, data: dict[str, Any], started: float) -> Result:
    seconds = time.perf_counter() - started
    result = Result(data=data, processed_records=data.get("row_count", data.get("total_rows")))
    result.metadata.update(warehouse_name=settings.name, query_execution_time=seconds)
    result.set_performance_metric("query_execution_time", seconds)
    return result
