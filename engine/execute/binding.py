"""Plan steps bound to living tools: which tool, which operation, in which lane, for how long.

Tools are made on first use, one per connection (or one per tool without any), and closed with the run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import ToolError, UsageError
from engine.execute.clock import Clock
from engine.graph.plan import Plan, PlanStep
from engine.spec.durations import duration_seconds
from engine.spec.toolspec import Declaration, OperationSpec
from engine.tools.port import Tool

MakeTool = Callable[[Declaration, Mapping[str, Any]], Tool]


@dataclass(slots=True)
class Binding:
    """What a call of one plan step needs to know. `timeout_seconds` None: no limit."""

    declaration: Declaration
    operation_name: str
    operation: OperationSpec
    timeout_seconds: float | None
    connection: str | None


class Toolbox:
    """The tools of one run."""

    def __init__(
        self, plan: Plan, make: MakeTool, connections: Mapping[str, Mapping[str, Any]], project_dir: Path
    ) -> None:
        self._make = make
        self._connections = connections
        self.project_dir = project_dir
        self._made: dict[tuple[str, str | None], Tool] = {}
        self._lock = threading.Lock()
        self.bindings = [self._bind(plan, step) for step in plan.steps]

    def tool(self, binding: Binding) -> Tool:
        """The living tool behind a binding; raises what making it raises. Safe from several threads."""
        key = (binding.declaration.name, binding.connection)
        tool = self._made.get(key)
        if tool is None:
            with self._lock:
                tool = self._made.get(key)
                if tool is None:
                    tool = self._made[key] = self._make(binding.declaration, self._config(binding))
        return tool

    def prepare(self) -> None:
        """Make every tool that is not inline, and let it say what it lacks before anything runs.

        Raises MissingExtra, and UsageError that names the connection whose settings make no tool.
        """
        for binding in self.bindings:
            if binding is not None and binding.operation.lane != "inline":
                self._prepare(binding)

    def _prepare(self, binding: Binding) -> None:
        try:
            prepare = getattr(self.tool(binding), "prepare", None)
            if prepare is not None:
                prepare()
        except ToolError as error:
            name = binding.connection
            whose = f'connection "{name}"' if name else f'tool "{binding.declaration.name}"'
            raise UsageError(f"{whose}: {error.message}", hint=error.hint) from error

    def close(self) -> None:
        """Close every tool that was made."""
        for tool in self._made.values():
            tool.close()

    def _config(self, binding: Binding) -> dict[str, Any]:
        config = dict(self._connections.get(binding.connection or "", {}))
        config.pop("tool", None)
        if binding.connection is None:
            return {}
        return {"name": binding.connection, **config, "project_dir": str(self.project_dir)}

    def _bind(self, plan: Plan, step: PlanStep) -> Binding | None:
        if step.declaration is None:
            return None
        name = step.declaration.operation_name(step.operation)
        operation = step.declaration.operation(step.operation)
        assert name is not None
        assert operation is not None
        limit = self._limit(plan, step, operation)
        return Binding(step.declaration, name, operation, limit, step.connection)

    def _limit(self, plan: Plan, step: PlanStep, operation: OperationSpec) -> float | None:
        """The smallest written limit; the tool's own only where none is written (groups keep their own timers)."""
        own = step.timeout_seconds
        connection = self._connections.get(step.connection or "", {}).get("timeout")
        written = [limit for limit in (own, duration_seconds(connection)) if limit is not None]
        if written:
            return min(written)
        around = any(plan.steps[i].timeout_written for i in plan.ancestors(step.index)[1:])
        return None if around else operation.timeout_seconds


@dataclass(slots=True)
class Surroundings:
    """Where a run happens: folders, the clock, the user's own context."""

    project_dir: Path
    run_dir: Path
    clock: Clock
