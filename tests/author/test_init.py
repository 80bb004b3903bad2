"""`weft init`, and the first five minutes with what it makes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from engine.app import scaffold
from engine.app.discovery import find_specs
from engine.app.scaffold import project_files

ROOT = Path(__file__).resolve().parents[2]


def test_the_first_five_minutes(weft, own_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a newcomer types, in order: make, run, misspell two words, repair, misspell a column, look, repair."""
    made = weft("init", "demo")
    assert made.code == 0
    assert made.out.splitlines()[0] == "Created demo/"
    assert re.search(r"hello.weft.yaml +5 steps: load -> big_orders -> top -> not_empty -> report", made.out)
    assert made.out.splitlines()[-1] == "Next: cd demo && weft run hello.weft.yaml"

    monkeypatch.chdir(own_folder / "demo")
    assert weft("validate", "--strict").out.splitlines()[-1] == (
        "1 file checked, 2 other files passed over: no problems"
    )
    ran = weft("run", "hello.weft.yaml")
    assert ran.code == 0
    assert ran.json == {"big_orders": 10, "countries": {"pl": 4, "it": 3, "fr": 2, "de": 1}}
    assert re.search(r"load +shop.load +succeeded +\S+ +1,000 records", ran.err)
    assert "succeeded=5 failed=0 skipped=0" in ran.err
    assert Path("out/report.md").read_text().startswith("# 10 big orders\n")

    spec = Path("hello.weft.yaml")
    good = spec.read_text()
    spec.write_text(good.replace("min_amount>", "min_amout>").replace("tool: sql", "tool: sqll"))
    told = weft("validate")
    assert told.code == 1
    assert 'did you mean "min_amount"?' in told.out
    assert 'did you mean "sql"?' in told.out
    assert told.out.splitlines()[-1].endswith(": 2 errors")

    spec.write_text(good.replace("country, amount", "country, amuont"))
    failed = weft("run", "hello.weft.yaml")
    assert failed.code == 4
    assert 'there is no column "amuont"' in failed.err
    assert 'did you mean "amount"?' in failed.err
    assert "succeeded=1 failed=1 skipped=3" in failed.err
    spec.write_text(good)
    assert weft("run", "hello.weft.yaml").code == 0


def test_nothing_is_overwritten_and_nothing_half_written(weft, own_folder: Path) -> None:
    (own_folder / "hello.py").write_text("mine")
    (own_folder / "weft.toml").write_text("# mine")
    answer = weft("init")
    assert answer.code == 2
    assert 'in "." there is already hello.py, weft.toml' in answer.err
    assert sorted(path.name for path in own_folder.iterdir()) == ["hello.py", "weft.toml"]
    assert (own_folder / "hello.py").read_text() == "mine"


def test_a_link_to_nowhere_counts_as_there(weft, own_folder: Path) -> None:
    (own_folder / "weft.toml").symlink_to("nowhere")
    assert weft("init").code == 2
    assert not (own_folder / "nowhere").exists()


def test_files_beside_stay_as_they_are(weft, own_folder: Path) -> None:
    (own_folder / "data").mkdir()
    (own_folder / "data" / "mine.csv").write_text("a\n1\n")
    assert weft("init").code == 0
    assert (own_folder / "data" / "mine.csv").read_text() == "a\n1\n"
    assert {name for name in project_files() if (own_folder / name).is_file()} == set(project_files())


def test_what_was_made_is_taken_back_when_a_file_cannot_be_written(
    weft, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = project_files()
    monkeypatch.setattr(scaffold, "project_files", lambda: {**files, "hello.py/inside": b""})
    answer = weft("init", "new/demo")
    assert answer.code == 2
    assert 'cannot write to "new/demo"' in answer.err
    assert list(own_folder.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_a_wrong_call(weft, own_folder: Path) -> None:
    (own_folder / "demo").write_text("mine")
    assert weft("init", "demo").code == 2
    assert (own_folder / "demo").read_text() == "mine"


def test_the_next_step_names_the_extra_where_it_is_missing(weft, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.cli.commands.init.find_spec", lambda name: None)
    last = weft("init", "a b").out.splitlines()[-1]
    assert last == "Next: cd 'a b' && pip install 'weft-engine[warehouse]' && weft run hello.weft.yaml"


def test_the_files_for_editors_and_ci_are_right(weft, own_folder: Path) -> None:
    weft("init")
    first = Path("hello.weft.yaml").read_text().splitlines()[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", first)
    assert named
    assert Path(named[1]).read_bytes() == (ROOT / "schemas" / "workflow.schema.json").read_bytes()
    job = yaml.safe_load(Path(".github/workflows/weft.yml").read_text())
    commands = [step["run"] for step in job["jobs"]["check"]["steps"] if "run" in step]
    assert "weft validate --strict --format github" in commands
    for command in (one.split()[1:] for one in commands if one.startswith("weft ")):
        assert weft(*command).code == 0
    assert tomllib.loads(Path("weft.toml").read_text()) == {"store": {}}
    assert Path(".gitignore").read_text().splitlines()[:3] == [".weft/", "out/", "shop.db"]


def test_a_schema_of_specs_is_no_spec_but_json_and_braces_are(own_folder: Path) -> None:
    """The schema's properties hold a key `weft`, further in."""
    texts = {
        "schema.json": '{"type": "object", "properties": {\n  "weft": {"const": 1}}}',
        "spec.json": '{"labels": {"a": "}"},\n "weft": 1}',
        "flow.yaml": "{name: a, weft: 1}",
        "plain.yaml": "name: a\nweft: 1\n",
        "other.yaml": "jobs:\n  weft: 1\n",
        "text.json": '{"a": "weft: 1", "b": ["weft", 1]}',
    }
    for name, text in texts.items():
        (own_folder / name).write_text(text)
    found = find_specs([])
    assert [path.name for path in found.specs] == ["flow.yaml", "plain.yaml", "spec.json"]
    assert found.passed_over == 3
