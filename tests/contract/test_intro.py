"""Few words that hold everywhere: groups of steps, one body a step, modifiers alike on every kind of step."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from contract_flow import Step, echo, flow, problems, slow, spec, statuses, use

import engine
from engine import WorkflowResult

KINDS = ("tool", "group", "workflow")


def on(kind: str, body: Step, **words: Any) -> WorkflowResult:
    """A run of the step `s` with these words, whose body is (or holds, or calls) this step."""
    inner = {key: value for key, value in body.items() if key != "id"}
    whole: dict[str, Step] = {
        "tool": {"id": "s", **inner},
        "group": {"id": "s", "steps": [body]},
        "workflow": {"id": "s", "workflow": "called"},
    }
    workflows = {"called": {"steps": [body], "outputs": {"b": "$<step_b_result>"}}}
    return flow([echo("before", 1), {**whole[kind], **words}], mode="dag", workflows=workflows)


def wrong(**words: Any) -> Step:
    return {"id": "b", "tool": "fail", **words}


@pytest.mark.parametrize("kind", KINDS)
def test_a_condition_means_the_same_on_every_kind_of_step(kind: str) -> None:
    assert on(kind, echo("b"), when="1 > 2").steps["s"].status == "skipped"


@pytest.mark.parametrize("kind", KINDS)
def test_needs_and_rule_mean_the_same_on_every_kind_of_step(kind: str) -> None:
    told = on(kind, echo("b"), needs=["before"], trigger_rule="all_failed")
    assert statuses(told) == {"before": "succeeded", "s": "skipped"}


@pytest.mark.parametrize("kind", KINDS)
def test_loops_mean_the_same_on_every_kind_of_step(kind: str) -> None:
    looped = on(kind, echo("b", 1), foreach={"in": [1, 2, 3], "break_when": "item == 2"}).steps["s"]
    assert [one is None for one in looped.data] == [False, False, True]
    repeated = on(kind, echo("b", 1), repeat={"until": "last is defined", "max": 9}).steps["s"]
    assert len(repeated.iterations) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_retry_means_the_same_on_every_kind_of_step(kind: str) -> None:
    retry = {"attempts": 3, "delay": "1ms", "errors": ["any"]}
    assert on(kind, wrong(), retry=retry).steps["s"].attempts == 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_timeout_means_the_same_on_every_kind_of_step(kind: str) -> None:
    assert on(kind, slow("b"), timeout="30ms").steps["s"].status == "timed_out"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_done_about_a_failure_means_the_same_on_every_kind_of_step(kind: str) -> None:
    handled = on(kind, wrong(), on_error="continue")
    assert (handled.steps["s"].status, handled.steps["s"].handled, handled.success) == ("failed", True, True)
    rescued = on(kind, wrong(), rescue=[echo("r", "$<error.type>")], **{"finally": [echo("f")]})
    assert (rescued.steps["s"].status, rescued.steps["r"].data) == ("succeeded", {"v": "failed"})
    assert rescued.steps["f"].status == "succeeded"
    assert on(kind, wrong(), on_error="stop").status == "failed"


@pytest.mark.parametrize("kind", KINDS)
def test_a_context_means_the_same_on_every_kind_of_step(kind: str) -> None:
    records = {"id": "b", "tool": "transform", "with": {"records": [{"n": 1}], "steps": [{"select": ["n"]}]}}
    told = on(kind, records, context={"quality_requirements": {"min_records": 2}, "on_miss": "fail"})
    assert (told.steps["s"].errors[0]["type"], told.steps["s"].errors[0]["code"]) == ("data", "requirements")


@pytest.mark.parametrize("kind", KINDS)
def test_named_values_mean_the_same_on_every_kind_of_step(kind: str) -> None:
    """What is called sees no names of the caller: they reach it as its inputs."""
    body = echo("b", "$<let.n>")
    steps: dict[str, Step] = {
        "tool": {"id": "s", "tool": "echo", "with": {"v": "$<let.n>"}},
        "group": {"id": "s", "steps": [body], "outputs": {"v": "$<step_b_result.v>"}},
        "workflow": {"id": "s", "workflow": "called", "with": {"n": "$<let.n>"}},
    }
    called = {
        "inputs": {"n": {"type": "integer"}},
        "steps": [echo("b", "$<inputs.n>")],
        "outputs": {"v": "$<step_b_result.v>"},
    }
    told = flow([{**steps[kind], "let": {"n": "$<2 + 3>"}}], workflows={"called": called})
    assert told.steps["s"].data == {"v": 5}


@pytest.mark.parametrize("mode", ["sequential", "parallel", "conditional", "pipeline", "dag"])
def test_a_file_is_a_group_its_mode_means_what_it_means_on_a_group(mode: str) -> None:
    """The file and the group run the same steps; in what order, two calls that meet tell."""
    order: list[str] = []

    async def note(name: str, pauses: int) -> None:
        order.append(f"{name} begins")
        for _ in range(pauses):
            await asyncio.sleep(0)
        order.append(f"{name} ends")

    def noting(name: str, pauses: int, **words: Any) -> Step:
        return use(name, "note", **{"with": {"name": name, "pauses": pauses}}, **words)

    steps = [
        noting("a", 50),
        noting("b", 1),
        noting("c", 1, when=False),
        {"id": "x", "tool": "fail"},
        echo("y"),
    ]
    file = flow(steps, mode=mode, tools={"note": note})
    of_file, order = order[:], []
    group = flow([{"id": "g", "mode": mode, "steps": steps}], tools={"note": note})
    assert statuses(group) == {"g": "failed", **statuses(file)}
    assert order == of_file
    at_once = order.index("b begins") < order.index("a ends")
    assert at_once is (mode in ("parallel", "dag"))


def test_a_step_has_one_body() -> None:
    nothing = {"id": "a"}
    both = {"id": "b", "tool": "echo", "steps": [echo("c")]}
    assert [code for code, _, _ in problems([nothing, both])] == ["WF208", "WF208"]


def test_a_spec_that_uses_every_kind_of_body_runs() -> None:
    steps = [echo("a", 1), {"id": "g", "steps": [echo("b", 2)]}, {"id": "w", "workflow": "called"}]
    told = engine.run(spec(steps, workflows={"called": {"steps": [echo("c", 3)]}}), store="memory")
    assert statuses(told) == {"a": "succeeded", "g": "succeeded", "b": "succeeded", "w": "succeeded"}
