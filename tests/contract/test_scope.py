"""Who may read whom."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from contract_flow import echo, fail, flow, problems, said, spec, statuses, use

import engine
from engine import Tool, operation


@pytest.mark.parametrize("word", ["rescue", "finally"])
def test_ids_in_a_rescue_or_finally_are_of_the_same_namespace(word: str) -> None:
    assert problems([echo("a", **{word: [echo("b")]}), echo("B")])[0][0] == "WF301"


def test_a_step_reads_what_the_groups_around_it_may_read() -> None:
    inner = {"id": "h", "mode": "parallel", "steps": [echo("b", "$<step_a_result.v>")]}
    assert said(flow([echo("a", 1), {"id": "g", "mode": "parallel", "steps": [inner]}]), "b") == 1


def test_a_step_reads_nothing_that_the_group_around_it_may_not_read() -> None:
    groups = [{"id": "g", "steps": [echo("a")]}, {"id": "h", "steps": [echo("b", "$<step_a_result>")]}]
    told = problems(groups, mode="parallel")
    assert [(code, message) for code, message, _ in told] == [
        ("WF403", 'step "b" reads "a", but the steps of the file run in parallel')
    ]
    assert problems(groups) == []


@pytest.mark.parametrize(
    "link", [{"needs": ["quick"]}, {"with": {"v": "$<step_quick_result>"}}], ids=["needs", "reads"]
)
def test_who_reads_or_needs_into_a_group_waits_for_the_whole_group(link: dict[str, object]) -> None:
    order: list[str] = []

    async def late() -> None:
        await asyncio.sleep(0.03)
        order.append("late")

    async def reader(v: object = None) -> None:
        order.append("reader")

    group = {"id": "g", "mode": "parallel", "steps": [echo("quick"), use("late", "late")]}
    told = flow([group, use("b", "reader", **link)], mode="dag", tools={"late": late, "reader": reader})
    assert told.success
    assert order == ["late", "reader"]


def test_who_needs_a_step_of_a_group_is_held_to_how_the_group_ended() -> None:
    group = {"id": "g", "mode": "parallel", "steps": [echo("a"), fail("x")]}
    told = flow(
        [group, echo("b", needs=["a"]), echo("c", needs=["a"], trigger_rule="one_failed")], mode="dag"
    )
    assert (told.steps["a"].status, told.steps["b"].status, told.steps["c"].status) == (
        "succeeded",
        "skipped",
        "succeeded",
    )


@pytest.mark.parametrize("name", ["step_a_result", "steps.a.status", "steps.a"])
def test_reading_the_whole_result_makes_the_edge_that_reading_the_data_makes(name: str) -> None:
    reader = echo("b", f"$<{name}>")
    assert statuses(flow([reader, fail("a")], mode="dag"))["b"] == "skipped"
    assert [code for code, _, _ in problems([echo("a"), reader], mode="parallel")] == ["WF403"]


def test_rescue_and_finally_read_a_step_that_failed_and_one_that_never_ran() -> None:
    """No edge: a rule would skip who needs a failure."""
    group = {"id": "g", "steps": [fail("a"), echo("b")]}
    reads = ["$<step_a_result>", "$<step_b_result>", "$<steps.a.status>", "$<steps.b.status>"]
    told = flow([{**group, "rescue": [echo("r", reads)], "finally": [echo("f", reads)]}])
    assert said(told, "r") == said(told, "f") == [None, None, "failed", "skipped"]


def test_a_called_workflow_sees_its_inputs_its_named_values_its_steps_the_run_and_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WEFT_SECRET_TOKEN", "canary")
    got: list[str] = []

    def take(token: str) -> None:
        got.append(token)

    inner = {
        "inputs": {"n": {"type": "integer"}},
        "let": {"m": "$<inputs.n + 1>"},
        "steps": [
            echo("x", "$<let.m + 1>"),
            echo("y", ["$<inputs.n>", "$<let.m>", "$<step_x_result.v>", "$<run.id>"]),
            use("z", "take", **{"with": {"token": "$<secrets.TOKEN>"}}),
        ],
        "outputs": {"y": "$<step_y_result.v>"},
    }
    call = {"id": "a", "workflow": "w", "with": {"n": 1}}
    told = flow([call], workflows={"w": inner}, tools={"take": take})
    assert told.steps["a"].data == {"y": [1, 2, 3, told.run_id]}
    assert got == ["canary"]


def test_a_workflow_that_calls_itself_is_refused() -> None:
    told = problems(
        [{"id": "a", "workflow": "w"}], workflows={"w": {"steps": [{"id": "b", "workflow": "w"}]}}
    )
    assert [(code, message) for code, message, _ in told] == [("WF309", '"w" calls itself: w -> w')]


class Where(Tool):
    """A tool that tells which of its connections was used."""

    category = "integration"

    def configure(self, place: str) -> None:
        self.place = place

    @operation
    def ask(self) -> str:
        return self.place


def test_a_called_workflow_uses_its_own_connections_then_those_of_its_file_then_the_projects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    toml = "".join(f'[connections.{name}]\ntool = "where"\nplace = "project"\n' for name in ("db", "shop"))
    Path("weft.toml").write_text(toml, encoding="utf-8")
    db = {place: {"db": {"tool": "where", "place": place}} for place in ("own", "file")}

    def asking(connection: str, **words: object) -> dict[str, object]:
        return {**words, "steps": [use("q", connection)], "outputs": {"place": "$<step_q_result>"}}

    called = {"weft": 1, "name": "part", **asking("shop")}
    Path("part.yaml").write_text(json.dumps(called), encoding="utf-8")
    workflows = {"own": asking("db", connections=db["own"]), "plain": asking("db"), "far": asking("shop")}
    calls = [{"id": f"s{n}", "workflow": name} for n, name in enumerate([*workflows, "./part.yaml"])]
    flow = spec(calls, connections=db["file"], workflows=workflows)
    Path("flow.yaml").write_text(json.dumps(flow), encoding="utf-8")
    told = engine.run("flow.yaml", tools={"where": Where}, store="memory")
    places = [told.steps[call["id"]].data["place"] for call in calls]
    assert places == ["own", "file", "project", "project"]
