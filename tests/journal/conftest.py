"""Stores for the contract: the double, SQLite, and PostgreSQL where WEFT_TEST_POSTGRESQL names a database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.journal import Journal, open_journal

STORES = ["memory", "sqlite"] + (["postgresql"] if os.environ.get("WEFT_TEST_POSTGRESQL") else [])
DURABLE = [store for store in STORES if store != "memory"]

Opener = Callable[[], Journal]


def _emptied_postgresql() -> str:
    import sqlalchemy

    from engine.journal.sql.connect import parse_url
    from engine.journal.sql.schema import METADATA

    url = os.environ["WEFT_TEST_POSTGRESQL"]
    engine = sqlalchemy.create_engine(parse_url(url))
    METADATA.drop_all(engine)
    engine.dispose()
    return url


def _name(kind: str, folder: Path) -> str:
    if kind == "memory":
        return "memory"
    return str(folder / "runs.db") if kind == "sqlite" else _emptied_postgresql()


@pytest.fixture(params=STORES)
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    """A new, empty journal of each kind."""
    opened = open_journal(_name(request.param, tmp_path))
    yield opened
    opened.close()


@pytest.fixture(params=DURABLE)
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same durable store again and again, as processes would."""
    store = _name(request.param, tmp_path)
    opened: list[Journal] = []

    def open_again() -> Journal:
        opened.append(open_journal(store))
        return opened[-1]

    yield open_again
    for one in opened:
        one.close()
