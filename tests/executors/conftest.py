"""Every executor in turn, with a folder of an author's functions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from executors_given import install_side, on_path, write_deeds

from engine.executors.known import Choice, Executors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_deeds(tmp_path)
    return tmp_path


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "site"
    path.mkdir()
    install_side(path)
    with on_path(path):
        yield path


@pytest.fixture
def said() -> list[str]:
    """What tools printed in other processes."""
    return []


@pytest.fixture(params=["inline", "threads", "processes", "side"])
def executor(request: pytest.FixtureRequest, site: Path, said: list[str]) -> Iterator[Any]:
    with_name = Executors(Choice(request.param, workers=2), said.append)
    yield with_name.called(request.param)
    with_name.close()


@pytest.fixture
def processes(said: list[str]) -> Iterator[Any]:
    from engine.executors.port import Settings
    from engine.executors.processes import ProcessExecutor

    made = ProcessExecutor(Settings(2, said.append), grace_seconds=0.3)
    yield made
    made.close()
