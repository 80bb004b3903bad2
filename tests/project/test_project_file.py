"""`weft.toml`: what it says, where it is found, how it is refused."""

from __future__ import annotations

import re

import pytest
from project_weft import Desk, echo

SELECT = {"id": "q", "tool": "warehouse", "with": {"sql": "select 1 as n"}}
WAREHOUSE = '[connections.warehouse]\ntool = "sql"\nurl = "sqlite:///data.db"\n'


def _refused(desk: Desk, text: str, *arguments: str) -> str:
    """What is said of this project file; exit 2 and nothing on standard output."""
    desk.write("weft.toml", text)
    said = desk.weft("validate", desk.spec([echo("a", 1)]), *arguments)
    assert (said.code, said.out) == (2, ""), said
    return said.err


def _database(desk: Desk, name: str, value: int) -> None:
    import sqlite3

    (desk.folder / name).parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(desk.folder / name) as connection:
        connection.execute("create table t(n integer)")
        connection.execute("insert into t values (?)", (value,))
    connection.close()


def _read(desk: Desk, *arguments: str, spec: str = "flow.weft.json", **environment: str) -> int:
    said = desk.weft("run", spec, "--store", "memory", "--output", "json", *arguments, **environment)
    assert said.code == 0, said.err
    number: int = said.data("q")["rows"][0]["n"]
    return number


# -- where it is found ------------------------------------------------------------------------------------------------


def test_the_nearest_project_file_upwards_from_the_spec_holds(desk: Desk) -> None:
    desk.write("weft.toml", WAREHOUSE)
    desk.write("near/weft.toml", WAREHOUSE)
    _database(desk, "data.db", 1)
    _database(desk, "near/data.db", 2)
    steps = [{**SELECT, "with": {"sql": "select n from t"}}]
    desk.spec(steps, "far/deep/flow.weft.json")
    desk.spec(steps, "near/deep/flow.weft.json")
    assert _read(desk, spec="far/deep/flow.weft.json") == 1
    assert _read(desk, spec="near/deep/flow.weft.json") == 2


def test_the_store_of_the_project_is_used_by_every_command(desk: Desk) -> None:
    desk.write("weft.toml", '[store]\nurl = "kept/runs.db"\n')
    (desk.folder / "kept").mkdir()
    spec = desk.spec([echo("a", 1)], "specs/flow.weft.json")
    said = desk.weft("run", spec, "--run-id", "it")
    assert said.code == 0, said.err
    assert "--store" not in said.err
    assert (desk.folder / "kept/runs.db").exists()
    assert not (desk.folder / ".weft").exists()
    assert [run["run_id"] for run in desk.weft("runs", "--output", "json").report["runs"]] == ["it"]
    assert "succeeded" in desk.weft("show", "it").out
    assert desk.weft("resume", "it").err.startswith('weft: run "it" has ended')


def test_the_store_is_taken_from_the_call_then_the_environment_then_the_project(desk: Desk) -> None:
    desk.write(
        "weft.toml", '[store]\nurl = "sqlite:///project.db"\n[profiles.ci.store]\nurl = "profile.db"\n'
    )
    spec = desk.spec([echo("a", 1)])
    environment = {"WEFT_STORE": "environment.db", "WEFT_PROFILE": "ci"}
    desk.weft("run", spec, "--store", "call.db", **environment)
    desk.weft("run", spec, **environment)
    desk.weft("run", spec, WEFT_PROFILE="ci")
    desk.weft("run", spec)
    found = {path.name for path in desk.folder.glob("*.db")}
    assert found == {"call.db", "environment.db", "profile.db", "project.db"}
    stores = [desk.weft("runs", "--store", name, "--output", "json").report["runs"] for name in found]
    assert [len(runs) for runs in stores] == [1, 1, 1, 1]


def test_a_run_in_another_store_than_usual_says_so_in_its_hints(desk: Desk) -> None:
    desk.write("weft.toml", '[profiles.ci.store]\nurl = "ci.db"\n')
    said = desk.weft("run", desk.spec([echo("a", 1)]), "--profile", "ci")
    shown = re.search(r"show: (weft show .*)", said.err)
    assert shown is not None
    assert desk.weft(*shown[1].split()[1:]).code == 0


