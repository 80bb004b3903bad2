"""`weft describe`: what it says of the examples, and that what it says of failures is what happens."""

from __future__ import annotations

import json
import os
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from engine.app.checking import check_text
from engine.app.describing import as_text, describe
from engine.spec.toolspec import FREE_FORM, Declaration, OperationSpec

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "described"
DESCRIBED = (
    "examples/flights/flights.weft.yaml",
    "examples/modes/nested-groups.weft.yaml",
    "examples/modifiers/concurrency.weft.yaml",
    "examples/modifiers/defaults.weft.yaml",
    "examples/modifiers/retry.weft.yaml",
    "examples/modifiers/timeout.weft.yaml",
    "examples/modifiers/trigger-rules.weft.yaml",
    "specs/load-and-check-csv.weft.yaml",
    "tests/author/beside.weft.yaml",
    "tests/author/everything.weft.yaml",
)
UPDATE = "WEFT_UPDATE_GOLDEN"


@pytest.mark.parametrize("spec", DESCRIBED)
def test_the_description_is_the_expected_text(weft, spec: str) -> None:
    """To change it: WEFT_UPDATE_GOLDEN=1 pytest tests/author, then read the difference."""
    answer = weft("describe", str(ROOT / spec))
    golden = GOLDEN / f"{Path(spec).name.removesuffix('.weft.yaml')}.txt"
    if os.environ.get(UPDATE) and (not golden.exists() or golden.read_text(encoding="utf-8") != answer.out):
        golden.write_text(answer.out, encoding="utf-8")
        pytest.fail(f"{golden.name} was written: review its diff, then run again without {UPDATE}")
    assert answer.code == 0, answer.err
    assert answer.out == golden.read_text(encoding="utf-8")


def test_no_expected_text_is_left_without_its_spec() -> None:
    names = {f"{Path(spec).name.removesuffix('.weft.yaml')}.txt" for spec in DESCRIBED}
    assert {file.name for file in GOLDEN.iterdir()} == names


@pytest.mark.parametrize("spec", sorted(ROOT.glob("examples/**/*.weft.yaml")), ids=lambda path: path.name)
def test_every_example_can_be_described(weft, spec: Path) -> None:
    answer = weft("describe", str(spec), "--output", "json")
    assert answer.code == 0
    assert answer.json["steps"]
    assert weft("describe", str(spec)).out.count("if it fails:") == _count(answer.json["steps"])


def _count(steps: list[dict[str, Any]]) -> int:
    return sum(
        1 + _count(step["does"].get("steps") or []) if "workflow" in step["does"] else 1 for step in steps
    )


