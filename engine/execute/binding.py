"""Plan steps bound to living tools: which tool, which operation, in which lane, for how long.

Tools are made on first use, one per connection (or one per tool without any), and closed with the run.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import ToolError, UsageError
from engine.execute.cellar import RunCellar
from engine.execute.clock import Clock
from engine.execute.parameters import Parameters
from engine.executors.known import Choice, Executors
from engine.executors.port import Executor, ToolCall
from engine.graph.plan import Plan, PlanStep
from engine.refs import Template, compile_value
from engine.spec.connection_words import written_timeout_seconds
from engine.spec.policy import HINT, OPEN, Policy
from engine.spec.toolspec import Declaration, OperationSpec
from engine.spec.tree import Tree
from engine.tools.framework.settings import ConnectionSettings, settings_of
from engine.tools.port import LOCAL_USER, CallContext, Principal, Tool

if TYPE_CHECKING:
    from engine.execute.gating import Shared

MakeTool = Callable[[Declaration, Mapping[str, Any]], Tool]


@dataclass(slots=True)
class Binding:
    """What a call of one plan step needs to know. `timeout_seconds` None: no limit."""

    declaration: Declaration
    operation_name: str
    operation: OperationSpec
    timeout_seconds: float | None
    connection: str | None
    settings: Template | None = None
    """Of a connection that a called workflow brings and that reads its inputs: resolved call by call."""
    executor: Executor | None = None
    """Who makes the calls of a blocking operation."""


class Toolbox:
    """The tools of one run."""

    def __init__(
        self,
        plan: Plan,
        make: MakeTool,
        connections: Mapping[str, Mapping[str, Any]],
        project_dir: Path,
        principal: Principal = LOCAL_USER,
        executors: Executors | None = None,  # None: the usual one; what tools print stays theirs
        trees: Mapping[str, Tree] | None = None,
        policy: Policy = OPEN,
    ) -> None:
        """`trees`: the author's files by the labels of their plans, to tell where a parameter came from."""
        self.principal = principal
        self.policy = policy
        self._policed = not policy.open
        self.executors = executors or Executors(Choice(), print)
        self._make = make
        self._connections = connections
        self.project_dir = project_dir
        self._made: dict[tuple[str, str | None], Tool] = {}
        self._lock = threading.Lock()
        self.plan = plan
        self.sharing: Callable[[], Shared] | None = None
        """Opens what runs of several processes share; None: the store is this process's own."""
        self.health_of: Callable[[str], str] | None = None
        """How a connection is, by its name; may take long, and is asked in a thread. None: nobody knows."""
        self._settings: dict[str, ConnectionSettings] = {}
        self.parameters = Parameters(plan, trees)
        self.bindings: list[Binding | None] = []
        self.bind()

    def bind(self) -> None:
        """Bind every step to an executor; again, where those of before were closed with a loop that did not end the run."""
        self.bindings = [self._bind(self.plan, step) for step in self.plan.steps]

    def settings_of(self, binding: Binding) -> ConnectionSettings | None:
        """The engine's settings of a call's connection; None: it has none, or they differ from call to call.

        Raises ToolError `invalid` for a setting that does not fit.
        """
        name = binding.connection
        if name is None or binding.settings is not None:
            return None
        found = self._settings.get(name)
        if found is None:
            config = self._connections.get(name, {})
            found = self._settings[name] = settings_of(name, config, binding.declaration)
        return found

    def tool(self, binding: Binding) -> Tool:
        """The living tool behind a binding; raises what making it raises. Safe from several threads."""
        key = (binding.declaration.name, binding.connection)
        tool = self._made.get(key)
        if tool is None:
            with self._lock:
                tool = self._made.get(key)
                if tool is None:
                    tool = self._made[key] = self._make(binding.declaration, self.config(binding))
        return tool

    def allowed(self, binding: Binding, parameters: Any) -> Tool:
        """The living tool for a call. Raises ToolError where the call is not allowed."""
        self.permit(binding, parameters)
        return self.tool(binding)

    def permit(self, binding: Binding, parameters: Any) -> None:
        """Raise ToolError where the project's policy refuses the call, or the principal lacks what the operation, or the
        connection, requires."""
        if self._policed:
            for why in self._refusals(binding, parameters):
                raise ToolError(why, type="permission", code="permission", hint=HINT)
        settings = self.settings_of(binding)
        own = settings.permissions if settings is not None else ()
        missing, joint = self.principal.missing([*binding.operation.permissions, *own]), " and "
        if not missing and not self.principal.holds_one(binding.operation.any_of):
            missing, joint = list(binding.operation.any_of), " or "
        if missing:
            names = joint.join(f'"{name}"' for name in missing)
            who = f'user "{self.principal.user_id}"' if self.principal.user_id else "the principal"
            message = f"{who} lacks the permission {names}"
            raise ToolError(message, type="permission", code="permission", hint="ask whoever grants it")

    def _refusals(self, binding: Binding, parameters: Any) -> Iterator[str]:
        refused = self.policy.tool_refusal(binding.declaration.name, binding.operation_name)
        if refused is not None:
            yield refused
        if isinstance(parameters, Mapping):
            schema = binding.operation.parameters
            yield from (why for _, why in self.policy.value_refusals(schema, parameters))

    def tool_call(self, binding: Binding, parameters: Any, context: CallContext) -> ToolCall:
        """What an executor is given. Raises ToolError where the call is not allowed."""
        self.permit(binding, parameters)
        return ToolCall(
            partial(self.tool, binding),
            binding.declaration.factory,
            self.config(binding),
            binding.operation_name,
            parameters,
            context,
            binding.timeout_seconds,
        )

    def prepare(self) -> None:
        """Make every tool that is not inline, and let it say what it lacks before anything runs; then the executors' workers
        may come up.

        Raises MissingExtra, and UsageError that names the connection whose settings make no tool.
        """
        for binding in self.bindings:
            made = binding is not None and binding.operation.lane not in ("inline", "wait")
            if binding is not None and made and binding.settings is None:
                self._prepare(binding)
        for binding in self.bindings:
            warm = getattr(binding.executor, "warm", None) if binding is not None else None
            if binding is not None and warm is not None:
                warm(binding.declaration.factory)

    def _prepare(self, binding: Binding) -> None:
        try:
            self.settings_of(binding)
            prepare = getattr(self.tool(binding), "prepare", None)
            if prepare is not None:
                prepare()
        except ToolError as error:
            name = binding.connection
            whose = f'connection "{name}"' if name else f'tool "{binding.declaration.name}"'
            raise UsageError(f"{whose}: {error.message}", hint=error.hint) from error

    def close(self) -> None:
        """Close every tool that was made, and end every worker. A second time there is nothing left to close."""
        self.executors.close()
        made, self._made = self._made, {}
        for tool in made.values():
            tool.close()

    def configured(self, connection: str) -> Mapping[str, Any]:
        """What a connection of the run says, resolved where it can be before the first call."""
        return self._connections.get(connection, {})

    def config(self, binding: Binding) -> dict[str, Any]:
        """What the tool behind a binding is made with."""
        if binding.connection is None:
            return {}
        config = dict(self._connections.get(binding.connection, {}))
        config.pop("tool", None)
        return {"name": binding.connection, **config, "project_dir": str(self.project_dir)}

    def _bind(self, plan: Plan, step: PlanStep) -> Binding | None:
        if step.declaration is None:
            return None
        name = step.declaration.operation_name(step.operation)
        operation = step.declaration.operation(step.operation)
        assert name is not None
        assert operation is not None
        limit = self._limit(plan, step, operation)
        settings = self._open_settings(plan, step.connection)
        blocking = operation.lane == "blocking"
        executor = self.executors.of(step.declaration, operation) if blocking else None
        return Binding(step.declaration, name, operation, limit, step.connection, settings, executor)

    def _open_settings(self, plan: Plan, connection: str | None) -> Template | None:
        if connection is None or connection not in plan.connections:
            return None
        template = compile_value(plan.connections[connection])
        return template if reads_inputs(template) else None

    def settled(self, binding: Binding, scope: Callable[[str], Any]) -> Binding:
        """The binding of one call whose connection reads the inputs of the called workflow. Raises EvaluationError."""
        assert binding.settings is not None
        config = binding.settings.resolve(scope)
        digest = hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:12]
        name = f"{binding.connection} ({digest})"
        self._connections = {**self._connections, name: config}
        return replace(binding, connection=name, settings=None)

    def _limit(self, plan: Plan, step: PlanStep, operation: OperationSpec) -> float | None:
        """The smallest written limit; the tool's own only where none is written (groups keep their own timers)."""
        own = step.timeout_seconds
        connection = written_timeout_seconds(self._connections.get(step.connection or "", {}))
        written = [limit for limit in (own, connection) if limit is not None]
        if written:
            return min(written)
        around = any(plan.steps[i].timeout_written for i in plan.ancestors(step.index)[1:])
        return None if around else operation.timeout_seconds


def reads_inputs(template: Template) -> bool:
    """Whether the settings of a connection differ from call to call."""
    return any(read.path[0] == "inputs" for one in template.expressions for read in one.reads)


@dataclass(slots=True)
class Surroundings:
    """Where a run happens: folders, the clock, the shelf for large data."""

    project_dir: Path
    run_dir: Path
    clock: Clock
    cellar: RunCellar
