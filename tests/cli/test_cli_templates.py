"""`weft templates` and `template:NAME`: kept by content, run from anywhere, never another text than was asked for."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from engine.spec.shipped import shipped

CHILD = """\
weft: 1
name: child
inputs: {who: {type: string}}
steps: [{id: greet, tool: echo, with: {said: "hello $<inputs.who>"}}]
outputs: {said: $<step_greet_result.said>}
"""
PARENT = """\
weft: 1
name: parent
steps: [{id: call, workflow: ./parts/child.weft.yaml, with: {who: you}}]
outputs: {said: $<step_call_result.said>}
"""


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Goes to an empty folder; the store stays the one of before."""
    monkeypatch.setenv("WEFT_STORE", str(tmp_path / "templates.db"))

    def go() -> Path:
        folder = tmp_path / "elsewhere"
        folder.mkdir()
        monkeypatch.chdir(folder)
        return folder

    return go


@pytest.fixture
def two(tmp_path: Path) -> Path:
    return tmp_path / "two.weft.yaml"


def short_hashes(weft, name: str) -> list[str]:
    listed = {one["name"]: one for one in weft("templates", "--output", "json").json["templates"]}
    return [version["hash"][:12] for version in listed[name]["versions"]]


def test_a_template_is_run_by_its_name_from_anywhere(weft, elsewhere):
    added = weft("templates", "add", "hello", "two.weft.yaml")
    assert (added.code, added.err) == (0, "")
    assert added.out.endswith("added; run it with: weft run template:hello\n")
    elsewhere()
    ran = weft("run", "template:hello", "-i", "who=you", "--output", "json")
    assert ran.json["outputs"] == {"said": "hello you"}


def test_adding_the_same_content_again_changes_nothing_and_says_so(weft, elsewhere):
    weft("templates", "add", "hello", "two.weft.yaml")
    before = weft("templates", "--output", "json").json
    again = weft("templates", "add", "hello", "two.weft.yaml")
    assert (again.code, "is there already; nothing was changed" in again.out) == (0, True)
    assert weft("templates", "--output", "json").json == before


def test_an_earlier_version_is_run_by_the_beginning_of_its_hash(weft, elsewhere, two: Path):
    weft("templates", "add", "hello", "two.weft.yaml")
    two.write_text(two.read_text().replace("hello $<", "goodbye $<"))
    weft("templates", "add", "hello", "two.weft.yaml")
    latest, first = short_hashes(weft, "hello")
    elsewhere()
    said = {
        name: weft("run", name, "--output", "json").json["outputs"]["said"]
        for name in ("template:hello", f"template:hello@{first}", f"template:hello@sha256:{latest}")
    }
    assert list(said.values()) == ["goodbye world", "hello world", "goodbye world"]


def test_the_hash_of_a_template_is_that_of_the_spec_of_its_runs(weft, elsewhere):
    added = weft("templates", "add", "hello", "two.weft.yaml", "--output", "json").json
    weft("run", "template:hello", "--run-id", "r")
    assert weft("show", "r", "--events", "--output", "json").lines[0]["spec"] == added["hash"]


def test_a_run_of_a_template_is_resumed_by_the_text_it_began_with(weft, elsewhere, two: Path):
    """The same id attaches; with another version of the template it is refused."""
    weft("templates", "add", "hello", "two.weft.yaml")
    assert weft("run", "template:hello", "--run-id", "r").code == 0
    assert weft("run", "template:hello", "--run-id", "r").code == 0
    two.write_text(two.read_text().replace("hello $<", "goodbye $<"))
    weft("templates", "add", "hello", "two.weft.yaml")
    refused = weft("run", "template:hello", "--run-id", "r")
    assert (refused.code, "exists with another spec" in refused.err) == (2, True)


def test_a_template_brings_the_files_it_calls(weft, elsewhere, tmp_path: Path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "child.weft.yaml").write_text(CHILD)
    (tmp_path / "parent.weft.yaml").write_text(PARENT)
    added = weft("templates", "add", "parent", "parent.weft.yaml", "--output", "json").json
    assert added["calls"] == ["parts/child.weft.yaml"]
    folder = elsewhere()
    assert weft("run", "template:parent", "--output", "json").json["outputs"] == {"said": "hello you"}
    assert [path.name for path in folder.iterdir()] == []


def test_another_text_of_a_called_file_is_another_version(weft, elsewhere, tmp_path: Path):
    (tmp_path / "parts").mkdir()
    child = tmp_path / "parts" / "child.weft.yaml"
    child.write_text(CHILD)
    (tmp_path / "parent.weft.yaml").write_text(PARENT)
    weft("templates", "add", "parent", "parent.weft.yaml")
    child.write_text(CHILD.replace("hello", "goodbye"))
    weft("templates", "add", "parent", "parent.weft.yaml")
    assert len(short_hashes(weft, "parent")) == 2


