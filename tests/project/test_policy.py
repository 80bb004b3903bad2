"""`[policy]` of the project file: what is refused before a run, what at the call, for whom it is made, what is audited."""

from __future__ import annotations

import json
from typing import Any

import pytest
from project_weft import Desk

from engine.spec.addresses import AddressRules, address_problem, numeric, scope_of
from engine.spec.policy import OPEN, Policy, policy_of

SQL = '[connections.shop]\ntool = "sql"\nurl = "sqlite:///shop.db"\nwritable = true\n'


def ran(desk: Desk, policy: str, *steps: dict[str, Any], **file: Any) -> tuple[int, dict[str, Any]]:
    """Exit code and report of a run under a policy."""
    desk.write("weft.toml", f"[policy]\n{policy}\n{SQL}")
    said = desk.weft("run", desk.spec(list(steps), **file), "--output", "json")
    assert said.out, said.err
    return said.code, said.report


def validated(desk: Desk, policy: str, *steps: dict[str, Any]) -> str:
    desk.write("weft.toml", f"[policy]\n{policy}\n{SQL}")
    return desk.weft("validate", desk.spec(list(steps))).out


def step(tool: str, operation: str | None = None, **given: Any) -> dict[str, Any]:
    return {"id": "one", "tool": tool, **({"operation": operation} if operation else {}), "with": given}


# -- what a list allows -----------------------------------------------------------------------------------------------


def test_without_a_policy_everything_is_allowed() -> None:
    assert OPEN.open
    assert OPEN.tool_refusal("shell", "run") is None
    assert OPEN.module_refusal("os:getcwd") is None
    assert OPEN.url_refusal("http://127.0.0.1/") is None
    assert OPEN.model_refusal("/anywhere") is None


def test_an_empty_list_allows_nothing(desk: Desk) -> None:
    assert 'does not allow the tool "echo"' in validated(desk, "tools = []", step("echo", a=1))
    assert policy_of({"http_addresses": []}).url_refusal("http://8.8.8.8/") is not None
    assert policy_of({"python_modules": []}).module_refusal("a:b") is not None


def test_a_tool_is_allowed_whole_or_by_operation(desk: Desk) -> None:
    listed = 'tools = ["file.read", "echo"]'
    assert "no problems" in validated(desk, listed, step("echo", a=1))
    assert "no problems" in validated(desk, listed, step("file", path="a.txt"))
    refused = validated(desk, listed, step("file", "write", path="a.txt", content="x"))
    assert 'the policy of the project allows "file" no operation "write", only "file.read"' in refused


def test_a_connection_is_judged_by_its_tool(desk: Desk) -> None:
    assert "no problems" in validated(desk, 'tools = ["sql.query"]', step("shop", sql="select 1 as a"))
    assert "WF604" in validated(desk, 'tools = ["echo"]', step("shop", sql="select 1 as a"))


@pytest.mark.parametrize(
    ("call", "allowed"),
    [
        ("flows:f", True),
        ("flows.orders:f", True),
        ("flowsx:f", False),
        ("os:getcwd", False),
        ("flow:f", False),
    ],
)
def test_a_module_is_allowed_with_what_lies_in_it(call: str, allowed: bool) -> None:
    assert (policy_of({"python_modules": ["flows"]}).module_refusal(call) is None) is allowed


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("models/a.skops", True), ("models", True), ("./models/a", True), ("models/../x", False), ("modelsx/a", False),
     ("/models/a", False)],
)  # fmt: skip
def test_models_lie_below_their_roots(path: str, allowed: bool) -> None:
    assert (policy_of({"model_roots": ["./models/"]}).model_refusal(path) is None) is allowed


def test_a_policy_goes_through_a_worker_process_as_it_is() -> None:
    policy = Policy("u", ("a",), ("echo",), (), ("public",), None)
    assert policy_of(json.loads(json.dumps(policy.to_section()))) == policy


def test_the_policy_of_a_profile_is_laid_over_that_of_the_file(desk: Desk) -> None:
    desk.write(
        "weft.toml", '[policy]\ntools = ["echo"]\nuser = "a"\n[profiles.ci.policy]\ntools = ["shell"]\n'
    )
    spec = desk.spec([step("echo", a=1)])
    assert desk.weft("validate", spec).code == 0
    assert 'does not allow the tool "echo"' in desk.weft("validate", spec, "--profile", "ci").out


