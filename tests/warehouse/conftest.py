"""Databases for the warehouse's tests; a PostgreSQL role that is no superuser, as a connection should have."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from desks import DIALECTS, Desk


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


_MARKS = {"duckdb": [pytest.mark.slow], "postgresql": [pytest.mark.services]}
"""The plain test run keeps to the quickest dialect; the others answer in CI."""


@pytest.fixture(params=[pytest.param(dialect, marks=_MARKS.get(dialect, [])) for dialect in DIALECTS])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A writable warehouse of every dialect in turn, empty."""
    yield from _made(request, request.param, tmp_path)


@pytest.fixture
def postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    yield from _made(request, "postgresql", tmp_path)


def _made(request: pytest.FixtureRequest, dialect: str, folder: Path) -> Iterator[Desk]:
    server = dialect == "postgresql"
    made = Desk(
        dialect, folder, url=request.getfixturevalue("warehouse_url") if server else f"{dialect}:///w.db"
    )
    yield made
    made.tool.close()
