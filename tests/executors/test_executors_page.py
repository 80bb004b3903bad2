"""The page on executors: every rule names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "language" / "055-executors.md").read_text(encoding="utf-8")


def test_every_rule_of_the_page_names_tests_that_exist_and_none_is_left_out() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    there = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, flags=re.M)}
    parts = re.split(r"^\*\*(E\d+)\.\*\*", PAGE, flags=re.M)
    rules = {
        number: set(re.findall(r"`(test_\w+)`", text))
        for number, text in zip(parts[1::2], parts[2::2], strict=True)
    }
    assert list(rules) == [f"E{number}" for number in range(1, len(rules) + 1)]
    assert {number: names - there for number, names in rules.items() if not names or names - there} == {}
