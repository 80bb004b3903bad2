"""The page on running names the test of every rule; a rule whose test is gone is no rule."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "language" / "050-running.md"


def _rules() -> dict[str, list[str]]:
    parts = re.split(r"^\*\*(X\d+)\.\*\*", PAGE.read_text(encoding="utf-8"), flags=re.M)
    return {
        number: re.findall(r"`(test_\w+)`", text)
        for number, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_every_rule_of_the_page_names_tests_that_exist() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    there = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, flags=re.M)}
    rules = _rules()
    assert rules
    assert {
        number: set(names) - there for number, names in rules.items() if not names or set(names) - there
    } == {}


def test_the_rules_are_numbered_without_a_gap() -> None:
    assert list(_rules()) == [f"X{number}" for number in range(1, len(_rules()) + 1)]
