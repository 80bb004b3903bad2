"""Tools written as Python: classes and functions, their hints as schemas, what they may return, who makes and closes them."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import json
import os
import threading
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from api_specs import spec, step
from pydantic import BaseModel, Field

from engine import (
    CallContext,
    Principal,
    Result,
    Tool,
    ToolError,
    UsageError,
    operation,
    register_tool,
    run,
    show,
    validate,
)
from engine.cli.parser import run as command
from engine.tools.writing.given import given


class Order(BaseModel):
    id: int
    day: dt.date | None = None


class Shop(Tool):
    """Orders of a shop.

    This is for those who read the source.
    """

    category = "data_access"
    closed: list[str] = []

    def configure(self, table: str, rate: float = 2.0) -> None:
        self.table, self.rate = table, rate

    @operation
    def total(
        self,
        orders: list[Order],
        by: Literal["id", "day"] = "id",
        least: Annotated[int, Field(ge=0)] = 0,
        schema: str | None = None,
    ) -> dict[str, float]:
        """Adds the ids up.

        Args:
            orders: What was ordered.
            by (str): What to group by.
        """
        return {"total": sum(order.id for order in orders) * self.rate, "least": least}

    @operation(name="newest", permissions=["shop_read"], timeout_seconds=None, repeatable=True)
    async def find_newest(self) -> Order:
        """The newest order."""
        await asyncio.sleep(0)
        return Order(id=7, day=dt.date(2026, 1, 31))

    @operation(result=list[Order])
    def listed(self, context: CallContext) -> Result:
        """With a warning."""
        result = Result(data=[Order(id=1)], metadata={"step": context.step}, processed_records=1)
        result.add_warning("only one")
        return result

    def close(self) -> None:
        self.closed.append(self.table)


@operation
def double(n: int) -> int:
    """Twice."""
    return 2 * n


async def later(word: str, context: CallContext) -> str:
    await asyncio.sleep(0)
    return f"{word} for {context.principal.user_id}"


@pytest.fixture(autouse=True)
def _none_closed() -> None:
    Shop.closed = []


def test_hints_and_docstring_are_the_promise() -> None:
    told = given("shop", Shop).declaration
    assert (told.description, told.category) == ("Orders of a shop.", "data_access")
    assert told.connection == {
        "type": "object",
        "properties": {"table": {"type": "string"}, "rate": {"type": "number", "default": 2.0}},
        "required": ["table"],
        "additionalProperties": False,
    }
    total = told.operations["total"]
    assert (total.description, total.lane, total.timeout_seconds) == ("Adds the ids up.", "blocking", 300.0)
    properties = total.parameters["properties"]
    assert properties["orders"]["description"] == "What was ordered."
    assert properties["by"] == {
        "type": "string",
        "enum": ["id", "day"],
        "default": "id",
        "description": "What to group by.",
    }
    assert properties["least"] == {"type": "integer", "minimum": 0, "default": 0}
    assert properties["schema"]["default"] is None
    assert total.parameters["required"] == ["orders"]
    assert total.result == {"type": "object", "additionalProperties": {"type": "number"}}
    newest = told.operations["newest"]
    assert (newest.lane, newest.permissions, newest.timeout_seconds) == ("async", ("shop_read",), None)
    assert newest.result["properties"]["day"]["anyOf"][0] == {"type": "string", "format": "date"}
    assert set(told.operations["listed"].parameters["properties"]) == set(), "the context is no parameter"
    assert told.operations["listed"].result["items"] == {"$ref": "#/$defs/Order"}


def _shop(*steps: dict[str, Any]) -> dict[str, Any]:
    return spec(*steps, connections={"shop": {"tool": "orders", "table": "t", "rate": 10}})


def test_a_class_is_made_configured_and_closed_by_the_run() -> None:
    flow = _shop(
        step("all", "shop", "total", orders=[{"id": 1}, {"id": 2, "day": "2026-01-31"}]),
        step("new", "shop", "newest"),
        step("some", "shop", "listed"),
        step("read", day="$<step_new_result.day>"),
    )
    result = run(flow, tools={"orders": Shop}, store="memory")
    assert result.success, result.error
    assert result.steps["all"].data == {"total": 30.0, "least": 0.0}
    assert result.steps["new"].data == {"id": 7, "day": "2026-01-31"}
    some = result.steps["some"]
    assert (some.data, some.warnings, some.processed_records) == ([{"id": 1, "day": None}], ["only one"], 1)
    assert some.metadata["step"] == "some"
    assert result.steps["read"].data == {"day": "2026-01-31"}
    assert Shop.closed == ["t"]


def test_an_instance_is_used_as_it_is_and_never_closed() -> None:
    shop = Shop()
    shop.configure("mine")
    flow = spec(step("a", "shop", "total", orders=[{"id": 3}]))
    for _ in range(2):
        assert run(flow, tools={"shop": shop}, store="memory").steps["a"].data["total"] == 6.0
    assert Shop.closed == []


def test_functions_are_tools_plain_marked_and_async() -> None:
    flow = spec(
        step("a", "double", n=21),
        step("b", "later", word="a word"),
        step("c", "shout", word="hey"),
        outputs={"a": "$<step_a_result>", "b": "$<step_b_result>", "c": "$<step_c_result>"},
    )
    tools = {"double": double, "later": later, "shout": lambda word: word.upper()}
    result = run(flow, tools=tools, store="memory", principal=Principal("ada"))
    assert result.outputs == {"a": 42, "b": "a word for ada", "c": "HEY"}


def test_validate_knows_their_schemas() -> None:
    flow = _shop(
        step("a", "shop", "totl", orders=[]),
        step("b", "shop", "total", ordres=[]),
        step("c", "shop", "total", orders=[{"id": "x"}], by="week", least=-1),
        step("d", "double"),
    )
    told = [
        one.message + f" | {one.hint}" for one in validate(flow, tools={"orders": Shop, "double": double})
    ]
    assert told[0].startswith('tool "shop" has no operation "totl" | did you mean "total"?')
    assert told[1] == 'tool "shop" has no parameter "ordres" | did you mean "orders"?'
    assert sum('"by"' in one or '"week"' in one for one in told) == 1
    assert any("whole number" in one for one in told)
    assert told[-1].startswith('tool "double" needs "n"')
    assert len(told) == 6


def test_settings_of_a_connection_are_checked() -> None:
    flow = spec(step("a", "shop", "newest"), connections={"shop": {"tool": "orders", "tabel": "t"}})
    (found,) = validate(flow, tools={"orders": Shop})
    assert (found.code, found.hint) == ("WF507", 'did you mean "table"?')
    bare = spec(step("a", "orders", "newest"))
    assert [one.code for one in validate(bare, tools={"orders": Shop})] == ["WF507"]


def test_parameters_are_checked_again_when_they_are_known() -> None:
    """A reference may give anything: what it gave is held to the hints, every problem at once."""
    flow = spec(
        step("a", orders=[{"id": "x"}], least=-1),
        step("b", "shop", "total", orders="$<step_a_result.orders>", least="$<step_a_result.least>"),
    )
    result = run(flow, tools={"shop": Shop()}, store="memory")
    assert result.error is not None
    assert (result.error["type"], result.error["code"]) == ("invalid", "parameters")
    assert '"orders[0].id" must be a whole number, not the text "x"' in result.error["message"]
    assert '"least" must be at least 0, not -1' in result.error["message"]


def test_what_is_returned_is_held_to_the_hint() -> None:
    def wrong(n: int) -> list[int]:
        return {"n": n}  # type: ignore[return-value]

    result = run(spec(step("a", "wrong", n=1)), tools={"wrong": wrong}, store="memory")
    assert result.error is not None
    assert (result.error["type"], result.error["code"]) == ("data", "result")


def test_errors_of_a_tool_keep_their_kind() -> None:
    def picky(how: str) -> None:
        if how == "typed":
            raise ToolError("not now", type="rate_limit", code="HTTP 429")
        if how == "lost":
            raise ConnectionResetError("gone")
        raise ValueError("odd")

    def error(how: str) -> tuple[str, str, str]:
        told = run(spec(step("a", "picky", how=how)), tools={"picky": picky}, store="memory").error
        assert told is not None
        return told["type"], told["code"], told["message"]

    assert error("typed") == ("rate_limit", "HTTP 429", "not now")
    assert error("lost") == ("unavailable", "ConnectionResetError", "ConnectionResetError: gone")
    assert error("other") == ("internal", "ValueError", "ValueError: odd")


def test_a_call_needs_the_permissions_its_operation_declares() -> None:
    flow = _shop(step("new", "shop", "newest", on_error="continue"), step("some", "shop", "listed"))
    poor = run(flow, tools={"orders": Shop}, store="memory", principal=Principal("ada", permissions=[]))
    assert poor.steps["new"].errors[0]["type"] == "permission"
    assert '"shop_read"' in poor.steps["new"].errors[0]["message"]
    assert poor.steps["some"].success, "other operations are not concerned"
    rich = run(
        flow, tools={"orders": Shop}, store="memory", principal=Principal("ada", permissions={"shop_read"})
    )
    assert rich.steps["new"].success


def test_a_registered_tool_is_there_for_every_run_until_another_takes_its_name() -> None:
    register_tool("shop", Shop, {"table": "r"})
    flow = spec(step("a", "shop", "total", orders=[{"id": 1}]))
    assert validate(flow) == ()
    assert run(flow, store="memory").steps["a"].data["total"] == 2.0
    register_tool("shop", Shop, {"table": "r", "rate": 5.0})
    assert run(flow, store="memory").steps["a"].data["total"] == 5.0


def test_a_tool_of_the_run_wins_over_a_registered_and_a_built_in_one() -> None:
    register_tool("twice", double)
    assert (
        run(spec(step("a", "twice", n=1)), store="memory", tools={"twice": lambda n: -n}).steps["a"].data
        == -1
    )
    fake = run(
        spec(step("a", "shell", command="echo")), store="memory", tools={"shell": lambda command: "mock"}
    )
    assert fake.steps["a"].data == "mock"


_MADE = {"category": "integration"}


@pytest.mark.parametrize(
    ("name", "tool", "config", "told"),
    [
        ("echo", double, None, "is a built-in tool"),
        ("a b", double, None, "cannot be the name of a tool"),
        ("x", 3, None, "int is none"),
        ("x", dict, None, "dict is none"),
        ("x", functools.partial(double, 1), None, "partial is none"),
        ("x", double, {"a": 1}, "takes no config"),
        ("x", Shop, {"tabel": "t"}, r'parameter "table" is missing; there is no parameter "tabel"'),
        ("x", type("Empty", (Tool,), {"category": "integration"}), None, "has no operations"),
        (
            "x",
            type("Lost", (Tool,), {**_MADE, "go": operation(lambda self: 1), "default_operation": "og"}),
            None,
            '"og"',
        ),
        ("x", lambda *a: a, None, "has no name in a spec"),
        ("x", type("Bare", (Tool,), {"go": operation(lambda self: 1)}), None, "Bare has no category"),
        (
            "x",
            type("Odd", (Tool,), {"category": "data", "go": lambda self: 1}),
            None,
            'has the category "data"',
        ),
        ("x", type("Late", (Tool,), {**_MADE, "priority": "soon"}), None, 'has the priority "soon"'),
        (
            "x",
            type("One", (Tool,), {**_MADE, "required_permissions": "a", "go": operation(lambda self: 1)}),
            None,
            "one text",
        ),
        ("x", type("Static", (Tool,), {**_MADE, "go": staticmethod(double)}), None, "is no plain method"),
    ],
)
def test_what_can_be_no_tool_is_refused_with_the_reason(name: str, tool: Any, config: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        register_tool(name, tool, config)


def test_operation_stands_before_functions_only() -> None:
    with pytest.raises(TypeError, match="stands before a function"):
        operation(3)  # type: ignore[type-var]
    with pytest.raises(TypeError, match="several texts"):
        operation(permissions="shop_read")


def test_operations_are_inherited_and_overridden() -> None:
    class Base(Tool):
        category = "monitoring"

        @operation
        def one(self) -> str:
            return "base"

        @operation
        def two(self) -> str:
            return self.one()

    class Derived(Base):
        default_operation = "two"

        @operation
        def one(self) -> str:
            return "derived"

    assert run(spec(step("a", "t")), tools={"t": Derived}, store="memory").steps["a"].data == "derived"
    assert list(given("t", Derived).declaration.operations) == ["one", "two"]


def test_a_run_with_tools_of_its_own_can_be_looked_at_without_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    flow = _shop(step("a", "shop", "total", orders=[{"id": 1}]), step("b", "double", n=2))
    result = run(flow, tools={"orders": Shop, "double": double})
    assert show(result.run_id).to_dict()["steps"]["a"]["data"] == {"total": 10.0, "least": 0.0}
    assert command(["show", result.run_id]) == 0
    assert "succeeded=2" in capsys.readouterr().out


@pytest.mark.parametrize("executor", ["inline", "threads", "processes", None])
def test_tools_of_the_program_stay_in_its_process_whatever_the_executor(executor: str | None) -> None:
    def where() -> int:
        return os.getpid()

    assert (
        run(spec(step("a", "where")), tools={"where": where}, store="memory", executor=executor)
        .steps["a"]
        .data
        == os.getpid()
    )


def test_the_executor_is_the_one_named() -> None:
    def where() -> int:
        return threading.get_ident()

    def ran(executor: str) -> int:
        result = run(spec(step("a", "where")), tools={"where": where}, store="memory", executor=executor)
        return int(result.steps["a"].data)

    assert ran("inline") == threading.get_ident()
    assert ran("threads") != threading.get_ident()


def test_a_tool_is_known_to_the_workflows_that_are_called(folder: Path) -> None:
    child = {
        **spec(
            step("a", "double", n="$<inputs.n>"),
            inputs={"n": {"type": "integer"}},
            outputs={"n": "$<step_a_result>"},
        )
    }
    (folder / "child.weft.json").write_text(json.dumps(child))
    flow = spec(
        {"id": "sub", "workflow": "./child.weft.json", "with": {"n": 4}},
        outputs={"n": "$<step_sub_result.n>"},
    )
    result = run(flow, tools={"double": double})
    assert result.outputs == {"n": 8}
    assert show(result.run_id).outputs == {"n": 8}, "its tools are recorded too"


class Untrue(Tool):
    """Returns other than it says."""

    category = "integration"

    @operation
    def numbers(self) -> dict[str, int]:
        """A mapping."""
        return {"k": "some words that are rather long and go on and on"}  # type: ignore[dict-item]

    @operation
    def order(self) -> Order:
        """A model that nobody has looked into."""
        return Order.model_construct(id="seven")  # type: ignore[arg-type]


def test_a_result_unlike_its_hint_names_the_place_and_cuts_no_word() -> None:
    def told(name: str) -> str:
        result = run(spec(step("a", "untrue", name)), tools={"untrue": Untrue}, store="memory")
        assert result.error is not None
        assert (result.error["type"], result.error["code"]) == ("data", "result")
        return str(result.error["message"])

    value = 'not "some words that are rather long and go …"'
    promise = "did not return what it promises: "
    wrong = f'Untrue.numbers {promise}result "k": input should be a valid integer, {value}'
    assert told("numbers") == wrong
    assert told("order") == f'Untrue.order {promise}"id": expected int, not str'
