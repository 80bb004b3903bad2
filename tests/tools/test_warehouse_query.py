import base64
import csv
import threading
import time

import pyarrow as pa
import pyarrow.parquet
import pytest
from warehouse_cases import DIALECTS, Desk, refused

from engine.tools.port import CallContext, Cancelled
from engine.tools.warehouse.statement import prepare

ENDLESS = {
    "duckdb": "select sum(a.range * b.range) as s from range(10000000) a, range(10000000) b",
    "sqlite": "with recursive r(n) as (select 1 union all select n + 1 from r) select count(*) as c from r",
}


@pytest.fixture(params=DIALECTS)
def desk(request, tmp_path):
    made = Desk(request.param, tmp_path)
    made.load("t", records=[{"id": i, "name": f"n{i}", "share": i / 4} for i in range(5)])
    yield made
    made.tool.close()


def numbers(desk, count):
    """A query of `count` rows without a limit of its own."""
    if desk.dialect == "duckdb":
        return f"select range as n from range({count})"
    return f"with recursive r(n) as (select 0 union all select n + 1 from r where n < {count - 1}) select n from r"


def test_rows_come_with_their_columns_count_and_what_was_sent(desk):
    result = desk.query("select id, name from t where id < :top order by id", params={"top": 2})
    assert result.data["rows"] == [{"id": 0, "name": "n0"}, {"id": 1, "name": "n1"}]
    assert [column["name"] for column in result.data["columns"]] == ["id", "name"]
    assert (result.data["row_count"], result.data["truncated"], result.processed_records) == (2, False, 2)
    assert result.metadata["warehouse_name"] == "main"
    assert result.metadata["result_format"] == "json"
    assert ":top" in result.metadata["query"] or "$top" in result.metadata["query"]
    assert len(result.metadata["query_hash"]) == 64
    assert set(result.performance_metrics) == {"query_execution_time", "rows_processed", "data_transfer_size"}


def test_lists_expand_and_an_empty_one_holds_nothing(desk):
    assert desk.rows("select id from t where id in (:ids) order by id", ids=[1, 3]) == [{"id": 1}, {"id": 3}]
    assert desk.rows("select id from t where id in (:ids, 4)", ids=[]) == [{"id": 4}]
    assert desk.rows("select id from t where id in (:ids)", ids=[]) == []
    assert len(desk.rows("select id from t where id not in (:ids)", ids=[])) == 5


def test_a_value_is_only_ever_a_value(desk):
    assert desk.rows("select id from t where name = :name", name="n1' or '1'='1") == []
    assert desk.rows("select :x as x", x="'; drop table t; --") == [{"x": "'; drop table t; --"}]
    assert desk.rows("select :x as x, :y as y, :z as z", x=None, y=1.5, z=2**40) == [
        {"x": None, "y": 1.5, "z": 2**40}
    ]


def test_without_any_limit_json_rows_are_cut_at_a_thousand_and_say_so(desk):
    result = desk.query(numbers(desk, 1500))
    assert (result.data["row_count"], result.data["truncated"]) == (1000, True)
    assert result.metadata["optimization_applied"] == ["limit 1001"]
    (warning,) = result.warnings
    assert "1000" in warning and "max_rows" in warning


def test_exactly_a_thousand_rows_are_not_called_cut(desk):
    result = desk.query(numbers(desk, 1000))
    assert (result.data["row_count"], result.data["truncated"], result.warnings) == (1000, False, [])


@pytest.mark.parametrize("how", ["limit", "max_rows", "enable_optimization"])
def test_an_author_who_says_a_number_gets_it(desk, how):
    sql = numbers(desk, 1500)
    if how == "limit":
        result = desk.query(f"{sql} limit 1400")
    elif how == "max_rows":
        result = desk.query(sql, max_rows=1400)
    else:
        result = desk.query(sql, enable_optimization=False)
    assert result.data["row_count"] == (1500 if how == "enable_optimization" else 1400)
    assert result.data["truncated"] is (how == "max_rows")


def test_the_connections_max_rows_caps_whatever_the_author_says(tmp_path, desk):
    capped = Desk(desk.dialect, tmp_path, max_rows=10)
    for sql, more in (
        (numbers(desk, 50), {}),
        (numbers(desk, 50) + " limit 20", {}),
        (numbers(desk, 50), {"max_rows": 20}),
    ):
        result = capped.query(sql, **more)
        assert (result.data["row_count"], result.data["truncated"]) == (10, True)
        assert "of the connection" in result.warnings[0]


def test_a_named_query_of_the_connection_runs(tmp_path, desk):
    named = Desk(desk.dialect, tmp_path, queries={"one": "select name from t where id = :id"})
    call = {"query": "one", "params": {"id": 3}}
    assert named.tool.call("query", call, CallContext()).data["rows"] == [{"name": "n3"}]
    error = refused(lambda: named.tool.call("query", {"query": "onne"}, CallContext()))
    assert (error.type, error.hint) == ("not_found", 'did you mean "one"?')


