"""Rows that flow out of a database and into one: no usual limit, no list in between, the same in every dialect."""

from __future__ import annotations

import csv
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest
from run_weft import Told, run

NUMBERS = "with recursive n(i) as (select 0 union all select i + 1 from n where i < 2499) select i, i * 0.5 as half from n"
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.services)


@pytest.fixture(params=["sqlite", "duckdb", POSTGRESQL])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return _database(request.param)


def _database(dialect: str) -> str:
    """An empty one in the working folder."""
    if dialect == "duckdb":
        duckdb.connect("data.db").close()
    else:
        with closing(sqlite3.connect("data.db")) as connection:
            connection.execute("VACUUM")
    return f"{dialect}:///data.db"


def _query(name: str, sql: str = NUMBERS, **more: Any) -> dict[str, Any]:
    return {"id": name, "tool": "db", "operation": "query", "with": {"sql": sql}, **more}


def _load(name: str, source: str, table: str = "numbers") -> dict[str, Any]:
    return {
        "id": name,
        "tool": "db",
        "operation": "load",
        "with": {"table": table, "records": source, "mode": "replace"},
    }


def _write(name: str, source: str) -> dict[str, Any]:
    return {
        "id": name,
        "tool": "file",
        "operation": "write",
        "with": {"path": "out.csv", "content": source},
    }


def _run(tmp_path: Path, url: str, *steps: dict[str, Any], mode: str = "pipeline", **connection: Any) -> Told:
    connection = {"tool": "sql", "url": url, "writable": True, "rate_limit": "none", **connection}
    if url.startswith("postgresql"):
        connection["allow_superuser"] = True  # the role of the test's server
    connections = {"db": connection}
    return run(tmp_path, list(steps), "--store", "w.db", mode=mode, connections=connections)


def test_a_query_flows_into_a_file_whole(tmp_path: Path, url: str) -> None:
    """Nobody wrote a limit, and a stream is never cut to the usual thousand rows."""
    told = _run(tmp_path, url, _query("a"), _write("b", "$<input.rows>"))
    with (tmp_path / "out.csv").open(newline="") as file:
        assert [row["i"] for row in csv.DictReader(file)] == [str(number) for number in range(2500)]
    given = told.report["steps"]["a"]
    assert given["metadata"]["flowed_to"] == "b"
    assert (given["data"]["row_count"], given["data"]["rows"]) == (2500, None)
    assert [column["name"] for column in given["data"]["columns"]] == ["i", "half"]


def test_rows_of_a_query_are_loaded_by_way_of_the_store(tmp_path: Path, url: str) -> None:
    told = _run(
        tmp_path,
        url,
        _query("a"),
        _load("b", "$<step_a_result.rows>"),
        _query("c", "select count(*) as n, sum(i) as s from numbers", needs=["b"]),
        mode="dag",
    )
    row = told.data("c")["rows"][0]
    assert (int(row["n"]), int(row["s"])) == (2500, 2499 * 1250)


def test_a_limit_of_the_author_holds_for_a_stream_too(tmp_path: Path, url: str) -> None:
    few = _query("a")
    few["with"]["max_rows"] = 7
    assert _run(tmp_path, url, few, _write("b", "$<input.rows>")).data("b")["records"] == 7


def test_an_error_of_the_query_is_that_steps_own(tmp_path: Path, url: str) -> None:
    told = _run(tmp_path, url, _query("a", "select x from nowhere"), _write("b", "$<input.rows>"))
    assert told.statuses == {"a": "failed", "b": "cancelled"}
    assert told.report["error"]["step"] == "a"
    assert "nowhere" in told.report["error"]["message"]


@pytest.mark.slow
def test_a_rate_limit_of_the_connection_holds_in_a_stage(tmp_path: Path) -> None:
    """Its token is taken before the stage starts: for the second item there is none within the time of the run."""
    group = {
        "id": "each",
        "foreach": [1, 2],
        "mode": "pipeline",
        "steps": [_query("a", "select 1 as i"), _write("b", "$<input.rows>")],
    }
    group["timeout"] = "3s"  # of each item
    told = _run(tmp_path, _database("sqlite"), group, mode="sequential", rate_limit="1/h", burst=1)
    first, second = told.report["steps"]["each"]["iterations"]
    assert first["steps"]["a"]["metadata"]["flowed_to"] == "b"
    assert (first["status"], second["status"]) == ("succeeded", "timed_out")
    assert second["steps"]["a"]["attempts"] == 0


def test_in_a_stage_the_cache_of_a_connection_is_not_asked(tmp_path: Path) -> None:
    """What flows by is kept nowhere."""
    steps = [_query("a", "select 1 as i"), _write("b", "$<input.rows>")]
    url = _database("sqlite")
    for _ in range(2):
        told = _run(tmp_path, url, *steps, caching_enabled=True)
        assert told.report["steps"]["a"]["metadata"]["from_cache"] is False
        assert told.data("b")["records"] == 1
