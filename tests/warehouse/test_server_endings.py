"""How calls to a server end: by a cancel, by their time, by trouble on the way, by other transactions; on every server.

What the server itself says of its sessions is what counts.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
from desks import Desk, refused
from mariadb_server import mysql_open, mysql_say

from engine.tools.port import CallContext, Cancelled

pytestmark = pytest.mark.services

# A billion rows to count; MariaDB's own sequences are quicker, and there are no functions that make rows.
SLOW = {
    "postgresql": "select count(*) as c from generate_series(1, 1000000000)",
    "mysql": "with recursive r(n) as (select 1 union all select n + 1 from r where n < 1000) "
    "select count(distinct a.n * b.n * c.n * d.n) as c from r a, r b, r c, r d",
}


@pytest.fixture
def admin(server: Desk, request: pytest.FixtureRequest) -> str:
    """The URL of the server's administrator."""
    name = "postgres_database" if server.dialect == "postgresql" else "mysql_database"
    url: str = request.getfixturevalue(name)
    return url


def at_work(server: Desk, admin: str) -> list[Any]:
    """The statements of the connection's role that the server is executing."""
    user, database = urlsplit(server.config["url"]).username, urlsplit(admin).path[1:]
    if server.dialect == "mysql":
        return mysql_say(
            admin,
            "select id, info from information_schema.processlist "
            f"where user = '{user}' and db = '{database}' and command <> 'Sleep'",
        )
    import psycopg

    with psycopg.connect(admin, autocommit=True) as connection:
        return connection.execute(
            "select pid, query from pg_stat_activity where usename = %s and state <> 'idle'", [user]
        ).fetchall()


def seen(look: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while not look() and time.monotonic() < until:
        time.sleep(0.02)
    return look()


@pytest.mark.parametrize("how", ["cancel", "time"])
def test_a_query_that_is_ended_ends_on_the_server_and_the_pool_is_whole(
    server: Desk, admin: str, how: str
) -> None:
    desk = server.other(query_timeout=1.0 if how == "time" else 60)
    context = CallContext(project_dir=server.folder)
    noticed: list[bool] = []

    def watch() -> None:
        noticed.append(seen(lambda: bool(at_work(server, admin))))
        if how == "cancel":
            context.cancel_now()

    watcher = threading.Thread(target=watch)
    watcher.start()
    if how == "cancel":
        with pytest.raises(Cancelled):
            desk.query(SLOW[server.dialect], context=context)
    else:
        error = refused(lambda: desk.query(SLOW[server.dialect]))
        assert (error.type, error.code) == ("timeout", "QUERY_TIMEOUT")
    watcher.join()
    assert noticed == [True]
    assert seen(lambda: not at_work(server, admin))
    assert desk.rows("select 1 as a") == [{"a": 1}]
    assert desk.tool._opened()._pool._pool.checkedout() == 0
    desk.tool.close()


def test_an_export_that_is_ended_leaves_no_file(server: Desk, admin: str) -> None:
    hurried = server.other(query_timeout=0.5)
    refused(lambda: hurried.query(SLOW[server.dialect], result_format="csv", path="x.csv"))
    assert list(server.folder.iterdir()) == []
    assert seen(lambda: not at_work(server, admin))
    hurried.tool.close()


def test_a_load_that_waits_for_a_lock_is_cancelled_on_the_server(server: Desk, admin: str) -> None:
    server.load("t", records=[{"a": 1}], mode="upsert", key=["a"])
    context = CallContext(project_dir=server.folder)
    with held(server, "update t set a = a where a = 1"):
        threading.Timer(0.3, context.cancel_now).start()
        with pytest.raises(Cancelled):
            server.load("t", records=[{"a": 2}], mode="replace", context=context)
        assert seen(lambda: not [text for _, text in at_work(server, admin) if "DELETE" in str(text)])
    assert server.rows("select a from t") == [{"a": 1}]


@contextmanager
def held(server: Desk, *statements: str) -> Iterator[Any]:
    """Somebody else's transaction; says a further statement when it is called."""
    with opened(server.config["url"], server.dialect) as connection:
        cursor = connection.cursor()
        cursor.execute("begin")
        for statement in statements:
            cursor.execute(statement)
        yield cursor.execute
        cursor.execute("rollback")


def opened(url: str, dialect: str) -> Any:
    if dialect == "mysql":
        return closing(mysql_open(url))
    import psycopg

    return closing(psycopg.connect(url, autocommit=True))


LOCKED = {"postgresql": "SQLSTATE 55P03", "mysql": "MYSQL 1205"}
DEADLOCK = {"postgresql": "SQLSTATE 40P01", "mysql": "MYSQL 1213"}


def test_a_lock_that_is_not_given_in_time_is_unavailable_and_so_retried(server: Desk) -> None:
    server.load("t", records=[{"a": 1, "n": 0}], mode="upsert", key=["a"])
    hurried = server.other(connection_timeout=1)
    with held(server, "update t set n = 5 where a = 1"):
        error = refused(lambda: hurried.call("execute", sql="update t set n = n + 1 where a = 1"))
    assert (error.type, error.code) == ("unavailable", LOCKED[server.dialect])
    assert hurried.call("execute", sql="update t set n = n + 1 where a = 1").data["rows_affected"] == 1
    hurried.tool.close()


def test_a_deadlock_is_unavailable_and_the_second_attempt_works(server: Desk, admin: str) -> None:
    """The one of the two that has done less gives way, or the one that waited first: both are ours here."""
    server.load("t", records=[{"a": at, "n": 0} for at in range(1, 400)], mode="upsert", key=["a"])
    errors: list[Any] = []
    sql = "update t set n = n + 1 where a in (1, 399)"
    with held(server, "update t set n = n + 1 where a > 100") as say:
        ours = threading.Thread(
            target=lambda: errors.append(refused(lambda: server.call("execute", sql=sql)))
        )
        ours.start()
        # Once it is at work it has the first row, or will in a moment: other statements are in between.
        assert seen(lambda: any("UPDATE" in str(text) for _, text in at_work(server, admin)))
        time.sleep(0.3)
        say("update t set n = n + 1 where a = 1")
        ours.join(30)
    assert [(error.type, error.code) for error in errors] == [("unavailable", DEADLOCK[server.dialect])]
    assert server.call("execute", sql=sql).data["rows_affected"] == 2


def end_all(server: Desk, admin: str) -> None:
    """The server throws the role's sessions out."""
    for number, _ in at_work(server, admin):
        if server.dialect == "mysql":
            mysql_say(admin, f"kill {number}")
        else:
            import psycopg

            with psycopg.connect(admin, autocommit=True) as connection:
                connection.execute("select pg_terminate_backend(%s)", [number])


def test_a_connection_that_breaks_in_a_query_is_told_and_the_next_call_works(
    server: Desk, admin: str
) -> None:
    threading.Timer(0.4, end_all, [server, admin]).start()
    error = refused(lambda: server.query(SLOW[server.dialect]))
    assert error.type in ("unavailable", "connection")
    assert server.rows("select 1 as a") == [{"a": 1}]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda url: url.replace(":plain@", ":wrong@"), "permission"),
        (
            lambda url: url.rpartition("/")[0] + "/nowhere",
            ("not_found", "permission"),
        ),  # MySQL tells a stranger no more
        (lambda url: f"{urlsplit(url).scheme}://a:hunter22@127.0.0.1:1/x", "connection"),
    ],
)
def test_a_server_that_cannot_be_entered_is_typed_and_its_password_not_told(
    server: Desk, change: Callable[[str], str], kind: str
) -> None:
    error = refused(lambda: server.other(url=change(server.config["url"])).query("select 1"))
    assert error.type in kind
    assert "hunter22" not in str(error) and "wrong" not in str(error)


