"""`weft validate --format github|sarif|junit`: problems as other programs read them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from engine.cli.parser import run
from engine.diagnostics import Diagnostic
from engine.diagnostics.render_github import as_github
from engine.diagnostics.render_junit import as_junit
from engine.diagnostics.render_sarif import as_sarif
from engine.text import Span

BAD = """\
weft: 1
name: bad
inputs: {unused: {type: string, default: x}}
steps:
  - {id: a, tool: ecko}
  - {id: A, tool: echo}
"""
GOOD = "weft: 1\nname: good\nsteps:\n  - {id: a, tool: echo}\n"
NASTY = Diagnostic(
    "WF202", '50% of "a"::error::b, <c> ##[error]\n\x01', Span("a,b:c%.yaml", 2, 3, 2, 5), "x & y"
)

_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
_PLACE: dict[str, Any] = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "message": _TEXT,
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation", "region"],
            "additionalProperties": False,
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "required": ["uri"],
                    "properties": {"uri": {"type": "string", "format": "uri-reference"}},
                },
                "region": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["startLine", "startColumn", "endLine", "endColumn"],
                    "patternProperties": {".": {"type": "integer", "minimum": 1}},
                },
            },
        },
    },
    "additionalProperties": False,
}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
SARIF: dict[str, Any] = {  # what the standard says of the properties that are written here
    "type": "object",
    "required": ["version", "runs"],
    "additionalProperties": False,
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool"],
                "additionalProperties": False,
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "additionalProperties": False,
                        "properties": {
                            "driver": {
                                "type": "object",
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {
                                    "name": {"type": "string"},
                                    "version": {"type": "string"},
                                    "rules": {
                                        "type": "array",
                                        "uniqueItems": True,
                                        "items": {
                                            "type": "object",
                                            "required": ["id"],
                                            "additionalProperties": False,
                                            "properties": {
                                                "id": {"type": "string"},
                                                "name": {"type": "string"},
                                                "shortDescription": _TEXT,
                                                "fullDescription": _TEXT,
                                                "help": _TEXT,
                                                "defaultConfiguration": {
                                                    "type": "object",
                                                    "properties": {"level": _LEVEL},
                                                },
                                            },
                                        },
                                    },
                                },
                            }
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "additionalProperties": False,
                            "properties": {
                                "ruleId": {"type": "string"},
                                "ruleIndex": {"type": "integer", "minimum": -1},
                                "level": _LEVEL,
                                "message": _TEXT,
                                "locations": {"type": "array", "items": _PLACE},
                                "relatedLocations": {"type": "array", "uniqueItems": True, "items": _PLACE},
                            },
                        },
                    },
                },
            },
        },
    },
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.weft.yaml").write_text(BAD)
    (tmp_path / "good.weft.yaml").write_text(GOOD)
    return tmp_path


def _printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["validate", "bad.weft.yaml", "good.weft.yaml", *arguments]) == 1
    return capsys.readouterr().out


def test_github_gets_an_annotation_for_each_problem_and_the_summary(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = _printed(capsys, "--format", "github").splitlines()
    assert lines[0].startswith("::warning file=bad.weft.yaml,line=3,col=10,title=WF408 unused-input::")
    assert lines[1].startswith("::error file=bad.weft.yaml,line=5,col=19,title=WF501 unknown-tool::")
    assert lines[-1] == "2 files checked: 2 errors, 1 warning"


def test_what_an_author_writes_cannot_command_github() -> None:
    (line,) = as_github([NASTY])
    assert line.startswith("::error file=a%2Cb%3Ac%25.yaml,line=2,col=3,title=WF202 unknown-key::50%25 of ")
    assert "\n" not in line
    assert "##[" not in line
    assert line.endswith("%0Ax & y")


def test_sarif_is_as_its_standard_says_and_every_result_finds_its_rule(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(_printed(capsys, "--format", "sarif"))
    jsonschema_rs.Draft202012Validator(SARIF, validate_formats=True).validate(document)
    (told,) = document["runs"]
    rules = told["tool"]["driver"]["rules"]
    assert [rules[one["ruleIndex"]]["id"] for one in told["results"]] == ["WF408", "WF501", "WF301"]
    assert [one["level"] for one in told["results"]] == ["warning", "error", "error"]
    assert told["results"][2]["relatedLocations"][0]["physicalLocation"]["region"]["startLine"] == 5
    region = told["results"][1]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 5, "startColumn": 19, "endLine": 5, "endColumn": 23}


def test_sarif_of_any_file_name_and_message_is_valid() -> None:
    document = as_sarif([NASTY, Diagnostic("WF101", "no UTF-8", Span("/tmp/a b.yaml", 1, 1, 1, 1))])
    jsonschema_rs.Draft202012Validator(SARIF, validate_formats=True).validate(document)


def test_junit_has_a_case_for_each_file_which_fails_with_its_errors(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ET.fromstring(_printed(capsys, "--format", "junit"))
    suite = root.find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    bad, good = suite.findall("testcase")
    assert (bad.get("name"), good.get("name"), len(good)) == ("bad.weft.yaml", "good.weft.yaml", 0)
    failure = bad.find("failure")
    assert failure is not None
    assert (failure.get("type"), str(failure.text).count("\n")) == ("unknown-tool", 1)
    assert "WF408" in str(bad.findtext("system-out"))


def test_a_warning_fails_the_junit_case_where_it_fails_the_command(folder: Path) -> None:
    warning = Diagnostic("WF408", "nobody reads it", Span("a.yaml", 1, 1, 1, 2), severity="warning")
    for strict, failures in ((False, "0"), (True, "1")):
        assert ET.fromstring(as_junit([("a.yaml", [warning])], strict=strict)).get("failures") == failures


def test_junit_holds_whatever_an_author_writes() -> None:
    root = ET.fromstring(as_junit([('a\x00<&".yaml', [NASTY])]))
    case = root.find("testsuite/testcase")
    assert case is not None
    assert case.get("name") == 'a\ufffd<&".yaml'
    assert "<c>" in str(case.findtext("failure"))
