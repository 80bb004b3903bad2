"""Databases for the warehouse's tests; on servers by a role that is no superuser, as a connection should have."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from desks import DIALECTS, SERVERS, Desk
from mariadb_server import MariaServer, mysql_say


@pytest.fixture(scope="session")
def plain_url(postgres_database: str) -> Iterator[str]:
    """The URL of the worker's database for a role that may make tables there, and nothing else."""
    import psycopg

    role = f"plain_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'plain'".encode())
        yield (
            f"postgresql://{role}:plain@{urlsplit(postgres_database).netloc.rpartition('@')[2]}"
            + urlsplit(postgres_database).path
        )
        connection.execute(f"DROP OWNED BY {role} CASCADE".encode())
        connection.execute(f"DROP ROLE {role}".encode())


@pytest.fixture
def warehouse_url(postgres_url: str, plain_url: str) -> str:
    """A database with an empty schema `public` that the plain role may use."""
    import psycopg

    role = urlsplit(plain_url).username
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"GRANT ALL ON SCHEMA public TO {role}".encode())
    return plain_url


@pytest.fixture
def mysql_server() -> Iterator[MariaServer]:
    """A MariaDB server for this test alone, to be stopped and started."""
    server = MariaServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def mysql_database() -> Iterator[str]:
    """The URL of a MariaDB database that this worker alone uses, for its server's administrator.

    The server is that of WEFT_TEST_MARIADB, or one of the worker's own.
    """
    server = None if "WEFT_TEST_MARIADB" in os.environ else MariaServer()
    url = os.environ["WEFT_TEST_MARIADB"] if server is None else server.url
    name = f"weft_{uuid.uuid4().hex[:12]}"
    try:
        mysql_say(url, f"CREATE DATABASE {name}")
        yield url.rpartition("/")[0] + f"/{name}"
        mysql_say(url, f"DROP DATABASE {name}")
    finally:
        if server is not None:
            server.remove()


@pytest.fixture
def mysql_url(mysql_database: str) -> str:
    """The URL of a MariaDB database that is empty."""
    name = mysql_database.rpartition("/")[2]
    mysql_say(mysql_database, f"DROP DATABASE {name}", f"CREATE DATABASE {name}")
    return mysql_database


@pytest.fixture(scope="session")
def plain_mysql_url(mysql_database: str) -> Iterator[str]:
    """The URL of the worker's database for a user who may do there what one does in tables, and nothing else."""
    parts = urlsplit(mysql_database)
    user, name = f"plain_{uuid.uuid4().hex[:12]}", parts.path[1:]
    rights = "select, insert, update, delete, create, drop, index, alter, create view, create temporary tables, execute"
    mysql_say(
        mysql_database,
        f"CREATE USER {user}@127.0.0.1 IDENTIFIED BY 'plain'",
        f"GRANT {rights} ON {name}.* TO {user}@127.0.0.1",
    )
    yield f"mysql://{user}:plain@{parts.netloc.rpartition('@')[2]}/{name}"
    mysql_say(mysql_database, f"DROP USER {user}@127.0.0.1")


@pytest.fixture
def mysql_warehouse_url(mysql_url: str, plain_mysql_url: str) -> str:
    """An empty database that the plain user may use."""
    return plain_mysql_url


_MARKS = {
    "duckdb": [pytest.mark.slow],
    "postgresql": [pytest.mark.services],
    "mysql": [pytest.mark.services],
}
_URLS = {"postgresql": "warehouse_url", "mysql": "mysql_warehouse_url"}
"""The plain test run keeps to the quickest dialect; the others answer in CI."""


@pytest.fixture(params=[pytest.param(dialect, marks=_MARKS.get(dialect, [])) for dialect in DIALECTS])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A writable warehouse of every dialect in turn, empty."""
    yield from _made(request, request.param, tmp_path)


@pytest.fixture
def postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    yield from _made(request, "postgresql", tmp_path)


@pytest.fixture
def mysql(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    yield from _made(request, "mysql", tmp_path)


@pytest.fixture(params=[pytest.param(dialect, marks=_MARKS[dialect]) for dialect in SERVERS])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A writable warehouse on every server in turn, empty."""
    yield from _made(request, request.param, tmp_path)


def _made(request: pytest.FixtureRequest, dialect: str, folder: Path) -> Iterator[Desk]:
    url = request.getfixturevalue(_URLS[dialect]) if dialect in _URLS else f"{dialect}:///w.db"
    made = Desk(dialect, folder, url=url)
    yield made
    made.tool.close()
