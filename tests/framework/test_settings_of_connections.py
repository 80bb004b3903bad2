"""What a connection says of its calls: defaults, the words that mean the same, what is refused and where."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from calls_of import Connected, spec, step

from engine import Principal, SpecError, Tool, ToolError, UsageError, operation, run, validate
from engine.graph import compile_workflow
from engine.spec.load import load
from engine.spec.parse import parse
from engine.spec.rates import Rate
from engine.tools.framework.settings import settings_of
from engine.tools.registry import Registry
from engine.tools.writing.given import given

SQL = Registry()["sql"]
SERVER = {"url": "postgresql://reader@db.example/shop"}
DEFAULTS = {
    "category": "data_access",
    "priority": "normal",
    "max_retries": None,
    "timeout_seconds": None,
    "rate_limit_calls_per_minute": 60.0,
    "burst": 6,
    "auth_required": True,
    "audit_enabled": True,
    "caching_enabled": False,
    "cache_ttl_seconds": 300.0,
    "cache_max_entries": 1000,
    "dependencies": [],
    "health_check_enabled": True,
    "health_check_interval_seconds": 60.0,
    "permissions": [],
}


@pytest.fixture(autouse=True)
def _forget_calls() -> None:
    Connected.calls.clear()


def _settings(**written: Any) -> dict[str, Any]:
    return settings_of("here", {**SERVER, **written}, SQL).to_record()


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_setting_nobody_has_written_has_its_default(name: str) -> None:
    assert _settings()[name] == DEFAULTS[name]


@pytest.mark.parametrize(
    "local", [{"url": "duckdb:///a.duckdb"}, {"url": "sqlite:///a.db"}, {"type": "duckdb", "database": "a"}]
)
def test_what_is_on_this_machine_has_no_limit_that_nobody_has_written(local: dict[str, str]) -> None:
    assert settings_of("here", local, SQL).rate is None
    assert settings_of("here", {**local, "rate_limit": "60/m"}, SQL).rate == Rate(60, 60.0, 6)
    assert settings_of("here", {**local, "burst": 2}, SQL).rate == Rate(60, 60.0, 2)


@pytest.mark.parametrize(
    ("written", "rate"),
    [
        ({"rate_limit": "10/s"}, Rate(10, 1.0, 10)),
        ({"rate_limit": "1000/h"}, Rate(1000, 3600.0, 1)),
        ({"rate_limit_calls_per_minute": 5}, Rate(5, 60.0, 1)),
        ({"rate_limit_calls_per_minute": 600, "burst": 3}, Rate(600, 60.0, 3)),
        ({"rate_limit": "none"}, None),
    ],
)
def test_a_rate_is_written_in_either_of_two_ways(written: dict[str, Any], rate: Rate | None) -> None:
    assert settings_of("here", {**SERVER, **written}, SQL).rate == rate


@pytest.mark.parametrize(
    ("written", "value"),
    [("600", 600.0), (2.5, 2.5)],
)
def test_a_number_may_come_as_text_from_a_secret(written: Any, value: float) -> None:
    assert _settings(cache_ttl_seconds=written)["cache_ttl_seconds"] == value


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("cache_ttl_seconds", "soon", "a number of more than 0"),
        ("cache_ttl_seconds", 0, "a number of more than 0"),
        ("cache_ttl_seconds", True, "a number of more than 0"),
        ("cache_max_entries", 0, "a whole number of at least 1"),
        ("cache_max_entries", 1.5, "a whole number of at least 1"),
        ("burst", -1, "a whole number of at least 1"),
        ("rate_limit_calls_per_minute", float("nan"), "a number of more than 0"),
        ("rate_limit", "0/m", "a rate such as 60/m"),
        ("health_check_interval_seconds", "inf", "a number of more than 0"),
        ("caching_enabled", "perhaps", "true or false"),
        ("audit_enabled", 1, "true or false"),
        ("dependencies", "other", "a list of names"),
        ("permissions", [1], "a list of names"),
        ("timeout", "soon", "a length of time, more than 0"),
        ("timeout_seconds", 0, "a length of time, more than 0"),
    ],
)
def test_a_value_that_comes_from_a_reference_and_does_not_fit_is_told(
    name: str, value: Any, expected: str
) -> None:
    with pytest.raises(ToolError, match=f'"{name}" must be {expected}'):
        _settings(**{name: value})


def _run(connection: dict[str, Any], *steps: dict[str, Any], **more: Any) -> Any:
    tools = more.pop("tools", {"shop": Connected})
    return run(
        spec(*steps, connections={"here": {"tool": "shop", **connection}}, **more),
        store="memory",
        tools=tools,
    )


def test_a_value_from_an_input_is_refused_before_the_run_begins() -> None:
    inputs = {"n": {"type": "integer", "default": 0}}
    with pytest.raises(
        UsageError, match='connection "here": "cache_ttl_seconds" must be a number of more than 0'
    ):
        _run({"cache_ttl_seconds": "$<inputs.n>"}, step("a", "here", operation="read"), inputs=inputs)


@pytest.mark.parametrize(
    ("written", "tries"),
    [
        ({}, 1),
        ({"max_retries": 2}, 3),
        ({"max_retries": 0}, 1),
        ({"retry": {"attempts": 2, "delay": "1ms"}}, 2),
    ],
)
def test_max_retries_are_the_tries_after_the_first_and_nothing_written_is_one_try(
    written: dict[str, Any], tries: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.execute.retrying.random.uniform", lambda low, high: 0.0)
    assert (
        _run({"rate_limit": "none", **written}, step("a", "here", operation="fail")).steps["a"].attempts
        == tries
    )


def test_the_retry_of_a_step_wins_over_that_of_its_connection() -> None:
    one = step("a", "here", operation="fail", retry={"attempts": 1})
    assert _run({"max_retries": 5}, one).steps["a"].attempts == 1


def test_timeout_seconds_is_the_time_of_one_attempt() -> None:
    class Sleeps(Tool):
        """Sleeps."""

        category = "integration"

        def configure(self) -> None: ...

        @operation
        async def sleep(self) -> None:
            await asyncio.sleep(30)

    ended = _run({"timeout_seconds": 0.05}, step("a", "here"), tools={"shop": Sleeps})
    assert ended.steps["a"].errors[0]["type"] == "timeout"


def test_the_permissions_of_a_connection_are_needed_beside_those_of_the_operation() -> None:
    connections = {"here": {"tool": "shop", "permissions": ["shop_read"]}}
    written = spec(step("a", "here", operation="read"), connections=connections)
    may = Principal("eve", permissions={"shop_read"})
    refused = run(
        written, store="memory", tools={"shop": Connected}, principal=Principal("eve", permissions=set())
    )
    assert refused.steps["a"].errors[0]["type"] == "permission"
    assert '"shop_read"' in refused.steps["a"].errors[0]["message"]
    assert run(written, store="memory", tools={"shop": Connected}, principal=may).success


def test_the_priority_of_a_connection_is_that_of_steps_which_say_nothing(tmp_path: Path) -> None:
    text = """
