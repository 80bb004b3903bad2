"""What a PostgreSQL connection may do, how its calls end, and that nothing of one call meets the next."""

import socket
import threading
import time
from urllib.parse import urlsplit

import psycopg
import pytest
from desks import bare, refused

from engine.tools.port import CallContext, Cancelled
from engine.tools.warehouse import postgres_pool

pytestmark = pytest.mark.services

SLOW = "select count(*) as c from generate_series(1, 1000000000)"


def working(url):
    """The statements that are being executed by the plain role, as the server sees them."""
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(
            "select state, query, application_name from pg_stat_activity "
            "where application_name = 'weft' and datname = current_database() and state <> 'idle'"
        ).fetchall()


def quiet(url):
    until = time.monotonic() + 10
    while working(url) and time.monotonic() < until:
        time.sleep(0.02)
    return working(url) == []


def test_a_cancelled_query_ends_on_the_server_and_the_connection_serves_the_next(postgres, postgres_url):
    context = CallContext(project_dir=postgres.folder)
    threading.Timer(0.3, context.cancel_now).start()
    with pytest.raises(Cancelled):
        postgres.query(SLOW, context=context)
    assert quiet(postgres_url)
    assert postgres.rows("select 1 as a") == [{"a": 1}]


def test_a_query_ends_at_its_time_on_the_server_too(postgres, postgres_url):
    hurried = postgres.other(query_timeout=0.3)
    error = refused(lambda: hurried.query(SLOW))
    assert (error.type, error.code) == ("timeout", "QUERY_TIMEOUT")
    assert quiet(postgres_url)


def test_an_export_ends_at_its_time_and_leaves_no_file(postgres, postgres_url):
    hurried = postgres.other(query_timeout=0.3)
    refused(lambda: hurried.query(SLOW, result_format="csv", path="x.csv"))
    assert list(postgres.folder.iterdir()) == []
    assert quiet(postgres_url)


def test_the_server_has_its_own_clock_behind_ours(postgres):
    with postgres.other(query_timeout=7).unguarded() as reading:
        found = reading.rows(bare("select current_setting('statement_timeout') as s"), 1).rows
    assert found == [{"s": "8s"}]


def test_a_server_that_does_not_answer_a_cancel_does_not_hold_the_call(postgres, monkeypatch):
    """What is between us and the server may swallow everything: the conversation is then ended on our side."""
    monkeypatch.setattr(postgres_pool, "CANCEL_SECONDS", 0.3)
    with Swallowing(urlsplit(postgres.config["url"])) as proxy:
        parts = urlsplit(postgres.config["url"])
        url = f"postgresql://{parts.username}:{parts.password}@127.0.0.1:{proxy.port}{parts.path}"
        far = postgres.other(url=url)
        assert far.rows("select 1 as a") == [{"a": 1}]
        context = CallContext(project_dir=postgres.folder)
        threading.Timer(0.3, proxy.swallow.set).start()
        threading.Timer(0.5, context.cancel_now).start()
        with pytest.raises(Cancelled):
            far.query(SLOW, context=context)


class Swallowing:
    """Passes bytes between a client and the server until `swallow` is set, and takes connections all the same."""

    def __init__(self, server):
        self._server = (server.hostname, server.port)
        self._sockets = [socket.create_server(("127.0.0.1", 0))]
        self.port = self._sockets[0].getsockname()[1]
        self.swallow = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in self._sockets:
            one.close()

    def _accept(self):
        try:
            while True:
                client, _ = self._sockets[0].accept()
                server = socket.create_connection(self._server)
                self._sockets += [client, server]
                for here, there in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(here, there), daemon=True).start()
        except OSError:
            return

    def _pass(self, here, there):
        try:
            while data := here.recv(65536):
                if not self.swallow.is_set():
                    there.sendall(data)
        except OSError:
            return


def test_a_connection_goes_back_after_every_kind_of_error(postgres):
    narrow = postgres.other(pool_size=1, max_overflow=0, connection_timeout=2)
    for _ in range(3):
        for sql in ("select nope", "select 1/0", "select * from nowhere", "select 'x'::int"):
            refused(lambda sql=sql: narrow.query(sql))
        assert narrow.rows("select 1 as a") == [{"a": 1}]
    assert narrow.tool._opened()._pool._pool.checkedout() == 0


def test_a_full_pool_is_unavailable_and_so_retried(postgres):
    narrow = postgres.other(pool_size=1, max_overflow=0, connection_timeout=0.2)
    with narrow.unguarded():
        error = refused(lambda: narrow.query("select 1"))
    assert (error.type, error.code) == ("unavailable", "POOL")


def test_nothing_of_one_call_is_left_for_the_next(postgres):
    """Even what a rollback leaves: session locks, settings, temporary tables."""
    narrow = postgres.other(pool_size=1, max_overflow=0)
    with narrow.unguarded() as reading:
        reading.rows(bare("select pg_advisory_lock(7), set_config('timezone', 'Asia/Tokyo', false)"), 1)
    assert narrow.rows("select extract(hour from timestamptz '2024-01-31 10:00:00+00') as h") == [{"h": 10}]
    with narrow.unguarded() as reading:
        here = "database = (select oid from pg_database where datname = current_database())"
        asked = f"select count(*) as c from pg_locks where locktype = 'advisory' and {here}"
        found = reading.rows(bare(asked), 1).rows
    assert found == [{"c": 0}]


