"""What is MySQL's alone: its types, its rights, its way to make a table, and that it stays out of its own traps."""

from __future__ import annotations

import csv
import datetime as dt
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet
import pytest
from desks import Desk, at_once, bare, refused
from mariadb_server import mysql_say

from engine.tools.port import CallContext
from engine.tools.warehouse import mysql_pool

pytestmark = pytest.mark.services

VALUES = [
    ("null", None, "NULL"),
    ("true", 1, "INT"),
    ("9007199254740993", 9007199254740993, "BIGINT"),
    ("18446744073709551615", 18446744073709551615, "BIGINT UNSIGNED"),
    ("cast(1.10 as decimal(10, 2))", 1.1, "DECIMAL(10,2)"),
    ("cast(7 as decimal(20, 0))", 7, "DECIMAL(20,0)"),
    ("1.5e0", 1.5, "DOUBLE"),
    ("'é'", "é", "VARCHAR"),
    ("cast('ab' as char(5))", "ab", "VARCHAR"),
    ("x'00ff'", "AP8=", "VARBINARY"),
    ("b'101'", "BQ==", "VARBINARY"),
    ("date '1000-01-01'", "1000-01-01", "DATE"),
    ("timestamp '2024-01-31 10:00:00'", "2024-01-31T10:00:00", "DATETIME"),
    ("timestamp '2024-01-31 10:00:00.5'", "2024-01-31T10:00:00.500000", "DATETIME"),
    ("time '-27:30:00'", "-27:30:00", "TIME"),
    ("json_object('a', 1)", '{"a": 1}', "VARCHAR"),
]


def test_every_type_becomes_json_and_says_its_name(mysql: Desk) -> None:
    wanted = {f"v{at}": value for at, (_, value, _) in enumerate(VALUES)}
    result = mysql.query("select " + ", ".join(f"{sql} as v{at}" for at, (sql, *_) in enumerate(VALUES)))
    (row,) = result.data["rows"]
    assert row == wanted
    assert {name: type(value) for name, value in row.items()} == {n: type(v) for n, v in wanted.items()}
    assert [column["type"] for column in result.data["columns"]] == [kind for *_, kind in VALUES]
    json.dumps(row, allow_nan=False)


def test_every_type_of_a_file_arrives_as_itself_and_comes_back_in_one(mysql: Desk) -> None:
    row = {
        "i": 2**40, "f": 1.5, "s": 'a,"\n\\.\\N\x00\'`😀', "e": "", "d": Decimal("12.30"), "u": 2**64 - 1,
        "day": dt.date(2024, 1, 31), "at": dt.datetime(2024, 1, 31, 10, 0, 0, 5), "y": b"\x00\xff'",
    }  # fmt: skip
    schema = {"u": pa.uint64(), "d": pa.decimal128(8, 2)}
    table = pa.table({n: pa.array([v, None], type=schema.get(n)) for n, v in row.items()})
    pa.parquet.write_table(table, mysql.folder / "x.parquet")
    assert mysql.load("x", path="x.parquet").data["rows_loaded"] == 2
    mysql.query("select * from x order by i is null", result_format="parquet", path="y.parquet")
    assert pa.parquet.read_table(mysql.folder / "y.parquet").to_pylist() == [row, dict.fromkeys(row)]


def test_zoned_times_are_kept_in_utc_lists_as_json(mysql: Desk) -> None:
    at = dt.datetime(2099, 1, 31, 10, tzinfo=dt.timezone(dt.timedelta(hours=2)))
    table = pa.table({"z": pa.array([at], type=pa.timestamp("us", "Europe/Berlin")), "l": [[1, None]]})
    pa.parquet.write_table(table, mysql.folder / "x.parquet")
    mysql.load("x", path="x.parquet")
    assert mysql.rows("select z, l from x") == [{"z": "2099-01-31T08:00:00", "l": "[1, null]"}]


def test_a_timestamp_is_told_in_utc_whatever_the_servers_zone_is(mysql: Desk) -> None:
    mysql.call("execute", sql="create table t (a timestamp null)")
    mysql.call("execute", sql="insert into t values ('2024-01-31 10:00:00')")
    assert mysql.rows("select a from t") == [{"a": "2024-01-31T10:00:00Z"}]


def test_a_date_that_is_none_becomes_null_and_is_told_and_stops_a_file(mysql: Desk, mysql_url: str) -> None:
    name = mysql_url.rpartition("/")[2]
    mysql_say(
        mysql_url, "set sql_mode = ''", f"create table {name}.t (d date)", f"insert into {name}.t values (0)"
    )
    result = mysql.query("select d from t")
    assert result.data["rows"] == [{"d": None}]
    assert result.warnings == ['column "d": zero dates became null (1)']
    error = refused(lambda: mysql.query("select d from t", result_format="csv", path="x.csv"))
    assert (error.type, list(mysql.folder.iterdir())) == ("data", [])


