"""Every test has a folder of its own to work in."""

from pathlib import Path

import pytest
from project_weft import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
