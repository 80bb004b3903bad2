"""Every JSON that a command prints holds to its schema in `schemas/`, and the schemas refuse what is not of it."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import jsonschema
import pytest

from engine.app.bulk import INLINE_BYTES_MAX
from engine.journal import STATUSES
from engine.spec.shipped import shipped

NAMES = ("error", "event", "graph", "run", "runs", "tools", "validate")


@pytest.fixture(scope="module")
def validators():
    found = {}
    for name in NAMES:
        schema = json.loads((shipped("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        found[name] = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    return found


@pytest.fixture
def holds(validators):
    def check(name: str, value) -> None:
        problems = [f"{error.json_path}: {error.message}" for error in validators[name].iter_errors(value)]
        assert problems == []

    return check


def test_run_and_show(weft, holds):
    for spec in ("two", "failing", "everything"):
        ran = weft("run", f"{spec}.weft.yaml", "--output", "json", "--run-id", spec).json
        holds("run", ran)
        shown = weft("show", spec, "--output", "json").json
        holds("run", shown)
        assert shown == ran


def test_a_dry_run(weft, holds):
    answer = weft("run", "two.weft.yaml", "--dry-run", "--output", "json")
    assert answer.json["inputs"] == {"who": "world"}
    holds("run", answer.json)


def test_every_line_of_a_stream_and_of_the_recorded_events(weft, holds):
    answer = weft("run", "everything.weft.yaml", "--output", "jsonl", "--run-id", "r")
    lines = answer.lines
    for line in (*lines, *weft("show", "r", "--events", "--output", "json").lines):
        holds("event", line)
        assert list(line)[:6] == ["seq", "time", "kind", "run_id", "instance", "attempt"]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert {line["run_id"] for line in lines} == {"r"}
    assert [line["kind"] for line in (lines[0], lines[-2], lines[-1])] == [
        "RunCreated",
        "RunFinished",
        "result",
    ]


def test_the_result_line_is_the_result(weft):
    line = weft("run", "two.weft.yaml", "--output", "jsonl", "--run-id", "r").lines[-1]
    report = weft("show", "r", "--output", "json").json
    assert {key: line[key] for key in report} == report


def test_runs(weft, holds):
    weft("run", "two.weft.yaml")
    weft("run", "failing.weft.yaml")
    answer = weft("runs", "--output", "json")
    assert [run["workflow"] for run in answer.json["runs"]] == ["failing", "two"]
    holds("runs", answer.json)


def test_tools(weft, holds):
    every = weft("tools", "--output", "json").json
    holds("tools", every)
    assert "shell" in {tool["name"] for tool in every["tools"]}
    holds("tools", weft("tools", "http", "--output", "json").json)


def test_graph(weft, holds):
    graph = weft("graph", "everything.weft.yaml", "--format", "json").json
    holds("graph", graph)
    assert {"from": "fails", "to": "after_failure"} in graph["edges"]


def test_validate(weft, holds):
    Path("bad.weft.yaml").write_text(
        "weft: 1\nname: bad\nsteps:\n  - {id: a, tool: ecko}\n  - {id: a, tool: echo}\n"
    )
    answer = weft("validate", ".", "--format", "json")
    assert answer.json["files"] == 4
    assert {problem["code"] for problem in answer.json["problems"]} == {"WF301", "WF501"}
    holds("validate", answer.json)


def test_errors(weft, holds):
    holds("error", weft("show", "none", "--output", "json").json)
    holds("error", weft("nothing", "--output", "json").json)
    holds("event", weft("run", "none.yaml", "--output", "jsonl").json)
    Path("bad.weft.yaml").write_text("weft: 1\nname: bad\nsteps:\n  - {id: a, tool: ecko}\n")
    holds("event", weft("run", "bad.weft.yaml", "--output", "jsonl").json)


def test_the_states_of_a_run_are_those_of_the_journal(validators):
    assert validators["run"].schema["$defs"]["run_status"]["enum"] == list(STATUSES)


@pytest.mark.parametrize(
    ("call", "name", "spoil"),
    [
        (["run", "two.weft.yaml", "--output", "json"], "run", lambda v: v.update(extra=1)),
        (["run", "two.weft.yaml", "--output", "json"], "run", lambda v: v.update(status="done")),
        (["run", "two.weft.yaml", "--output", "json"], "run", lambda v: v["steps"]["hello"].pop("errors")),
        (["run", "two.weft.yaml", "--output", "json"], "run", lambda v: v["steps"]["hello"].update(more=1)),
        (
            ["run", "two.weft.yaml", "--output", "json"],
            "run",
            lambda v: v.update(started_at="2026-01-31 12:00"),
        ),
        (["runs", "--output", "json"], "runs", lambda v: v["runs"][0].pop("run_id")),
        (["tools", "--output", "json"], "tools", lambda v: v["tools"][0].update(colour="red")),
        (["graph", "two.weft.yaml", "--format", "json"], "graph", lambda v: v["nodes"][0].update(tool=3)),
        (["show", "nope", "--output", "json"], "error", lambda v: v["error"].update(type="sad")),
        (["validate", ".", "--format", "json"], "validate", lambda v: v.update(version=2)),
    ],
)
def test_what_is_not_of_the_shape_is_refused(weft, holds, call, name, spoil):
    weft("run", "two.weft.yaml")
    value = weft(*call).json
    holds(name, value)
    spoiled = copy.deepcopy(value)
    spoil(spoiled)
    with pytest.raises(AssertionError):
        holds(name, spoiled)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda v: v.update(kind="StepExploded"),
        lambda v: v.update(unheard_of=1),
        lambda v: v.pop("data"),
        lambda v: v.update(error={"type": "failed", "message": "x"}),
    ],
)
def test_an_event_has_the_keys_of_its_kind_and_no_others(weft, holds, spoil):
    lines = weft("run", "two.weft.yaml", "--output", "jsonl").lines
    line = next(line for line in lines if line["kind"] == "StepSucceeded")
    spoil(line)
    with pytest.raises(AssertionError):
        holds("event", line)


def test_schema_writes_them_all(weft):
    answer = weft("schema", "--write", "out/schemas")
    written = sorted(path.name for path in Path("out/schemas").iterdir())
    assert answer.code == 0
    assert written == sorted(path.name for path in shipped("schemas").glob("*.schema.json"))
    assert {f"{name}.schema.json" for name in (*NAMES, "workflow")} <= set(written)


def test_schema_prints_that_of_specs(weft):
    assert weft("schema").json == json.loads((shipped("schemas") / "workflow.schema.json").read_text())


BIG = """\
weft: 1
name: big
steps:
  - {{id: big, tool: echo, with: {{text: {text}}}}}
  - id: loop
    foreach: [1]
    tool: echo
    with: {{text: {text}}}
