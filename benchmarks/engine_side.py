"""The engine as the benchmarks use it: the use cases of `engine.app`, every outcome checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.app.checking import Checked, check_text, known_tools
from engine.app.running import RunOptions, run_checked
from engine.execute.facts import Observer
from engine.spec.toolspec import Declaration, Lane, OperationSpec
from engine.tools.port import CallContext, Result, Tool
from engine.tools.registry import make_tool

SPEC_PATH = Path("generated.weft.yaml")  # never read: specs are given as text


def ready(text: str) -> Checked:
    """The spec checked and compiled. Raises RuntimeError when it is not good."""
    checked = check_text(text, SPEC_PATH.name, tools=_TOOLS)
    if not checked.good:
        raise RuntimeError(f"a generated spec is wrong: {next(iter(checked.diagnostics))}")
    return checked


def run(
    checked: Checked,
    store: str = "memory",
    inputs: Mapping[str, Any] | None = None,
    observer: Observer | None = None,
) -> dict[str, Any]:
    """Run to the end; the report. Raises RuntimeError when it did not succeed."""
    options = RunOptions(store=store, observer=observer, make_tool=_make_tool)
    end = run_checked(checked, SPEC_PATH, inputs or {}, options)
    if end.status != "succeeded":
        raise RuntimeError(f"a benchmark's run ended {end.status}: {end.report['error']}")
    return end.report


class _AsyncNoop:
    async def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        return Result(data=dict(parameters))

    def close(self) -> None:
        pass


class _BlockingNoop:
    def call(self, operation: str, parameters: Mapping[str, Any], context: CallContext) -> Result:
        return Result(data=dict(parameters))

    def close(self) -> None:
        pass


def _declared(name: str, lane: Lane) -> Declaration:
    operation = OperationSpec("Gives back its parameters.", lane=lane, timeout_seconds=None, repeatable=True)
    return Declaration(name, "data_processing", f"echo in the {lane} lane", {"call": operation}, "")


_TOOLS = {
    "echo": known_tools()["echo"],
    "fail": known_tools()["fail"],
    "async_noop": _declared("async_noop", "async"),
    "blocking_noop": _declared("blocking_noop", "blocking"),
    "connected_noop": replace(_declared("connected_noop", "async"), connection={"type": "object"}),
}


def _make_tool(declaration: Declaration, config: Mapping[str, Any]) -> Tool:
    made: dict[str, type[Tool]] = {
        "async_noop": _AsyncNoop,
        "blocking_noop": _BlockingNoop,
        "connected_noop": _AsyncNoop,
    }
    return made[declaration.name]() if declaration.name in made else make_tool(declaration, config)
