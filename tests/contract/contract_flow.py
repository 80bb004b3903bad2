"""Specs as Python values, run in this process with a store in memory: what small tests of the language are made of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import engine
from engine import WorkflowResult

Step = dict[str, Any]


def spec(steps: list[Step], **file: Any) -> dict[str, Any]:
    return {"weft": 1, "name": "flow", **file, "steps": steps}


def flow(
    steps: list[Step],
    *,
    given: Mapping[str, Any] | None = None,
    tools: Mapping[str, Callable[..., Any]] | None = None,
    **file: Any,
) -> WorkflowResult:
    """A run of these steps to its end; `file` are the words of the file, `given` its inputs."""
    return engine.run(spec(steps, **file), given, tools=tools, store="memory")


def problems(steps: list[Step], **file: Any) -> list[tuple[str, str, str | None]]:
    """Code, message and hint of everything `validate` says of these steps."""
    return [(one.code, one.message, one.hint) for one in engine.validate(spec(steps, **file))]


def echo(name: str, value: Any = None, **words: Any) -> Step:
    """A step whose data is `{"v": value}`."""
    return {"id": name, "tool": "echo", "with": {"v": value}, **words}


def fail(name: str, error: Mapping[str, Any] | None = None, **words: Any) -> Step:
    """A step that fails with this error."""
    return {"id": name, "tool": "fail", **({"with": dict(error)} if error else {}), **words}


def use(name: str, tool: str, **words: Any) -> Step:
    """A step that calls a tool of the test."""
    return {"id": name, "tool": tool, **words}


def slow(name: str, seconds: float = 60, **words: Any) -> Step:
    """A step that is still running when whatever is tested happens."""
    return {"id": name, "tool": "sleep", "with": {"seconds": seconds}, **words}


def statuses(result: WorkflowResult) -> dict[str, str]:
    return {name: step.status for name, step in result.steps.items()}


def said(result: WorkflowResult, step: str) -> Any:
    """What an `echo` step gave back."""
    return result.steps[step].data["v"]


async def stopped_at(going: asyncio.Task[WorkflowResult], reached: asyncio.Event) -> None:
    """Let a run come to a point, then stop it as a signal would; a run that ends before it is an error, not a wait."""
    point = asyncio.ensure_future(reached.wait())
    await asyncio.wait({going, point}, return_when=asyncio.FIRST_COMPLETED)
    point.cancel()
    if going.done():
        raise AssertionError(f"ended before it was stopped: {going.result()}")
    going.cancel()
    await asyncio.wait({going})
    assert going.cancelled()
