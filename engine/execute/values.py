"""What a reference reads: results of steps seen from an instance, loop variables, inputs, the run itself.

A scope is a callable from a root name to its value (KeyError: no such name); see `engine.refs`.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.errors import EngineFault, EvaluationError
from engine.execute import names_around
from engine.execute.clock import Clock
from engine.execute.kept import Partly
from engine.execute.keys import idempotency_key
from engine.execute.record import record_of
from engine.execute.results import data_of, given, held_by, whole_result
from engine.execute.secrets import Secrets
from engine.execute.times import rfc3339
from engine.graph.names import step_name
from engine.graph.plan import Plan, PlanStep
from engine.machine import Instance, Status
from engine.refs import LazyMapping
from engine.spec.workflow import Workflow

Scope = Callable[[str], Any]


class Values:
    """The values of one run. Everything it hands out is read-only by agreement."""

    def __init__(
        self,
        plan: Plan,
        inputs: Mapping[str, Any],
        run: Mapping[str, Any],
        secrets: Secrets,
        clock: Clock,
        run_dir: Path,
    ) -> None:
        self.plan = plan
        self.inputs = dict(inputs)
        self.secret_inputs = [secret_names(space.workflow) for space in plan.spaces]
        """Names of the secret inputs of each space of the plan."""
        self.bind_call: Callable[[Instance], dict[str, Any]] = _unbound
        """Gives the inputs of a calling step anew after a resume; the evaluator's."""
        self.run = run
        self.status_now: Callable[[], str] = lambda: "running"
        """Gives `run.status`; the loop's, which knows the state of the run."""
        self.secrets = secrets
        self.clock = clock
        self.run_dir = run_dir
        self._steps_named: dict[str, str | None] = {}
        self._chains: list[dict[str, list[int]]] = [{} for _ in plan.spaces]

    def begin_again(self, now: float) -> None:
        """The run has been reopened: `run.started_at` is when its new attempt began."""
        self.run = {**self.run, "started_at": rfc3339(now)}

    def scope(self, at: Instance, *, show_secrets: bool = True) -> Scope:
        """The scope of an expression that belongs to `at`. Without `show_secrets` a secret is its own reference."""

        def look(name: str) -> Any:
            step = self._steps_named.get(name, "")
            if step == "":  # no step is called so: the name has not been looked up yet
                step = self._steps_named[name] = step_name((name,))
            if step is not None:
                found = self.find(at, step)
                if found is not None and found is at.parent and at.plan.aside == "undo":
                    return given(found)
                return None if found is None else data_of(found)
            maker = _ROOTS.get(name)
            if maker is None:
                raise KeyError(name)
            if not show_secrets and name in ("secrets", "inputs"):
                return _SecretNames() if name == "secrets" else self._inputs_shown(at)
            return maker(self, at)

        return look

    def inputs_of(self, at: Instance) -> dict[str, Any]:
        """The inputs of the workflow that `at` belongs to: of the run, or those a calling step has given."""
        if not at.plan.space:
            return self.inputs
        file = at
        while not file.plan.called:
            assert file.parent is not None
            file = file.parent
        assert file.parent is not None
        record = record_of(file.parent)
        if record.inputs is None:
            record.inputs = self.bind_call(file.parent)
        return record.inputs

    def _inputs_shown(self, at: Instance) -> dict[str, Any]:
        """The inputs as the journal keeps them in parameters: a secret one is its own reference."""
        secret = self.secret_inputs[at.plan.space]
        return {**self.inputs_of(at), **{name: f"$<inputs.{name}>" for name in secret}}

    def find(self, at: Instance, step: str) -> Instance | None:
        """The instance of a step as seen from `at`: in the same iteration where they share a loop; None: not begun."""
        chain = self._chain(step, at.plan.space)
        if at.plan.aside == "undo" and at.parent is not None and at.parent.plan.index == chain[0]:
            return at.parent  # what an undo takes back: the step itself, or this iteration of it
        around = chain[1:]
        node: Instance | None = at
        while node is not None and (node.plan.index not in around or node.is_loop):
            node = node.parent
        if node is None:
            return None
        for index in reversed(chain[: chain.index(node.plan.index)]):
            node = _part(node, self.plan.steps[index])
            if node is None:
                return None
        return node

    def _chain(self, step: str, space: int) -> list[int]:
        chain = self._chains[space].get(step)
        if chain is None:
            chain = self._chains[space][step] = self.plan.ancestors(self.plan.spaces[space].by_id[step])
        return chain

    def pipeline_input(self, at: Instance) -> Any:
        """`input`: what the step before in the nearest pipeline gave; a skipped one hands on its own input."""
        giver = self.before(at)
        return None if giver is None else data_of(giver)

    def before(self, at: Instance) -> Instance | None:
        """The step before in the nearest pipeline around `at` that has one which was not skipped."""
        node = at
        while node.parent is not None and not node.plan.called:
            group = node.parent
            if (
                node.number < 0
                and group.plan.mode == "pipeline"
                and group.plan.is_group
                and group.kids is not None
            ):
                for earlier in reversed(group.kids[: node.plan.position]):
                    if earlier.status is not Status.SKIPPED:
                        return earlier
            node = group
        return None

    def held(self, at: Instance, path: tuple[str | int, ...]) -> Any:
        """What a plain path through a step's result leads to, as it is held: a Kept is not loaded. None for any other path."""
        step = step_name(path[:1])
        giver = self.before(at) if path[0] == "input" else None if step is None else self.find(at, step)
        value = None if giver is None else held_by(giver)
        for key in path[1:]:
            value = value.members.get(str(key)) if type(value) is Partly else None
        return value

    def run_view(self, at: Instance) -> Mapping[str, Any]:
        key = idempotency_key(str(self.run["id"]), at.path, int(self.run["attempt"]))
        return _RunView({**self.run, "status": self.status_now(), "key": key}, self.run_dir)

    def recorded_call(self, at: Instance, name: str) -> Any:
        """`now() uuid() random()`: made once per instance, then the same for every attempt."""
        record = record_of(at)
        record.calls = record.calls or {}
        if name not in record.calls:
            record.calls[name] = {
                "now()": lambda: rfc3339(self.clock.now()),
                "uuid()": lambda: str(uuid.uuid4()),
                "random()": random.random,
            }[name]()
        return record.calls[name]


