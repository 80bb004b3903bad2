"""Calls of other workflows through the command line: docs/language/047-sub-workflows.md, rule by rule."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path
from typing import Any

import pytest
from run_weft import begin, echo, fail, run, wait_for, weft, write_spec

import engine

SHOP: dict[str, Any] = {"shop": {"type": "string"}, "factor": {"type": "integer", "default": 10}}
COUNT: dict[str, Any] = {
    "inputs": SHOP,
    "steps": [echo("look", "$<inputs.shop | length * inputs.factor>")],
    "outputs": {"orders": "$<step_look_result.v>"},
}


def call(name: str, workflow: str, given: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"id": name, "workflow": workflow, **({"with": given} if given is not None else {}), **more}


def spec_file(folder: Path, name: str, **file: Any) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"weft": 1, "name": path.name.split(".")[0], **file}))
    return path


def problems(path: Path) -> list[tuple[str, str]]:
    told = json.loads(weft("validate", str(path), "--format", "json").out)["problems"]
    return [(one["code"], one["message"]) for one in told]


# -- W1, W2: what is called ---------------------------------------------------------------------------------------


def test_a_file_is_found_from_the_file_that_calls_it(tmp_path: Path) -> None:
    spec_file(tmp_path, "parts/count.yaml", **COUNT)
    spec_file(
        tmp_path,
        "parts/outer.weft.json",
        steps=[call("on", "./count.yaml", {"shop": "rome"})],
        outputs={"n": "$<step_on_result.orders>"},
    )
    assert run(tmp_path, [call("a", "parts/outer.weft.json")]).data("a") == {"n": 40}


def test_a_file_above_the_spec_is_found_where_a_project_file_holds_both(tmp_path: Path) -> None:
    spec_file(tmp_path, "count.yaml", **COUNT)
    inner = tmp_path / "flows"
    inner.mkdir()
    steps = [call("a", "../count.yaml", {"shop": "rome"})]
    assert problems(write_spec(inner, steps)) == [("WF308", '"../count.yaml" lies outside of the project')]
    (tmp_path / "weft.toml").write_text("")
    assert run(inner, steps).data("a") == {"orders": 40}


def test_a_link_out_of_the_project_is_not_followed(tmp_path: Path) -> None:
    spec_file(tmp_path, "count.yaml", **COUNT)
    inner = tmp_path / "flows"
    inner.mkdir()
    (inner / "count.yaml").symlink_to(tmp_path / "count.yaml")
    told = problems(write_spec(inner, [call("a", "./count.yaml", {"shop": "rome"})]))
    assert told == [("WF308", '"count.yaml" lies outside of the project')]


def test_one_of_the_file_may_call_its_neighbour(tmp_path: Path) -> None:
    twice = {
        "steps": [call("a", "count", {"shop": "x"}), call("b", "count", {"shop": "yy"})],
        "outputs": {"all": ["$<step_a_result.orders>", "$<step_b_result.orders>"]},
    }
    told = run(tmp_path, [call("both", "twice")], workflows={"count": COUNT, "twice": twice})
    assert told.data("both") == {"all": [10, 20]}


@pytest.mark.parametrize("word", ["weft", "name", "workflows", "triggers"])
def test_a_workflow_of_the_file_has_no_word_of_the_file_alone(tmp_path: Path, word: str) -> None:
    path = write_spec(tmp_path, [call("a", "w")], workflows={"w": {"steps": [echo("x")], word: 1}})
    assert ("WF202", f'unknown key "{word}" in a workflow') in problems(path)


# -- W3: names ----------------------------------------------------------------------------------------------------


def test_a_called_workflow_sees_nothing_of_its_caller(tmp_path: Path) -> None:
    inner = {"steps": [echo("x", ["$<item>", "$<let.n>", "$<step_first_result>", "$<inputs.day>"])]}
    steps = [echo("first"), call("a", "w", foreach=[1], let={"n": 1})]
    path = write_spec(tmp_path, steps, workflows={"w": inner}, inputs={"day": {"default": "now"}})
    assert [code for code, _ in problems(path) if code == "WF402"] == ["WF402"] * 4


def test_the_same_ids_inside_and_outside_are_different_steps(tmp_path: Path) -> None:
    inner = {"steps": [echo("a", 1), echo("b", "$<step_a_result.v>")], "outputs": {"b": "$<step_b_result.v>"}}
    told = run(
        tmp_path, [echo("a", 7), call("b", "w"), echo("c", "$<step_a_result.v>")], workflows={"w": inner}
    )
    assert told.data("b") == {"b": 1}
    assert told.data("c") == {"v": 7}


def test_loop_names_and_named_values_end_at_the_call(tmp_path: Path) -> None:
    """`outer` and the whole of `let` reach no further than the file, also where they are there at run time."""
    inner = {
        "let": {"mine": 1},
        "steps": [{**echo("x", ["$<item>", "$<let>"]), "foreach": [5]}],
        "outputs": {"x": "$<step_x_result>"},
    }
    told = run(tmp_path, [call("a", "w", foreach=[9], let={"yours": 2})], workflows={"w": inner})
    assert told.data("a") == [{"x": [{"v": [5, {"mine": 1}]}]}]


def test_the_first_input_of_a_called_pipeline_is_null(tmp_path: Path) -> None:
    inner = {"mode": "pipeline", "steps": [echo("x", "$<input>")], "outputs": {"x": "$<step_x_result>"}}
    told = run(tmp_path, [echo("a", 1), call("b", "w")], mode="pipeline", workflows={"w": inner})
    assert told.data("b") == {"x": {"v": None}}


def test_without_outputs_a_call_gives_an_empty_mapping(tmp_path: Path) -> None:
    assert run(tmp_path, [call("a", "w")], workflows={"w": {"steps": [echo("x", 1)]}}).data("a") == {}


# -- W4: inputs and outputs ---------------------------------------------------------------------------------------


def test_what_a_call_is_given_is_held_against_the_inputs_before_anything_runs(tmp_path: Path) -> None:
    steps = [call("a", "count", {"day": "x", "factor": "two"})]
    told = problems(write_spec(tmp_path, steps, workflows={"count": COUNT}))
    assert told == [
        ("WF505", 'workflow "count" needs "shop"'),
        ("WF503", 'workflow "count" has no input "day"'),
        ("WF504", '"factor" must be a whole number, not the text "two"'),
    ]


def test_a_wrong_value_from_a_reference_fails_the_call_without_an_attempt(tmp_path: Path) -> None:
    steps = [echo("n", 3), call("a", "count", {"shop": "$<step_n_result.v>"})]
    step = run(tmp_path, steps, workflows={"count": COUNT}).report["steps"]["a"]
    assert step["status"] == "failed"
    assert step["attempts"] == 0
    error = step["errors"][0]
    assert (error["type"], error["code"]) == ("invalid", "inputs")
    assert error["message"] == 'input "shop" cannot be 3: 3 is not of type "string"'


def test_reading_an_output_that_is_not_there_is_told(tmp_path: Path) -> None:
    steps = [call("a", "count", {"shop": "x"}), echo("b", ["$<step_a_result.order>", "$<steps.a.data.n>"])]
    told = problems(write_spec(tmp_path, steps, workflows={"count": COUNT}))
    assert told == [
        ("WF402", 'workflow "count" has no output "order"'),
        ("WF402", 'workflow "count" has no output "n"'),
    ]


# -- W5: connections ----------------------------------------------------------------------------------------------


def test_a_called_file_brings_its_own_connections_also_those_that_read_its_inputs(tmp_path: Path) -> None:
    one = "select 1 as n"
    query = {"id": "q", "tool": "db", "operation": "query", "with": {"sql": "select count(*) as n from t"}}
    load = {"id": "l", "tool": "db", "operation": "load"}
    load["with"] = {"table": "t", "records": "$<inputs.rows>"}
    spec_file(
        tmp_path,
        "part.yaml",
        inputs={"file": {"type": "string"}, "rows": {"type": "array"}},
        connections={"db": {"tool": "sql", "url": "sqlite:///$<inputs.file>", "writable": True}},
        steps=[load, query],
        outputs={"n": "$<step_q_result.rows[0].n>"},
    )
    steps = [
        call("a", "./part.yaml", {"file": "one.db", "rows": [{"x": 1}]}),
        call("b", "./part.yaml", {"file": "two.db", "rows": [{"x": 1}, {"x": 2}]}),
        {"id": "c", "tool": "db", "operation": "query", "with": {"sql": one}},
    ]
    told = run(tmp_path, steps, connections={"db": {"tool": "sql", "url": "duckdb:///:memory:"}})
    assert told.data("a") == {"n": 1}
    assert told.data("b") == {"n": 2}
    assert told.data("c")["rows"] == [{"n": 1}]
    assert (tmp_path / "one.db").exists()
    assert (tmp_path / "two.db").exists()


def test_a_called_file_means_the_projects_connection_where_its_caller_has_another_of_that_name(
    tmp_path: Path,
) -> None:
    """Each writes `db`: the caller has its own, the called file has none and means that of weft.toml."""
    query = {"id": "q", "tool": "db", "operation": "query", "with": {"sql": "select count(*) as n from t"}}
    load = {"id": "l", "tool": "db", "operation": "load", "with": {"table": "t", "records": [{"x": 1}]}}
    toml = '[connections.db]\ntool = "sql"\nurl = "sqlite:///project.db"\nwritable = true\n'
    (tmp_path / "weft.toml").write_text(toml)
    spec_file(tmp_path, "part.yaml", steps=[load, query], outputs={"n": "$<step_q_result.rows[0].n>"})
    own = {"db": {"tool": "sql", "url": "duckdb:///:memory:"}}
    path = write_spec(tmp_path, [call("a", "./part.yaml")], connections=own)
    told = weft("run", str(path), "--run-id", "r", "--output", "json")
    assert told.data("a") == {"n": 1}, told.err
    assert (tmp_path / "project.db").exists()
    assert weft("show", "r", "--output", "json").data("a") == {"n": 1}


def test_a_workflow_of_the_file_uses_the_connections_of_the_file(tmp_path: Path) -> None:
    query = {"id": "q", "tool": "db", "operation": "query", "with": {"sql": "select 3 as n"}}
    inner = {"steps": [query], "outputs": {"n": "$<step_q_result.rows[0].n>"}}
    connections = {"db": {"tool": "sql", "url": "duckdb:///:memory:"}}
    told = run(tmp_path, [call("a", "w")], workflows={"w": inner}, connections=connections)
    assert told.data("a") == {"n": 3}


def test_a_called_file_may_itself_call_its_own_with_its_own_connections(tmp_path: Path) -> None:
    query = {"id": "q", "tool": "db", "operation": "query", "with": {"sql": "select 4 as n"}}
    spec_file(
        tmp_path,
        "part.yaml",
        connections={"db": {"tool": "sql", "url": "duckdb:///:memory:"}},
        steps=[call("on", "w")],
        outputs={"n": "$<step_on_result.n>"},
        workflows={"w": {"steps": [query], "outputs": {"n": "$<step_q_result.rows[0].n>"}}},
    )
    assert run(tmp_path, [call("a", "./part.yaml")]).data("a") == {"n": 4}


# -- W6: limits ---------------------------------------------------------------------------------------------------


def test_context_goes_inwards_through_a_call_and_defaults_do_not(tmp_path: Path) -> None:
    inner = {"steps": [fail("x", retry={"attempts": 1})], "rescue": [echo("r")]}
    wants = {"quality_requirements": {"min_records": 5}}
    strict = {"steps": [{"id": "y", "tool": "transform", "with": {"records": [{"n": 1}], "steps": []}}]}
    told = run(
        tmp_path,
        [call("a", "w"), call("b", "strict", context={**wants, "on_miss": "fail"}, on_error="continue")],
        workflows={"w": inner, "strict": strict},
        defaults={"retry": {"attempts": 3, "delay": "1ms", "errors": ["any"]}},
    )
    assert told.report["steps"]["a"]["steps"]["x"]["attempts"] == 1
    assert told.report["steps"]["b"]["errors"][0]["code"] == "requirements"


class Gauge:
    """How many calls go on at once: each waits until `enough` do, and a step more would be seen."""

    def __init__(self, enough: int) -> None:
        self.enough = enough
        self.now = self.most = 0
        self.open = asyncio.Event()

    async def __call__(self) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        if self.now >= self.enough:
            self.open.set()
        async with asyncio.timeout(20):
            await self.open.wait()
        await asyncio.sleep(0)
        self.now -= 1


@pytest.mark.parametrize(
    ("callers", "called", "most"), [(64, 3, 3), (64, None, 32), (2, 40, 2), (2, None, 2)]
)
def test_a_called_workflow_has_a_limit_of_its_own_within_that_of_its_caller(
    callers: int, called: int | None, most: int
) -> None:
    gauge = Gauge(most)

    async def measured() -> None:
        await gauge()

    inner: dict[str, Any] = {
        "mode": "dag",
        "steps": [{"id": f"s{n}", "tool": "measured"} for n in range(max(most + 8, 10))],
    }
    if called is not None:
        inner["concurrency"] = called
    steps = [call("a", "w")]
    spec = {
        "weft": 1,
        "name": "outer",
        "mode": "dag",
        "concurrency": callers,
        "steps": steps,
        "workflows": {"w": inner},
    }
    assert engine.run(spec, store="memory", tools={"measured": measured}).success
    assert gauge.most == most


def test_the_timeout_of_a_called_workflow_cuts_the_call(tmp_path: Path) -> None:
    slow = {"timeout": "50ms", "steps": [{"id": "x", "tool": "sleep", "with": {"seconds": 30}}]}
    told = run(tmp_path, [call("a", "slow")], workflows={"slow": slow})
    step = told.report["steps"]["a"]
    assert (step["status"], step["errors"][0]["type"]) == ("failed", "timeout")
    assert step["steps"]["x"]["status"] == "cancelled"


def test_the_timeout_of_the_calling_step_holds_beside_it(tmp_path: Path) -> None:
    slow = {"steps": [{"id": "x", "tool": "sleep", "with": {"seconds": 30}}]}
    told = run(tmp_path, [call("a", "slow", timeout="50ms")], workflows={"slow": slow})
    assert told.report["steps"]["a"]["status"] == "timed_out"


@pytest.mark.parametrize("word", ["mode", "match", "concurrency", "outputs"])
def test_what_belongs_to_a_group_cannot_stand_on_a_call(tmp_path: Path, word: str) -> None:
    value = {"mode": "dag", "match": "all", "concurrency": 1, "outputs": {"n": 1}}[word]
    path = write_spec(tmp_path, [call("a", "w", **{word: value})], workflows={"w": {"steps": [echo("x")]}})
    assert problems(path) == [("WF209", f'"{word}" belongs to a group, and step "a" is none')]


# -- W7: modifiers ------------------------------------------------------------------------------------------------


def test_a_call_that_is_tried_again_runs_again_only_what_had_not_succeeded(tmp_path: Path) -> None:
    (tmp_path / "flow_code.py").write_text("""
