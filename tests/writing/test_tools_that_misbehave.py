"""Tools of somebody else do what they like: hang, fork, print secrets, give what is no JSON. A run stays whole."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any, TypedDict

import pytest

from engine import Result, Tool, ToolError, UsageError, operation, run
from engine.tools.writing.given import given


def _run(function: Callable[..., Any], **words: Any) -> Any:
    after = {"id": "after", "tool": "echo", "with": {"x": 1}, "needs": ["s"], "trigger_rule": "all_done"}
    flow = {"weft": 1, "name": "x", "mode": "dag", "steps": [{"id": "s", "tool": "it", **words}, after]}
    result = run(flow, tools={"it": function}, store="memory")
    assert result.steps["after"].status == "succeeded", "the others go on"
    return result.steps["s"]


@pytest.mark.slow
def test_one_that_hangs_is_left_behind_at_its_timeout() -> None:
    let_go = threading.Event()

    def hang() -> None:
        let_go.wait(60)

    step = _run(hang, timeout="50ms")
    let_go.set()
    assert (step.status, step.errors[0]["type"]) == ("timed_out", "timeout")


def test_one_that_forks_gives_its_answer_once() -> None:
    def fork() -> int:
        child = os.fork()
        if child == 0:
            os._exit(3)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    assert _run(fork).data == 3


@pytest.mark.parametrize(
    ("gives", "told"),
    [
        (object(), "object is not json"),
        ({"a": [1, {2, object}]}, "data.a[1]"),
        (lambda: 1, "a function was given"),
        (iter([1]), "list_iterator is not json"),
        ({(1, 2): 3}, "a key is of type tuple"),
        (10**400, "is too large"),
    ],
)
def test_what_cannot_be_json_is_named_with_its_place(gives: Any, told: str) -> None:
    error = _run(lambda: gives).errors[0]
    assert error["type"] == "data"
    assert told in f"{error['message']} {error['hint']}"


def test_data_frames_become_records_at_the_door() -> None:
    import datetime as dt
    import decimal

    numpy = pytest.importorskip("numpy")
    pyarrow = pytest.importorskip("pyarrow")
    given = {
        "table": pyarrow.table({"id": [1, 2], "day": [dt.date(2026, 1, 31), None]}),
        "array": numpy.array([1.5, float("nan")]),
        "price": decimal.Decimal("1.50"),
    }
    step = _run(lambda: given)
    assert step.data == {
        "table": [{"id": 1, "day": "2026-01-31"}, {"id": 2, "day": None}],
        "array": [1.5, None],
        "price": 1.5,
    }
    assert step.warnings == ["data: NaN or infinite numbers became null (1)"]


def test_the_door_imports_nothing_that_is_not_loaded() -> None:
    code = (
        "import sys; from engine.tools.jsonable import to_json; to_json({'a': [1]});"
        "print([name for name in ('numpy', 'pandas', 'polars', 'pyarrow') if name in sys.modules])"
    )
    import subprocess

    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


@pytest.mark.parametrize("way", ["data", "error", "raised", "typed", "warning"])
def test_a_secret_that_a_tool_tells_is_masked(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEFT_SECRET_KEY", "a-secret-key")

    def tell(key: str) -> Result:
        if way == "raised":
            raise ValueError(key)
        if way == "typed":
            raise ToolError(f"refused: {key}", hint=key, data={"key": key})
        result = Result(data={"key": key})
        if way == "error":
            result.add_error(key)
        result.add_warning(key)
        return result

    step = _run(tell, **{"with": {"key": "$<secrets.KEY>"}})
    assert "a-secret-key" not in str(step.to_dict() if hasattr(step, "to_dict") else step)
    assert "***" in f"{step.data} {step.errors}"


class Confused(Tool):
    """Cannot even say whether its errors are worth another try."""

    category = "monitoring"

    @operation
    def go(self) -> int:
        raise ValueError("the first error")

    def is_retryable(self, error: Exception) -> bool:
        raise RuntimeError("no idea")


def test_the_first_error_is_told_where_is_retryable_fails() -> None:
    error = _run(Confused).errors[0]  # type: ignore[arg-type]
    assert (error["type"], error["message"]) == ("internal", "ValueError: the first error")


def test_a_typed_dict_that_pydantic_cannot_read_is_told() -> None:
    """Silently without a schema it would be checked by nobody."""
    if sys.version_info >= (3, 12):
        assert given("old", old).declaration.operations["old"].result["properties"]
        return
    with pytest.raises(UsageError, match="what old returns makes no schema") as refused:
        given("old", old)
    assert refused.value.hint == "from typing_extensions import TypedDict"


class Old(TypedDict):
    n: int


def old() -> Old:
    return {"n": 1}


def test_a_mapping_that_fits_the_promised_model_is_as_good_as_one() -> None:
    from pydantic import BaseModel
    from typing_extensions import TypedDict as Typed

    class Rate(BaseModel):
        amount: float
        note: str = "none"

    class Keyed(Typed):
        n: int

    def model(how: str) -> Rate:
        return {"amount": 1.5} if how == "good" else {"amuont": 1.5}  # type: ignore[return-value]

    def keyed(how: str) -> Keyed:
        return {"n": 1} if how == "good" else {"m": 1}  # type: ignore[typeddict-item,typeddict-unknown-key]

    model.__annotations__["return"], keyed.__annotations__["return"] = Rate, Keyed
    assert _run(model, **{"with": {"how": "good"}}).data == {"amount": 1.5, "note": "none"}
    assert _run(keyed, **{"with": {"how": "good"}}).data == {"n": 1}
    for function, name in ((model, "amount"), (keyed, "n")):
        error = _run(function, **{"with": {"how": "bad"}}).errors[0]
        assert (error["type"], error["code"]) == ("data", "result")
        assert f'"{name}"' in error["message"]
