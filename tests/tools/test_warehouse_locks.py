"""The database's own locks, with the parser out of the way: they must hold by themselves."""

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from warehouse_cases import DIALECTS, Desk, refused

from engine.tools.port import CallContext, Cancelled
from engine.tools.warehouse import duck_files
from engine.tools.warehouse.statement import Statement


def unguarded(text):
    return Statement(text, {}, None, None, ())


@contextmanager
def reading(desk):
    database = desk.tool._opened()
    with (
        database.translated(),
        database.reading(CallContext()) as open_reading,
        database.translated(None, open_reading),
    ):
        yield open_reading


WRITES = [
    "insert into t values (2)",
    "delete from t",
    "update t set a = 2",
    "drop table t",
    "create table u (a int)",
]
DUCKDB = [
    "select * from read_text('/etc/hostname')",
    "select * from read_csv('secret.csv')",
    "select * from 'secret.csv'",
    "select * from glob('*')",
    "copy t to 'stolen.csv'",
    "attach 'other.db' as other",
    "set enable_external_access = true",
    "install httpfs",
    "load httpfs",
    "select * from python_variable",
]
SQLITE = [
    "attach 'other.db' as other",
    "pragma query_only = off",
    "vacuum into 'stolen.db'",
    "select load_extension('x')",
    "create temp table u (a int)",
    "select * from pragma_table_info('t')",
    "commit",
]


@pytest.mark.parametrize("place", ["file", "memory"])
@pytest.mark.parametrize(
    ("dialect", "sql"),
    [(d, s) for d in DIALECTS for s in WRITES]
    + [("duckdb", s) for s in DUCKDB]
    + [("sqlite", s) for s in SQLITE],
)
def test_what_slips_through_the_parser_is_stopped_by_the_database(dialect, sql, place, tmp_path, monkeypatch):
    python_variable = [1]  # noqa: F841 - DuckDB would find it by its name
    monkeypatch.chdir(tmp_path)
    (tmp_path / "secret.csv").write_text("a\n1\n")
    desk = Desk(dialect, tmp_path, **({} if place == "file" else {"url": f"{dialect}:///:memory:"}))
    desk.load("t", records=[{"a": 1}])
    before = sorted(os.listdir(tmp_path))

    def attack():
        with reading(desk) as open_reading:
            open_reading.rows(unguarded(sql), 10)

    assert refused(attack).type in {"permission", "invalid", "conflict"}
    assert desk.rows("select a from t") == [{"a": 1}]
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_connection_that_is_not_writable_does_not_load(dialect, tmp_path):
    Desk(dialect, tmp_path).load("t", records=[{"a": 1}])
    error = refused(lambda: Desk(dialect, tmp_path, writable=False).load("t", records=[{"a": 2}]))
    assert (error.type, error.code) == ("permission", "NOT_WRITABLE")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_reading_makes_no_file(dialect, tmp_path):
    error = refused(lambda: Desk(dialect, tmp_path).query("select 1"))
    assert error.type == "not_found"
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_file_that_is_no_database_is_not_retried(dialect, tmp_path):
    (tmp_path / "w.db").write_text("hello" * 1000)
    assert refused(lambda: Desk(dialect, tmp_path).query("select 1 from t")).type == "data"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_between_calls_another_process_may_have_the_file(dialect, tmp_path):
    """A shell step between two queries must not find the file locked by its own run."""
    desk = Desk(dialect, tmp_path)
    desk.load("t", records=[{"a": 1}])
    module = "duckdb" if dialect == "duckdb" else "sqlite3"
    code = f"import {module} as d; c = d.connect('w.db'); c.execute('insert into t values (2)'); c.commit()"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)
    assert desk.rows("select sum(a) as s from t") == [{"s": 3}]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_file_locked_by_another_process_is_unavailable_and_so_retried(dialect, tmp_path):
    desk = Desk(dialect, tmp_path, connection_timeout=0.1)
    desk.load("t", records=[{"a": 1}])
    hold = {
        "duckdb": "import duckdb; c = duckdb.connect('w.db')",
        "sqlite": "import sqlite3; c = sqlite3.connect('w.db'); c.execute('begin exclusive')",
    }[dialect]
    code = f"{hold}; print('held', flush=True); input()"
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout.readline() == "held\n"
        assert refused(lambda: desk.load("t", records=[{"a": 2}])).type == "unavailable"
    finally:
        child.communicate("\n")
    desk.load("t", records=[{"a": 2}])


@contextmanager
def file_held_for_reading(tmp_path):
    """As a query under way holds it."""
    held = duck_files.cursor(tmp_path / "w.db", write=False, wait_seconds=1, check=lambda: None)
    with held as cursor:
        yield cursor


def test_a_duckdb_writer_waits_for_readers_and_says_when_it_gives_up(tmp_path):
    desk = Desk("duckdb", tmp_path, connection_timeout=0.05)
    desk.load("t", records=[{"a": 1}])
    with file_held_for_reading(tmp_path):
        error = refused(lambda: desk.load("t", records=[{"a": 2}]))
        assert (error.type, error.code) == ("unavailable", "BUSY")
    desk.load("t", records=[{"a": 2}])
    assert desk.rows("select sum(a) as s from t") == [{"s": 3}]


def test_a_waiting_duckdb_writer_is_let_in_before_later_readers(tmp_path):
    """Else a run that reads without a break would starve its loads."""
    desk = Desk("duckdb", tmp_path)
    desk.load("t", records=[{"a": 1}])
    order = []

    def write():
        desk.load("t", records=[{"a": 2}])
        order.append("writer")

    def read():
        Desk("duckdb", tmp_path, writable=False).rows("select 1 as a")
        order.append("reader")

    with file_held_for_reading(tmp_path):
        writer = threading.Thread(target=write)
        writer.start()
        while not duck_files._writers_waiting:
            time.sleep(0.001)
        reader = threading.Thread(target=read)
        reader.start()
        reader.join(0.2)
        assert order == []  # the reader waits behind the writer
    writer.join(30)
    reader.join(30)
    assert sorted(order) == ["reader", "writer"]
    assert duck_files._open == {} and duck_files._writers_waiting == {}


def test_a_waiting_load_ends_when_it_is_cancelled(tmp_path):
    desk = Desk("duckdb", tmp_path)
    desk.load("t", records=[{"a": 1}])
    context = CallContext(project_dir=tmp_path)
    threading.Timer(0.1, context.cancel_now).start()
    with file_held_for_reading(tmp_path), pytest.raises(Cancelled):
        desk.load("t", records=[{"a": 2}], context=context)


def test_queries_of_one_reading_connection_share_the_file(tmp_path):
    Desk("duckdb", tmp_path).load("t", records=[{"a": 1}])
    with file_held_for_reading(tmp_path):
        assert Desk("duckdb", tmp_path, writable=False).rows("select a from t") == [{"a": 1}]