def test_a_url_with_a_scheme_and_memory_are_taken_as_they_are(desk: Desk) -> None:
    desk.write("weft.toml", '[store]\nurl = "memory"\n')
    assert desk.weft("run", desk.spec([echo("a", 1)])).code == 0
    assert not list(desk.folder.rglob("*.db"))


# -- connections ------------------------------------------------------------------------------------------------------


def test_precedence_of_connections_profile_then_spec_then_project(desk: Desk) -> None:
    for number, name in enumerate(("project", "spec", "profile")):
        _database(desk, f"{name}.db", number)
    text = '[connections.warehouse]\ntool = "sql"\nurl = "sqlite:///project.db"\n'
    profile = '[profiles.ci.connections.warehouse]\ntool = "sql"\nurl = "sqlite:///profile.db"\n'
    desk.write("weft.toml", text + profile)
    steps = [{**SELECT, "with": {"sql": "select n from t"}}]
    desk.spec(steps)
    own = {"warehouse": {"tool": "sql", "url": "sqlite:///spec.db"}}
    desk.spec(steps, "own.weft.json", connections=own)
    assert _read(desk) == 0
    assert _read(desk, spec="own.weft.json") == 1
    assert _read(desk, "--profile", "ci", spec="own.weft.json") == 2
    assert _read(desk, WEFT_PROFILE="ci") == 2


def test_the_connection_named_default_is_what_the_tool_alone_means(desk: Desk) -> None:
    _database(desk, "data.db", 7)
    desk.write("weft.toml", WAREHOUSE.replace("warehouse", "default"))
    desk.spec([{"id": "q", "tool": "sql", "with": {"sql": "select n from t"}}])
    assert _read(desk) == 7


def test_a_spec_is_checked_with_the_connections_of_its_project(desk: Desk) -> None:
    spec = desk.spec([{**SELECT, "with": {"sql": "select 1", "prams": {}}}])
    desk.write("weft.toml", WAREHOUSE)
    said = desk.weft("validate", spec)
    assert said.code == 1
    assert '"prams"' in said.out
    assert 'did you mean "params"?' in said.out
    desk.write("weft.toml", "")
    assert "WF501" in desk.weft("validate", spec).out


def test_a_connection_that_is_not_used_needs_no_secret(desk: Desk) -> None:
    desk.write("weft.toml", WAREHOUSE + '[connections.other]\ntool = "sql"\nurl = "$<secrets.NOWHERE>"\n')
    _database(desk, "data.db", 1)
    desk.spec([SELECT])
    assert _read(desk) == 1


def test_a_run_can_be_shown_when_its_connection_is_gone_but_not_resumed(desk: Desk) -> None:
    desk.write("weft.toml", WAREHOUSE)
    _database(desk, "data.db", 1)
    wait = {"id": "wait", "tool": "shell", "with": {"command": "touch begun; sleep 30"}}
    going = desk.begin("run", desk.spec([SELECT, wait]), "--run-id", "it")
    desk.wait_for("begun")
    going.kill()
    desk.end(going)
    desk.write("weft.toml", WAREHOUSE.replace("warehouse", "warehous"))
    assert desk.weft("show", "it").code == 0
    said = desk.weft("resume", "it")
    assert said.code == 2
    assert 'connection "warehouse" of run "it" is not in' in said.err
    assert 'did you mean "warehous"?' in said.err


def test_a_resume_uses_the_profile_the_run_was_started_with(desk: Desk) -> None:
    for number, name in enumerate(("project", "profile")):
        _database(desk, f"{name}.db", number)
    profile = WAREHOUSE.replace("[", "[profiles.ci.").replace("data.db", "profile.db")
    desk.write("weft.toml", WAREHOUSE.replace("data.db", "project.db") + profile)
    wait = {"id": "wait", "tool": "shell", "with": {"command": "touch begun; test -e gate || sleep 30"}}
    steps = [wait, {**SELECT, "with": {"sql": "select n from t"}}]
    going = desk.begin("run", desk.spec(steps), "--run-id", "it", "--profile", "ci")
    desk.wait_for("begun")
    going.kill()
    desk.end(going)
    desk.write("gate", "")
    said = desk.weft("resume", "it", "--output", "json")
    assert said.data("q")["rows"] == [{"n": 1}]


