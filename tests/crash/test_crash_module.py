"""The crash points themselves: nothing unless they are asked for, and each of them is somewhere in the engine."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import engine
from engine import crash
from engine.crash import POINTS

FOLDER = Path(engine.__file__).parent


def test_without_the_variable_a_point_is_an_empty_function() -> None:
    assert not crash.ARMED
    assert crash.point is crash._nothing
    assert crash.point.__code__.co_names == ()


def test_every_point_is_passed_somewhere_and_none_that_is_unknown() -> None:
    text = "\n".join(path.read_text() for path in FOLDER.rglob("*.py") if path.name != "crash.py")
    assert set(re.findall(r'"(CP\d+)"', text)) == set(POINTS)


@pytest.mark.parametrize(("nth", "said"), [(1, ""), (2, "1\n"), (3, "1\n2\n")])
def test_the_nth_passing_kills(nth: int, said: str) -> None:
    code = "from engine import crash; [print(crash.point('CP5') or crash.point('CP6') or n, flush=True) for n in "
    done = subprocess.run(
        [sys.executable, "-c", code + "(1, 2, 3)]"],
        env={"WEFT_CRASH_AT": f"CP6:{nth}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (-signal.SIGKILL, said), done.stderr


@pytest.mark.parametrize("wrong", ["", "CP99", "CP6:", "CP6:0", "CP6:x", "CP6:-1", "cp6"])
def test_a_point_that_there_is_not_is_refused(wrong: str) -> None:
    """A crash that never comes would make every test of it pass."""
    with pytest.raises(ValueError, match="WEFT_CRASH_AT cannot be"):
        crash._armed(wrong)
