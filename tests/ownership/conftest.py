"""A folder, a store and a ledger of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from owned_runs import Place


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.chdir(tmp_path)
    return Place(tmp_path)
