"""The page on the project file: its example is read, every rule names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

from engine.app.project_file import read_project

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "language" / "070-project-file.md").read_text(encoding="utf-8")


def _rules() -> dict[str, list[str]]:
    parts = re.split(r"^\*\*(P\d+)\.\*\*", PAGE, flags=re.M)
    return {
        number: re.findall(r"`(test_\w+)`", text)
        for number, text in zip(parts[1::2], parts[2::2], strict=True)
    }


def test_the_example_of_the_page_means_what_it_says(tmp_path: Path) -> None:
    example = re.search(r"^```toml\n(.*?)^```$", PAGE, re.M | re.S)
    assert example is not None
    file = tmp_path / "weft.toml"
    file.write_text(example[1])
    project = read_project(file)
    assert project.store == str(tmp_path / ".weft/weft.db")
    assert (project.max_parallel, project.disabled, project.severities) == (8, {"WF408"}, {"WF407": "error"})
    assert project.connections["warehouse"]["max_rows"] == 100000
    with_profile = read_project(file, "ci")
    assert with_profile.store == "memory"
    assert with_profile.profile_connections["warehouse"]["url"] == "sqlite:///fixtures/warehouse.db"


def test_every_rule_of_the_page_names_tests_that_exist_and_none_is_left_out() -> None:
    sources = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    there = {name for source in sources for name in re.findall(r"^def (test_\w+)", source, flags=re.M)}
    rules = _rules()
    assert list(rules) == [f"P{number}" for number in range(1, len(rules) + 1)]
    assert {
        number: set(names) - there for number, names in rules.items() if not names or set(names) - there
    } == {}
