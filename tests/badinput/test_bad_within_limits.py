"""Refusing must be cheap: a process of its own for each, at most 256 MB, and not endless.

The time limit is generous and counts the processor's time: it catches what runs away, and neither a slow machine nor a
busy one decides. Memory is the peak
of the process itself (VmHWM): getrusage of a child also counts the pages of the process that started it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from test_bad_specs import BILLION, EXPRESSIONS, HEAD, MERGES, SCHEMAS, STEP, nested, with_input

SECONDS_MAX = 10
WAITED_SECONDS_MAX = 120
MEGABYTES_MAX = 256

CHILD = """
import sys, time
from engine.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    code = end.code
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print("peak", int(peak.split()[1]) // 1024, time.process_time(), file=sys.stderr)
sys.exit(code)
"""


class Ended(NamedTuple):
    code: int
    told: str
    megabytes: int


def weft(folder: Path, *arguments: str) -> Ended:
    done = subprocess.run(
        [sys.executable, "-c", CHILD, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=WAITED_SECONDS_MAX,
        check=False,
    )
    *told, last = done.stderr.splitlines()
    assert "Traceback" not in done.stderr, done.stderr
    _, megabytes, seconds = last.split()
    assert float(seconds) <= SECONDS_MAX
    return Ended(done.returncode, done.stdout + "\n".join(told), int(megabytes))


def expression(text: str) -> str:
    return json.dumps({"weft": 1, "name": "demo", "steps": [{"id": "a", "tool": "echo", "when": text}]})


SPECS = {
    "alias-bomb.weft.yaml": (BILLION + STEP, "WF109"),
    "merge-bomb.weft.yaml": (MERGES + STEP, "WF109"),
    "brackets.weft.yaml": (nested("[" * 1_000_000), "WF108"),
    "brackets.weft.json": ("[" * 1_000_000, "WF108"),
    "digits.weft.yaml": (nested("9" * 1_000_000), "WF106"),
    "pattern.weft.json": (with_input(SCHEMAS["catastrophic-pattern"][0]), "WF214"),
    "parentheses.weft.json": (expression(EXPRESSIONS["five-thousand-parentheses"]), "WF401"),
    "power.weft.json": (expression("1 + 10 ** (10 ** 7)"), "WF405"),
    "one-long-line.weft.yaml": (HEAD + "description: " + "x" * 10_000_000 + "\nfoo: 1\n" + STEP, "WF202"),
    "many-mistakes.weft.yaml": (
        HEAD + "steps:\n" + "".join(f"  - {{id: s{i}, tool: ech, neds: [x]}}\n" for i in range(5000)),
        "WF202",
    ),
}


SLOW = {"many-mistakes.weft.yaml"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in SPECS]
)
def test_a_bad_spec_is_refused_within_256_megabytes(name: str, tmp_path: Path) -> None:
    text, code = SPECS[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    ended = weft(tmp_path, "run", name)
    assert ended.code == 1, ended.told[:2000]
    assert f"[{code}" in ended.told
    assert ended.megabytes <= MEGABYTES_MAX
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_a_file_of_a_hundred_megabytes_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "large.weft.yaml").open("wb") as file:
        file.truncate(100_000_000)
    ended = weft(tmp_path, "validate", "large.weft.yaml")
    assert ended.code == 1
    assert "[WF107" in ended.told
    assert ended.megabytes <= MEGABYTES_MAX


@pytest.mark.parametrize(
    "arguments", [("validate", "/dev/zero"), ("run", "ok.weft.yaml", "-i", "x=@/dev/zero")]
)
def test_an_endless_file_is_not_read(arguments: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "ok.weft.yaml").write_text(
        HEAD + "inputs: {x: {type: string}}\n" + STEP + "    with: {x: $<inputs.x>}\n"
    )
    ended = weft(tmp_path, *arguments)
    assert ended.code == 2
    assert "is a device" in ended.told
    assert ended.megabytes <= MEGABYTES_MAX
    assert not (tmp_path / ".weft").exists()