# -- before a run and at the call -------------------------------------------------------------------------------------


def test_what_is_refused_by_its_text_is_not_run(desk: Desk) -> None:
    desk.write("weft.toml", '[policy]\ntools = ["echo"]\n')
    said = desk.weft("run", desk.spec([step("shell", argv=["touch", "made"])]))
    assert said.code == 1
    assert "WF604" in said.err
    assert not (desk.folder / "made").exists()


def test_what_only_a_reference_gives_is_refused_at_the_call(desk: Desk) -> None:
    one = step("python", call="$<inputs.call>")
    inputs = {"call": {"type": "string", "default": "os:getcwd"}}
    code, report = ran(desk, 'python_modules = ["flows"]', one, inputs=inputs)
    error = report["error"]
    assert (code, error["type"], error["code"]) == (4, "permission", "permission")
    assert error["message"] == 'the policy of the project does not allow the module "os"'


def test_what_is_refused_at_the_call_is_not_tried_again(desk: Desk) -> None:
    one = {**step("python", call="$<inputs.call>"), "retry": {"attempts": 5, "delay": 0.01}}
    inputs = {"call": {"type": "string", "default": "os:getcwd"}}
    _, report = ran(desk, 'python_modules = ["flows"]', one, inputs=inputs)
    assert report["steps"]["one"]["attempts"] == 1


def test_called_files_are_held_to_the_policy_of_the_project(desk: Desk) -> None:
    desk.write("inner.weft.yaml", "weft: 1\nname: inner\nsteps: [{id: a, tool: shell, with: {argv: [ls]}}]\n")
    desk.write("weft.toml", '[policy]\ntools = ["echo"]\n')
    said = desk.weft("run", desk.spec([{"id": "one", "workflow": "inner.weft.yaml"}]))
    assert said.code == 1
    assert "WF604" in desk.weft("validate", "inner.weft.yaml").out


def test_a_retry_is_held_to_the_policy_as_it_is_then(desk: Desk) -> None:
    """The file is read again: what was allowed when the run began may be refused by now."""
    code, _ = ran(desk, "", step("shell", argv=["test", "-e", "there"]))
    assert code == 4
    run = desk.weft("runs", "--output", "json").report["runs"][0]["run_id"]
    desk.write("there", "")
    desk.write("weft.toml", '[policy]\ntools = ["echo"]\n')
    said = desk.weft("retry", run, "--output", "json")
    assert said.report["steps"]["one"]["errors"][0]["message"] == (
        'the policy of the project does not allow the tool "shell"'
    )


# -- for whom ---------------------------------------------------------------------------------------------------------


def entries(desk: Desk) -> list[dict[str, Any]]:
    return list(desk.weft("audit", "--output", "json").report["entries"])


def test_a_run_is_made_for_the_user_of_the_policy(desk: Desk) -> None:
    code, _ = ran(desk, 'user = "nightly"', step("shop", "execute", sql="create table t (a int)"))
    assert code == 0
    assert [(one["user_id"], one["event"]) for one in entries(desk)] == [
        ("nightly", "tool_execution_success")
    ]


def test_permissions_that_are_not_granted_are_told_before_the_run(desk: Desk) -> None:
    one = step("shop", "execute", sql="create table t (a int)")
    assert 'does not grant the permission "data_warehouse_write"' in validated(desk, "permissions = []", one)
    assert "no problems" in validated(desk, 'permissions = ["data_warehouse_write"]', one)


def test_what_the_policy_refuses_is_audited_of_every_tool_and_nothing_else_of_tools_without_a_connection(
    desk: Desk,
) -> None:
    inputs = {
        "call": {"type": "string", "default": "os:getcwd"},
        "url": {"type": "string", "default": "http://8.8.8.8/"},
    }
    steps = [
        {"id": "module", "tool": "python", "with": {"call": "$<inputs.call>"}, "on_error": "continue"},
        {"id": "address", "tool": "http", "with": {"url": "$<inputs.url>"}, "on_error": "continue"},
        {"id": "fine", "tool": "echo", "with": {"a": 1}},
    ]
    ran(desk, 'user = "u"\npython_modules = ["flows"]\nhttp_addresses = ["loopback"]', *steps, inputs=inputs)
    told = [(one["step"], one["tool"], one["event"], one["input_params"]) for one in entries(desk)]
    assert told == [
        ("module", "python", "tool_execution_denied", ["call"]),
        ("address", "http", "tool_execution_denied", ["url"]),
    ]


