"""The shipped workflows that use databases, on real ones."""

from __future__ import annotations

import csv
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from specs_project import Run, message


@pytest.fixture
def shop(project: Path) -> Path:
    with sqlite3.connect(project / "shop.db") as connection:
        connection.execute("create table orders (id integer, name text)")
        connection.executemany("insert into orders values (?, ?)", [(1, "ada"), (2, None), (3, "bob")])
    return project / "shop.db"


def _asked(database: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(database) as connection:
        return connection.execute(sql).fetchall()


def test_every_column_of_a_csv_is_described(run: Run, project: Path) -> None:
    result = run("csv-profile", path="data/orders.csv")
    assert result["outputs"] == {
        "rows": 3,
        "columns": 3,
        "unique": ["id", "amount"],
        "report": "out/profile.csv",
    }
    with (project / "out/profile.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows[1] == {
        "column": "name",
        "type": "VARCHAR",
        "rows": "3",
        "empty": "1",
        "different": "2",
        "smallest": "ada",
        "largest": "bob",
    }


def test_a_csv_that_is_not_there_has_no_profile(run: Run, project: Path) -> None:
    result = run("csv-profile", code=4, path="data/order.csv")
    assert message(result, "load") == 'there is no file "data/order.csv"'
    assert not (project / "out").exists()


def test_a_table_is_copied_into_another_database(run: Run, project: Path, shop: Path) -> None:
    result = run(
        "sync-table", to="duckdb:///w.duckdb", table="orders", into="bought", **{"from": "sqlite:///shop.db"}
    )
    assert result["outputs"] == {"table": "bought", "rows_copied": 3, "rows_in_table": 3}
    back = run("sync-table", to="sqlite:///back.db", table="bought", **{"from": "duckdb:///w.duckdb"})
    assert back["outputs"]["rows_in_table"] == 3
    assert _asked(project / "back.db", "select * from bought order by id") == [
        (1, "ada"),
        (2, None),
        (3, "bob"),
    ]
    assert list((project / "out").iterdir()) == []


def test_with_a_key_rows_are_changed_and_added_and_none_removed(run: Run, project: Path, shop: Path) -> None:
    with sqlite3.connect(project / "copy.db") as connection:
        connection.execute("create table orders (id integer primary key, name text)")
        connection.executemany("insert into orders values (?, ?)", [(2, "old"), (9, "kept")])
    inputs = {"from": "sqlite:///shop.db", "to": "sqlite:///copy.db", "table": "orders", "key": ["id"]}
    assert run("sync-table", **inputs)["outputs"]["rows_in_table"] == 4
    rows = [(1, "ada"), (2, None), (3, "bob"), (9, "kept")]
    assert _asked(project / "copy.db", "select * from orders order by id") == rows


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"max_rows": 2}, "the result has more than 2 rows, no file was written"),
        ({"table": "order"}, 'no table "order"'),
        ({"from": "sqlite:///shp.db"}, "shp.db"),
    ],
)
def test_a_table_that_cannot_be_read_whole_is_not_copied(
    inputs: dict[str, Any], said: str, run: Run, project: Path, shop: Path
) -> None:
    wanted = {"from": "sqlite:///shop.db", "to": "sqlite:///copy.db", "table": "orders", **inputs}
    result = run("sync-table", code=4, **wanted)
    assert said in message(result, "read")
    assert result["steps"]["write"]["status"] == "skipped"
    assert not (project / "shp.db").exists()
    assert not list(project.glob("out/*"))
