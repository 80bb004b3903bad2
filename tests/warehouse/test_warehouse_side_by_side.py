"""Calls that write at the same moment: all of them are done, and none waits for ever."""

import threading

import duckdb
import pytest
from desks import Desk, at_once, refused

from engine.tools.port import CallContext, Cancelled
from engine.tools.warehouse import duck_errors

SEVERAL = 4
PLACES = ["duckdb:///w.db", "duckdb:///:memory:", "sqlite:///w.db", "sqlite:///:memory:"]


@pytest.fixture(params=PLACES)
def desk(request, tmp_path):
    made = Desk(request.param.partition(":")[0], tmp_path, url=request.param)
    yield made
    made.tool.close()


def test_loads_that_all_find_no_table_all_append(desk):
    told = at_once([lambda at=at: desk.load("t", records=[{"id": at}]) for at in range(SEVERAL)])
    assert sum(result.metadata["created"] for result in told) == 1
    assert desk.rows("select id from t order by id") == [{"id": at} for at in range(SEVERAL)]


def test_statements_that_change_one_row_all_count(desk):
    desk.load("t", records=[{"n": 0}])
    sql = "update t set n = n + 1"

    def add(key):
        desk.call("execute", sql=sql, context=CallContext(project_dir=desk.folder, key=key))

    at_once([lambda at=at: add(f"key {at}") for at in range(SEVERAL)])  # the ledger's table is made meanwhile
    assert desk.rows("select n from t") == [{"n": SEVERAL}]


def test_writers_by_several_connections_to_one_file_take_turns(tmp_path):
    desks = [Desk("duckdb", tmp_path, url=f"duckdb:///{name}") for name in ("w.db", "link.db")]
    desks[0].load("u", records=[{"id": 0}])
    (tmp_path / "link.db").symlink_to("w.db")
    at_once([lambda desk=desk: desk.load("t", records=[{"id": 1}]) for desk in desks])
    assert desks[0].rows("select count(*) as c from t") == [{"c": 2}]


def ours(desk):
    """Another call's transaction, under way while the block runs."""
    return desk.tool._opened().writing(CallContext())


@pytest.mark.parametrize("url", PLACES[:2])
def test_a_writer_that_waits_for_another_ends_when_it_is_cancelled(url, tmp_path):
    desk = Desk("duckdb", tmp_path, url=url)
    context = CallContext(project_dir=tmp_path)
    with ours(desk):
        threading.Timer(0.02, context.cancel_now).start()
        with pytest.raises(Cancelled):
            desk.load("t", records=[{"id": 2}], context=context)
    assert desk.load("t", records=[{"id": 3}]).metadata["created"]
    desk.tool.close()


def test_a_writer_that_waits_too_long_is_unavailable_and_so_retried(tmp_path):
    desk = Desk("duckdb", tmp_path, url="duckdb:///w.db")
    with ours(desk):
        hurried = desk.other(max_query_time=0.02)
        error = refused(lambda: hurried.load("t", records=[{"id": 2}]))
    assert (error.type, error.code) == ("unavailable", "BUSY")


def test_who_reads_does_not_wait_for_a_writer(tmp_path):
    desk = Desk("duckdb", tmp_path, url="duckdb:///w.db")
    desk.load("t", records=[{"id": 1}])
    with ours(desk):
        assert desk.rows("select id from t") == [{"id": 1}]


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (
            "create table t (a int)",
            "create table t (a int)",
            'catalog write-write conflict on create with "t"',
        ),
        ("drop table u", "drop table u", 'catalog write-write conflict on alter with "u"'),
        (
            "alter table u add column b int",
            "insert into u values (3)",
            'into table "u" but it has been altered',
        ),
        ("update u set a = 2", "update u set a = 3", "conflict on update!"),
    ],
)
def test_a_conflict_that_duckdb_tells_is_unavailable_and_names_the_table_plainly(first, second, said):
    error = error_of(first, second)
    assert (error.type, error.code) == ("unavailable", "TransactionException")
    assert said in error.message
    assert "\\0" not in error.message and '""' not in error.message


def test_a_key_that_two_transactions_add_is_no_matter_of_waiting():
    error = error_of("insert into k values (7)", "insert into k values (7)")
    assert error.type == "conflict"


def error_of(first, second):
    """What comes of the second of two transactions that end after both began."""
    with duckdb.connect() as one, one.cursor() as other:
        one.execute("create table u (a int); insert into u values (1); create table k (a int primary key)")
        one.execute("begin")
        other.execute("begin; select 1")
        one.execute(first)
        with pytest.raises(duckdb.Error) as caught:
            other.execute("from u")
            other.execute(second)
            one.execute("commit")
            other.execute("commit")
    return duck_errors.tool_error(caught.value, None, None)


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite"])
@pytest.mark.parametrize(("separator", "named"), [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_a_csv_without_commas_is_no_table_of_one_column(dialect, separator, named, tmp_path):
    (tmp_path / "t.csv").write_text(f"id{separator}name\n1{separator}ann\n")
    desk = Desk(dialect, tmp_path, url=f"{dialect}:///w.db")
    error = refused(lambda: desk.load("t", path="t.csv"))
    assert (error.type, error.code) == ("data", "SEPARATOR")
    assert f'"t.csv" is separated by {named}' in error.message


@pytest.mark.parametrize(
    "text",
    [
        '"id;name"\n1;ann\n',
        "notes; remarks\nnothing\n",
        "id\n1;2\n",
        "id;x,name\n1;2,ann\n",
        "n;m\n" + "x" * 200_000,
    ],
)
def test_a_csv_that_only_looks_like_one_is_loaded(text, tmp_path):
    (tmp_path / "t.csv").write_text(text)
    desk = Desk("sqlite", tmp_path, url="sqlite:///w.db")
    assert desk.load("t", path="t.csv").data["rows_loaded"] == 1
