"""A connection is called only while what it depends on is not unhealthy."""

from __future__ import annotations

from typing import Any

import pytest
from calls_of import Connected, spec, step

from engine import run, validate
from engine.execute.gating import unhealthy_error


@pytest.fixture(autouse=True)
def _forget_calls() -> None:
    Connected.calls.clear()


def _go(status: str, monkeypatch: pytest.MonkeyPatch, **words: Any) -> Any:
    monkeypatch.setattr(
        "engine.app.readying.health_of_dependencies",
        lambda *_: lambda name: {"base": status}.get(name, "healthy"),
    )
    connections = {"base": {"tool": "shop"}, "here": {"tool": "shop", "dependencies": ["base"]}}
    return run(
        spec(step("a", "here", operation="read", **words), connections=connections),
        store="memory",
        tools={"shop": Connected},
    )


def test_a_call_whose_dependency_is_unhealthy_fails_and_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = _go("unhealthy", monkeypatch)
    error = ended.steps["a"].errors[0]
    assert (error["type"], ended.steps["a"].attempts) == ("unhealthy", 1)
    assert error["message"] == 'connection "here" depends on "base", which is unhealthy'
    assert Connected.calls == []


@pytest.mark.parametrize("status", ["healthy", "degraded", "unknown"])
def test_only_what_is_unhealthy_stands_in_the_way(status: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert _go(status, monkeypatch).success


def test_it_is_tried_again_where_the_author_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    retry = {"attempts": 3, "delay": "1ms", "errors": ["unhealthy"]}
    assert _go("unhealthy", monkeypatch, retry=retry).steps["a"].attempts == 3


def test_health_that_cannot_be_told_is_an_error_of_the_call() -> None:
    def raises(_: str) -> str:
        raise RuntimeError("no answer")

    told = unhealthy_error("here", ("base",), raises)
    assert told is not None
    assert (told["type"], told["code"]) == ("internal", "RuntimeError")


@pytest.mark.parametrize(
    ("one", "two", "told"),
    [
        (["nobody"], [], '"one" depends on "nobody", which is no connection'),
        (["two"], ["one"], 'connections depend on each other: "one" -> "two" -> "one"'),
        (["one"], [], '"one" -> "one": it needs itself'),
    ],
)
def test_what_nobody_knows_and_what_needs_itself_is_told(one: list[str], two: list[str], told: str) -> None:
    sql = {"tool": "sql", "url": "duckdb:///a.db"}
    connections = {"one": {**sql, "dependencies": one}, "two": {**sql, "dependencies": two}}
    found = validate(spec(step("a", "echo"), connections=connections))
    assert told in [one.message for one in found if one.code == "WF507"]
