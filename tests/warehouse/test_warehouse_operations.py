"""The operations beside query and load, on every dialect: what they answer is the same."""

import threading

import jsonschema
import pytest
from desks import Desk, refused

from engine.tools.port import CallContext
from engine.tools.warehouse.declare import DECLARATION

ROWS = [
    {"id": 1, "name": "AB-12", "price": 1.5, "day": "2024-01-31"},
    {"id": 2, "name": "CD-7", "price": 2.5, "day": "2024-02-29"},
    {"id": 3, "name": None, "price": None, "day": None},
    {"id": 3, "name": None, "price": None, "day": None},
]


@pytest.fixture
def shop(desk):
    desk.load("orders", records=ROWS)
    return desk


def asked(desk, operation, **parameters):
    """The result's data, which is as declared."""
    result = desk.call(operation, **parameters)
    jsonschema.validate(result.data, dict(DECLARATION.operations[operation].result))
    return result


def test_a_table_is_described(shop):
    data = asked(shop, "describe_table", table_name="ORDERS").data
    assert (data["table_name"], data["row_count"], data["column_count"]) == ("orders", 4, 4)
    assert [c["column_name"] for c in data["columns"]] == ["id", "name", "price", "day"]
    assert {c["nullable"] for c in data["columns"]} == {True}
    assert "INT" in data["columns"][0]["data_type"].upper()


def test_a_column_that_must_have_a_value_says_so(desk):
    desk.call("execute", sql="create table t (a int not null, b text)")
    assert [c["nullable"] for c in asked(desk, "describe_table", table_name="t").data["columns"]] == [
        False,
        True,
    ]


def test_a_view_is_described_too(shop):
    shop.call("execute", sql="create view dear as select id, price from orders where price > 2")
    data = asked(shop, "describe_table", table_name="dear").data
    assert (data["row_count"], data["column_count"]) == (1, 2)


@pytest.mark.parametrize("operation", ["describe_table", "table_statistics", "data_quality_report"])
def test_an_unknown_table_suggests_the_nearest_and_no_text_is_ever_run(shop, operation):
    error = refused(lambda: shop.call(operation, table_name="ordres"))
    assert (error.type, error.hint) == ("not_found", 'did you mean "orders"?')
    for text in ('orders"; drop table orders; --', "orders where 1=1", "(select 1)", "a.b.c", "."):
        assert refused(lambda text=text: shop.call(operation, table_name=text)).type == "not_found"
    assert shop.rows("select count(*) as c from orders") == [{"c": 4}]


def test_names_that_need_quotes_are_looked_up_like_others(desk):
    name = 'odd "name"; drop table orders --'
    desk.load("t", records=[{name: 1}, {name: 1}])
    (told,) = asked(desk, "table_statistics", table_name="t", columns=[name]).data["columns"]
    assert (told["column_name"], told["distinct_count"]) == (name, 1)
    assert asked(desk, "data_quality_report", table_name="t").data["duplicate_rows"] == 1


def test_statistics_of_every_column(shop):
    data = asked(shop, "table_statistics", table_name="orders").data
    told = {column["column_name"]: column for column in data["columns"]}
    assert data["row_count"] == 4
    kept = ("null_count", "distinct_count", "min", "max", "mean")
    assert [told["id"][k] for k in kept] == [0, 3, 1, 3, 2.25]
    assert [told["price"][k] for k in kept] == [2, 2, 1.5, 2.5, 2.0]
    assert [told["name"][k] for k in kept] == [2, 2, "AB-12", "CD-7", None]
    assert [told["day"][k] for k in kept] == [2, 2, "2024-01-31", "2024-02-29", None]


def test_statistics_of_chosen_columns_alone(shop):
    data = asked(shop, "table_statistics", table_name="orders", columns=["price", "ID"]).data
    assert [column["column_name"] for column in data["columns"]] == ["price", "id"]
    error = refused(lambda: shop.call("table_statistics", table_name="orders", columns=["prcie"]))
    assert error.hint == 'did you mean "price"?'


def test_a_wide_table_is_measured_in_parts(desk):
    desk.load("wide", records=[{f"c{at}": at for at in range(120)}])
    columns = asked(desk, "table_statistics", table_name="wide").data["columns"]
    assert [column["max"] for column in columns] == list(range(120))


