"""The `fail` tool."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import ERROR_TYPES
from engine.tools.core.fail.tool import Fail
from engine.tools.port import CallContext, ToolError


def failure(parameters: dict[str, Any], attempt: int = 1) -> ToolError:
    with pytest.raises(ToolError) as caught:
        Fail({}).call("fail", parameters, CallContext(attempt=attempt))
    return caught.value


def test_it_fails_always_when_nothing_is_said() -> None:
    error = failure({}, attempt=1000)
    assert (error.type, error.code, error.retry_after) == ("failed", None, None)


@pytest.mark.parametrize("kind", sorted(ERROR_TYPES))
def test_the_error_is_the_chosen_one(kind: str) -> None:
    error = failure({"type": kind, "message": "m", "code": "HTTP 503", "retry_after": 2.5})
    assert (error.type, error.message, error.code, error.retry_after) == (kind, "m", "HTTP 503", 2.5)


def test_after_so_many_attempts_it_succeeds_with_its_data() -> None:
    parameters = {"times": 2, "data": {"ok": True}}
    failure(parameters, attempt=1)
    failure(parameters, attempt=2)
    assert Fail({}).call("fail", parameters, CallContext(attempt=3)).data == {"ok": True}
    assert Fail({}).call("fail", {"times": 0}, CallContext(attempt=1)).data is None
