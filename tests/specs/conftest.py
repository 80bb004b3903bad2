"""A project with every shipped workflow in it, and a way to run them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from specs_project import NAMES, ORDERS, TORN, Run

from engine.cli import main
from engine.spec.shipped import shipped


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    """A project with all workflows in it, as the working folder."""
    before = Path.cwd()
    for name in NAMES:
        shutil.copy(shipped("specs") / f"{name}.weft.yaml", tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data/orders.csv").write_text(ORDERS)
    (tmp_path / "data/torn.csv").write_text(TORN)
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


@pytest.fixture
def run(project: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def running(name: str, *, code: int = 0, **inputs: Any) -> dict[str, Any]:
        given = [
            f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in inputs.items()
        ]
        words = [word for pair in given for word in ("-i", pair)]
        with pytest.raises(SystemExit) as left:
            main(["run", f"{name}.weft.yaml", "--store", "memory", "--output", "json", *words])
        shown = capsys.readouterr()
        assert left.value.code == code, shown.err
        result: dict[str, Any] = json.loads(shown.out)
        return result

    return running
