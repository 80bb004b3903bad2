"""Specs as the mappings that programs give."""

from __future__ import annotations

from typing import Any


def spec(*steps: dict[str, Any], **file: Any) -> dict[str, Any]:
    return {"weft": 1, "name": "flow", **file, "steps": list(steps)}


def step(name: str, tool: str = "echo", operation: str | None = None, /, **more: Any) -> dict[str, Any]:
    """A step; what is not a word of the language's stands in `with`."""
    words = {key: more.pop(key) for key in ("needs", "foreach", "on_error", "when", "timeout") if key in more}
    called = {"operation": operation} if operation else {}
    return {"id": name, "tool": tool, **called, **words, **({"with": more} if more else {})}
