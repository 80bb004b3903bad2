"""Running from a program: what goes in, what comes out, what is raised before anything is started."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from api_specs import spec, step

import engine
from engine import (
    InputError,
    PermissionDenied,
    Principal,
    SpecError,
    UsageError,
    load,
    run,
    runs,
    show,
    validate,
)
from engine.cli.parser import run as command
from engine.spec.shipped import shipped

LOOP = spec(
    step("each", foreach={"in": [1, 2]}, v="$<item>"),
    {"id": "pair", "foreach": {"in": ["a"]}, "steps": [step("inner", v="$<item>")]},
    step("off", when="inputs.n == 0", v=1),
    step("bad", "fail", on_error="continue", message="on purpose"),
    inputs={"n": {"type": "integer", "default": 3}},
    outputs={"n": "$<inputs.n>"},
)


def test_a_path_a_mapping_and_a_loaded_workflow_are_run_alike(folder: Path) -> None:
    mapping = {
        "weft": 1,
        "name": "two",
        "inputs": {"who": {"type": "string"}},
        "steps": [step("hello", greeting="hello $<inputs.who>")],
        "outputs": {"said": "$<step_hello_result.greeting>"},
    }
    given: list[Any] = [
        "two.weft.yaml",
        folder / "two.weft.yaml",
        mapping,
        load("two.weft.yaml"),
        load(mapping),
    ]
    for one in given:
        result = run(one, {"who": "ada"}, store="memory")
        assert (result.success, result.outputs) == (True, {"said": "hello ada"})


def test_a_loaded_workflow_says_what_it_is() -> None:
    loaded = load("two.weft.yaml")
    assert (loaded.name, loaded.good, loaded.diagnostics) == ("two", True, ())
    assert loaded.inputs == {"who": {"type": "string", "default": "world"}}
    assert loaded.path == Path("two.weft.yaml").absolute()
    assert "two" in repr(loaded)


def test_a_loaded_workflow_is_run_as_often_as_one_likes() -> None:
    loaded = load("two.weft.yaml")
    ids = {run(loaded, store="memory").run_id for _ in range(3)}
    assert len(ids) == 3


def _validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((shipped("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def test_a_result_as_a_mapping_is_the_json_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(LOOP, store="memory")
    _validator("run").validate(result.to_dict())
    Path("flow.weft.json").write_text(json.dumps(LOOP))
    command(["run", "flow.weft.json", "--store", "memory", "--output", "json"])
    told = json.loads(capsys.readouterr().out)
    assert _shape(result.to_dict()) == _shape(told)


def _shape(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _shape(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_shape(part) for part in value]
    return type(value) if key in ("run_id", "started_at", "finished_at", "execution_time") else value


def test_a_recorded_run_is_shown_as_it_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    result = run(LOOP)
    again = show(result.run_id[:13])
    assert again.to_dict() == result.to_dict()
    command(["show", result.run_id, "--output", "json"])
    assert json.loads(capsys.readouterr().out) == again.to_dict()


def test_a_result_has_the_names_of_the_json() -> None:
    result = run(LOOP, store="memory")
    assert (result.workflow, result.status, result.success, result.outputs) == (
        "flow",
        "succeeded",
        True,
        {"n": 3},
    )
    assert set(result.steps) == {"each", "pair", "off", "bad"}
    assert [each.data for each in result.steps["each"].iterations] == [{"v": 1}, {"v": 2}]
    assert result.steps["pair"].iterations[0].steps["inner"].success
    assert (result.steps["off"].status, result.steps["off"].success) == ("skipped", False)
    assert result.steps["bad"].handled
    assert result.steps["bad"].errors[0]["message"] == "on purpose"
    assert (result.steps_failed, result.metadata["total_steps"]) == (["bad"], 5)


def test_a_failed_run_is_a_result_and_no_exception() -> None:
    result = run(spec(step("a", "fail", message="broken")), store="memory")
    assert (result.success, result.status) == (False, "failed")
    assert result.error is not None
    assert (result.error["step"], result.error["message"]) == ("a", "broken")


def test_large_data_is_whole_in_the_result_and_a_reference_in_its_json() -> None:
    text = "x" * 100_000
    result = run(spec(step("a", text=text)))
    assert result.steps["a"].data == {"text": text}
    moved = result.to_dict()["steps"]["a"]["data"]
    assert json.loads(Path(moved["path"]).read_text()) == {"text": text}
    _validator("run").validate(result.to_dict())


def test_a_spec_with_errors_is_refused_with_every_problem_and_its_place() -> None:
    Path("bad.weft.yaml").write_text(
        "weft: 1\nname: x\nsteps:\n  - {id: a, tool: ecoh}\n  - {id: b, tool: echo, needs: [c]}\n"
    )
    with pytest.raises(SpecError) as caught:
        run("bad.weft.yaml")
    assert [(one.code, one.span.line) for one in caught.value.diagnostics] == [("WF501", 4), ("WF303", 5)]
    told = str(caught.value)
    assert 'bad.weft.yaml:4:19: error: no tool or connection is called "ecoh"' in told
    assert 'did you mean "echo"?' in told
    assert "bad.weft.yaml:5:" in told
    assert not Path(".weft").exists(), "nothing is recorded of a run that is refused"


def test_what_validate_tells_of_a_spec_is_what_run_refuses_it_for() -> None:
    bad = spec(step("a", "ecoh"), step("b", "ecoh"))
    with pytest.raises(SpecError) as caught:
        run(bad)
    assert validate(bad) == caught.value.diagnostics
    assert len(str(caught.value).splitlines()) == 3
    assert load(bad).diagnostics == validate(bad)
    assert not load(bad).good


def test_many_problems_do_not_fill_the_screen() -> None:
    with pytest.raises(SpecError) as caught:
        run(spec(*(step(f"a{n}", "ecoh") for n in range(50))))
    assert len(caught.value.diagnostics) == 50
    assert str(caught.value).splitlines()[-1].strip() == "(and 30 more)"


def test_a_folder_is_validated_whole(folder: Path) -> None:
    (folder / "specs").mkdir()
    for name in ("a", "b"):
        (folder / "specs" / f"{name}.weft.yaml").write_text(
            "weft: 1\nname: x\nsteps: [{id: a, tool: ecoh}]\n"
        )
    assert [Path(one.span.file).name for one in validate("specs")] == ["a.weft.yaml", "b.weft.yaml"]
    (folder / "empty").mkdir()
    with pytest.raises(UsageError, match="no specs in empty"):
        validate("empty")


def test_a_place_in_a_mapping_is_one_of_its_source() -> None:
    loaded = load(spec(step("a", "ecoh")))
    (found,) = loaded.diagnostics
    assert loaded.source is not None
    assert "ecoh" in loaded.source.splitlines()[found.span.line - 1]
    assert loaded.path is None


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        ({"whom": "x"}, 'unknown input "whom"'),
        ({"who": 3}, 'input "who" cannot be 3'),
        ({"who": object()}, "inputs.who: "),
    ],
)
def test_inputs_that_do_not_fit_are_an_error_of_their_own(inputs: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError) as caught:
        run("two.weft.yaml", inputs)
    assert told in str(caught.value)
    assert "-i " not in str(caught.value.hint), "no advice for the command line"
    assert not Path(".weft").exists()


def test_inputs_become_json_as_data_does() -> None:
    flow = spec(step("a", v="$<inputs.day>"), inputs={"day": {"type": "string", "format": "date"}})
    result = run(flow, {"day": dt.date(2026, 1, 31)}, store="memory")
    assert result.steps["a"].data == {"v": "2026-01-31"}


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: run("none.weft.yaml"), "no such file"),
        (lambda: run(3), "a int is no spec"),  # type: ignore[arg-type]
        (lambda: run({"weft": 1, "x": object()}), r"spec\.x: "),
        (lambda: run("two.weft.yaml", max_parallel=0), "max_parallel cannot be 0"),
        (lambda: run("two.weft.yaml", executor="thread"), 'no executor is called "thread"'),
        (lambda: run("two.weft.yaml", run_id="a b"), '"a b" cannot be a run id'),
        (lambda: run("two.weft.yaml", profile="prod"), 'no profile "prod"'),
        (lambda: run("two.weft.yaml", tools={"t": 3}), "int is none"),
        (lambda: (run("two.weft.yaml"), runs(since="soon")), '"soon" is no time'),
        (lambda: (run("two.weft.yaml"), runs(status="done")), '"done" is not a status'),
        (lambda: (run("two.weft.yaml"), show("zzz")), 'no run "zzz"'),
    ],
)
def test_a_wrong_call_is_a_usage_error(call: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        call()


def test_a_hint_stands_in_the_traceback() -> None:
    with pytest.raises(UsageError) as caught:
        run("tow.weft.yaml")
    assert caught.value.__notes__ == ['hint: did you mean "two.weft.yaml"?']


def test_who_is_not_authenticated_runs_nothing() -> None:
    with pytest.raises(PermissionDenied, match='user "eve" is not authenticated'):
        run("two.weft.yaml", principal=Principal("eve", authenticated=False))
    with pytest.raises(PermissionDenied):
        engine.resume("x", principal=Principal(authenticated=False))
    assert not Path(".weft").exists()


def test_a_built_in_tool_asks_for_its_permissions_too(folder: Path) -> None:
    flow = spec(
        step("q", "db", sql="select 1 as one"),
        connections={"db": {"tool": "sql", "url": "sqlite:///data.db"}},
    )
    (folder / "data.db").touch()
    refused = run(flow, store="memory", principal=Principal("ada", permissions=["data_warehouse_read"]))
    assert refused.error is not None
    assert (refused.error["type"], refused.error["message"]) == (
        "permission",
        'user "ada" lacks the permission "sql_query_execute"',
    )
    held = ("data_warehouse_read", "sql_query_execute")
    assert run(flow, store="memory", principal=Principal("ada", permissions=held)).success


def test_permissions_are_several() -> None:
    with pytest.raises(TypeError, match="several texts"):
        Principal(permissions="data_warehouse_read")


def test_the_same_id_again_is_the_same_run() -> None:
    first = run("two.weft.yaml", run_id="once")
    again = run("two.weft.yaml", run_id="once")
    assert again.to_dict() == {**first.to_dict(), "steps": again.to_dict()["steps"]}
    with pytest.raises(UsageError, match="other inputs"):
        run("two.weft.yaml", {"who": "ada"}, run_id="once")


def test_runs_are_listed_by_status_workflow_and_time() -> None:
    good = run("two.weft.yaml")
    bad = run(spec(step("a", "fail")))
    assert [one.run_id for one in runs()] == [bad.run_id, good.run_id]
    assert [one.run_id for one in runs(status="failed")] == [bad.run_id]
    assert [one.run_id for one in runs(workflow="two", limit=1)] == [good.run_id]
    now = dt.datetime.now(dt.UTC)
    assert runs(since=now + dt.timedelta(hours=1)) == []
    for since in ("2020-01-01", dt.date(2020, 1, 1), dt.datetime(2020, 1, 1), now - dt.timedelta(hours=1)):
        assert len(runs(since=since)) == 2
    _validator("runs").validate({"version": 1, "runs": [one.to_dict() for one in runs()]})


def test_a_store_is_a_path_too(folder: Path) -> None:
    (folder / "stores").mkdir()
    result = run("two.weft.yaml", store=folder / "stores" / "runs.db")
    assert [one.run_id for one in runs(store=folder / "stores" / "runs.db")] == [result.run_id]
    assert not Path(".weft/weft.db").exists()


def test_the_project_file_holds_for_programs_too(folder: Path) -> None:
    (folder / "weft.toml").write_text('[store]\nurl = "own.db"\n')
    result = run("two.weft.yaml")
    assert (folder / "own.db").exists()
    assert [one.run_id for one in runs()] == [result.run_id]
    assert show(result.run_id).success


def test_every_coroutine_gives_what_its_call_gives() -> None:
    async def program() -> None:
        assert (await engine.aload("two.weft.yaml")).good
        assert await engine.avalidate("two.weft.yaml") == ()
        result = await engine.arun("two.weft.yaml")
        assert (await engine.ashow(result.run_id)).to_dict() == result.to_dict()
        assert [one.run_id for one in await engine.aruns()] == [result.run_id]
        with pytest.raises(UsageError, match="has ended"):
            await engine.aresume(result.run_id)

    asyncio.run(program())


def test_run_works_where_an_event_loop_is_running() -> None:
    """As in a notebook."""

    async def program() -> bool:
        return run("two.weft.yaml").success

    assert asyncio.run(program())


def test_a_run_of_a_project_is_shown_with_its_connections(folder: Path) -> None:
    (folder / "weft.toml").write_text('[connections.db]\ntool = "sql"\nurl = "sqlite:///data.db"\n')
    (folder / "data.db").touch()
    flow = spec(step("q", "db", sql="select 1 as one"), step("own", "mine"))
    result = run(flow, tools={"mine": lambda: 1})
    assert result.success, result.error
    assert show(result.run_id).steps["q"].data == result.steps["q"].data
    assert show(result.run_id, tools={"mine": lambda: 1}).success


def test_a_mapping_calls_the_files_of_the_working_folder() -> None:
    flow = spec(
        {"id": "sub", "workflow": "./two.weft.yaml", "with": {"who": "ada"}},
        outputs={"said": "$<step_sub_result.said>"},
    )
    assert validate(flow) == ()
    result = run(flow)
    assert result.outputs == {"said": "hello ada"}
    assert result.steps["sub"].success
    assert show(result.run_id).outputs == result.outputs
    assert load(load(flow), tools={"other": lambda: 1}).good
