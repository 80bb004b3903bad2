"""Runs the command line inside the test's process, in an empty folder, and looks at what a refusal must never do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from engine.cli import main

OUTPUT_MAX = 200_000  # a thousand problems and their lines
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff]")


class Called(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WEFT_STORE", raising=False)
    return tmp_path


@pytest.fixture
def call(folder: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Called]:
    """`weft` with these arguments. Always: no traceback, no control characters, not endless, no state folder."""

    def run(*arguments: str) -> Called:
        with pytest.raises(SystemExit) as end:
            main(list(arguments))
        code = end.value.code
        assert isinstance(code, int)
        told = Called(code, *capsys.readouterr())
        for text in (told.out, told.err):
            assert "Traceback" not in text
            assert len(text) < OUTPUT_MAX
            assert UNSEEN.search(text) is None, text
        assert not (folder / ".weft").exists()
        return told

    return run
