"""The tables of sentences name tests that exist, rules that stand on a page, and leave no number out.

What the tables hold is told in the README beside this file. Whether a named test really holds its sentence no program can
say; whoever writes an entry reads the test.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
TABLES = sorted((HERE / "sentences").glob("*.toml"))
NOT_BUILT: set[str] = set()
KEYS = {"id", "says", "rules", "tests", "later"}
_LIST = """
import sys, pytest
class Names:
    def pytest_collection_finish(self, session):
        print(*(item.nodeid for item in session.items), sep="\\n")
sys.exit(pytest.main(["--collect-only", "-qq", "-m", "", "-p", "no:xdist", *sys.argv[1:]], plugins=[Names()]))
"""


def _sentences(table: Path) -> list[dict[str, Any]]:
    read: dict[str, Any] = tomllib.loads(table.read_text(encoding="utf-8"))
    assert set(read) == {"section", "sentence"}
    sentences: list[dict[str, Any]] = read["sentence"]
    return sentences


def _named_tests() -> set[str]:
    return {test for table in TABLES for entry in _sentences(table) for test in entry.get("tests", ())}


def _collected(files: list[str]) -> set[str]:
    """The node ids of all tests in these files, asked of another pytest."""
    asked = subprocess.run(
        [sys.executable, "-c", _LIST, *files], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return set(asked.stdout.splitlines())


def _and_without_parameters(tests: set[str]) -> set[str]:
    return tests | {test.partition("[")[0] for test in tests}


def test_every_table_the_readme_lists_is_there_and_no_other() -> None:
    listed = re.findall(r"^\| `(\w+)` \|", (HERE / "README.md").read_text(encoding="utf-8"), re.M)
    assert sorted(listed) == [table.stem for table in TABLES]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_the_sentences_of_a_table_are_numbered_without_gaps(table: Path) -> None:
    numbers = [f"{table.stem}-{number:02}" for number in range(1, len(_sentences(table)) + 1)]
    assert [entry["id"] for entry in _sentences(table)] == numbers


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_a_sentence_is_said_once_and_held_by_tests_or_waits_for_a_word_not_built(table: Path) -> None:
    said = [entry["says"] for entry in _sentences(table)]
    assert len(set(said)) == len(said)
    for entry in _sentences(table):
        assert set(entry) <= KEYS, entry
        assert entry["says"].strip(), entry
        if "later" in entry:
            assert entry["later"] in NOT_BUILT, entry
            assert "tests" not in entry, entry
        else:
            assert entry["tests"], entry
            assert len(set(entry["tests"])) == len(entry["tests"]), entry


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.stem)
def test_a_rule_a_sentence_cites_stands_on_a_page_of_the_language(table: Path) -> None:
    pages = [page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "language").glob("[0-9]*.md")]
    rules = {rule for page in pages for rule in re.findall(r"^\*\*([A-Z]\d+)\.?\*\*", page, re.M)}
    cited = {rule for entry in _sentences(table) for rule in entry.get("rules", ())}
    assert cited <= rules, sorted(cited - rules)


def test_every_test_a_sentence_names_exists(found_tests: set[str]) -> None:
    """Where only a part of the suite is run, the files that part leaves out are collected aside."""
    missing = _named_tests() - _and_without_parameters(found_tests)
    files = sorted(
        {file for file in (test.partition("::")[0] for test in missing) if (ROOT / file).is_file()}
    )
    missing -= _and_without_parameters(_collected(files)) if files else set()
    assert sorted(missing) == []
