"""Stores in a folder of the test's own; the machine's simulation is borrowed from its tests."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from doctor_store import Store, record

sys.path.append(str(Path(__file__).parents[1] / "machine"))


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WEFT_STORE", raising=False)


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store without damage: the runs flow, calling, tidy (ended) and moving (not)."""
    return record(tmp_path_factory.mktemp("whole"))


@pytest.fixture
def store(whole: Path, tmp_path: Path) -> Store:
    return Store(whole, tmp_path)