# -- checks and executor ----------------------------------------------------------------------------------------------

UNUSED = {"inputs": {"never": {"type": "string", "default": ""}}}


@pytest.mark.parametrize("name", ["unused-input", "WF408"])
def test_a_check_is_disabled_by_code_or_name(desk: Desk, name: str) -> None:
    spec = desk.spec([echo("a", 1)], **UNUSED)
    assert "WF408" in desk.weft("validate", spec).out
    desk.write("weft.toml", f'[checks]\ndisable = ["{name}"]\n')
    assert desk.weft("validate", spec).out.endswith("no problems\n")


def test_a_warning_made_an_error_stops_the_run(desk: Desk) -> None:
    spec = desk.spec([echo("a", 1)], **UNUSED)
    desk.write("weft.toml", '[profiles.ci.checks]\nseverity = {unused-input = "error"}\n')
    assert desk.weft("validate", spec).code == 0
    assert desk.weft("validate", spec, "--profile", "ci").code == 1
    assert desk.weft("run", spec, "--profile", "ci", "--store", "memory").code == 1


@pytest.mark.slow
def test_the_smaller_of_the_projects_and_the_specs_limit_holds_and_the_call_wins_over_the_project(
    desk: Desk,
) -> None:
    count = "echo x >>running; wc -l <running; sleep 0.2; sed -i 1d running"
    steps = [{"id": f"s{n}", "tool": "shell", "with": {"command": count}} for n in range(4)]
    spec = desk.spec(steps, mode="parallel")
    desk.write("weft.toml", '[executor]\nname = "threads"\nmax_parallel = 1\n')
    said = desk.weft("run", spec, "--output", "json")
    assert {step["data"]["stdout"].strip() for step in said.report["steps"].values()} == {"1"}
    said = desk.weft("run", spec, "--output", "json", "--max-parallel", "4")
    assert {step["data"]["stdout"].strip() for step in said.report["steps"].values()} != {"1"}


