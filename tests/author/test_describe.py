"""`weft describe`: what it says of the examples, and that what it says of failures is what happens."""

from __future__ import annotations

import json
import os
from itertools import product
from pathlib import Path

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
    assert weft("describe", str(spec)).out.count("if it fails:") == len(answer.json["steps"])


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
    assert step["if_it_fails"]["rescues"] == ["g", "demo"]
    checked = check_text(f"weft: 1\nname: demo\n{text}", "demo.weft.yaml")
    assert "the rescue of g runs first" in as_text(describe(checked))


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