# -- addresses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "scope"),
    [
        ("8.8.8.8", "public"),
        ("127.0.0.1", "loopback"),
        ("127.1", "loopback"),
        ("2130706433", "loopback"),
        ("0x7f.1", "loopback"),
        ("0177.0.0.1", "loopback"),
        ("0", "loopback"),
        ("[::1]", "loopback"),
        ("[::ffff:127.0.0.1]", "loopback"),
        ("[::ffff:7f00:1]", "loopback"),
        ("[2002:7f00:1::]", "loopback"),
        ("[64:ff9b::7f00:1]", "loopback"),
        ("10.0.0.1", "private"),
        ("012.0.0.1", "private"),
        ("167772161", "private"),
        ("0xa000001", "private"),
        ("[::ffff:10.0.0.1]", "private"),
        ("[64:ff9b::a00:1]", "private"),
        ("[fd12::1]", "private"),
        ("100.64.0.1", "private"),
        ("172.16.0.1", "private"),
        ("224.0.0.1", "private"),
        ("[2001:4860:4860::8888]", "public"),
        ("[64:ff9b::808:808]", "public"),
        ("[::ffff:8.8.8.8]", "public"),
    ],
)
def test_the_scope_of_an_address_is_the_same_in_every_spelling(host: str, scope: str) -> None:
    address = numeric(host)
    assert address is not None
    assert scope_of(address) == scope
    assert AddressRules([scope]).host_refusal(host) is None
    assert AddressRules([one for one in ("public", "private", "loopback") if one != scope]).host_refusal(host)


def test_a_metadata_address_is_refused_whatever_the_policy_says() -> None:
    rules = AddressRules(["public", "private", "loopback", "169.254.0.0/16", "169.254.169.254"])
    assert rules.host_refusal("169.254.169.254") is not None
    assert rules.host_refusal("[::ffff:a9fe:a9fe]") is not None


@pytest.mark.parametrize(
    ("host", "address", "allowed"),
    [
        ("api.example.com", "93.184.216.34", True),
        ("API.Example.com.", "93.184.216.34", True),
        ("a.b.example.org", "93.184.216.34", True),
        ("example.org", "93.184.216.34", False),
        ("evilexample.org", "93.184.216.34", False),
        ("api.example.com.evil.example", "93.184.216.34", False),
        ("api.example.com", "127.0.0.1", False),
        ("api.example.com", "192.168.1.1", False),
        ("api.example.com", "10.1.2.3", True),
        ("whoever.example", "10.1.2.3", True),
        ("whoever.example", "10.2.2.3", False),
    ],
)
def test_a_name_is_allowed_on_public_addresses_and_a_network_under_every_name(
    host: str, address: str, allowed: bool
) -> None:
    """So that whoever answers for a name cannot lead a step to the machine itself or its neighbours."""
    rules = AddressRules(["api.example.com", "*.example.org", "10.1.0.0/16"])
    plain = numeric(address)
    assert plain is not None
    assert (rules.refusal(host, plain) is None) is allowed


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("https://api.example.com/x", "write api.example.com:"),
        ("api.example.com:443", "write api.example.com:"),
        ("10.1.2.3/16", "write 10.1.0.0/16"),
        ("0x7f000001", "write 127.0.0.1"),
        ("api.*.com", "write a name"),
        ("*", "write a name"),
        ("", "write a name"),
        ("a b", "write a name"),
    ],
)
def test_what_is_no_host_is_told_with_what_was_meant(written: str, hint: str) -> None:
    found = address_problem(written)
    assert found is not None
    assert (found[1] or "").startswith(hint)


@pytest.mark.parametrize(
    "written", ["public", "api.example.com", "*.example.com", "localhost", "10.0.0.0/8", "::1", "1.2.3.4"]
)
def test_hosts_networks_and_scopes_may_stand_in_the_list(written: str) -> None:
    assert address_problem(written) is None
