"""Runs in a folder of the test's own; nothing that another test has kept in memory is given again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.execute.giving_again import MEMORY


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    MEMORY.clear()
    yield
    MEMORY.clear()