def test_quality_says_what_is_missing_repeated_and_how_values_look(shop):
    result = asked(shop, "data_quality_report", table_name="orders")
    told = {column["column_name"]: column for column in result.data["columns"]}
    assert (result.data["total_rows"], result.data["duplicate_rows"]) == (4, 1)
    assert told["name"]["patterns"] == [{"pattern": "A-9", "count": 2}]
    assert told["id"]["top_values"][0] == {"value": 3, "count": 2}
    assert (told["id"]["score"], told["name"]["score"], told["id"]["unique_count"]) == (1.0, 0.5, 3)
    assert result.quality_metrics == {"completeness": 0.625, "uniqueness": 0.75, "score": 0.46875}


def test_quality_of_an_empty_table_claims_nothing(desk):
    desk.load("none", records=[], columns={"a": "integer", "b": "text"})
    result = asked(desk, "data_quality_report", table_name="none")
    assert (result.data["total_rows"], result.data["score"], result.quality_metrics) == (0, None, {})


@pytest.mark.services
def test_measures_are_taken_of_every_type_of_postgresql(postgres):
    postgres.call(
        "execute",
        sql="""create table odd (a json, b jsonb, c int[], d interval, e uuid, f bytea, g boolean, h point, i xml,
               j int4range, k money, l timestamptz, m numeric, n time, o tsvector, p "char", q inet)""",
    )
    postgres.call("execute", sql="insert into odd (a, h, k) values ('{}', '(1,2)', 5), ('{}', '(1,2)', 5)")
    data = asked(postgres, "data_quality_report", table_name="odd").data
    assert (data["duplicate_rows"], [c["unique_count"] for c in data["columns"]][:2]) == (1, [1, 0])


STATEMENTS = [
    (
        "insert into orders (id, name) values (:id, :name)",
        {"id": 9, "name": "x'; drop table orders; --"},
        "INSERT",
        1,
    ),
    ("insert into orders (id) select id + 10 from orders", {}, "INSERT", 4),
    ("update orders set price = price * 2 where id in (:ids)", {"ids": [1, 2]}, "UPDATE", 2),
    ("update orders set price = 0 where id in (:ids)", {"ids": []}, "UPDATE", 0),
    ("delete from orders where name is null", {}, "DELETE", 2),
    ("with old as (select 1 as id) delete from orders where id in (select id from old)", {}, "DELETE", 1),
    ("create table other (a int primary key, b text default 'x' not null, check (a > 0))", {}, "CREATE", 0),
    ("create index by_name on orders (name)", {}, "CREATE", 0),
    ("alter table orders add column note text", {}, "ALTER", 0),
    ("drop table if exists absent", {}, "DROP", 0),
]


@pytest.mark.parametrize(("sql", "params", "kind", "rows"), STATEMENTS)
def test_a_statement_that_writes_tells_its_kind_and_rows(shop, sql, params, kind, rows):
    if shop.dialect == "mysql" and sql.startswith("with"):  # MariaDB has no such delete
        assert refused(lambda: shop.call("execute", sql=sql, params=params)).code == "MYSQL 1064"
        return
    result = asked(shop, "execute", sql=sql, params=params)
    assert result.data == {"rows_affected": rows, "query_type": kind}


def test_a_statement_that_fails_leaves_nothing(shop):
    shop.call("execute", sql="create table k (a int primary key)")
    assert refused(lambda: shop.call("execute", sql="insert into k values (1), (1)")).type == "conflict"
    assert shop.rows("select count(*) as c from k") == [{"c": 0}]


def test_without_leave_to_write_nothing_is_written(shop):
    error = refused(lambda: shop.other(writable=False).call("execute", sql="delete from orders"))
    assert (error.type, error.code) == ("permission", "NOT_WRITABLE")


def test_a_second_attempt_does_not_write_again(shop):
    """The first one's answer may have been lost on the way; its transaction was not."""
    sql = "update orders set price = price + 1 where id = 1"
    results = [shop.call("execute", sql=sql, context=CallContext(key="step-1")) for _ in range(3)]
    assert [result.data["rows_affected"] for result in results] == [1, 1, 1]
    assert [result.metadata["repeated"] for result in results] == [False, True, True]
    assert results[1].warnings
    shop.call("execute", sql=sql, context=CallContext(key="step-2"))
    assert shop.rows("select price as p from orders where id = 1") == [{"p": 3.5}]