def test_relative_paths_of_a_template_start_in_the_folder_it_is_run_from(weft, elsewhere, tmp_path: Path):
    text = "weft: 1\nname: writes\nsteps: [{id: w, tool: file, operation: write, with: {path: out.txt, content: hi}}]\n"
    (tmp_path / "writes.weft.yaml").write_text(text)
    weft("templates", "add", "writes", "writes.weft.yaml")
    folder = elsewhere()
    assert weft("run", "template:writes").code == 0
    assert (folder / "out.txt").read_text() == "hi"
    assert not (tmp_path / "out.txt").exists()


def test_the_project_of_the_working_folder_holds_for_a_template(weft, elsewhere, tmp_path: Path):
    text = 'weft: 1\nname: asks\nsteps: [{id: q, tool: shop, with: {sql: "select 1 as one"}}]\n'
    (tmp_path / "asks.weft.yaml").write_text(text)
    project = tmp_path / "weft.toml"
    project.write_text('[connections.shop]\ntool = "sql"\nurl = "sqlite:///shop.db"\n')
    assert weft("templates", "add", "asks", "asks.weft.yaml").code == 0
    folder = elsewhere()
    project.unlink()
    assert weft("validate", "template:asks").code == 1
    (folder / "weft.toml").write_text('[connections.shop]\ntool = "sql"\nurl = "sqlite:///other.db"\n')
    assert weft("validate", "template:asks").code == 0


def test_a_wrong_spec_is_not_added(weft, elsewhere):
    Path("wrong.weft.yaml").write_text("weft: 1\nname: wrong\nsteps: [{id: a, tool: eco}]\n")
    refused = weft("templates", "add", "wrong", "wrong.weft.yaml")
    assert (refused.code, refused.out) == (1, "")
    assert "[WF501 unknown-tool]" in refused.err
    assert weft("templates", "add", "wrong", "wrong.weft.yaml", "--output", "json").json["problems"]


def test_an_unknown_template_names_the_nearest(weft, elsewhere):
    weft("templates", "add", "hello", "two.weft.yaml")
    hash_ = short_hashes(weft, "hello")[0]
    wrong = {
        "template:helo": 'did you mean "hello"?',
        "template:hello@0000": hash_,
        "template:hello@latest": "hexadecimal digits",
        "template:": "hello",
    }
    for name, hint in wrong.items():
        for command in ("run", "validate", "describe", "graph"):
            answer = weft(command, name)
            assert (answer.code, hint in answer.err) == (2, True), (command, name, answer.err)


@pytest.mark.parametrize("name", ["Hello", "a b", "", "a@b", "-x", "a" * 64])
def test_a_name_of_a_template_is_one_of_a_workflow(weft, elsewhere, name: str):
    answer = weft("templates", "add", "--", name, "two.weft.yaml")
    assert (answer.code, "cannot be the name of a template" in answer.err) == (2, True)


def test_a_store_in_memory_keeps_no_templates(weft, elsewhere, monkeypatch: pytest.MonkeyPatch):
    """A run that leaves no trace takes its template from the store of those that do."""
    weft("templates", "add", "hello", "two.weft.yaml")
    assert weft("run", "template:hello", "--store", "memory").code == 0
    monkeypatch.setenv("WEFT_STORE", "memory")
    answer = weft("templates", "add", "hello", "two.weft.yaml")
    assert (answer.code, "a store in memory keeps no templates" in answer.err) == (2, True)


def test_templates_are_described_drawn_and_checked_like_files(weft, elsewhere):
    weft("templates", "add", "hello", "two.weft.yaml")
    assert weft("describe", "template:hello").out == weft("describe", "two.weft.yaml").out
    assert weft("graph", "template:hello").out == weft("graph", "two.weft.yaml").out
    assert weft("validate", "template:hello").out == "1 file checked: no problems\n"


def test_the_list_holds_each_version_with_the_latest_first(weft, elsewhere, two: Path):
    weft("templates", "add", "hello", "two.weft.yaml")
    assert weft("templates", "--store", "none.db").code == 5
    two.write_text(two.read_text() + "# another\n")
    weft("templates", "add", "hello", "two.weft.yaml")
    weft("templates", "add", "fails", "failing.weft.yaml")
    lines = weft("templates").out.splitlines()
    assert lines[0].split()[:3] == ["template", "version", "workflow"]
    assert [line.split()[0] for line in lines[1:]] == ["fails", "hello", "hello"]
    assert [line.split()[1] for line in lines[2:]] == short_hashes(weft, "hello")


def test_an_unknown_word_names_the_nearest(weft, elsewhere):
    answer = weft("templates", "ad", "hello", "two.weft.yaml")
    assert (answer.code, 'did you mean "add"?' in answer.err) == (2, True)


def test_what_is_printed_holds_to_the_schema(weft, elsewhere):
    schema = json.loads((shipped("schemas") / "templates.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    for arguments in (("add", "hello", "two.weft.yaml"), ("add", "hello", "two.weft.yaml"), ()):
        printed = weft("templates", *arguments, "--output", "json").json
        assert [error.message for error in validator.iter_errors(printed)] == []
    assert not validator.is_valid({**printed, "more": 1})