def test_two_columns_of_one_name_are_both_kept(desk):
    result = desk.query("select id, id, name as id from t where id = 2")
    assert result.data["rows"] == [{"id": 2, "id_1": 2, "id_2": "n2"}]
    assert len(result.warnings) == 2


def test_a_column_without_alias_keeps_the_name_the_database_gives_it(desk):
    """The text is written anew before it is sent; a run must not see that."""
    sql = "select max(id), COUNT(*) from t"
    names = {
        "duckdb": ["max(id)", "count_star()"],
        "sqlite": ["max(id)", "COUNT(*)"],
    }[desk.dialect]
    assert list(desk.query(sql).data["rows"][0]) == names


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        (
            "select distinct a+1, (select 2, 3), 'x,y', b c from t",
            ["a+1", "(select 2, 3)", "'x,y'", "c"],
        ),
        (
            "with q as (select 1 as a) select  a , -a, substr(b, 1) from q",
            ["a", "-a", "substr(b, 1)"],
        ),
        ("select :x", [":x"]),
    ],
)
def test_sqlite_names_columns_by_the_text_as_written(sql, names):
    tree = prepare(sql, {"x": 1}, "sqlite", None).tree
    assert [column.alias_or_name for column in tree.expressions] == names


@pytest.mark.parametrize(
    ("sql", "said", "hint"),
    [
        ("select\n  nmae\nfrom t", 'no column "nmae" in line 2 of the sql', 'did you mean "name"?'),
        ("select x.\n nmae from t x", 'nmae" in line 2', None),
        ("select *\nfrom\n\n tt", 'no table "tt" in line 4 of the sql', 'did you mean "t"?'),
        ('select "nmae" from t', 'no column "nmae" in line 1', 'did you mean "name"?'),
    ],
)
def test_an_unknown_name_says_its_line_and_the_nearest(desk, sql, said, hint):
    """Also where SQLite alone would have read a quoted unknown name as a text."""
    error = refused(lambda: desk.query(sql))
    assert error.type == "invalid"
    assert said in str(error)
    assert hint is None or error.hint == hint


def test_a_value_that_does_not_convert_is_the_datas_fault(tmp_path):
    desk = Desk("duckdb", tmp_path, url="duckdb://")
    error = refused(lambda: desk.query("select cast(x as int) as n from (values ('a')) as v(x)"))
    assert (error.type, error.code) == ("data", "ConversionException")


def read_back(path, result_format):
    if result_format == "parquet":
        return pa.parquet.read_table(path).to_pylist()
    if result_format == "arrow":
        with pa.OSFile(str(path)) as source:
            return pa.ipc.open_file(source).read_all().to_pylist()
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("result_format", ["csv", "parquet", "arrow"])
def test_a_file_holds_every_row_and_the_result_says_where(desk, result_format):
    path = desk.folder / "out" / f"rows.{result_format}"
    result = desk.query(numbers(desk, 1500), result_format=result_format, path=f"out/rows.{result_format}")
    assert [int(row["n"]) for row in read_back(path, result_format)] == list(range(1500))
    assert result.data["path"] == f"out/rows.{result_format}"
    assert (result.data["row_count"], result.data["bytes"]) == (1500, path.stat().st_size)
    assert [c["name"] for c in result.data["columns"]] == ["n"]
    assert result.processed_records == 1500


@pytest.mark.parametrize("result_format", ["csv", "parquet", "arrow"])
def test_a_result_of_no_rows_is_a_file_with_its_columns(desk, result_format):
    path = desk.folder / "none"
    desk.query("select id, name from t where id > 99", result_format=result_format, path="none")
    assert read_back(path, result_format) == []
    assert path.stat().st_size > 0


def test_a_file_is_whole_or_as_it_was(desk):
    (desk.folder / "x.csv").write_text("before")
    capped = Desk(desk.dialect, desk.folder, max_rows=10)
    error = refused(lambda: capped.query(numbers(desk, 50), result_format="csv", path="x.csv"))
    assert (error.type, error.code) == ("too_large", "MAX_ROWS")
    assert (desk.folder / "x.csv").read_text() == "before"
    assert sorted(p.name for p in desk.folder.iterdir()) == ["w.db", "x.csv"]


def test_a_file_is_cut_where_the_author_said_a_number(desk):
    result = desk.query(numbers(desk, 50), result_format="csv", path="x.csv", max_rows=7)
    assert (result.data["row_count"], result.data["truncated"]) == (7, True)
    assert len((desk.folder / "x.csv").read_text().splitlines()) == 8


def test_a_file_stays_inside_the_project(desk):
    error = refused(lambda: desk.query("select 1 as a", result_format="csv", path="../x.csv"))
    assert error.type == "permission"


def test_a_file_and_its_format_go_together(desk):
    assert refused(lambda: desk.query("select 1", result_format="csv")).type == "invalid"
    assert refused(lambda: desk.query("select 1", path="x.csv")).type == "invalid"