def test_an_attempt_that_failed_may_be_made_again(shop):
    context = CallContext(key="step-1")
    shop.call("execute", sql="create table k (a int primary key)")
    refused(lambda: shop.call("execute", sql="insert into k values (1), (1)", context=context))
    assert shop.call("execute", sql="insert into k values (1)", context=context).data["rows_affected"] == 1


@pytest.mark.services
def test_attempts_at_the_same_moment_write_once(postgres):
    postgres.load("t", records=[{"a": 1, "n": 0}])
    call = {"sql": "update t set n = n + 1 where a = 1", "context": CallContext(key="one")}
    threads = [threading.Thread(target=postgres.call, args=("execute",), kwargs=call) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert postgres.rows("select n from t") == [{"n": 1}]


def test_an_analysis_tells_plan_time_and_rows_without_giving_them(shop):
    data = asked(
        shop, "query_performance_analysis", sql="select id from orders where id > :x", params={"x": 1}
    ).data
    assert data["row_count"] == 3
    assert data["execution_time"] >= 0
    assert data["plan"]


def test_an_analysis_need_not_run_the_query(shop):
    data = asked(shop, "query_performance_analysis", sql="select id from orders", run=False).data
    assert (data["row_count"], data["execution_time"]) == (None, None)
    assert data["plan"]


def test_an_analysis_is_of_queries_alone(shop):
    for sql in ("delete from orders", "select 1; select 2", "explain select 1"):
        assert refused(lambda sql=sql: shop.call("query_performance_analysis", sql=sql)).code == "SQL_REFUSED"


def test_an_analysis_advises_an_index_where_one_would_help(shop):
    sql = "select o.id from orders as o where o.price > 1 and o.name = 'AB-12'"
    data = asked(shop, "query_performance_analysis", sql=sql).data
    if shop.dialect == "duckdb":  # reads columns from end to end by design
        assert data["index_advice"] == []
        return
    (advice,) = data["index_advice"]
    assert advice["columns"] == ["name", "price"]
    assert "full_scan" in [finding["kind"] for finding in data["findings"]]


def test_an_analysis_tells_of_texts_that_no_index_finds(shop):
    data = asked(shop, "query_performance_analysis", sql="select id from orders where name like '%12'").data
    assert "leading_wildcard" in [finding["kind"] for finding in data["findings"]]


def test_duckdb_tells_of_joins_of_every_row_with_every_row(tmp_path):
    desk = Desk("duckdb", tmp_path, url="duckdb://")
    data = desk.call("query_performance_analysis", sql="select 1 from range(9) a, range(9) b").data
    assert "every_pair" in [finding["kind"] for finding in data["findings"]]


def test_a_load_that_is_done_once_is_not_done_by_a_second_attempt(desk):
    """Without `once` the second attempt of an append doubles the rows: the answer to the first may have been lost."""
    desk.call("execute", sql="create table t (a int)")
    told = [
        desk.load("t", records=[{"a": 1}, {"a": 2}], once=True, context=CallContext(key="step-1"))
        for _ in range(3)
    ]
    assert [result.data["rows_loaded"] for result in told] == [2, 2, 2]
    assert [result.metadata["repeated"] for result in told] == [False, True, True]
    assert told[1].warnings and told[1].data["columns"] == told[0].data["columns"]
    desk.load("t", records=[{"a": 3}], once=True, context=CallContext(key="step-2"))
    desk.load("t", records=[{"a": 3}], context=CallContext(key="step-2"))
    assert desk.rows("select count(*) as n from t") == [{"n": 4}]


def test_a_load_that_failed_is_done_by_the_next_attempt(desk):
    desk.call("execute", sql="create table t (a int not null)")
    context = CallContext(key="step-1")
    refused(lambda: desk.load("t", records=[{"a": 1}, {"a": None}], once=True, context=context))
    assert desk.load("t", records=[{"a": 1}], once=True, context=context).metadata["repeated"] is False
    assert desk.rows("select count(*) as n from t") == [{"n": 1}]


@pytest.mark.services
def test_mysql_makes_no_table_in_a_load_that_is_done_once(mysql):
    error = refused(lambda: mysql.load("t", records=[{"a": 1}], once=True, context=CallContext(key="step-1")))
    assert (error.type, error.code) == ("invalid", "ONCE")
