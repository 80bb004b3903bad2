"""Parameters are held to the operation's schema when references are resolved, before anything is done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine import Principal, Tool, UsageError, operation, run, validate
from engine.spec.fitting import Fit
from engine.tools.writing.given import given

GIVEN = {
    "text": "soon",
    "n": "7",
    "none": None,
    "rows": {"rows": [1]},
    "neg": -1,
    "list": [{"id": "x"}, {"id": 1}],
}


def _run(tmp_path: Path, *steps: dict[str, Any], tools: Any = None, **words: Any) -> Any:
    first = {"id": "first", "tool": "echo", "with": GIVEN}
    path = tmp_path / "flow.weft.json"
    path.write_text(json.dumps({"weft": 1, "name": "flow", "steps": [first, *steps], **words}, indent=1))
    return run(str(path), tools=tools, store="memory")


def _error(tmp_path: Path, tool: str, given: dict[str, Any], **more: Any) -> dict[str, Any]:
    result = _run(tmp_path, {"id": "s", "tool": tool, "with": given}, **more)
    assert result.steps["s"].attempts == 0, "nothing was begun"
    error: dict[str, Any] = result.steps["s"].errors[0]
    assert (error["type"], error["code"]) == ("invalid", "parameters")
    return error


@pytest.mark.parametrize(
    ("tool", "given", "told", "hint"),
    [
        (
            "sleep",
            {"seconds": "$<step_first_result.text>"},
            '"seconds" must be a number, not the text "soon"',
            None,
        ),
        (
            "sleep",
            {"seconds": "$<step_first_result.n>"},
            'not the text "7"',
            "make a number of it: $<… | float>",
        ),
        (
            "sleep",
            {"seconds": "$<step_first_result.none>"},
            "not nothing",
            "give it a value where there is none: $<… | default(…)>",
        ),
        ("sleep", {"seconds": "$<step_first_result.neg>"}, '"seconds" must be at least 0, not -1', None),
        (
            "shell",
            {"argv": ["true"], "cwd": "$<step_first_result.neg>"},
            '"cwd" must be text, not the number -1',
            "make text of it: $<… | string>",
        ),
        (
            "transform",
            {"records": "$<step_first_result.rows>", "steps": [{"limit": 1}]},
            '"records" must be a list, not a mapping',
            "did you mean its `.rows`?",
        ),
        (
            "shell",
            {"argv": ["true"], "ok_codes": [0, "$<step_first_result.n>"]},
            '"ok_codes[1]" must be a whole number',
            None,
        ),
        ("wait", {"for": "$<step_first_result.rows>"}, '"for" must be a duration, not a mapping', None),
        ("fail", {"type": "$<step_first_result.text>"}, '"soon" is not a value of "type"', None),
    ],
)
def test_what_a_reference_gave_must_fit(
    tmp_path: Path, tool: str, given: Any, told: str, hint: str | None
) -> None:
    error = _error(tmp_path, tool, given)
    assert error["message"].startswith(f'tool "{tool}": ')
    assert told in error["message"]
    assert hint is None or error["hint"] == hint


def test_it_is_told_from_which_reference_it_came_and_where_that_stands(tmp_path: Path) -> None:
    error = _error(tmp_path, "sleep", {"seconds": "$<step_first_result.text>"})
    (place,) = [
        (number, line.index("step_first") + 1)
        for number, line in enumerate((tmp_path / "flow.weft.json").read_text().splitlines(), 1)
        if "$<step_first_result.text>" in line
    ]
    told = f"(from $<step_first_result.text>, {tmp_path / 'flow.weft.json'}:{place[0]}:{place[1]})"
    assert error["message"].endswith(told)


def test_the_place_in_a_called_file_is_that_file_s(tmp_path: Path) -> None:
    inner = {"id": "nap", "tool": "sleep", "with": {"seconds": "$<inputs.s>"}}
    child = {"weft": 1, "name": "child", "inputs": {"s": {}}, "steps": [inner]}
    (tmp_path / "child.weft.json").write_text(json.dumps(child))
    result = _run(tmp_path, {"id": "sub", "workflow": "./child.weft.json", "with": {"s": "soon"}})
    assert "(from $<inputs.s>, " in result.error["message"]
    assert "child.weft.json:1:" in result.error["message"]


def test_it_is_never_retried(tmp_path: Path) -> None:
    step = {"id": "s", "tool": "sleep", "with": {"seconds": "$<step_first_result.text>"}}
    result = _run(tmp_path, {**step, "retry": {"attempts": 5, "errors": ["any"]}})
    assert result.steps["s"].attempts == 0
    assert len(result.steps["s"].errors) == 1


def test_a_step_may_go_on_or_be_rescued_after_it(tmp_path: Path) -> None:
    rescue = [{"id": "r", "tool": "echo", "with": {"type": "$<error.type>"}}]
    step = {"id": "s", "tool": "sleep", "with": {"seconds": "$<step_first_result.text>"}, "rescue": rescue}
    result = _run(tmp_path, step)
    assert result.success
    assert result.steps["r"].data == {"type": "invalid"}


def test_a_secret_is_masked_before_the_value_is_shortened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut first, half a secret would be left that nobody knows any more."""
    secret = "a-very-long-secret-" * 8
    monkeypatch.setenv("WEFT_SECRET_KEY", secret)
    error = _error(tmp_path, "sleep", {"seconds": "$<secrets.KEY>"})
    assert '"seconds" must be a number, not the text "***"' in error["message"]
    assert "a-very" not in json.dumps(error)