"""


@pytest.fixture
def big() -> str:
    text = "x" * INLINE_BYTES_MAX
    Path("big.weft.yaml").write_text(BIG.format(text=text))
    return text


def test_large_data_stands_in_a_file_named_by_its_hash(weft, holds, big):
    import hashlib

    report = weft("run", "big.weft.yaml", "--output", "json", "--run-id", "r").json
    holds("run", report)
    moved = [report["steps"]["big"]["data"], report["steps"]["loop"]["iterations"][0]["data"]]
    for reference in moved:
        content = Path(reference["path"]).read_bytes()
        assert json.loads(content) == {"text": big}
        assert reference["$ref"] == "sha256:" + hashlib.sha256(content).hexdigest()
        assert reference["bytes"] == len(content)
    assert str(Path.cwd() / ".weft" / "runs" / "r" / "data") in moved[0]["path"]
    assert (Path(".weft") / ".gitignore").read_text() == "*\n"


def test_large_data_is_moved_in_every_line_of_a_stream(weft, big):
    answer = weft("run", "big.weft.yaml", "--output", "jsonl")
    assert all(
        len(line) < INLINE_BYTES_MAX
        for line in answer.out.splitlines()
        if '"StepSucceeded"' in line or '"result"' in line
    )


def test_large_data_of_one_step_is_shown_whole(weft, big):
    weft("run", "big.weft.yaml", "--run-id", "r")
    assert weft("show", "r", "--step", "big", "--output", "json").json["data"] == {"text": big}


def test_a_run_in_memory_keeps_its_data_in_the_json(weft, big):
    report = weft("run", "big.weft.yaml", "--output", "json", "--store", "memory").json
    assert report["steps"]["big"]["data"] == {"text": big}
    assert not Path(".weft").exists()


def test_large_data_that_cannot_be_written_stays_in_the_json(weft, big):
    weft("run", "big.weft.yaml", "--run-id", "r")
    Path(".weft/runs").write_text("in the way")
    answer = weft("show", "r", "--output", "json")
    assert answer.json["steps"]["big"]["data"] == {"text": big}
    assert "large data stays in the JSON" in answer.err
