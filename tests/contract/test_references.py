"""References: where they stand, what becomes of them, and the names of filters and tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from contract_flow import Step, echo, flow, problems, said, spec, use

import engine
from engine.app.checking import check_text
from engine.cli.parser import run as command
from engine.refs.filters import FILTER_NAMES
from engine.refs.predicates import TESTS
from engine.spec.load import load_text
from engine.spec.toolspec import Declaration, OperationSpec

R = "$<inputs.x>"

# -- what a reference gives -------------------------------------------------------------------------------------------


def test_one_reference_keeps_its_type_and_inside_text_it_is_text() -> None:
    value = {"whole": R, "text": f"<{R}>", "name": "$<inputs.x.n>!"}
    told = flow([echo("a", value)], inputs={"x": {"default": {"n": [1, None], "t": "ä"}}})
    assert said(told, "a") == {
        "whole": {"n": [1, None], "t": "ä"},
        "text": '<{"n":[1,null],"t":"ä"}>',
        "name": "[1,null]!",
    }


def test_what_comes_out_of_a_reference_is_data_step_after_step() -> None:
    steps = [echo("a", R), echo("b", "$<step_a_result.v>"), echo("c", "got $<step_b_result.v>")]
    told = flow(steps, inputs={"x": {}}, given={"x": "$<run.id> ${inputs.x} $$<y>"})
    assert said(told, "b") == "$<run.id> ${inputs.x} $$<y>"
    assert said(told, "c") == "got $<run.id> ${inputs.x} $$<y>"


def test_keys_are_never_references() -> None:
    told = flow([echo("a", {R: R, "$$<k>": 1})], inputs={"x": {"default": 5}})
    assert said(told, "a") == {R: 5, "$$<k>": 1}


# -- sql and shell ----------------------------------------------------------------------------------------------------


def test_in_sql_a_reference_is_a_bound_parameter_a_list_expands_and_ident_names() -> None:
    members = "2 in ($<inputs.many>) as y, 3 in ($<inputs.many>) as n"
    text = f"select $<inputs.x> as x, :p as p, {members}, 5 as $<inputs.name | ident>"
    query = use("a", "db", **{"with": {"sql": text, "params": {"p": 7}}})
    given = {"x": "o'clock; drop table t --", "many": [1, 2], "name": "of day"}
    connections = {"db": {"tool": "sql", "url": "duckdb:///:memory:"}}
    inputs = {"x": {"type": "string"}, "many": {"type": "array"}, "name": {"type": "string"}}
    told = flow([query], inputs=inputs, given={**given, "name": "of_day"}, connections=connections)
    row = {"x": given["x"], "p": 7, "y": True, "n": False, "of_day": 5}
    assert told.steps["a"].data["rows"] == [row], told.error
    wrong = flow([query], inputs=inputs, given=given, connections=connections)
    assert "is not an identifier" in wrong.steps["a"].errors[0]["message"]


def test_a_list_outside_of_in_is_an_error() -> None:
    query = use("a", "db", **{"with": {"sql": "select $<inputs.x> as x"}})
    connections = {"db": {"tool": "sql", "url": "duckdb:///:memory:"}}
    told = flow([query], inputs={"x": {"default": [1, 2]}}, connections=connections)
    assert told.steps["a"].errors[0]["type"] == "invalid"
    assert "is a list" in told.steps["a"].errors[0]["message"]


QUERY_LANGUAGE = {
    "type": "object",
    "properties": {"question": {"type": "string", "x-weft": "sql"}, "params": {"type": "object"}},
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (R, "the whole question is one reference"),
        (f"select '{R}'", "a reference inside quotes of question"),
        (f'select "{R}"', "a reference inside quotes of question"),
        (f"select 1 -- {R}", "a reference inside a comment of question"),
        (f"select 1 /* {R} */", "a reference inside a comment of question"),
        (f"select {R}", None),
    ],
)
def test_any_parameter_marked_as_sql_takes_values_only(question: str, message: str | None) -> None:
    operations = {"ask": OperationSpec("", parameters=QUERY_LANGUAGE)}
    tools = {"oracle": Declaration("oracle", "data_access", "", operations, "none:none")}
    whole = spec([use("a", "oracle", **{"with": {"question": question}})], inputs={"x": {"type": "string"}})
    found = check_text(json.dumps(whole), "spec.json", "json", tools=tools).diagnostics
    told = [(one.code, one.message.replace(" sql", " question"), bool(one.hint)) for one in found]
    assert told == ([("WF506", message, True)] if message else [])


def test_in_a_shell_command_a_reference_is_an_error_and_args_and_env_pass_values() -> None:
    def shell(**parameters: Any) -> list[Step]:
        return [{"id": "a", "tool": "shell", "with": parameters}]

    found = problems(shell(command=f"echo {R}"), inputs={"x": {"type": "string"}})
    assert [code for code, _, _ in found] == ["WF602"]
    good = shell(command='printf "%s|%s" "$1" "$X"', args=[R], env={"X": R})
    told = flow(good, inputs={"x": {"default": "$(id) `id` 'x"}})
    assert told.steps["a"].data["stdout"] == "$(id) `id` 'x|$(id) `id` 'x"


# -- lexing in files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "condition",
    [
        "'a' == inputs.x",
        '"a" == inputs.x',
        "[1] == inputs.x",
        "{'a': 1} == inputs.x",
        "!x",
        "*x == 1",
        "@x",
        "%x == 1",
    ],
)
def test_a_condition_whose_beginning_means_something_in_yaml_is_told_to_be_quoted(condition: str) -> None:
    text = f"weft: 1\nname: demo\nsteps:\n  - id: a\n    tool: echo\n    when: {condition}\n"
    hints = [problem.hint or "" for problem in load_text(text, "f.yaml")[1]]
    assert any("quote the whole value" in hint for hint in hints)
    quoted = text.replace(condition, f"'{condition.replace(chr(39), chr(39) * 2)}'")
    assert not load_text(quoted, "f.yaml")[1]


@pytest.mark.parametrize(
    ("written", "good"),
    [
        ("{v: $<inputs.x.0.id>}", True),
        ("{v: $<inputs.x[0].id>}", False),
        ('{v: "$<inputs.x[0].id>"}', True),
        ("{v: $<inputs.x | join(', ')>}", False),
        ("{v: $<{'a': 1}.a>}", False),
        ("\n      v: $<inputs.x[0].id>", True),
        ("\n      v: $<inputs.x | default({'a': 1})>", False),
        ("\n      v: $<inputs.x | join(' # ')>", False),
        ("\n      v: \"$<inputs.x | join(' # ')>\"", True),
    ],
)
def test_a_reference_that_yaml_cuts_is_told_to_be_quoted(written: str, good: bool) -> None:
    text = f"weft: 1\nname: demo\nsteps:\n  - id: a\n    tool: echo\n    with: {written}\n"
    told = [(problem.code, problem.hint) for problem in load_text(text, "f.yaml")[1]]
    assert told == ([] if good else [("WF114", "quote the whole value")])


def test_a_block_scalar_of_one_reference_is_a_whole_one() -> None:
    text = "weft: 1\nname: demo\nsteps:\n- id: a\n  tool: echo\n  with:\n    v: |\n      $<[1, 2]>\n"
    tree = load_text(text, "f.yaml")[0]
    assert tree is not None
    assert engine.run(tree.root, store="memory").steps["a"].data == {"v": [1, 2]}


# -- where they stand -------------------------------------------------------------------------------------------------


def test_templates_stand_in_with_let_connections_outputs_and_foreach() -> None:
    steps = [
        echo("a", "$<let.l>", let={"l": [R]}),
        echo("b", "$<item>", foreach=["$<inputs.x>", 2]),
        {"id": "g", "steps": [echo("c", 3)], "outputs": {"c": "$<step_c_result.v>"}},
        use("d", "db", **{"with": {"sql": "select 1 as one"}}),
    ]
    connections = {"db": {"tool": "sql", "url": "duckdb:///$<inputs.memory>"}}
    inputs = {"x": {"default": 1}, "memory": {"default": ":memory:"}}
    told = flow(steps, inputs=inputs, connections=connections, outputs={"x": R})
    assert told.success, told.error
    assert said(told, "a") == [1]
    assert [one["v"] for one in told.steps["b"].data] == [1, 2]
    assert (told.steps["g"].data, told.outputs) == ({"c": 3}, {"x": 1})


CONDITIONS: dict[str, dict[str, Any]] = {
    "when": {"when": "%"},
    "until": {"repeat": {"until": "%", "max": 1}},
    "while": {"repeat": {"while": "%", "max": 1}},
    "break_when": {"foreach": {"in": [1], "break_when": "%"}},
}


def _with(place: str, value: object) -> Step:
    def put(word: Any) -> Any:
        return (
            {k: put(v) for k, v in word.items()} if isinstance(word, dict) else value if word == "%" else word
        )

    return echo("a", 1, **put(CONDITIONS[place]))


@pytest.mark.parametrize("place", CONDITIONS)
@pytest.mark.parametrize("value", ["inputs.yes", "$<inputs.yes>", True], ids=["bare", "wrapped", "boolean"])
def test_a_condition_is_bare_or_in_one_reference_or_a_boolean(place: str, value: object) -> None:
    inputs = {"yes": {"type": "boolean", "default": True}}
    told = flow([_with(place, value)], inputs=inputs)
    wanted = "failed" if place == "while" else "succeeded"  # still true after its one iteration
    assert told.steps["a"].status == wanted
    found = [code for code, _, _ in problems([_with(place, f"{R} and {R}")], inputs={"x": {}})]
    assert found == ["WF401"]


@pytest.mark.parametrize("key", ["item.id", "$<item.id>"])
def test_the_key_of_a_loop_is_bare_or_in_one_reference(key: str) -> None:
    told = flow([echo("a", "$<key>", foreach={"in": [{"id": "p"}], "key": key})])
    assert told.steps["a"].data == [{"v": "p"}]


@pytest.mark.parametrize("place", CONDITIONS)
@pytest.mark.parametrize("value", ["inputs.n", "inputs.t", "inputs.n / 0 > 1", "inputs.gone"])
def test_a_condition_that_is_no_boolean_fails_the_step_with_evaluation(place: str, value: str) -> None:
    inputs = {"n": {"default": 5}, "t": {"default": "true"}, "gone": {"default": {}}}
    told = flow([_with(place, value)], inputs=inputs)
    assert told.steps["a"].status == "failed"
    assert told.steps["a"].errors[0]["type"] == "evaluation"


@pytest.mark.parametrize("place", ["when", "break_when", "until", "while"])
def test_a_condition_that_is_null_is_false(place: str) -> None:
    told = flow([_with(place, "inputs.nothing")], inputs={"nothing": {"default": None}})
    wanted = {"when": ("skipped", None), "until": ("failed", "max_iterations")}.get(
        place, ("succeeded", None)
    )
    errors = told.steps["a"].errors
    assert (told.steps["a"].status, errors[0]["code"] if errors else None) == wanted


@pytest.mark.parametrize("place", CONDITIONS)
def test_where_the_type_of_a_condition_is_known_validate_tells(place: str) -> None:
    assert [code for code, _, _ in problems([_with(place, "1 + 1")])] == ["WF405"]


ELSEWHERE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({word: value}, {})
    for word, value in {
        "description": R, "labels": {"a": R}, "mode": R, "concurrency": R, "timeout": R,
        "defaults": {"timeout": R}, "context": {"a": {"b": R}}, "connections": {"db": {"tool": R}},
        "inputs": {"x": {"default": R}},
    }.items()
] + [
    ({}, {word: value})
    for word, value in {
        "id": R, "description": R, "tool": R, "operation": R, "needs": [R], "trigger_rule": R, "timeout": R,
        "priority": R, "on_error": R, "context": {"a": R}, "retry": {"delay": R},
        "foreach": {"in": [1], "tolerate": R}, "repeat": {"until": "last.v", "max": R},
    }.items()
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "step"),
    ELSEWHERE,
    ids=[f"{'file' if one else 'step'}-{next(iter(one or two))}" for one, two in ELSEWHERE],
)
def test_elsewhere_a_reference_is_an_error(file: dict[str, Any], step: dict[str, Any]) -> None:
    found = problems([{**echo("a", R), **step}], **{"inputs": {"x": {}}, **file})
    assert "WF404" in [code for code, _, _ in found]


# -- names of filters and tests ---------------------------------------------------------------------------------------


FILTERS = """
abs round int float string length count default first last min max sum sort unique reverse list items keys values join
split lower upper title capitalize trim replace truncate slice batch select reject selectattr rejectattr map tojson
fromjson urlencode b64encode b64decode sha256 regex_search regex_replace plus date ident
"""
PREDICATES = """
defined undefined none true false boolean integer float number string mapping sequence in eq ne lt le gt ge even odd
divisibleby lower upper startswith endswith matches
"""


def test_the_filters_are_these_and_no_others() -> None:
    assert sorted(FILTER_NAMES) == sorted(FILTERS.split())


def test_the_tests_are_these_and_no_others() -> None:
    assert sorted(TESTS) == sorted(PREDICATES.split())


# -- what is recorded -------------------------------------------------------------------------------------------------


def test_parameters_are_recorded_with_the_start_resolved_and_secrets_as_references(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WEFT_SECRET_TOKEN", "hunter2-hunter2")
    value = {"id": "$<uuid()>", "when": "$<now()>", "luck": "$<random()>", "n": "$<inputs.n + 1>"}
    step = echo("a", {**value, "token": "$<secrets.TOKEN>", "both": "$<inputs.n> $<secrets.TOKEN>"})
    told = engine.run(spec([step], inputs={"n": {"default": 1}}), store="runs.db", run_id="r")
    assert told.success, told.error
    command(["show", "r", "--store", "runs.db", "--events", "--output", "json"])
    printed = capsys.readouterr().out
    events = [json.loads(line) for line in printed.splitlines()]
    (started,) = [one for one in events if one["kind"] == "StepStarted"]
    recorded = started["with"]["v"]
    assert {name: recorded[name] for name in value} == {
        name: told.steps["a"].data["v"][name] for name in value
    }
    assert recorded["n"] == 2
    assert recorded["token"] == "$<secrets.TOKEN>"
    assert "hunter2" not in printed + (tmp_path / "runs.db").read_bytes().decode("latin-1")