weft: 1
name: flow
connections: {here: {tool: sql, url: "duckdb:///a.db", priority: critical}}
steps:
  - {id: a, tool: here, with: {sql: select 1}}
  - {id: b, tool: here, with: {sql: select 1}, priority: low}
  - {id: g, priority: high, steps: [{id: c, tool: here, with: {sql: select 1}}]}
"""
    (tmp_path / "flow.weft.yaml").write_text(text)
    tree, _ = load(tmp_path / "flow.weft.yaml")
    assert tree is not None
    workflow, _ = parse(tree)
    assert workflow is not None
    plan, problems = compile_workflow(workflow, tree, Registry(), {})
    assert problems == []
    assert [plan.steps[plan.by_id[one]].priority for one in "abc"] == [0, 3, 1]


def test_what_is_the_engines_is_handed_to_a_tool_only_where_it_takes_it() -> None:
    assert _run(
        {"description": "orders", "category": "security", "max_retries": 1},
        step("a", "here", operation="read"),
    ).success


def test_a_word_that_a_tool_knows_too_must_please_both() -> None:
    class Ranked(Connected):
        def configure(self, priority: str = "normal") -> None:  # type: ignore[override]
            self.place = priority

    tools = {"shop": Ranked}
    read = step("a", "here", operation="read")
    assert _run({"priority": "high"}, read, tools=tools).steps["a"].data == ["high", None]
    with pytest.raises(SpecError, match='"urgent" is not a value of "priority"'):
        _run({"priority": "urgent"}, read, tools=tools)


def test_the_project_file_is_held_to_the_same_words(tmp_path: Path) -> None:
    (tmp_path / "weft.toml").write_text(
        '[connections.here]\ntool = "sql"\nurl = "duckdb:///a.db"\ntimeout = "3s"\ntimeout_seconds = 3\n'
        'dependencies = ["nobody"]\nretry = {attempt = 2}\n'
    )
    with pytest.raises(UsageError) as told:
        validate(spec(step("a", "echo")))
    for part in (
        '"here" has timeout and timeout_seconds',
        '"here" depends on "nobody", which is no connection',
        'unknown key "attempt"',
    ):
        assert part in told.value.message


def test_a_tool_without_a_connection_has_no_settings() -> None:
    declared = given("shop", Connected).declaration
    assert settings_of("here", {}, declared).rate == Rate(60, 60.0, 6)
    ended = run(spec(step("a", "echo", **{"with": {"n": 1}})), store="memory")
    assert ended.steps["a"].metadata["from_cache"] is False
