"""Remembers every test the session found, also those that marks then leave out."""

from __future__ import annotations

import pytest

FOUND = pytest.StashKey[set[str]]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    config.stash[FOUND] = {item.nodeid for item in items}


@pytest.fixture(scope="session")
def found_tests(pytestconfig: pytest.Config) -> set[str]:
    """Node ids of the tests this session collected: all of them where the whole suite is run."""
    return pytestconfig.stash[FOUND]
