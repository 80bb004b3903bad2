"""`echo`: the smallest tool there is, and the pattern of the others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.tools.port import CallContext, Result


class Echo:
    """Returns what it was given; keeps nothing."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        pass

    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        return Result(data=dict(parameters))

    def close(self) -> None:
        pass