def test_a_connection_goes_back_after_every_kind_of_error(server: Desk) -> None:
    narrow = server.other(pool_size=1, max_overflow=0, connection_timeout=2)
    for _ in range(3):
        for sql in ("select nope", "select * from nowhere", "select (select 1 union select 2)"):
            refused(lambda sql=sql: narrow.query(sql))
        refused(lambda: narrow.load("t", records=[{"a": "x"}], columns={"a": "integer"}))
        assert narrow.rows("select 1 as a") == [{"a": 1}]
    assert narrow.tool._opened()._pool._pool.checkedout() == 0
    narrow.tool.close()


def test_a_full_pool_is_unavailable_and_so_retried(server: Desk) -> None:
    narrow = server.other(pool_size=1, max_overflow=0, connection_timeout=0.2)
    with narrow.unguarded():
        error = refused(lambda: narrow.query("select 1"))
    assert (error.type, error.code) == ("unavailable", "POOL")
    narrow.tool.close()


def test_an_error_says_the_authors_line_and_the_nearest_name(server: Desk) -> None:
    server.load("orders", records=[{"amount": 1}])
    column = refused(lambda: server.query("select\n 1,\n ammount\nfrom orders"))
    table = refused(lambda: server.query("select 1\nfrom ordres"))
    assert (column.type, column.hint) == ("invalid", 'did you mean "amount"?')
    assert 'no column "ammount" in line 3 of the sql' in str(column)
    assert (table.type, table.hint) == ("invalid", 'did you mean "orders"?')
    assert 'no table "ordres" in line 2 of the sql' in str(table)


def test_an_sql_of_ten_megabytes_is_refused_before_anything_is_sent(server: Desk) -> None:
    error = refused(lambda: server.query("select '" + "x" * 10_000_000 + "'"))
    assert error.type == "invalid"
    assert len(str(error)) < 200


def test_a_result_over_the_limit_is_cut_and_told_and_a_file_is_refused(server: Desk) -> None:
    server.load("t", records=[{"a": at} for at in range(5_000)])
    narrow = server.other(max_rows=100)
    told = narrow.query("select a from t order by a limit 4000")
    assert (told.data["row_count"], told.data["truncated"]) == (100, True)
    error = refused(lambda: narrow.query("select a from t", result_format="csv", path="x.csv"))
    assert (error.type, error.code) == ("too_large", "MAX_ROWS")
    assert list(server.folder.iterdir()) == []
    assert narrow.rows("select 1 as a") == [{"a": 1}]
    narrow.tool.close()


def test_nothing_of_one_call_is_left_for_the_next(server: Desk) -> None:
    """Even what a rollback leaves: a temporary table is such a thing, and is made past the parser here."""
    narrow = server.other(pool_size=1, max_overflow=0)
    database = narrow.tool._opened()
    with database.translated(), database.writing(CallContext()) as writing:
        writing.run("CREATE TEMPORARY TABLE left_over (a int)")
    assert refused(lambda: narrow.query("select * from left_over")).type == "invalid"
    narrow.tool.close()


def test_a_connection_that_the_server_closed_is_replaced_unseen(server: Desk, admin: str) -> None:
    narrow = server.other(pool_size=1, max_overflow=0)
    narrow.rows("select 1 as a")
    user = urlsplit(server.config["url"]).username
    if server.dialect == "mysql":
        for (number,) in mysql_say(
            admin, f"select id from information_schema.processlist where user = '{user}'"
        ):
            mysql_say(admin, f"kill {number}")
    else:
        import psycopg

        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where usename = %s", [user]
            )
    assert narrow.rows("select 1 as a") == [{"a": 1}]
    narrow.tool.close()
