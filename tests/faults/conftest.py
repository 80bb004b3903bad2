"""The workflow, the ledger and the checks of tests/crash are used here too, and the places of tests/ownership."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.extend(str(Path(__file__).parents[1] / folder) for folder in ("crash", "ownership"))

from disk_faults import TracedStore
from owned_runs import Place


@pytest.fixture
def traced(tmp_path: Path) -> TracedStore:
    """A store that is ready, so that a fault meets the run and not the making of the tables."""
    store = TracedStore(tmp_path)
    with store.journal():
        return store


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return Place(tmp_path)
