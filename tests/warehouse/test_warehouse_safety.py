"""A query that promises to read only keeps the promise: by the parser, and by the database alone.

Each attack is made twice: as a query, where the parser must refuse it before anything is sent; and past the parser,
where the database's own locks must hold. In both cases the world looks afterwards as it did before.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import attacks
import pytest
from desks import DIALECTS, SERVERS, Desk, bare, refused
from mariadb_server import mysql_say

from engine.errors import ToolError

CASES = [
    pytest.param(
        dialect, text, id=f"{dialect}-{name}-{at}", marks=[pytest.mark.services] * (dialect in SERVERS)
    )
    for dialect in DIALECTS
    for at, (name, text) in enumerate(attacks.of(dialect))
]
PAST = [pytest.param(*c.values, id=c.id, marks=c.marks or pytest.mark.slow) for c in CASES]
# What may be done in a read-only transaction past the parser: it reads what the role may read anyway, or ends with the
# transaction. The world must not show it.
HARMLESS = (
    "set_config('default_transaction_read_only'",
    "setseed",
    "pg_advisory_lock",
    "pg_notify",
    "and false",
    "lo_create",
    "lo_from_bytea",
    "pg_cancel_backend(1)",
    "txid_current",
    "((((",
    "- - - ",
    # The plain user may read no file, so this is null; what a stored function may do its author decided.
    "load_file",
    "LOAD_FILE",
    "mine(",
    "sleep(0.01)",
    "benchmark(10",
    "get_lock",
    "last_insert_id(99)",
    "@weft_attack := 1",
    "@@datadir",
    "lock in share mode",
    "from t for update",
    "analyze table t",
    "show processlist",
    "/*!99999",
    "current_setting('access_mode')",
)


@pytest.fixture(scope="module")
def desks(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Desk]]:
    made: dict[str, Desk] = {}
    yield made
    for desk in made.values():
        desk.tool.close()


def desk_of(
    dialect: str, desks: dict[str, Desk], request: pytest.FixtureRequest, factory: pytest.TempPathFactory
) -> Desk:
    if dialect not in desks:
        folder = factory.mktemp(dialect)
        url = _OWN[dialect](request) if dialect in _OWN else f"{dialect}:///w.db"
        desks[dialect] = Desk(dialect, folder, url=url)
        desks[dialect].load("t", records=[{"a": 1}], mode="replace")
        (folder / "secret.csv").write_text("a\nhunter22\n")
    return desks[dialect]


def _own_schema(request: pytest.FixtureRequest) -> str:
    import psycopg

    url: str = request.getfixturevalue("plain_url")
    with psycopg.connect(request.getfixturevalue("postgres_database"), autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
        connection.execute(f"GRANT ALL ON SCHEMA public TO {urlsplit(url).username}".encode())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE SEQUENCE s")
    return url


def _own_database(request: pytest.FixtureRequest) -> str:
    database: str = request.getfixturevalue("mysql_database")
    url: str = request.getfixturevalue("plain_mysql_url")
    name = database.rpartition("/")[2]
    mysql_say(
        database,
        f"DROP DATABASE {name}",
        f"CREATE DATABASE {name}",
        f"USE {name}",
        "CREATE SEQUENCE s",
        "CREATE FUNCTION mine(a TEXT) RETURNS TEXT DETERMINISTIC RETURN 'x'",
    )
    return url


_OWN = {"postgresql": _own_schema, "mysql": _own_database}

# Of this database alone: other tests are at work on the same server.
_ASKED_OF_MYSQL = (
    "select @@tx_isolation as i, @@tx_read_only as r, @@sql_mode as m, @@time_zone as z",
    "select next_not_cached_value as v from s",
    "select @weft_attack as v, is_used_lock('weft_attack') as l",
)
_ASKED = (
    "select last_value, is_called from s",
    "select count(*) as n from pg_roles where rolname not like 'plain\\_%'",
    "select count(*) as n from pg_largeobject_metadata",
    "select count(*) as n from pg_locks where locktype = 'advisory'"
    " and database = (select oid from pg_database where datname = current_database())",
    "select setting from pg_settings where name in ('transaction_read_only', 'search_path', 'timezone', "
    "'default_transaction_read_only', 'session_authorization') order by name",
    "select relacl::text from pg_class where relname = 't'",
)


def world(desk: Desk) -> object:
    """All that an attack may have changed: files, tables and their rows, sequences, settings, large objects, roles."""
    folder = desk.folder
    files = {path.name: path.stat().st_size for path in folder.iterdir() if not path.name.startswith("w.db-")}
    with desk.unguarded() as reading:
        tables = reading.tables()
        found = [reading.rows(bare("select * from t"), 10).rows]
        asked = {"postgresql": _ASKED, "mysql": _ASKED_OF_MYSQL}.get(desk.dialect, ())
        found += [reading.rows(bare(text), 10).rows for text in asked]
    return files, tables, found


@pytest.mark.parametrize(("dialect", "text"), CASES)
def test_the_parser_refuses_it_before_anything_is_sent(
    dialect: str,
    text: str,
    desks: dict[str, Desk],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = desk_of(dialect, desks, request, tmp_path_factory)

    def reached(*_: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(type(desk.tool._opened()), "reading", reached)
    error = refused(lambda: desk.query(text))
    assert (error.type, error.code) in {
        ("permission", "SQL_REFUSED"),
        ("invalid", "SQL_SYNTAX"),
        ("invalid", "SQL_DEPTH"),
    }


@pytest.mark.parametrize(("dialect", "text"), PAST)
def test_past_the_parser_the_databases_own_locks_hold(
    dialect: str,
    text: str,
    desks: dict[str, Desk],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = desk_of(dialect, desks, request, tmp_path_factory)
    monkeypatch.chdir(desk.folder)
    before = world(desk)
    answer: object = None
    try:
        with desk.unguarded() as reading:
            answer = reading.rows(bare(text), 10).rows
    except ToolError as error:
        assert error.type != "internal", error
    else:
        assert any(word in text for word in HARMLESS), answer
    assert "hunter22" not in str(answer)
    assert world(desk) == before


@pytest.mark.parametrize(
    "dialect", ["duckdb", "sqlite", *(pytest.param(name, marks=pytest.mark.services) for name in SERVERS)]
)
def test_a_statement_that_writes_stays_in_the_database(
    dialect: str,
    desks: dict[str, Desk],
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """What `execute` takes is a list too: rows and tables, nothing of the machine."""
    desk = desk_of(dialect, desks, request, tmp_path_factory)
    before = world(desk)
    reading = (
        "a second statement",
        "out of the transaction",
        "a file read",
        "a file written",
        "a program run",
    )
    never = (
        *reading,
        "another database",
        "a setting",
        "code",
        "other sessions",
        "deep nesting",
        "no query at all",
    )
    for name, text in attacks.of(dialect):
        if name in never:
            error = refused(lambda text=text: desk.call("execute", sql=text))
            assert error.code in ("SQL_REFUSED", "SQL_SYNTAX", "SQL_DEPTH"), text
    for text in (
        "insert into t select 1 returning a",
        "grant all on t to public",
        "create trigger x after insert on t",
    ):
        refused(lambda text=text: desk.call("execute", sql=text))
    assert world(desk) == before


def test_the_second_line_of_sqlite_holds_for_writes_too(tmp_path: Path) -> None:
    desk = Desk("sqlite", tmp_path, url="sqlite:///w.db")
    desk.load("t", records=[{"a": 1}])
    database = desk.tool._opened()
    for text in ("attach 'x.db' as x", "pragma writable_schema = on", "update t set a = readfile('x')"):
        with pytest.raises(ToolError), database.translated(), database.writing(_context()) as writing:
            writing.run(text)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w.db"]


def _context():
    from engine.tools.port import CallContext

    return CallContext()
