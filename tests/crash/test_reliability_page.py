"""The page on reliability names a test for each point; a row whose test is gone says nothing."""

from __future__ import annotations

import re
from pathlib import Path

from engine.crash import POINTS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_every_point_has_a_row_and_every_row_tests_that_exist() -> None:
    rows = {row.split("|")[1].strip(): row for row in PAGE.splitlines() if row.startswith("| CP")}
    assert list(rows) == list(POINTS)
    sources = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)", sources, flags=re.M))
    named = {point: set(re.findall(r"`(test_\w+)`", row)) for point, row in rows.items()}
    assert {point: tests - there for point, tests in named.items() if not tests or tests - there} == {}


def test_every_file_and_test_the_page_names_is_there() -> None:
    files = set(re.findall(r"`(tests/[\w/]+\.py)`", PAGE)) | {"engine/crash.py"}
    assert [file for file in sorted(files) if not (ROOT / file).is_file()] == []
    folders = ("crash", "proof", "machine")
    tests = [path for folder in folders for path in (ROOT / "tests" / folder).glob("test_*.py")]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in tests)
    assert [
        name for name in re.findall(r"`(test_\w+)`", PAGE) if not re.search(rf"^def {name}\b", sources, re.M)
    ] == []


def test_the_page_has_a_row_for_every_loop_and_none_for_another() -> None:
    """`.ci/proof --help` and the page speak of the same loops."""
    source = (ROOT / "tests" / "proof" / "proof_all.py").read_text(encoding="utf-8")
    loops = re.findall(r'^    "([a-z-]+)": Loop\(', source, re.M)
    table = PAGE.partition("## The loops")[2].partition("| tier |")[0]
    cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    assert [name for cell in cells for name in re.findall(r"`([a-z-]+)`", cell)] == loops