def test_unknown_and_missing_parameters_of_a_tool_of_the_program(tmp_path: Path) -> None:
    """Names are known to `validate`; inside what a reference gives they are not."""

    def total(orders: list[dict[str, int]], least: int | None = None) -> int:
        return len(orders)

    error = _error(tmp_path, "total", {"orders": "$<step_first_result.list>"}, tools={"total": total})
    assert '"orders[0].id" must be a whole number, not the text "x"' in error["message"]
    error = _error(
        tmp_path, "total", {"orders": [], "least": "$<step_first_result.text>"}, tools={"total": total}
    )
    assert '"least" must be a whole number or nothing, not the text "soon"' in error["message"]


def test_many_problems_are_counted(tmp_path: Path) -> None:
    def take(numbers: list[int]) -> int:
        return len(numbers)

    given = {"numbers": "$<['a', 'b', 'c', 'd', 'e']>"}
    error = _error(tmp_path, "take", given, tools={"take": take})
    assert error["message"].count("must be a whole number") == 3
    assert error["message"].endswith("(and 2 more)")


def test_a_constant_that_looks_like_a_reference_is_told_by_validate() -> None:
    flow = {"weft": 1, "name": "x", "steps": [{"id": "s", "tool": "sleep", "with": {"seconds": "${HOME}"}}]}
    (found,) = validate(flow)
    assert found.code == "WF504"
    assert '"seconds" must be a number' in found.message


BIG = {"type": "array", "items": {"type": "object"}}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        (BIG, [{"a": object()}] * 3, [{}, 1]),
        ({"type": "array", "minItems": 2}, [object(), object()], [1]),
        (
            {"type": "object", "properties": {"a": {}, "b": {"type": "array"}}, "required": ["a"]},
            {"a": object(), "b": [object()]},
            {"b": []},
        ),
        ({"type": "object", "additionalProperties": {"type": "object"}}, {"x": {"y": object()}}, {"x": 1}),
        (
            {"type": "object", "properties": {"a": {}}, "additionalProperties": False},
            {"a": object()},
            {"b": 1},
        ),
    ],
)
def test_what_a_schema_does_not_look_at_is_not_looked_at(schema: Any, good: Any, bad: Any) -> None:
    """An object that no JSON stands for takes the place of what must not be walked: a million records cost a look at each."""
    assert Fit(schema).fits(good)
    assert not Fit(schema).fits(bad)


def test_schemas_that_say_nothing_are_free() -> None:
    assert Fit({"type": "object", "description": "x", "examples": [{}]}).free
    assert Fit({}).free
    assert not Fit({"type": "object", "required": ["a"]}).free


def test_an_integer_beyond_64_bits_is_a_number() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}}
    assert Fit(schema).fits({"n": 10**30})
    assert not Fit(schema).fits({"n": -(10**30)})


class Vault(Tool):
    """Asks for permissions."""

    category = "security"
    required_permissions = ("vault_read",)
    required_any_of = ("ops", "admin")

    @operation(permissions=["vault_open"])
    def open(self) -> str:
        return "open"


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (set(), 'lacks the permission "vault_read" and "vault_open"'),
        ({"vault_read"}, 'lacks the permission "vault_open"'),
        ({"vault_read", "vault_open"}, 'lacks the permission "ops" or "admin"'),
        ({"vault_read", "vault_open", "admin"}, None),
    ],
)
def test_a_refused_call_names_the_missing_permissions(held: set[str], told: str | None) -> None:
    flow = {
        "weft": 1,
        "name": "x",
        "steps": [{"id": "s", "tool": "vault", "retry": {"attempts": 3, "errors": ["any"]}}],
    }
    result = run(flow, tools={"vault": Vault}, store="memory", principal=Principal("ada", permissions=held))
    if told is None:
        assert result.steps["s"].data == "open"
    else:
        assert (result.error["type"], told in result.error["message"]) == ("permission", True)


def test_nobody_unauthenticated_runs_anything() -> None:
    flow = {"weft": 1, "name": "x", "steps": [{"id": "s", "tool": "vault"}]}
    with pytest.raises(UsageError, match='user "eve" is not authenticated'):
        run(flow, tools={"vault": Vault}, store="memory", principal=Principal("eve", authenticated=False))


def test_several_permissions_are_not_one_text() -> None:
    wrong = type("Wrong", (Vault,), {"required_any_of": "ops"})
    with pytest.raises(UsageError, match="required_any_of of Wrong is one text"):
        given("v", wrong)