def _part(node: Instance, step: PlanStep) -> Instance | None:
    """The part of an instance that is this step; None where it has not begun, or stands inside a loop."""
    if step.aside:
        return node.rescue if step.aside == "rescue" else node.finale
    return None if node.kids is None or node.is_loop else node.kids[step.position]


def connection_scope(inputs: Mapping[str, Any], secrets: Secrets) -> Scope:
    """What the settings of a connection may read: inputs and secrets."""
    roots: dict[str, Any] = {"inputs": dict(inputs), "secrets": _SecretValues(secrets)}
    return roots.__getitem__


def secret_names(workflow: Workflow) -> set[str]:
    """The inputs of a workflow that are secret."""
    return {name for name, schema in workflow.inputs.items() if schema.get("secret")}


def _unbound(call: Instance) -> dict[str, Any]:
    raise EngineFault(f"{call!r} has no inputs")


class _Steps(LazyMapping):
    """`steps`: the whole result of each step that can be seen from an instance."""

    def __init__(self, values: Values, at: Instance) -> None:
        self._values = values
        self._at = at
        self._names = values.plan.spaces[at.plan.space].by_id

    def __getitem__(self, step: str) -> Any:
        if step not in self._names:
            raise KeyError(step)
        return whole_result(self._values.find(self._at, step))

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class _RunView(LazyMapping):
    """`run`: its folder is made when somebody asks for it."""

    def __init__(self, fields: Mapping[str, Any], folder: Path) -> None:
        self._fields = fields
        self._folder = folder

    def __getitem__(self, name: str) -> Any:
        if name != "dir":
            return self._fields[name]
        self._folder.mkdir(parents=True, exist_ok=True)
        return str(self._folder)

    def __iter__(self) -> Iterator[str]:
        return iter((*self._fields, "dir"))

    def __len__(self) -> int:
        return len(self._fields) + 1


class _SecretNames(LazyMapping):
    """Secrets as the journal keeps them: each is its own reference."""

    def __getitem__(self, name: str) -> Any:
        return f"$<secrets.{name}>"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class _SecretValues(LazyMapping):
    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def __getitem__(self, name: str) -> Any:
        value = self._secrets.get(name)
        if value is None:
            message, hint = self._secrets.missing(name)
            raise EvaluationError(message, hint=hint, code="secret")
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _call(name: str) -> Callable[[Values, Instance], Any]:
    return lambda values, at: values.recorded_call(at, name)


_ROOTS: dict[str, Callable[[Values, Instance], Any]] = {
    "inputs": Values.inputs_of,
    "let": lambda _, at: names_around.named_values(at),
    "steps": _Steps,
    "run": Values.run_view,
    "input": Values.pipeline_input,
    "item": lambda _, at: names_around.item(at),
    "index": lambda _, at: names_around.iteration_around(at, "index").number,
    "key": lambda _, at: names_around.key(at),
    "outer": lambda _, at: names_around.outer(at),
    "last": lambda _, at: names_around.last(at),
    "error": lambda _, at: names_around.errors_around(at)[0],
    "errors": lambda _, at: names_around.errors_around(at)[1],
    "secrets": lambda values, at: _SecretValues(values.secrets),
    "now()": _call("now()"),
    "uuid()": _call("uuid()"),
    "random()": _call("random()"),
}
