"""Commands from a cold start, beside a bare interpreter: the least of several runs, since noise only ever adds."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.checkout import ROOT
from benchmarks.measure import WALL, timed
from benchmarks.settings import Settings
from benchmarks.specs import SMALL
from benchmarks.table import Goal, Row

SPEC = "three-steps.weft.yaml"
WEFT = "from engine.cli import main; main()"
COMMANDS: tuple[tuple[str, list[str], int | None], ...] = (
    # name, arguments, milliseconds over a bare interpreter
    ("weft --help", ["--help"], 60),
    ("weft --version", ["--version"], 60),
    ("weft run --help", ["run", "--help"], None),
    ("weft validate, three steps", ["validate", SPEC], 150),
    ("weft run, three steps, in memory", ["run", SPEC, "--store", "memory"], 200),
    ("weft run, three steps, its journal", ["run", SPEC, "--store", "runs.db"], 350),
)


def rows(settings: Settings) -> Iterator[Row]:
    repeats = 2 if settings.small else 15
    with tempfile.TemporaryDirectory(prefix="weft-benchmark-", dir=settings.folder) as name:
        folder = Path(name)
        (folder / SPEC).write_text(SMALL, encoding="utf-8")
        bare: list[float] = []
        taken: dict[str, list[float]] = {called: [] for called, _, _ in COMMANDS}
        for turn in range(repeats + 1):
            seconds = {called: _seconds([*_weft(), *arguments], folder) for called, arguments, _ in COMMANDS}
            nothing = _seconds([sys.executable, "-c", "pass"], folder)
            if turn:  # the first turn writes byte code and makes the journal
                bare.append(nothing)
                for called, value in seconds.items():
                    taken[called].append(value)
        for called, _, limit in COMMANDS:
            yield _row(called, taken[called], bare, limit)


def _row(called: str, taken: list[float], bare: list[float], limit: int | None) -> Row:
    least, nothing = min(taken) * 1000, min(bare) * 1000
    ratios = [one / other for one, other in zip(taken, bare, strict=True)]
    goal = Goal("difference", "≤", limit) if limit else None
    return Row(called, least, nothing, "ms", "bare interpreter", ratios, goal)


def _weft() -> list[str]:
    """The installed command beside this interpreter; where there is none, what that command is made of."""
    script = Path(sys.executable).with_name("weft")
    return [str(script)] if script.is_file() else [sys.executable, "-c", WEFT]


def _seconds(command: list[str], folder: Path) -> float:
    # The checkout that is measured, whichever is installed; a bare interpreter gets the same path.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPATH": str(ROOT)}

    def call() -> None:
        subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=True)

    return timed(call, WALL)
