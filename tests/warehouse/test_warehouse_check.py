"""`check` of the warehouse: a table is judged as the same rows are by `assert`, whatever the database counts by itself."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from engine.tools.core.asserting.tool import Assert
from engine.tools.port import CallContext, ToolError

TYPES = {
    "id": "integer", "amount": "double precision", "name": "varchar(100)", "paid": "boolean", "day": "date", "at": "timestamp",
}  # fmt: skip
EXPECT: list[dict[str, Any]] = [
    {"check": "row_count", "min": 1, "max": 1000},
    {"check": "row_count", "value": 7},
    {"check": "not_null", "columns": ["id", "amount", "name", "paid"]},
    {"check": "unique", "column": "id"},
    {"check": "unique", "columns": ["name", "id"]},
    {"check": "unique", "column": "amount"},
    {"check": "range", "column": "id", "min": 2, "max": 6},
    {"check": "range", "column": "id", "min": 2.5},
    {"check": "range", "column": "id", "max": "a"},
    {"check": "range", "column": "amount", "max": 2},
    {"check": "range", "column": "name", "min": "b"},
    {"check": "range", "column": "day", "min": "2026-01-03"},
    {"check": "regex", "column": "name", "pattern": "^[a-z]+$"},
    {"check": "regex", "column": "id", "pattern": "[0-5]"},
    {"check": "in_set", "column": "name", "values": ["a", "B", ""]},
    {"check": "in_set", "column": "id", "values": [1, 2, "3"]},
    {"check": "in_set", "column": "id", "values": list(range(9)), "tolerate": 0.5},
    {"check": "schema", "types": {"id": "integer", "amount": "number", "name": "string"}},
    {"check": "schema", "types": {"id": "string", "name": "integer"}, "exact": True},
    {"check": "foreign_key", "column": "id", "records": [{"k": 1}, {"k": 4}], "to_column": "k"},
    {"check": "equals", "column": "name", "value": "a"},
    {"check": "not_null", "column": "nmae"},
    {"check": "unique", "column": "nmae"},
]


def rows_of(seed: int) -> list[dict[str, Any]]:
    rng = random.Random(seed)

    def maybe(value: Any) -> Any:
        return None if rng.random() < 0.15 else value

    return [
        {
            "id": maybe(rng.randrange(8)),
            "amount": maybe(rng.choice([0.5, 1.0, 2.0, -3.25, 1e6])),
            "name": maybe(rng.choice(["a", "A", "b", "B", "", "é", "a b", "{table}", "'"])),
            "paid": maybe(rng.random() < 0.5),
            "day": maybe(f"2026-01-0{rng.randrange(1, 8)}"),
            "at": maybe(f"2026-01-0{rng.randrange(1, 8)}T10:00:00"),
        }
        for _ in range(rng.randrange(1, 30))
    ]


def judged(tool: Any, operation: str, given: dict[str, Any], project: Path, one: dict[str, Any]) -> Any:
    """The results, whether they came as data or with an error; another error by its type and message."""
    try:
        found = tool.call(operation, {**given, "expect": [one]}, CallContext(project_dir=project)).data
    except ToolError as error:
        if error.code != "ASSERT":
            return error.type, error.message
        found = error.data
    return found["results"]


@pytest.fixture
def table(desk: Any) -> Any:
    """Loads rows, and gives the tool and the rows as the database gives them back."""

    def loaded(rows: list[dict[str, Any]]) -> tuple[Any, list[dict[str, Any]]]:
        context = CallContext(project_dir=desk.folder)
        desk.tool.call("load", {"table": "t", "records": rows, "mode": "replace", "types": TYPES}, context)
        query = {"sql": "select * from t", "enable_optimization": False}
        return desk.tool, desk.tool.call("query", query, context).data["rows"]

    return loaded


@pytest.mark.parametrize("seed", range(4))
def test_a_table_is_judged_as_its_records_are(table: Any, tmp_path: Path, seed: int) -> None:
    warehouse, rows = table(rows_of(seed))
    for one in EXPECT:
        in_table = judged(warehouse, "check", {"table_name": "t"}, tmp_path, one)
        over_records = judged(Assert({}), "check", {"data": rows}, tmp_path, one)
        samples = [
            (found.pop("sample"), told.pop("sample"))
            for found, told in zip(in_table, over_records, strict=True)
        ]
        assert in_table == over_records, one
        for found, told in samples:  # which of the values are shown is the database's choice
            assert len(found) == len(told), one


def test_what_is_shown_of_a_miss_are_values_that_failed(table: Any, tmp_path: Path) -> None:
    warehouse, _ = table([{**row, "id": number} for number, row in enumerate(rows_of(1) * 3)])
    one = {"check": "range", "column": "id", "max": 1}
    (found,) = judged(warehouse, "check", {"table_name": "t"}, tmp_path, one)
    assert len(found["sample"]) == 5
    assert all(value > 1 for value in found["sample"])


def test_freshness_is_that_of_the_newest_row(table: Any, tmp_path: Path) -> None:
    warehouse, _ = table([{**row, "at": "2026-01-01T00:00:00"} for row in rows_of(2)])
    old = {"check": "freshness", "column": "at", "max_age": 10}
    (found,) = judged(warehouse, "check", {"table_name": "t"}, tmp_path, old)
    assert found["passed"] is False
    (found,) = judged(warehouse, "check", {"table_name": "t"}, tmp_path, {**old, "max_age": 10**12})
    assert found["passed"] is True


def test_an_unknown_table_is_told_with_the_nearest(table: Any, tmp_path: Path) -> None:
    warehouse, _ = table(rows_of(3))
    told = judged(warehouse, "check", {"table_name": "tt"}, tmp_path, EXPECT[0])
    assert told == ("not_found", 'there is no table "tt"')


def test_a_whole_table_equals_nothing(table: Any, tmp_path: Path) -> None:
    warehouse, _ = table(rows_of(3))
    told = judged(warehouse, "check", {"table_name": "t"}, tmp_path, {"check": "equals", "value": []})
    assert told == ("invalid", '"equals" needs a column')
