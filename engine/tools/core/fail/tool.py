"""`fail`: the error of one's choice. Counts by the attempt it is told, so a resumed run counts on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.tools.port import CallContext, Result, ToolError


class Fail:
    """Raises the chosen ToolError; keeps nothing between attempts."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        pass

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        times = parameters.get("times")
        if times is not None and context.attempt > times:
            return Result(data=parameters.get("data"))
        raise ToolError(
            parameters.get("message", "failed on purpose"),
            type=parameters.get("type", "failed"),
            code=parameters.get("code"),
            retry_after=parameters.get("retry_after"),
        )

    def close(self) -> None:
        pass
