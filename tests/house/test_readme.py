"""The README cannot lie: its files are written, its commands are run, their output is compared.

`WEFT_UPDATE_README=1 pytest tests/house/test_readme.py` writes what was printed into the README (and fails, so that a
person reads the difference).
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
BLOCK = re.compile(r"<!-- (?P<mark>file: \S+|console) -->\n```\w*\n(?P<body>.*?)```", re.DOTALL)
# What differs from run to run: ids and durations.
RUN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}(-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})?")
TIME = re.compile(r" +\d+\.\d+s")


def _steady(text: str) -> list[str]:
    lines = [TIME.sub(" T", RUN_ID.sub("ID", line)).rstrip() for line in text.splitlines()]
    # Items of a loop run at once end in any order.
    return sorted(lines) if any("per_country[" in line for line in lines) else lines


def _printed(commands: list[str], folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "NO_COLOR": "1"}
    environment.pop("WEFT_STORE", None)
    environment.pop("GITHUB_ACTIONS", None)
    out = ""
    for command in commands:
        done = subprocess.run(
            command, shell=True, cwd=folder, env=environment, capture_output=False, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        out += f"$ {command}\n{done.stdout}"
    return out


@pytest.mark.slow
def test_every_block_of_the_readme_is_true(tmp_path: Path) -> None:
    text = README.read_text(encoding="utf-8")
    consoles = 0
    for block in BLOCK.finditer(text):
        mark, body = block["mark"], block["body"]
        if mark.startswith("file: "):
            (tmp_path / mark.removeprefix("file: ")).write_text(body, encoding="utf-8")
            continue
        consoles += 1
        commands = [line[2:] for line in body.splitlines() if line.startswith("$ ")]
        printed = _printed(commands, tmp_path)
        if _steady(printed) != _steady(body):
            if os.environ.get("WEFT_UPDATE_README"):
                README.write_text(README.read_text(encoding="utf-8").replace(body, printed), encoding="utf-8")
            pytest.fail(f"README says:\n{body}\nbut this was printed:\n{printed}")
    assert consoles == 4


def test_the_version_stands_in_two_places_and_is_one() -> None:
    from engine.version import VERSION

    assert f'\nversion = "{VERSION}"\n' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_built_in_tools_register_as_third_party_ones_do() -> None:
    """The literal table that saves reading entry points says the same as the entry points."""
    import tomllib

    from engine.tools.registry import BUILT_IN

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["entry-points"]["weft.tools"] == BUILT_IN


def test_no_registry_host_and_no_home_path_is_in_the_lock_file() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "/home/" not in lock