import pathlib
def note(name, good_from):
    file = pathlib.Path(name)
    tries = len(file.read_text()) + 1 if file.exists() else 1
    file.write_text("x" * tries)
    if tries < good_from:
        raise ValueError("not yet")
    return tries
""")
    work = {
        "steps": [
            {"id": "once", "tool": "python", "with": {"call": "flow_code:note", "args": ["a", 1]}},
            {"id": "late", "tool": "python", "with": {"call": "flow_code:note", "args": ["b", 3]}},
        ],
        "outputs": {"tries": "$<step_late_result>"},
    }
    retry = {"attempts": 3, "delay": "1ms", "errors": ["any"]}
    told = run(tmp_path, [call("a", "work", retry=retry)], workflows={"work": work})
    assert told.data("a") == {"tries": 3}
    assert (tmp_path / "a").read_text() == "x"
    assert told.report["steps"]["a"]["attempts"] == 3


def test_repeat_reads_the_outputs_of_the_call_before(tmp_path: Path) -> None:
    page = {
        "inputs": {"at": {"type": "integer"}},
        "steps": [echo("x", "$<inputs.at + 1>")],
        "outputs": {"at": "$<step_x_result.v>"},
    }
    steps = [call("a", "page", {"at": "$<last.at | default(0)>"}, repeat={"until": "last.at == 3", "max": 9})]
    assert run(tmp_path, steps, workflows={"page": page}).data("a") == {"at": 3}


def test_the_rescue_inside_comes_before_the_rescue_outside(tmp_path: Path) -> None:
    inside = {"steps": [fail("x")], "rescue": [echo("r", "inside")]}
    told = run(tmp_path, [call("a", "w", rescue=[echo("r", "outside")])], workflows={"w": inside})
    assert told.report["steps"]["a"]["steps"]["r"]["data"] == {"v": "inside"}
    assert "r" not in told.report["steps"]


def test_the_rescue_outside_sees_the_failure_of_the_calling_step(tmp_path: Path) -> None:
    inside = {"steps": [fail("x", **{"with": {"type": "data", "code": "D1", "message": "torn"}})]}
    told = run(tmp_path, [call("a", "w", rescue=[echo("r", "$<error>")])], workflows={"w": inside})
    error = told.data("r")["v"]
    assert (error["step"], error["type"], error["code"], error["message"]) == ("a", "data", "D1", "torn")


def test_a_call_whose_inputs_cannot_be_made_is_null_to_whoever_reads_it(tmp_path: Path) -> None:
    given = {"shop": "$<'9999-12-31' | plus('1d')>"}
    steps = [call("a", "count", given, rescue=[echo("r")]), echo("b", "$<step_a_result>")]
    assert run(tmp_path, steps, workflows={"count": COUNT}).data("b") == {"v": None}


def test_stop_inside_a_call_stops_the_run(tmp_path: Path) -> None:
    told = run(
        tmp_path,
        [call("a", "w", on_error="continue"), echo("b")],
        workflows={"w": {"steps": [fail("x", on_error="stop")]}},
    )
    assert told.report["status"] == "failed"
    assert told.statuses["b"] == "skipped"


# -- W8: results --------------------------------------------------------------------------------------------------


def test_the_result_has_the_steps_of_a_call_in_the_calling_step(tmp_path: Path) -> None:
    steps = [call("each", "count", {"shop": "$<item>"}, foreach={"in": ["oslo"], "key": "item"})]
    told = run(tmp_path, [*steps, call("one", "count", {"shop": "x"})], workflows={"count": COUNT})
    inner = told.report["steps"]["each"]["iterations"][0]["steps"]["look"]
    assert (inner["instance"], inner["parent"], inner["data"]) == ('each["oslo"]/look', None, {"v": 40})
    assert told.report["steps"]["one"]["steps"]["look"]["instance"] == "one/look"
    assert told.report["steps_completed"] == ["each", "one"]
    assert told.report["metadata"]["total_steps"] == 4


def test_what_is_shown_of_a_call_names_its_tool_and_not_its_file(tmp_path: Path) -> None:
    path = write_spec(tmp_path, [call("a", "count", {"shop": "x"})], workflows={"count": COUNT})
    told = weft("run", str(path), "--store", "memory").err
    assert "a/look        echo      succeeded" in told
    assert "(workflow)" not in told


def test_a_step_of_a_call_is_shown_by_the_name_the_run_prints(tmp_path: Path) -> None:
    path = write_spec(tmp_path, [call("a", "count", {"shop": "rome"})], workflows={"count": COUNT})
    weft("run", str(path), "--run-id", "r")
    assert json.loads(weft("show", "r", "--step", "a/look", "--output", "json").out)["data"] == {"v": 40}


# -- W9: bounds ---------------------------------------------------------------------------------------------------


def test_a_circle_through_another_file_is_told_where_it_is_called(tmp_path: Path) -> None:
    spec_file(tmp_path, "ping.yaml", steps=[call("on", "./pong.yaml")])
    path = spec_file(tmp_path, "pong.yaml", steps=[call("back", "./ping.yaml")])
    assert problems(path) == [
        (
            "WF310",
            '"./ping.yaml" cannot run: "./pong.yaml" calls itself: pong.yaml -> ping.yaml -> pong.yaml',
        )
    ]


def test_calls_may_go_thirty_two_workflows_deep_and_no_deeper(tmp_path: Path) -> None:
    def chain(length: int) -> dict[str, Any]:
        last = {f"w{length}": {"steps": [echo("x")]}}
        return {f"w{n}": {"steps": [call("on", f"w{n + 1}")]} for n in range(1, length)} | last

    assert problems(write_spec(tmp_path, [call("a", "w1")], workflows=chain(31))) == []
    told = problems(write_spec(tmp_path, [call("a", "w1")], workflows=chain(32)))
    assert told[-1] == ("WF309", "the calls go 33 workflows deep, more than 32")


def test_calls_that_make_too_many_steps_are_told_without_making_them(tmp_path: Path) -> None:
    """Each calls the next twice: 2^25 steps, in a file of a page."""
    doubling = {
        f"w{n}": {"steps": [call("a", f"w{n + 1}"), call("b", f"w{n + 1}")]} for n in range(1, 25)
    } | {"w25": {"steps": [echo("x")]}}
    told = problems(write_spec(tmp_path, [call("a", "w1")], workflows=doubling))
    assert [code for code, _ in told] == ["WF309"] * len(told)
    assert told[0][1].startswith("with all its calls the workflow has ")


# -- W10: the store -----------------------------------------------------------------------------------------------


def test_a_resume_reads_the_called_file_as_it_was(tmp_path: Path) -> None:
    """The called file is changed, and then gone: the run goes on with the text it began with."""
    wait = {"id": "wait", "tool": "shell", "with": {"command": "echo x >> began; test -e go || sleep 30"}}
    part = spec_file(
        tmp_path, "part.yaml", steps=[wait, echo("x", "old")], outputs={"x": "$<step_x_result.v>"}
    )
    path = write_spec(tmp_path, [call("a", "./part.yaml")], outputs={"x": "$<step_a_result.x>"})
    process = begin(tmp_path, "run", str(path), "--run-id", "r1")
    wait_for(tmp_path / "began")
    process.kill()
    process.communicate()
    part.unlink()
    (tmp_path / "go").write_text("")
    told = weft("resume", "r1", "--output", "json")
    assert told.code == 0, told.err
    assert told.report["outputs"] == {"x": "old"}
    assert weft("show", "r1", "--output", "json").report["outputs"] == {"x": "old"}


def test_the_same_run_id_with_another_called_file_is_another_spec(tmp_path: Path) -> None:
    spec_file(tmp_path, "part.yaml", steps=[echo("x", 1)])
    path = write_spec(tmp_path, [call("a", "./part.yaml")])
    assert weft("run", str(path), "--run-id", "r1").code == 0
    assert weft("run", str(path), "--run-id", "r1").code == 0
    spec_file(tmp_path, "part.yaml", steps=[echo("x", 2)])
    told = weft("run", str(path), "--run-id", "r1")
    assert (told.code, "exists with another spec" in told.err) == (2, True)


# -- W11: secrets -------------------------------------------------------------------------------------------------

KEEPER: dict[str, Any] = {
    "inputs": {"token": {"type": "string", "secret": True}},
    "steps": [
        {
            "id": "use",
            "tool": "shell",
            "with": {
                "command": 'printf %s "$T" > got; echo x >> began; test -e go || sleep 30',
                "env": {"T": "$<inputs.token>"},
            },
        }
    ],
}


def test_a_secret_may_be_given_only_to_a_secret_input(tmp_path: Path) -> None:
    open_ = {"inputs": {"token": {"type": "string"}}, "steps": [echo("x", "$<inputs.token>")]}
    given = {"token": "$<secrets.TOKEN>"}
    path = write_spec(tmp_path, [call("a", "open", given)], workflows={"open": open_})
    assert problems(path) == [("WF601", 'input "token" of "open" would show a secret')]
    assert problems(write_spec(tmp_path, [call("a", "keep", given)], workflows={"keep": KEEPER})) == []


def test_what_is_given_to_a_secret_input_from_elsewhere_is_masked_from_then_on(tmp_path: Path) -> None:
    inner = {
        "inputs": {"token": {"type": "string", "secret": True}},
        "steps": [echo("x", "it is $<inputs.token>")],
    }
    given = {"token": "$<step_first_result.v>"}
    steps = [echo("first", "canary-4711"), call("a", "keep", given), echo("after", "$<step_first_result.v>")]
    told = run(tmp_path, steps, workflows={"keep": inner})
    assert told.data("first") == {"v": "canary-4711"}
    assert told.report["steps"]["a"]["steps"]["x"]["data"] == {"v": "it is ***"}
    assert told.data("after") == {"v": "***"}


def test_a_secret_goes_through_a_call_also_after_a_kill_and_is_in_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "canary-4711"
    monkeypatch.setenv("WEFT_SECRET_TOKEN", secret)
    path = write_spec(
        tmp_path, [call("a", "keep", {"token": "$<secrets.TOKEN>"})], workflows={"keep": KEEPER}
    )
    process = begin(tmp_path, "run", str(path), "--run-id", "r1")
    wait_for(tmp_path / "began")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (tmp_path / "go").write_text("")
    (tmp_path / "got").unlink()
    told = weft("resume", "r1")
    assert told.code == 0, told.err
    assert (tmp_path / "got").read_text() == secret
    events = weft("show", "r1", "--events", "--output", "json").out
    assert secret not in events
    assert "$<secrets.TOKEN>" in events
    assert secret.encode() not in (tmp_path / ".weft" / "weft.db").read_bytes()


def test_a_signal_leaves_a_call_to_be_resumed(tmp_path: Path) -> None:
    wait = {"id": "wait", "tool": "shell", "with": {"command": "echo x >> began; test -e go || sleep 30"}}
    inner = {
        "inputs": SHOP,
        "steps": [wait, echo("x", "$<inputs.shop>")],
        "outputs": {"x": "$<step_x_result.v>"},
    }
    path = write_spec(tmp_path, [call("a", "w", {"shop": "rome"})], workflows={"w": inner})
    process = begin(tmp_path, "run", str(path), "--run-id", "r1")
    wait_for(tmp_path / "began")
    process.terminate()
    assert process.wait(20) == 143
    (tmp_path / "go").write_text("")
    assert weft("resume", "r1", "--output", "json").data("a") == {"x": "rome"}


def test_a_thousand_calls_are_checked_and_run(tmp_path: Path) -> None:
    """No claim about time: that a wide file of calls is nothing special."""
    steps = [call(f"s{n}", "count", {"shop": "x"}) for n in range(1000)]
    told = run(tmp_path, steps, workflows={"count": COUNT}, mode="dag", outputs={"n": "$<step_s999_result>"})
    assert told.report["outputs"] == {"n": {"orders": 10}}
