"""Stores for the contract: the doubles, SQLite, and PostgreSQL (marked `services`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from engine.journal import Journal, open_journal
from engine.journal.faulty import FaultyJournal

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.services)
DURABLE = ["sqlite", POSTGRESQL]
STORES = ["memory", "faulty", *DURABLE]

Opener = Callable[[], Journal]


def _name(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    if kind == "memory":
        return "memory"
    return str(folder / "runs.db") if kind == "sqlite" else request.getfixturevalue("postgres_url")


@pytest.fixture(params=STORES)
def journal(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Journal]:
    """A new, empty journal of each kind."""
    if request.param == "faulty":  # with no fault at all it is what it wraps
        opened: Journal = FaultyJournal(open_journal("memory"), 0, {})
    else:
        opened = open_journal(_name(request.param, tmp_path, request))
    yield opened
    opened.close()


@pytest.fixture(params=DURABLE)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The name of a new, empty store of each kind that outlives its process."""
    return _name(request.param, tmp_path, request)


@pytest.fixture
def reopen(store: str) -> Iterator[Opener]:
    """Opens the same durable store again and again, as processes would."""
    opened: list[Journal] = []

    def open_again() -> Journal:
        opened.append(open_journal(store))
        return opened[-1]

    yield open_again
    for one in opened:
        one.close()