def test_a_csv_file_holds_texts_that_are_read_the_same_elsewhere(mysql: Desk) -> None:
    sql = "select 1.50 n, null u, '' e, 'a,\"b' t, timestamp '2024-01-31 10:00:00' z"
    mysql.query(sql, result_format="csv", path="x.csv")
    with (mysql.folder / "x.csv").open(newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert row == {"n": "1.50", "u": "", "e": "", "t": 'a,"b', "z": "2024-01-31T10:00:00"}


HOSTILE = [
    "'",
    "\\",
    "\\'",
    "'; drop table t; -- ",
    "%s",
    "?",
    ":b",
    "\x00",
    "😀",
    "\u00bf'",
    "--",
    "/*! */",
    "",
]


def test_a_value_is_bound_whatever_is_in_it(mysql: Desk) -> None:
    for text in HOSTILE:
        assert mysql.rows("select :a as a, '%s' as b", a=text) == [{"a": text, "b": "%s"}]
    values = {"a": None, "b": True, "c": -7, "d": 1.5, "e": 1e300, "f": 2**63}
    row = mysql.rows("select :a as a, :b as b, :c as c, :d as d, :e as e, :f as f", **values)
    assert row == [{**values, "b": 1}]


def test_a_bound_text_compares_with_a_column_of_any_collation(mysql: Desk, mysql_url: str) -> None:
    mysql.call("execute", sql="create table t (a varchar(9) character set latin1, b varchar(9))")
    mysql.call("execute", sql="insert into t values ('é', 'b')")
    mysql.load("made", records=[{"c": "b"}])
    assert mysql.rows("select 1 as n from t where a = :a and b = :b", a="é", b="b") == [{"n": 1}]
    assert mysql.rows("select 1 as n from made where c in (:l)", l=["b", "x"]) == [{"n": 1}]


def test_placeholders_keep_their_values_however_the_tree_is_ordered(mysql: Desk) -> None:
    sql = "with q as (select :a as a) select :b as b, a from q where :c = 3 limit :d"
    assert mysql.rows(sql, a=1, b=2, c=3, d=4) == [{"b": 2, "a": 1}]


def test_columns_without_a_name_are_called_as_mysql_would(mysql: Desk) -> None:
    sql = "select count(*), 1 +  1, 'x', upper('a') from (select 1) as q"
    assert list(mysql.rows(sql)[0]) == ["count(*)", "1 +  1", "x", "upper('a')"]


def test_texts_that_differ_stay_different_in_a_table_that_a_load_makes(mysql: Desk) -> None:
    """The server's own habit would take `a`, `A` and `a ` for one key."""
    rows = [{"k": key, "v": at} for at, key in enumerate(["a", "A", "a ", "ä"])]
    mysql.load("t", records=rows, mode="upsert", key=["k"])
    assert mysql.rows("select count(*) as c, count(distinct k) as d from t") == [{"c": 4, "d": 4}]
    mysql.load("t", records=[{"k": "A", "v": 9}], mode="upsert", key=["k"])
    assert mysql.rows("select v from t where k = 'A'") == [{"v": 9}]


def test_loads_that_all_find_no_table_all_append(mysql: Desk) -> None:
    told = at_once([lambda at=at: mysql.load("t", records=[{"id": at}]) for at in range(4)])
    assert sum(result.metadata["created"] for result in told) == 1
    assert mysql.rows("select id from t order by id") == [{"id": at} for at in range(4)]


def test_a_failed_load_leaves_no_table_and_none_of_its_own(mysql: Desk) -> None:
    error = refused(lambda: mysql.load("t", records=[{"k": 1}, {"k": "x"}], columns={"k": "integer"}))
    assert error.type == "data"
    with mysql.unguarded() as reading:
        assert reading.tables() == []


def test_a_table_without_transactions_is_neither_made_nor_loaded(mysql: Desk, mysql_url: str) -> None:
    for engine in ("MyISAM", "CSV", "federated"):
        sql = f"create table u (a int) engine = {engine}"
        assert refused(lambda sql=sql: mysql.call("execute", sql=sql)).code == "SQL_REFUSED"
    mysql.call("execute", sql="create table u (a int auto_increment primary key) engine = InnoDB")
    mysql_say(mysql_url, "create table t (a int) engine = MyISAM")
    error = refused(lambda: mysql.load("t", records=[{"a": 1}]))
    assert (error.type, error.code) == ("invalid", "ENGINE")


def test_rows_longer_than_a_message_of_the_server_are_too_large(mysql: Desk) -> None:
    mysql.load("t", records=[{"a": "x" * 3_000_000}, {"a": "y" * 3_000_000}])
    assert mysql.rows("select sum(length(a)) as n from t") == [{"n": 6_000_000}]
    error = refused(lambda: mysql.load("t", records=[{"a": "x" * 20_000_000}]))
    assert error.type in ("too_large", "connection")
    assert mysql.rows("select count(*) as n from t") == [{"n": 2}]


def test_a_statement_that_commits_by_itself_keeps_its_key_after_it(mysql: Desk) -> None:
    context = CallContext(key="make")
    told = [
        mysql.call("execute", sql="create table t (a int)", context=context).metadata["repeated"]
        for _ in range(2)
    ]
    assert told == [False, True]
    refused(lambda: mysql.call("execute", sql="create table t (a int)", context=CallContext(key="again")))
    error = refused(
        lambda: mysql.call("execute", sql="create table t (a int)", context=CallContext(key="again"))
    )
    assert error.type == "conflict"


@pytest.mark.parametrize("right", ["file", "super", "create user"])
def test_a_role_with_rights_on_the_server_is_refused_unless_the_connection_says_so(
    mysql: Desk, mysql_url: str, right: str
) -> None:
    user = mysql.config["url"].partition("//")[2].partition(":")[0]
    mysql_say(mysql_url, f"grant {right} on *.* to {user}@127.0.0.1")
    try:
        error = refused(lambda: mysql.other().query("select 1"))
        allowed = mysql.other(allow_superuser=True)
        assert allowed.rows("select 1 as a") == [{"a": 1}]
        allowed.tool.close()
    finally:
        mysql_say(mysql_url, f"revoke {right} on *.* from {user}@127.0.0.1")
    assert (error.type, error.code) == ("permission", "SUPERUSER")


def test_a_file_right_would_read_files_past_the_parser(mysql: Desk, mysql_url: str) -> None:
    """Why such a role is refused."""
    admin = mysql.other(url=mysql_url, allow_superuser=True)
    with admin.unguarded() as reading:
        (row,) = reading.rows(bare("select load_file('/etc/passwd') is not null as readable"), 1).rows
    assert row == {"readable": 1}
    admin.tool.close()


def test_the_servers_files_are_asked_of_nobody(mysql: Desk) -> None:
    """A server may answer any statement with the wish for a file of the client; the client has that turned off."""
    with mysql.unguarded() as reading:
        assert reading._connection._local_infile is False


def test_sessions_do_not_depend_on_the_servers_settings(mysql: Desk) -> None:
    row = mysql.rows("select 1 / 2 as h, 'a' || 'b' as o, '\\\\' as b")
    assert row == [{"h": 0.5, "o": 0, "b": "\\"}]
    assert refused(lambda: mysql.call("execute", sql="create table t (d date default 0)")).type != "internal"


def test_the_server_has_its_own_clock_behind_ours(mysql: Desk) -> None:
    with mysql.other(query_timeout=7).unguarded() as reading:
        found = reading.rows(bare("select @@max_statement_time as s"), 1).rows
    assert found == [{"s": 8}]


def test_a_cancel_is_asked_for_by_a_connection_of_its_own_that_is_closed(mysql: Desk, monkeypatch) -> None:
    closed = []
    made = mysql_pool.MysqlDriver._connected

    def connected(self, *words, **more):
        connection = made(self, *words, **more)
        closed.append(connection)
        return connection

    monkeypatch.setattr(mysql_pool.MysqlDriver, "_connected", connected)
    hurried = mysql.other(query_timeout=0.3)
    numbers = "with recursive r(n) as (select 1 union all select n + 1 from r where n < 1000)"
    refused(lambda: hurried.query(f"{numbers} select count(distinct a.n * b.n * c.n) from r a, r b, r c"))
    assert len(closed) >= 2
    assert not any(connection.open for connection in closed)
    hurried.tool.close()


def test_a_name_may_stand_in_double_quotes_as_elsewhere_and_a_text_there_is_told(mysql: Desk) -> None:
    mysql.load("t", records=[{"a b": 1}])
    assert mysql.rows('select "a b" as v, `a b` as w from "t"') == [{"v": 1, "w": 1}]
    error = refused(lambda: mysql.query('select 1 from t where `a b` = "xyz"'))
    assert (error.type, error.hint) == ("invalid", "known: a b; a text is written in single quotes")
