"""The page on owning and recovering names the test of every rule; a rule whose test is gone is no rule."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "language" / "052-owning-and-recovering.md"


def _rules() -> dict[str, list[str]]:
    parts = re.split(r"^\*\*(O\d+)\.\*\*", PAGE.read_text(encoding="utf-8"), flags=re.M)
    return {
        number: re.findall(r"`(test_\w+)`", text)
        for number, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_every_rule_names_tests_that_exist_and_every_number_is_there() -> None:
    folders = [ROOT / "tests" / name for name in ("ownership", "journal", "faults")]
    sources = [path.read_text(encoding="utf-8") for folder in folders for path in folder.glob("test_*.py")]
    there = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, flags=re.M)}
    rules = _rules()
    assert list(rules) == [f"O{number}" for number in range(1, len(rules) + 1)]
    assert {
        number: set(names) - there for number, names in rules.items() if not names or set(names) - there
    } == {}
