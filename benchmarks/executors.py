"""Steps that only compute, in worker processes: beside threads, beside bare processes, and what a call costs.

By the clock on the wall: what counts is how long one waits, whatever processor did the work. A machine whose processors are
busy with something else shows no gain, with bare processes neither: the two rows are to be read together.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.in_memory import duration
from benchmarks.measure import WALL, in_turns
from benchmarks.settings import Settings
from benchmarks.table import Goal, Row
from engine.app.checking import check_file
from engine.app.running import RunOptions, run_checked

SPEEDUP_MIN = 1.7
PROCESSORS = 2
_DEEDS = """\
def compute(rounds):
    total = 0
    for n in range(rounds):
        total += n * n % 7
    return total
"""
_SPEC = """\
weft: 1
name: computing
mode: parallel
steps:
  - id: each
    tool: python
    foreach: {{in: {items}, concurrency: {processors}}}
    with: {{call: "weft_benchmark_deeds:compute", args: [{rounds}]}}
"""


def rows(settings: Settings) -> Iterator[Row]:
    steps, rounds, calls = (4, 20_000, 20) if settings.small else (32, 2_000_000, 2_000)
    repeats = 1 if settings.small else 5
    with tempfile.TemporaryDirectory(dir=settings.folder) as name:
        folder = Path(name)
        (folder / "weft_benchmark_deeds.py").write_text(_DEEDS, encoding="utf-8")
        spec, idle = _spec(folder, steps, rounds), _spec(folder, calls, 1)
        pair = in_turns(
            lambda: _run(spec, "processes"), lambda: _run(spec, "threads"), repeats, WALL, warm=False
        )
        goal = Goal("ratio", "≤", 1 / SPEEDUP_MIN)
        yield duration(f"{steps} computing steps, processes", pair, "threads", goal)
        pair = in_turns(
            lambda: _run(spec, "processes"),
            lambda: _bare(folder, steps // PROCESSORS, rounds),
            repeats,
            WALL,
            warm=False,
        )
        yield duration(f"… the same {steps}, beside no engine", pair, f"{PROCESSORS} bare processes")
        pair = in_turns(
            lambda: _run(idle, "processes"), lambda: _run(idle, "threads"), repeats, WALL, warm=False
        )
        yield duration(f"{calls:,} calls that do nothing, processes", pair, "threads")


def _spec(folder: Path, items: int, rounds: int) -> Path:
    path = folder / f"{items}.weft.yaml"
    text = _SPEC.format(items=list(range(items)), rounds=rounds, processors=PROCESSORS)
    path.write_text(text, encoding="utf-8")
    return path


def _bare(folder: Path, times: int, rounds: int) -> None:
    program = f"from weft_benchmark_deeds import compute\nfor _ in range({times}): compute({rounds})"
    begun = [subprocess.Popen([sys.executable, "-c", program], cwd=folder) for _ in range(PROCESSORS)]
    if any([process.wait() for process in begun]):
        raise RuntimeError("a bare process failed")


def _run(spec: Path, executor: str) -> None:
    checked = check_file(spec)
    end = run_checked(checked, spec, {}, RunOptions(store="memory", executor=executor))
    if end.status != "succeeded":
        raise RuntimeError(f"a benchmark's run ended {end.status}: {end.report['error']}")