def test_a_column_of_mixed_values_gets_the_type_that_holds_them_all(tmp_path):
    """SQLite's columns have no type: a file's schema must not be told by its first rows."""
    desk = Desk("sqlite", tmp_path)
    desk.load(
        "m",
        records=[{"a": None, "b": 1}] * 60_000 + [{"a": "x", "b": 2.5}],
        columns={"a": "TEXT", "b": "REAL"},
    )
    desk.query("select a, b from m", result_format="parquet", path="m.parquet")
    schema = pa.parquet.read_schema(tmp_path / "m.parquet")
    assert (schema.field("a").type, schema.field("b").type) == (pa.string(), pa.float64())


def test_a_cancelled_query_ends_at_once(desk):
    context = CallContext(project_dir=desk.folder)
    threading.Timer(0.2, context.cancel_now).start()
    with pytest.raises(Cancelled):
        desk.query(ENDLESS[desk.dialect], context=context)
    assert desk.rows("select count(*) as c from t") == [{"c": 5}]


def test_a_call_that_is_cancelled_already_runs_nothing(desk):
    context = CallContext(project_dir=desk.folder)
    context.cancel_now()
    with pytest.raises(Cancelled):
        desk.query("select 1", context=context)


def test_a_query_ends_at_its_time(desk):
    hurried = Desk(desk.dialect, desk.folder, query_timeout=0.2)
    error = refused(lambda: hurried.query(ENDLESS[desk.dialect]))
    assert (error.type, error.code) == ("timeout", "QUERY_TIMEOUT")
    assert "query_timeout" in error.hint


def test_an_export_ends_at_its_time_and_leaves_no_file(desk):
    hurried = Desk(desk.dialect, desk.folder, query_timeout=0.2)
    refused(lambda: hurried.query(ENDLESS[desk.dialect], result_format="csv", path="x.csv"))
    assert not list(desk.folder.glob("*.csv")) and not list(desk.folder.glob(".weft*"))


def test_no_thread_is_left_when_calls_have_ended(desk):
    context = CallContext(project_dir=desk.folder)
    before = set(threading.enumerate())
    threading.Timer(0.1, context.cancel_now).start()
    with pytest.raises(Cancelled):
        desk.query(ENDLESS[desk.dialect], context=context)
    desk.rows("select 1 as a")
    deadline = time.monotonic() + 5
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert set(threading.enumerate()) <= before


def together(*calls):
    """Runs the calls at once; raises the first error."""
    errors = []

    def run(call):
        try:
            call()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]


@pytest.mark.slow
@pytest.mark.parametrize("place", ["file", "memory"])
@pytest.mark.parametrize("dialect", DIALECTS)
def test_queries_and_loads_of_one_tool_run_at_once(dialect, place, tmp_path):
    desk = Desk(dialect, tmp_path, **({} if place == "file" else {"url": f"{dialect}://"}))
    for index in range(4):
        desk.load(f"t{index}", records=[{"a": 0}])

    def load(index):
        for value in range(1, 6):
            desk.load(f"t{index}", records=[{"a": value}])

    def query(index):
        for _ in range(10):
            assert desk.rows(f"select min(a) as low from t{index}") == [{"low": 0}]

    loads = [lambda i=i: load(i) for i in range(4)]
    together(*loads, *(lambda i=i: query(i) for i in range(4)))
    for index in range(4):
        assert desk.rows(f"select sum(a) as s from t{index}") == [{"s": 15}]
    desk.tool.close()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_reading_and_a_writing_connection_share_a_file(dialect, tmp_path):
    """DuckDB would refuse the second one: it wants one configuration per file in a process."""
    writer, reader = Desk(dialect, tmp_path), Desk(dialect, tmp_path, writable=False)
    writer.load("t", records=[{"a": 0}])

    def write():
        for value in range(10):
            writer.load("t", records=[{"a": value}])

    def read():
        for _ in range(20):
            assert reader.rows("select min(a) as low from t") == [{"low": 0}]

    together(write, read, read)
    assert reader.rows("select count(*) as c from t") == [{"c": 11}]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_database_in_memory_is_its_own(dialect, tmp_path):
    one, other = Desk(dialect, tmp_path, url=f"{dialect}://"), Desk(dialect, tmp_path, url=f"{dialect}://")
    one.load("t", records=[{"a": 1}])
    assert one.rows("select a from t") == [{"a": 1}]
    assert "no table" in str(refused(lambda: other.query("select a from t")))
    assert list(tmp_path.iterdir()) == []


def test_bytes_are_base64_and_infinities_null(tmp_path):
    desk = Desk("sqlite", tmp_path, url="sqlite://")
    result = desk.query("select x'00ff' as b, 9e999 as f")
    assert result.data["rows"] == [{"b": base64.b64encode(b"\x00\xff").decode(), "f": None}]
    assert result.warnings == ['column "f": NaN or infinite numbers became null (1)']


def test_an_unknown_operation_is_invalid(desk):
    assert refused(lambda: desk.tool.call("qury", {}, CallContext())).hint == 'did you mean "query"?'
