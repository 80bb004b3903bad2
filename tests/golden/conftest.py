"""Golden pairs: a spec and, beside it, exactly what `weft validate` prints for it.

To change the expected output: `WEFT_UPDATE_GOLDEN=1 pytest tests/golden`, then read the diff of every `.expected.txt`
as the author of the spec would. A run that had to write a file fails, so that an update never passes for a test.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.cli import main

UPDATE = "WEFT_UPDATE_GOLDEN"


@pytest.fixture
def validated(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[Path], str]:
    """What `weft validate NAME` prints in the folder of a spec, with the exit code as its last line.

    What is told of the surroundings (WF8xx) is asked for by `--live`.
    """

    def run(spec: Path) -> str:
        monkeypatch.chdir(spec.parent)
        with pytest.raises(SystemExit) as end:
            main(["validate", spec.name, *(["--live"] if spec.parent.name.startswith("WF8") else [])])
        out, err = capsys.readouterr()
        return f"{out}{err}exit {end.value.code}\n"

    return run


@pytest.fixture
def same_as_golden() -> Callable[[str, Path], None]:
    """Compare with a golden file; with the environment variable set, write it and fail."""

    def compare(output: str, golden: Path) -> None:
        expected = golden.read_text(encoding="utf-8") if golden.exists() else None
        if output != expected and os.environ.get(UPDATE):
            golden.write_text(output, encoding="utf-8")
            pytest.fail(f"{golden.name} was written: review its diff, then run again without {UPDATE}")
        assert expected is not None, f"{golden} is missing: see the docstring of {Path(__file__).name}"
        assert output == expected

    return compare