# -- what is wrong with it --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[stor]\n", '1:2: unknown section "stor" in the project file'),
        ("store = 1\n", '1:1: "store" must be a table'),
        ('[store]\nurls = "x"\n', '2:1: unknown key "urls" in "store"'),
        ("[store]\nurl = 5 # here\n", '2:7: "url" must be text'),
        ("store.url = true\n", '1:13: "url" must be text'),
        ("store = {url = 1}\n", '1:16: "url" must be text'),
        ("[executor]\nmax_parallel = 0\n", '2:16: "max_parallel" '),
        ('[executor]\nname = "proceses"\n', '2:8: no executor is called "proceses"'),
        ('[policy]\nusers = "x"\n', '2:1: unknown key "users" in "policy"'),
        ('[policy]\ntools = "sql"\n', '2:9: "tools" must be a list'),
        ('[policy]\ntools = ["sqll"]\n', '2:9: no tool is called "sqll"'),
        ('[policy]\ntools = ["file.raed"]\n', '2:9: tool "file" has no operation "raed"'),
        ('[policy]\npython_modules = ["flows:f"]\n', '2:18: item 1 of "python_modules" cannot be "flows:f"'),
        ('[policy]\nhttp_addresses = ["https://a.example/x"]\n', '2:18: "https://a.example/x" is no host'),
        ('[profiles.ci.policy]\nhttp_addresses = ["10.1.2.3/16"]\n', '2:18: "10.1.2.3/16" is no host'),
        ('[secrets]\nvault = "x"\n', '2:1: unknown key "vault" in "secrets"'),
        ('[checks]\ndisable = ["unused-imput"]\n', '2:11: no check is called "unused-imput"'),
        ('[checks]\ndisable = ["cycle"]\n', '2:11: "cycle" cannot be disabled'),
        ('[checks]\ndisable = ["not-available"]\n', '2:11: "not-available" cannot be disabled'),
        ('[checks]\nseverity = {WF302 = "info"}\n', '2:21: "WF302" stays an error'),
        ('[checks]\nseverity = {WF407 = "fatal"}\n', '2:21: "fatal" is not a value of "WF407"'),
        ('[connections.a]\nurl = "x"\n', '1:2: "a" has no "tool"'),
        ('[connections.a]\ntool = "sqll"\n', '2:8: no tool is called "sqll"'),
        ('[connections.a]\ntool = "echo"\n', '2:8: tool "echo" takes no connection'),
        (
            '[connections.a]\ntool = "sql"\nurl = "sqlite:///x"\nmax_row = 1\n',
            '4:1: unknown key "max_row" in "a"',
        ),
        ('[connections.a]\ntool = "sql"\nurl = "sqlite:///x"\nmax_rows = "1"\n', '4:12: "max_rows" must be'),
        (
            '[connections.a]\ntool = "sql"\nurl = "$<inputs.u>"\n',
            '3:7: "inputs" is not known in the project file',
        ),
        ('[connections.a]\ntool = "sql"\nurl = "$<secrets.u"\n', "3:7: "),
        (
            '[connections.a]\ntool = "sql"\nurl = "sqlite:///$<secrets.u | upper>"\n',
            '3:7: what "secrets.u | upper" makes of a secret could not be masked',
        ),
        ('[connections.a]\ntool = "sql"\nurl = "oracle://x"\n', '3:7: "url" cannot be "oracle://x"'),
        (
            '[connections.a]\ntool = "sql"\ntype = "oracle"\ndatabase = "x"\n',
            '3:8: "oracle" is not a value of "type"',
        ),
        ('[profiles.ci.stores]\nurl = "x"\n', '1:2: unknown section "stores" in a profile'),
        ("[profiles.ci.store]\nurl = 1\n", '2:7: "url" must be text'),
        ("[store]\nurl = \n", "2:7: invalid value"),
        ('[store]\nurl = "a"\nurl = "b"\n', "3:"),
    ],
)
def test_a_mistake_is_refused_with_its_place(desk: Desk, text: str, said: str) -> None:
    assert f"weft: weft.toml:{said}" in _refused(desk, text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[stor]\n", 'did you mean "store"?'),
        ('[store]\nurls = "x"\n', 'did you mean "url"?'),
        ('[connections.a]\ntool = "sqll"\n', 'did you mean "sql"?'),
        ('[checks]\ndisable = ["unused-imput"]\n', 'did you mean "unused-input"?'),
        ('[connections.a]\ntool = "sql"\nurl = "sqlite:///x"\nmax_row = 1\n', 'did you mean "max_rows"?'),
    ],
)
def test_the_nearest_name_is_suggested(desk: Desk, text: str, hint: str) -> None:
    assert hint in _refused(desk, text)


def test_every_problem_of_the_file_is_told_at_once(desk: Desk) -> None:
    text = '[stor]\n[executor]\nmax_parallel = "2"\n[connections.a]\ntool = "sqll"\n[profiles.ci.checks]\ndisable = 1\n'
    told = _refused(desk, text)
    assert told.startswith("weft: weft.toml has 4 problems\n")
    assert re.findall(r"weft\.toml:(\d+):\d+:", told) == ["1", "3", "5", "7"]


def test_a_file_that_is_no_text_or_too_deep_is_refused(desk: Desk) -> None:
    assert "weft.toml:1:1: values stand too deep" in _refused(desk, "a = " + "[" * 20_000)
    (desk.folder / "weft.toml").write_bytes(b"[store]\nurl = '\xff'\n")
    said = desk.weft("runs")
    assert (said.code, said.err) == (2, "weft: weft.toml:2:1: the file is not UTF-8\n")


def test_an_unknown_profile_is_refused_with_the_nearest(desk: Desk) -> None:
    text = '[profiles.prod.store]\nurl = "x.db"\n'
    assert 'no profile "prd" in weft.toml\n      did you mean "prod"?' in _refused(
        desk, text, "--profile", "prd"
    )
    (desk.folder / "weft.toml").unlink()
    said = desk.weft("runs", WEFT_PROFILE="prod")
    assert (said.code, said.err) == (2, 'weft: no profile "prod": there is no weft.toml\n')


def test_a_missing_spec_is_told_before_the_project(desk: Desk) -> None:
    desk.write("weft.toml", "[stor]\n")
    assert "nowhere.weft.yaml" in desk.weft("run", "nowhere.weft.yaml").err
