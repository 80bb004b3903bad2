"""What a tool promises, as plain data: readable without the tool's own (heavy) dependencies.

A tool family ships one small declaration module that holds a `Declaration`; the checks read it, the registry turns it
into a living tool. This module knows no tool.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

JsonSchema = Mapping[str, Any]
Lane = Literal["inline", "async", "blocking", "wait"]
"""How an operation is run: `inline` returns at once (no I/O, well under a millisecond) and is called on the loop;
`async` is a coroutine; `blocking` does I/O or computes and is called in a thread; `wait` is not called: the run waits."""

Priority = Literal["critical", "high", "normal", "low"]
Category = Literal["data_access", "data_processing", "monitoring", "integration", "communication", "security"]

FREE_FORM: JsonSchema = {"type": "object"}


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """One operation of a tool.

    `parameters` and `result` are JSON Schema 2020-12 objects (`result` describes `data`). In `parameters` the keyword
    `x-weft` marks what references become there: `sql` (bound parameters), `command` (refused).
    `timeout_seconds` is one attempt's built-in limit; None: no limit.
    """

    description: str
    parameters: JsonSchema = field(default_factory=lambda: FREE_FORM)
    result: JsonSchema = field(default_factory=lambda: {})
    lane: Lane = "blocking"
    timeout_seconds: float | None = 300.0
    permissions: tuple[str, ...] = ()
    """The principal must hold every one of them."""
    any_of: tuple[str, ...] = ()
    """… and one of these, where there are any."""
    streams: bool = False
    repeatable: bool = False
    """Running it twice with the same parameters is harmless."""
    executor: Literal["threads", "processes"] | None = None
    """Where a blocking operation must be called: `threads` (it shares connections or stops its own work), `processes` (it must
    be apart from the engine). None: wherever the run's executor is."""
    usual_executor: Literal["threads", "processes"] = "threads"
    """Where a blocking operation is called when nobody has named an executor: `processes` if it cannot stop its own work."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """A tool's name, category, operations and where its implementation lives.

    `factory` is `module:callable`, imported only when the tool is first used; it is called with the connection's
    configuration (a mapping, empty without a connection) and returns a `engine.tools.port.Tool`.
    `connection` is the JSON Schema of its configuration, None for tools that take none. `extra` names the optional
    dependency group the implementation needs.
    """

    name: str
    category: Category
    description: str
    operations: Mapping[str, OperationSpec]
    factory: str
    default_operation: str | None = None
    connection: JsonSchema | None = None
    extra: str | None = None
    priority: Priority = "normal"
    distribution: str | None = None
    """The installed package that brings the tool; None: the engine's own, or the program's."""
    broken: str | None = None
    """Why an installed tool cannot be used: its package cannot be imported. It then has no operations."""

    @property
    def needs_engine(self) -> bool:
        """Whether every blocking operation must be called in the engine's own process."""
        blocking = [one for one in self.operations.values() if one.lane == "blocking"]
        return bool(blocking) and all(one.executor == "threads" for one in blocking)

    def operation(self, name: str | None) -> OperationSpec | None:
        """The named operation, or the default one (a tool with one operation needs no default); None if unknown."""
        chosen = self.operation_name(name)
        return self.operations.get(chosen) if chosen else None

    def operation_name(self, name: str | None) -> str | None:
        """`name`, else the default operation, else the only one, else None."""
        if name:
            return name
        if self.default_operation:
            return self.default_operation
        return next(iter(self.operations)) if len(self.operations) == 1 else None
