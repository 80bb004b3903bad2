"""Services for tests marked `services`: what they need is started, and what cannot be started fails the test.

A server named by WEFT_TEST_POSTGRESQL (as CI does, one for all workers) is used; without it every worker starts one of
its own with `.ci/services/postgresql`. Either way a worker has a database to itself.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest
from postgres_server import PostgresServer

# Processes the tests start are started as installed programs are: their modules stay compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture
def postgres_server() -> Iterator[PostgresServer]:
    """A server for this test alone, to be stopped and started."""
    server = PostgresServer()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[str]:
    """The URL of a database that this worker alone uses."""
    import psycopg
    from psycopg import sql

    server = None if "WEFT_TEST_POSTGRESQL" in os.environ else PostgresServer()
    url = os.environ["WEFT_TEST_POSTGRESQL"] if server is None else server.url
    name = f"weft_{uuid.uuid4().hex[:12]}"
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield url.rpartition("/")[0] + f"/{name}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    finally:
        if server is not None:
            server.remove()


@pytest.fixture
def postgres_url(postgres_database: str) -> str:
    """The URL of a database that is empty."""
    import psycopg

    with psycopg.connect(postgres_database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return postgres_database
