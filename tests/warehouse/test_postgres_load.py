"""Loads by COPY: values arrive as they are, and all of them or none."""

import datetime as dt
import threading
from decimal import Decimal

import psycopg
import pyarrow as pa
import pyarrow.parquet
import pytest
from desks import refused

from engine.tools.port import CallContext, Cancelled
from engine.tools.warehouse import sources

pytestmark = pytest.mark.services


def test_every_type_of_a_file_arrives_as_itself(postgres, postgres_url):
    row = {
        "i": 2**40, "f": 1.5, "b": True, "s": 'a,"\n\\.\\N', "e": "", "d": Decimal("12.30"),
        "day": dt.date(2024, 1, 31), "at": dt.datetime(2024, 1, 31, 10, 0, 0, 5),
        "z": dt.datetime(2024, 1, 31, 10, tzinfo=dt.UTC), "t": dt.time(10, 30), "y": b"\x00\xff", "l": [1, None],
    }  # fmt: skip
    table = pa.Table.from_pylist([row, dict.fromkeys(row)])
    pa.parquet.write_table(table, postgres.folder / "x.parquet")
    assert postgres.load("x", path="x.parquet").data["rows_loaded"] == 2
    with psycopg.connect(postgres_url) as connection:
        cursor = connection.execute("select * from x order by i nulls last")
        names = [column.name for column in cursor.description]
        first, second = cursor.fetchall()
    assert dict(zip(names, first, strict=True)) == row
    assert set(second) == {None}


def test_a_row_of_one_null_is_a_row(postgres):
    postgres.load("n", records=[{"a": None}, {"a": ""}, {"a": "\\."}], columns={"a": "text"})
    assert postgres.rows("select a from n order by a nulls first") == [{"a": None}, {"a": ""}, {"a": "\\."}]


def test_names_are_folded_as_the_database_folds_them_and_found_however_written(postgres):
    """A table made of a csv's `Origin` must answer to `select Origin`, which PostgreSQL reads as `origin`."""
    postgres.load("Flights", records=[{"Origin": "JFK", "Dep Time": 5}])
    assert postgres.rows('select Origin, "Dep Time" from Flights') == [{"origin": "JFK", "Dep Time": 5}]
    postgres.load("FLIGHTS", records=[{"ORIGIN": "LGA", "dep time": 6}], mode="upsert", key=["oriGin"])
    assert postgres.rows("select count(*) as c from flights") == [{"c": 2}]


def test_a_table_with_capitals_is_found_too(postgres, postgres_url):
    with psycopg.connect(postgres.config["url"], autocommit=True) as connection:
        connection.execute('create table "Big" ("Id" int primary key, "V" text)')
    postgres.load("big", records=[{"id": 1, "v": "a"}, {"id": 2, "v": "b"}])
    postgres.load("Big", records=[{"ID": 2, "v": "c"}], mode="upsert", key=["id"])
    assert postgres.rows('select "V" from "Big" order by "Id"') == [{"V": "a"}, {"V": "c"}]


def test_a_schema_can_be_named(postgres, postgres_url):
    postgres.load("public.t", records=[{"a": 1}])
    assert postgres.rows("select a from public.t") == [{"a": 1}]
    assert refused(lambda: postgres.load("nowhere.t", records=[{"a": 1}])).code == "SQLSTATE 3F000"


def test_a_failed_load_leaves_nothing_and_the_connection_works(postgres):
    postgres.load("t", records=[{"k": 1}], mode="upsert", key=["k"])
    error = refused(lambda: postgres.load("t", records=[{"k": 2}, {"k": 1}]))
    assert (error.type, error.code) == ("conflict", "SQLSTATE 23505")
    assert postgres.rows("select k from t") == [{"k": 1}]


def test_text_that_no_text_of_postgresql_can_be_is_the_datas_fault(postgres):
    error = refused(lambda: postgres.load("t", records=[{"a": "x\x00y"}]))
    assert error.type == "data"


def test_a_cancelled_load_leaves_nothing(postgres, monkeypatch):
    monkeypatch.setattr(sources, "BATCH_ROWS", 1)
    context = CallContext(project_dir=postgres.folder)
    context.progress = lambda done, total, unit: context.cancel_now() if done > 5 else None
    with pytest.raises(Cancelled):
        postgres.load("t", records=[{"a": i} for i in range(100)], context=context)
    assert refused(lambda: postgres.query("select * from t")).code == "SQLSTATE 42P01"


def test_upserts_of_the_same_rows_at_once_make_each_once(postgres):
    """A table without an index on its key: only the lock keeps two loads from adding one row twice."""
    postgres.load("t", records=[{"k": -1, "v": 0}])
    records = [{"k": k, "v": k} for k in range(200)]
    threads = [
        threading.Thread(
            target=postgres.load, args=("t",), kwargs={"records": records, "mode": "upsert", "key": ["k"]}
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert postgres.rows("select count(*) as c, count(distinct k) as d from t") == [{"c": 201, "d": 201}]


def test_a_locked_table_is_unavailable_and_so_retried(postgres):
    postgres.load("t", records=[{"a": 1}])
    hurried = postgres.other(connection_timeout=0.2)
    with psycopg.connect(postgres.config["url"]) as holder:
        holder.execute("lock table t in access exclusive mode")
        error = refused(lambda: hurried.load("t", records=[{"a": 2}]))
    assert (error.type, error.code) == ("unavailable", "SQLSTATE 55P03")


@pytest.mark.slow
def test_a_million_rows_are_loaded_by_upsert_in_reasonable_steps(postgres):
    """A plan that looks at every row for every row would not end."""
    pa.parquet.write_table(
        pa.table({"k": list(range(500_000)) * 2, "v": range(1_000_000)}), postgres.folder / "x.parquet"
    )
    postgres.load("t", path="x.parquet", mode="upsert", key=["k"])
    assert postgres.rows("select count(*) as c, min(v) as m from t") == [{"c": 500_000, "m": 500_000}]
