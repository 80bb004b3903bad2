"""Specs as mappings, and a tool that counts what it is asked."""

from __future__ import annotations

import threading
from typing import Any

from engine import Tool, ToolError, operation


def spec(*steps: dict[str, Any], **file: Any) -> dict[str, Any]:
    return {"weft": 1, "name": "flow", **file, "steps": list(steps)}


def step(name: str, tool: str = "counting", /, **words: Any) -> dict[str, Any]:
    return {"id": name, "tool": tool, **words}


class Counting(Tool):
    """Counts its calls; an instance is given to a run, so what it counts can be read."""

    category = "integration"

    default_operation = "ask"

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.fail_first = 0
        self.answers: list[Any] = []
        self.hold: threading.Event | None = None
        self.begun = threading.Event()

    @operation(repeatable=True)
    def ask(self, n: Any = None, secret: str = "") -> Any:
        self.calls.append(n)
        self.begun.set()
        if self.hold is not None:
            self.hold.wait(10)
        if self.fail_first >= len(self.calls):
            raise ToolError("not yet", type="unavailable", code="later")
        return self.answers.pop(0) if self.answers else n

    @operation
    def change(self, n: Any = None) -> Any:
        """Not harmless when it is done twice."""
        self.calls.append(n)
        return n


class Connected(Tool):
    """A tool that takes a connection; its calls are told to the class, of which every run makes its own instance."""

    category = "integration"

    calls: list[tuple[str, Any]] = []

    def configure(self, place: str = "", token: str = "") -> None:
        self.place = place

    @operation(repeatable=True)
    def read(self, n: Any = None) -> Any:
        self.calls.append(("read", n))
        return [self.place, n]

    @operation
    def write(self, n: Any = None) -> Any:
        self.calls.append(("write", n))
        return n

    @operation
    async def fail(self) -> Any:
        self.calls.append(("fail", None))
        raise ToolError("gone", type="unavailable")
