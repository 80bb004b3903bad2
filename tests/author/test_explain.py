"""`weft explain` and `docs/checks.md`: one text a code, and its examples are true."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from types import ModuleType

import jsonschema
import pytest

from engine.app.checking import check_file, check_text
from engine.app.live import ask_live
from engine.diagnostics import CODES
from engine.diagnostics.explanation import FOLDER, Example, explanation

ROOT = Path(__file__).resolve().parents[2]


def codes_of(example: Example, folder: Path, live: bool) -> set[str]:
    """The codes of what is told of an example, with `--live` where that is asked for."""
    if example.language == "sh":
        subprocess.run(example.text, shell=True, cwd=folder, check=True)
        checked = check_file(folder / "spec.weft.yaml")
    else:
        checked = check_text(example.text, f"spec.weft.{example.language}", example.language)
    if live:
        ask_live([checked])
    return {found.code for found in checked.diagnostics}


@pytest.mark.parametrize("code", CODES)
def test_the_bad_example_of_a_code_gives_that_code_and_no_other(code: str, tmp_path: Path) -> None:
    assert codes_of(explanation(code).bad, tmp_path, code.startswith("WF8")) == {code}


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_told_of_the_good_example(code: str, tmp_path: Path) -> None:
    assert codes_of(explanation(code).good, tmp_path, code.startswith("WF8")) == set()


def test_every_text_belongs_to_a_code() -> None:
    assert sorted(file.stem for file in FOLDER.iterdir()) == sorted(CODES)


def _make_checks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_checks", ROOT / ".ci" / "make_checks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_of_checks_is_what_the_explanations_give() -> None:
    """After a change: python .ci/make_checks.py."""
    assert (ROOT / "docs" / "checks.md").read_text(encoding="utf-8") == _make_checks().checks_page()


def test_every_explanation_holds_to_its_schema(weft) -> None:
    schema = json.loads((ROOT / "schemas" / "explain.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for code in CODES:
        assert [
            error.message for error in validator.iter_errors(weft("explain", code, "--output", "json").json)
        ] == []
    assert not validator.is_valid({"version": 1, "code": "WF302"})


@pytest.mark.parametrize("code", CODES)
def test_the_text_shows_every_part(code: str, weft) -> None:
    about = explanation(code)
    answer = weft("explain", code)
    assert answer.code == 0
    assert answer.out.startswith(f"{code} {about.name} ({about.severity})\n\n{about.means}\n")
    for part in (about.why, about.fix, about.bad.text, about.good.text):
        for line in part.splitlines():
            assert line.strip() in answer.out


def test_a_name_and_a_code_in_any_case_say_the_same(weft) -> None:
    assert weft("explain", "cycle").out == weft("explain", "WF302").out == weft("explain", "wf302").out


def test_the_json_has_the_same_parts(weft) -> None:
    about = explanation("WF302")
    assert weft("explain", "WF302", "--output", "json").json == {
        "version": 1,
        "code": "WF302",
        "name": "cycle",
        "severity": "error",
        "means": about.means,
        "why": about.why,
        "fix": about.fix,
        "bad": {"language": "yaml", "text": about.bad.text},
        "good": {"language": "yaml", "text": about.good.text},
    }


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("WF3021", '"WF302"'),
        ("undefind-name", '"undefined-name"'),
        ("nothing like it", "codes stand at the end"),
    ],
)
def test_an_unknown_code_is_a_wrong_call_with_the_nearest(weft, asked: str, hint: str) -> None:
    answer = weft("explain", asked)
    assert answer.code == 2
    assert f'no problem is called "{asked}"' in answer.err
    assert hint in answer.err


def test_a_wrong_call_with_json_output_is_an_object(weft) -> None:
    assert weft("explain", "WF000", "--output", "json").json["error"]["type"] == "usage"