def test_every_description_holds_to_its_schema(weft) -> None:
    schema = json.loads((ROOT / "schemas" / "describe.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for spec in (*sorted(ROOT.glob("examples/**/*.weft.yaml")), ROOT / "tests/author/everything.weft.yaml"):
        facts = weft("describe", str(spec), "--output", "json").json
        assert [error.message for error in validator.iter_errors(facts)] == []
    facts["steps"][0]["timeout"]["minutes"] = 1
    assert not validator.is_valid(facts)


def test_the_default_of_a_secret_input_is_not_shown() -> None:
    facts = _facts("inputs: {a: {type: string, secret: true, default: s3cr}}\nsteps: [{id: a, tool: echo}]")
    assert facts["needs"]["inputs"][0]["default"] == "***"


CALLING = """\
workflows:
  check:
    inputs: {shop: {type: string, description: Which one}, least: {type: integer, default: 3}}
    steps: [{id: look, tool: echo}, {id: g, steps: [{id: deep, tool: echo}]}]
    outputs: {n: 1, m: 2}
steps:
  - {id: first, workflow: check, with: {shop: rome}}
  - {id: group, steps: [{id: again, workflow: check, with: {shop: oslo}}]}
"""


def test_the_steps_of_a_called_workflow_are_described_at_its_first_call() -> None:
    checked = check_text(f"weft: 1\nname: demo\n{CALLING}", "demo.weft.yaml")
    facts = describe(checked)
    first, again = facts["steps"][0]["does"], facts["steps"][2]["does"]
    assert [step["id"] for step in first["steps"]] == ["look", "g", "deep"]
    assert [one["name"] for one in first["inputs"]] == ["shop", "least"]
    assert (again["steps"], again["told_at"]) == (None, "first")
    lines = as_text(facts).splitlines()
    assert "  takes:       shop: string, required. Which one" in lines
    assert "  takes:       least: integer, 3 unless given" in lines
    assert "  gives:       n, m" in lines
    assert [line for line in lines if line.strip() in ("look", "g", "deep")] == ["  look", "  g", "    deep"]
    assert "    does:        runs the workflow check, described at first" in lines
    assert "    if it fails: g is skipped; the call fails" in lines


def test_calls_are_described_to_a_depth() -> None:
    inner = "".join(f"  w{n}: {{steps: [{{id: s{n}, workflow: w{n + 1}}}]}}\n" for n in range(4))
    text = f"workflows:\n{inner}  w4: {{steps: [{{id: s4, tool: echo}}]}}\nsteps: [{{id: a, workflow: w0}}]"
    told, depth = _facts(text)["steps"], 0
    while told is not None:
        depth, told = depth + 1, told[0]["does"]["steps"]
    assert depth == 4


def test_loops_say_when_they_end() -> None:
    loop = "{id: a, tool: echo, repeat: {until: last.ready == true, max: 5, every: 2s}}"
    checked = check_text(f"weft: 1\nname: demo\nsteps: [{loop}]", "demo.weft.yaml")
    assert "until last.ready == true, at most 5 times, 2s between; then it has failed" in as_text(
        describe(checked)
    )


def test_limits_say_where_they_come_from(weft) -> None:
    facts = weft("describe", str(ROOT / "tests/author/everything.weft.yaml"), "--output", "json").json
    steps = {step["id"]: step for step in facts["steps"]}
    around = [{"seconds": 600.0, "from": "group loop"}, {"seconds": 3600.0, "from": "file"}]
    assert steps["query"]["timeout"] == {"seconds": 45.0, "from": "connection shop", "around": around}
    assert steps["fetch"]["timeout"]["from"] == "step"
    assert steps["after"]["timeout"] == {"seconds": 120.0, "from": "defaults", "around": around[1:]}
    assert steps["query"]["tries"]["from"] == "defaults"
    assert (steps["solo"]["tries"]["attempts"], steps["solo"]["tries"]["from"]) == (1, "step")


def test_a_builtin_limit_holds_only_where_none_is_written() -> None:
    facts = _facts("steps: [{id: a, tool: http, with: {url: 'https://example.com'}}, {id: b, tool: echo}]")
    assert facts["steps"][0]["timeout"] == {"seconds": 300.0, "from": "built-in", "around": []}
    assert facts["steps"][1]["timeout"] == {"seconds": None, "from": None, "around": []}
    facts = _facts("timeout: 1h\nsteps: [{id: a, tool: http, with: {url: 'https://example.com'}}]")
    assert facts["steps"][0]["timeout"]["seconds"] is None


def test_the_password_of_a_url_is_not_shown() -> None:
    operations = {"ask": OperationSpec("asks", lane="inline")}
    tool = Declaration("db", "data_access", "a database", operations, "none:none", connection=FREE_FORM)
    text = "connections: {shop: {tool: db, url: 'db://me:pw@host/shop'}}\nsteps: [{id: a, tool: shop}]"
    checked = check_text(f"weft: 1\nname: demo\n{text}", "demo.weft.yaml", tools={"db": tool})
    facts = describe(checked)
    assert [one["url"] for one in facts["needs"]["connections"]] == ["db://me:***@host/shop"]
    assert "me:***@host" in as_text(facts)
    assert "pw@" not in as_text(facts) + json.dumps(facts)


def test_words_that_are_not_described_are_named() -> None:
    facts = _facts("steps: [{id: a, tool: echo, rate_limit: 1/s}]")
    assert facts["steps"][0]["also"] == ["rate_limit"]


def test_the_description_of_a_wrong_spec_is_its_problems(weft, own_folder: Path) -> None:
    (own_folder / "bad.weft.yaml").write_text("weft: 1\nname: bad\nsteps: [{id: a, tool: eco}]\n")
    assert weft("describe", "bad.weft.yaml").code == 1
    assert "[WF501 unknown-tool]" in weft("describe", "bad.weft.yaml").err
    assert weft("describe", "bad.weft.yaml", "--output", "json").json["problems"][0]["code"] == "WF501"


def test_a_rescue_on_the_way_is_told_first() -> None:
    group = "{id: g, rescue: [{id: h, tool: echo}], steps: [{id: a, tool: echo}]}"
    text = f"rescue: [{{id: r, tool: echo}}]\nsteps: [{group}]"
    step = next(step for step in _facts(text)["steps"] if step["id"] == "a")
    assert step["if_it_fails"]["rescues"] == ["g", None]
    checked = check_text(f"weft: 1\nname: demo\n{text}", "demo.weft.yaml")
    words = " ".join(as_text(describe(checked)).split())
    assert (
        "the rescue of g runs, what follows is if that fails; g fails with it; the rescue of the file runs"
        in words
    )


SHAPE = """\
mode: {mode}
steps:
  - id: first
    mode: {inner}
    on_error: {inner_error}
    steps:
      - {{id: one, tool: {one}, on_error: {one_error}, with: {{message: on purpose}}}}
      - {{id: two, tool: {two}, {two_needs} with: {{message: on purpose}}}}
  - {{id: other, tool: echo, {other} with: {{message: fine}}}}
  - {{id: last, tool: echo, {last} with: {{message: fine}}}}
"""


@pytest.mark.parametrize("mode", ["sequential", "dag"])
@pytest.mark.parametrize("inner", ["sequential", "parallel", "dag"])
@pytest.mark.parametrize("fails", ["one", "two"])
def test_what_is_said_of_a_failure_is_what_happens(
    weft, own_folder: Path, mode: str, inner: str, fails: str
) -> None:
    """Each shape is described, then run with the step failing: who is skipped, who runs all the same, how it ends."""
    rules = (
        ("all_success", "none_failed", "all_done", "one_failed", "all_failed")
        if mode == "dag"
        else ("all_success",)
    )
    errors = list(product(("fail", "continue", "stop"), ("fail", "continue")))
    for rule, (one_error, inner_error) in product(rules, errors if mode == "dag" else errors[:4]):
        needs = f"needs: [first], trigger_rule: {rule}," if mode == "dag" else ""
        text = SHAPE.format(
            mode=mode, inner=inner, inner_error=inner_error, one_error=one_error, other="", last=needs,
            one="fail" if fails == "one" else "echo", two="fail" if fails == "two" else "echo",
            two_needs="needs: [one]," if inner == "dag" else "",
        )  # fmt: skip
        said = next(step for step in _facts(text)["steps"] if step["id"] == fails)["if_it_fails"]
        skipped = {name for spread in said["spreads"] for name in spread["skipped"]}
        woken = {name for spread in said["spreads"] for name in spread["woken"]}
        (own_folder / "spec.weft.yaml").write_text(f"weft: 1\nname: demo\n{text}")
        result = weft("run", "spec.weft.yaml", "--store", "memory", "--output", "json").json
        assert "steps" in result, (result, text)
        assert result["steps"][fails]["status"] == "failed"
        if said["stopped_by"] is None:
            behind = {name for name, step in result["steps"].items() if step["reason"] == "upstream_failed"}
            assert behind <= skipped, text
            assert all(result["steps"][name]["status"] == "skipped" for name in skipped), text
        assert all(result["steps"][name]["status"] == "succeeded" for name in woken), text
        assert result["status"] == (said["run"] or "succeeded"), text


def _facts(text: str) -> dict[str, object]:
    checked = check_text(f"weft: 1\nname: demo\n{text}", "demo.weft.yaml")
    assert checked.plan is not None
    return json.loads(json.dumps(describe(checked)))


ASIDES = """\
steps:
  - id: load
    tool: {load}
    with: {{message: on purpose}}
    on_error: {on_error}
    rescue:
      - {{id: help, tool: {help}, on_error: {help_error}, with: {{message: on purpose}}}}
      - {{id: note, tool: echo, with: {{message: fine}}}}
    finally:
      - {{id: close, tool: {close}, with: {{message: on purpose}}}}
      - {{id: tidy, tool: echo, with: {{message: fine}}}}
  - {{id: after, tool: {after}, with: {{message: on purpose}}}}
{file}: [{{id: last, tool: {last}, with: {{message: on purpose}}}}]
"""


@pytest.mark.parametrize("on_error", ["fail", "continue"])
@pytest.mark.parametrize(
    ("fails", "first", "help_error", "file"),
    [
        ("help", "load", "fail", "finally"),
        ("help", "load", "continue", "finally"),
        ("close", None, "fail", "finally"),
        ("last", None, "fail", "finally"),
        ("last", "after", "fail", "rescue"),
        ("load", None, "fail", "finally"),
    ],
)
def test_what_is_said_of_a_failure_in_rescue_and_finally_is_what_happens(
    weft, own_folder: Path, fails: str, first: str | None, help_error: str, file: str, on_error: str
) -> None:
    """`first`: what has to fail for the failing step to run at all."""
    names = ("load", "help", "close", "last", "after")
    tools = {name: "fail" if name in (fails, first) else "echo" for name in names}
    text = ASIDES.format(**tools, on_error=on_error, help_error=help_error, file=file)
    said = next(step for step in _facts(text)["steps"] if step["id"] == fails)["if_it_fails"]
    (own_folder / "spec.weft.yaml").write_text(f"weft: 1\nname: demo\n{text}")
    result = weft("run", "spec.weft.yaml", "--store", "memory", "--output", "json").json
    if fails in said["rescues"]:
        assert (result["steps"][fails]["status"], result["status"]) == ("succeeded", "succeeded")
        return
    assert result["steps"][fails]["status"] == "failed"
    for spread in said["spreads"]:
        assert all(result["steps"][name]["status"] == "skipped" for name in spread["skipped"]), text
        assert result["steps"][spread["fails"]]["status"] == "failed", text
    assert result["status"] == (said["run"] or "succeeded"), text


PROJECT = """\
[store]
url = "runs.db"
[executor]
max_parallel = 8
[connections.shop]
tool = "sql"
url = "duckdb:///file.db"
[connections.own]
tool = "sql"
url = "duckdb:///file.db"
[profiles.ci.executor]
max_parallel = 2
[profiles.ci.connections.shop]
tool = "sql"
url = "duckdb:///ci.db"
password = "hunter2"
"""
SETTLED = """\
weft: 1
name: settled
concurrency: 4
defaults: {retry: {attempts: 5}}
connections: {own: {tool: sql, url: "duckdb:///spec.db"}}
steps:
  - {id: a, tool: shop, with: {sql: select 1}}
  - {id: b, tool: own, with: {sql: select 1}}
"""


@pytest.fixture
def settled(weft, own_folder: Path):
    """Describes a spec in a project, with the settings by name."""
    (own_folder / "weft.toml").write_text(PROJECT)
    (own_folder / "spec.weft.yaml").write_text(SETTLED)

    def call(*options: str) -> dict[str, tuple[object, str, str | None]]:
        answer = weft("describe", "spec.weft.yaml", "--origins", "--output", "json", *options)
        assert answer.code == 0, answer.err
        return {one["setting"]: (one["value"], one["from"], one["at"]) for one in answer.json["origins"]}

    return call


def test_every_setting_says_where_it_comes_from(settled) -> None:
    told = settled()
    assert told["store"] == ("runs.db", "project file", "weft.toml:2:7")
    assert told["concurrency"] == (4, "spec", "spec.weft.yaml:3:14")
    assert told["defaults.retry.attempts"] == (5, "spec", "spec.weft.yaml:4:30")
    assert told["defaults.retry.delay"] == ("1s", "default", None)
    assert told["timeout"] == (None, "default", None)
    assert told["connections.shop.url"] == ("duckdb:///file.db", "project file", "weft.toml:7:7")
    assert told["connections.own.url"][:2] == ("duckdb:///spec.db", "spec")
    assert told["connections.own.max_rows"] == (1000000, "default", None)


def test_where_functions_are_called_is_told_where_nobody_names_an_executor(weft, own_folder: Path) -> None:
    flow = '{weft: 1, name: x, steps: [{id: a, tool: python, with: {call: "m:f"}}, {id: b, tool: shell, with: {argv: [ls]}}]}'
    (own_folder / "spec.weft.yaml").write_text(flow)

    def told(*options: str) -> dict[str, object]:
        answer = weft("describe", "spec.weft.yaml", "--origins", "--output", "json", *options)
        return {one["setting"]: (one["value"], one["from"]) for one in answer.json["origins"]}

    usual = told()
    assert usual["executor"] == ("threads", "default")
    assert usual["executor.tools"] == ({"python": "processes"}, "default")
    assert "executor.tools" not in told("--executor", "inline")


def test_a_profile_comes_before_spec_and_file(settled) -> None:
    told = settled("--profile", "ci")
    assert told["profile"] == ("ci", "command line", "--profile")
    assert told["concurrency"] == (2, "profile ci", "weft.toml:12:16")
    assert told["connections.shop.url"] == ("duckdb:///ci.db", "profile ci", "weft.toml:15:7")
    assert told["connections.shop.password"][0] == "***"


def test_the_command_line_comes_before_the_environment_and_that_before_all_files(
    settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEFT_STORE", "env.db")
    monkeypatch.setenv("WEFT_PROFILE", "ci")
    told = settled()
    assert told["store"] == ("env.db", "environment", "WEFT_STORE")
    assert told["profile"] == ("ci", "environment", "WEFT_PROFILE")
    told = settled("--store", "postgresql://me:pw@host/db", "--max-parallel", "1")
    assert told["store"] == ("postgresql://me:***@host/db", "command line", "--store")
    assert told["concurrency"] == (1, "command line", "--max-parallel")


def test_origins_as_text_name_what_they_took_the_place_of(weft, settled) -> None:
    settled()
    out = " ".join(weft("describe", "spec.weft.yaml", "--origins", "--profile", "ci").out.split())
    assert (
        "concurrency: 2 (profile ci, weft.toml:12:16), instead of 8 (project file, weft.toml:4:16),"
        " instead of 4 (spec, spec.weft.yaml:3:14)" in out
    )
    assert "connection shop: sql at duckdb:///ci.db, reads only (profile ci)" in out
    assert "hunter2" not in out
    assert "Settings" not in weft("describe", "spec.weft.yaml").out


def test_origins_hold_to_the_schema(weft, settled) -> None:
    settled()
    schema = json.loads((ROOT / "schemas" / "describe.schema.json").read_text(encoding="utf-8"))
    for options in ((), ("--profile", "ci", "--max-parallel", "3")):
        facts = weft("describe", "spec.weft.yaml", "--origins", "--output", "json", *options).json
        assert [e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(facts)] == []