def test_a_connection_that_the_server_closed_is_replaced_unseen(postgres, postgres_url):
    narrow = postgres.other(pool_size=1, max_overflow=0)
    narrow.rows("select 1 as a")
    end_all(postgres_url)
    assert narrow.rows("select 1 as a") == [{"a": 1}]


def end_all(url):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where application_name = 'weft' and datname = current_database()"
        )


def test_a_connection_that_breaks_in_a_query_is_unavailable_and_the_next_call_works(postgres, postgres_url):
    threading.Timer(0.3, end_all, [postgres_url]).start()
    error = refused(lambda: postgres.query(SLOW))
    assert error.type in ("unavailable", "connection")
    assert postgres.rows("select 1 as a") == [{"a": 1}]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (lambda url: url.replace(":plain@", ":wrong@"), "permission"),
        (lambda url: url.rpartition("/")[0] + "/nowhere", "not_found"),
        (lambda url: "postgresql://a:hunter22@127.0.0.1:1/x", "connection"),
    ],
)
def test_a_server_that_cannot_be_entered_is_typed_and_its_password_not_told(postgres, change, kind):
    url = change(postgres.config["url"])
    error = refused(lambda: postgres.other(url=url).query("select 1"))
    assert error.type == kind
    assert "hunter22" not in str(error) and "wrong" not in str(error)


def test_the_keys_of_a_connection_say_the_same_as_its_url(postgres):
    parts = urlsplit(postgres.config["url"])
    keys = {
        "host": parts.hostname,
        "port": parts.port,
        "username": parts.username,
        "password": parts.password,
    }
    config = {key: value for key, value in postgres.config.items() if key != "url"}
    same = type(postgres)(
        "postgresql", postgres.folder, **config, **keys, type="postgresql", database=parts.path[1:]
    )
    assert same.rows("select current_user as u") == [{"u": parts.username}]


def test_a_superuser_is_refused_unless_the_connection_says_so(postgres, postgres_url):
    error = refused(lambda: postgres.other(url=postgres_url).query("select 1"))
    assert (error.type, error.code) == ("permission", "SUPERUSER")
    allowed = postgres.other(url=postgres_url, allow_superuser=True)
    assert allowed.rows("select 1 as a") == [{"a": 1}]


def test_a_role_that_may_read_the_servers_files_is_no_plain_role(postgres, postgres_url):
    role = urlsplit(postgres.config["url"]).username
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"grant pg_read_server_files to {role}")
        try:
            error = refused(lambda: postgres.other().query("select 1"))
        finally:
            connection.execute(f"revoke pg_read_server_files from {role}")
    assert "pg_read_server_files" in str(error)


@pytest.mark.parametrize(
    ("sql", "kind", "code", "said"),
    [
        ("select\n  nmae\nfrom t", "invalid", "42703", 'no column "nmae" in line 2 of the sql'),
        ("select id,\n x.nmae from t x", "invalid", "42703", 'no column "x.nmae" in line 2 of the sql'),
        ("select *\nfrom\n\n tt", "invalid", "42P01", 'no table "tt" in line 4 of the sql'),
        ("select id,\n upper(\nid) from t", "invalid", "42883", "in line 2 of the sql"),
        ("select id, id\n + name from t", "invalid", "42883", "in line 1 of the sql"),
        ("select 1 /\n (id - id) from t", "data", "22012", "division by zero"),
        ("select name::int from t", "data", "22P02", "invalid input syntax"),
        ("select (select id from t)", "data", "21000", "more than one row"),
        ("select * from hidden", "permission", "42501", "permission denied"),
    ],
)
def test_an_error_is_typed_by_its_sqlstate_and_says_the_authors_line(
    postgres, postgres_url, sql, kind, code, said
):
    postgres.load("t", records=[{"id": 1, "name": "a"}, {"id": 2, "name": "b"}])
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create table if not exists hidden (a int)")
    error = refused(lambda: postgres.query(sql))
    assert (error.type, error.code) == (kind, f"SQLSTATE {code}")
    assert said in str(error)


def test_an_unknown_name_suggests_the_nearest(postgres):
    postgres.load("orders", records=[{"amount": 1}])
    assert refused(lambda: postgres.query("select ammount from orders")).hint == 'did you mean "amount"?'
    assert refused(lambda: postgres.query("select 1 from ordres")).hint == 'did you mean "orders"?'


@pytest.mark.slow
def test_a_million_rows_reach_a_file_in_flat_memory(postgres):
    import resource

    sql = "select i, md5(i::text) as t, i / 7.0 as n from generate_series(1, {}) g(i)"
    postgres.query(sql.format(100_000), result_format="parquet", path="x.parquet")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = postgres.query(sql.format(1_000_000), result_format="parquet", path="x.parquet")
    assert result.data["row_count"] == 1_000_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024
