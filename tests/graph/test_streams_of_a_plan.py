"""Which steps give and take streams, and which flow into one another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.app.checking import check_text, known_tools
from engine.graph.plan import Plan

READ = {"id": "a", "tool": "file", "with": {"path": "in.ndjson"}}
TAKE = {"id": "b", "tool": "transform", "with": {"records": "$<input.records>", "steps": [{"limit": 1}]}}
WRITE = {
    "id": "c",
    "tool": "file",
    "operation": "write",
    "with": {"path": "out.csv", "content": "$<input.records>"},
}


def plan_of(*steps: dict[str, Any], mode: str = "pipeline") -> Plan:
    spec = {"weft": 1, "name": "w", "mode": mode, "steps": list(steps)}
    checked = check_text(json.dumps(spec), "w.json", "json")
    assert checked.good, checked.diagnostics
    return checked.linked


def joined(plan: Plan) -> str:
    """The steps, those that flow into one another without a blank."""
    return "".join(step.id + ("" if step.flows_on else " ") for step in plan.steps[1:]).strip()


def test_plain_steps_of_a_pipeline_flow_into_one_another() -> None:
    plan = plan_of(READ, TAKE, WRITE)
    assert joined(plan) == "abc"
    assert [step.gives for step in plan.steps] == [None, "records", "records", None]
    assert [list(step.takes) for step in plan.steps] == [[], [], ["records"], ["content"]]


APART = {
    "on_error": "continue",
    "rescue": [{"id": "r", "tool": "echo"}],
    "when": "1 == 1",
    "repeat": {"until": "1 == 1", "max": 2},
}


@pytest.mark.parametrize("word", APART)
def test_a_word_of_its_own_keeps_a_step_apart(word: str) -> None:
    plan = plan_of(READ, {**TAKE, word: APART[word]}, WRITE)
    assert not any(step.flows_on for step in plan.steps if step.id in "ab")


def test_elsewhere_than_in_a_pipeline_streams_are_kept_on_the_way() -> None:
    take = {**TAKE, "with": {**TAKE["with"], "records": "$<step_a_result.records>"}}
    write = {**WRITE, "with": {**WRITE["with"], "content": "$<step_b_result.records>"}}
    plan = plan_of(READ, take, write, mode="dag")
    assert joined(plan) == "a b c"
    assert [step.gives for step in plan.steps] == [None, "records", "records", None]


@pytest.mark.parametrize(
    "source",
    [
        "$<input.records | list>",
        "$<input.records[0:1]>",
        "$<[input.records[0]]>",
        "$<input.nothing>",
        "$<input>",
    ],
)
def test_only_a_plain_path_to_what_is_streamed_takes_a_stream(source: str) -> None:
    take = {**TAKE, "with": {"records": source, "steps": []}}
    spec = json.dumps({"weft": 1, "name": "w", "mode": "pipeline", "steps": [READ, take]})
    plan = check_text(spec, "w.json", "json").linked
    assert plan.steps[1].gives is None
    assert not plan.steps[2].takes


def test_what_somebody_else_reads_does_not_flow_by() -> None:
    reader = {"id": "d", "tool": "echo", "with": {"x": "$<step_a_result.records[0]>"}}
    assert joined(plan_of(READ, TAKE, reader)) == "a b d"
    other = {
        **TAKE,
        "with": {"records": "$<input.records>", "steps": [{"limit": 1}], "max_records": "$<input.count>"},
    }
    assert joined(plan_of(READ, other)) == "a b"


def test_a_loop_over_what_is_streamed_goes_over_a_stream() -> None:
    loop = {"id": "l", "foreach": "$<step_a_result.records>", "tool": "echo"}
    plan = plan_of(READ, loop, mode="sequential")
    assert (plan.steps[1].gives, plan.steps[2].over_stream) == ("records", True)
    listed = plan_of({"id": "l", "foreach": [1, 2], "tool": "echo"}, mode="sequential")
    assert not listed.steps[1].over_stream


def test_an_operation_says_that_it_streams_exactly_where_its_schemas_mark_records() -> None:
    """`weft tools NAME --output json` tells both; a plan goes by the marks."""
    told = {
        f"{tool.name}.{name}": (
            operation.streams,
            "'x-weft': 'records'" in f"{operation.parameters}{operation.result}",
        )
        for tool in known_tools().values()
        for name, operation in tool.operations.items()
    }
    assert {name for name, (streams, marked) in told.items() if streams != marked} == set()
    assert {"file.read", "file.write", "transform.apply", "sql.query", "sql.load"} <= {
        name for name, (streams, _) in told.items() if streams
    }
