"""What a reference reads: results of steps seen from an instance, loop variables, inputs, the run itself.

A scope is a callable from a root name to its value (KeyError: no such name); see `engine.refs`.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from engine.errors import EngineFault, EvaluationError
from engine.execute.clock import Clock
from engine.execute.keys import idempotency_key
from engine.execute.record import record_of
from engine.execute.secrets import Secrets
from engine.execute.times import rfc3339
from engine.graph.names import step_name
from engine.graph.plan import Plan, PlanStep
from engine.machine import FAILURE, Instance, Status, item_error
from engine.refs import LazyMapping
from engine.spec.workflow import Workflow

Scope = Callable[[str], Any]
ERRORS_MAX = 1000
"""Failed items of a loop that its `errors` list."""
_LOOKED_AT = (Status.ASKED, Status.LISTING)
"""A loop in these states has not begun: what is evaluated for it belongs to what stands around it."""


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
                    return _given(found)
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
        """What the step before in the nearest pipeline around `at` gave; a skipped one hands on its own input."""
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
                        return data_of(earlier)
            node = group
        return None

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


def data_of(instance: Instance) -> Any:
    """The data an instance gave: null unless it succeeded. Groups and loops are put together on first use."""
    if instance.status is not Status.SUCCEEDED:
        return None
    record = record_of(instance)
    if record.data is None:
        if instance.is_loop and instance.plan.repeat is not None:
            record.data = data_of(instance.kids[-1]) if instance.kids else None
        elif instance.is_loop:
            record.data = [data_of(kid) for kid in instance.kids or ()]
            record.data += [None] * (instance.expanded - len(record.data))
        elif instance.plan.is_group and instance.plan.outputs is None:
            record.data = _group_data(instance)
    return record.data


def _given(done: Instance) -> Any:
    """What the body of an instance gave, also where its finally has failed after it."""
    if done.status is Status.SUCCEEDED or not done.plan.is_group or done.plan.outputs is not None:
        return data_of(done) or record_of(done).data
    return _group_data(done)


def _group_data(group: Instance) -> Any:
    kids = group.kids or []
    if group.plan.callee is not None:
        return data_of(kids[0]) if kids else None
    if group.plan.called:
        return {}  # a workflow gives its outputs, and this one has none
    if group.plan.mode == "pipeline":
        ran = [kid for kid in kids if kid.status is not Status.SKIPPED]
        return data_of(ran[-1]) if ran else None
    if group.plan.match_first:
        ran = [kid for kid in kids if kid.status is not Status.SKIPPED]
        return data_of(ran[0]) if ran else None
    return {kid.plan.id: data_of(kid) for kid in kids}


def _named_values(at: Instance) -> dict[str, Any]:
    """`let`: the named values around an instance, inner ones hiding outer ones."""
    named: dict[str, Any] = {}
    for node in _around(at):
        if node.plan.let and node.number < 0:
            named = {**(record_of(node).let or {}), **named}
    return named


def _around(at: Instance) -> Iterator[Instance]:
    """The instance itself and what stands around it, out to the file it belongs to: names reach no further."""
    node: Instance | None = at
    while node is not None:
        yield node
        node = None if node.plan.called else node.parent


def _errors_around(at: Instance) -> tuple[Any, list[dict[str, Any]]]:
    """`error` and `errors` as a rescue or finally sees them: the first failure of its body (null: none), and all."""
    aside = next((node for node in _around(at) if node.plan.aside), None)
    if aside is None or aside.parent is None:
        raise KeyError("error")
    failures = _failures(aside.parent)
    return (failures[0] if failures else None), failures


def _failures(owner: Instance) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    stack = [owner]
    while stack:
        it = stack.pop()
        # What a called workflow is made of is not known to who calls it: the failure is the calling step's.
        kids = () if it.plan.callee is not None and not it.is_loop else it.kids or ()
        inner = [kid for kid in kids if kid.error and not kid.handled]
        if inner:
            stack.extend(reversed(inner))
        elif it.error and "type" in it.error:
            found.append(_told(it))
    return found


def _told(failed: Instance) -> dict[str, Any]:
    error = failed.error or {}
    around = next((node for node in _around(failed) if node.number >= 0), None)
    key = None if around is None else around.number if around.key is None else around.key
    told = {name: error.get(name) for name in ("type", "code", "message", "data")}
    return {"step": failed.plan.id or failed.path, **told, "attempts": failed.attempt, "key": key}


def _iterations(at: Instance) -> list[Instance]:
    """The iterations around an instance (itself included), the innermost first."""
    return [node for node in _around(at) if node.number >= 0 and node.plan.foreach is not None]


def _last(_values: Values, at: Instance) -> Any:
    """`last`: the data of the iteration of the nearest repeat that ended last, as seen from `at`."""
    for node in _around(at):
        if node.plan.repeat is not None and not (node.is_loop and node.status in _LOOKED_AT):
            loop, before = (node, len(node.kids or ())) if node.is_loop else (node.parent, node.number)
            kids = loop.kids if loop is not None else None
            return data_of(kids[before - 1]) if kids and before > 0 else None
    raise KeyError("last")


def _loop_names(iterations: list[Instance]) -> dict[str, Any]:
    iteration = iterations[0]
    assert iteration.parent is not None
    items = record_of(iteration.parent).items or []
    key = iteration.number if iteration.key is None else iteration.key
    names = {"item": items[iteration.number], "index": iteration.number, "key": key}
    if len(iterations) > 1:
        names["outer"] = _loop_names(iterations[1:])
    return names


def _iteration(at: Instance, name: str) -> Instance:
    """The iteration nearest around an instance (or itself), to read a name of its loop's."""
    node: Instance | None = at
    while node is not None:
        if node.number >= 0 and node.plan.foreach is not None:
            return node
        node = None if node.plan.called else node.parent
    raise KeyError(name)


def _item(_values: Values, at: Instance) -> Any:
    iteration = _iteration(at, "item")
    assert iteration.parent is not None
    return (record_of(iteration.parent).items or [])[iteration.number]


def _key(_values: Values, at: Instance) -> Any:
    iteration = _iteration(at, "key")
    return iteration.number if iteration.key is None else iteration.key


def _outer(_values: Values, at: Instance) -> Any:
    iterations = _iterations(at)
    if not iterations:
        raise KeyError("outer")
    return _loop_names(iterations).get("outer")


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


def errors_of(instance: Instance) -> list[Any]:
    """What went wrong with a step: its own errors and, of a loop, those of its items (the first of them)."""
    own = record_of(instance).errors or ([instance.error] if instance.error else [])
    if not instance.is_loop or instance.plan.foreach is None:
        return own
    kids = instance.kids or ()
    failed = (
        kid for kid in kids if kid.outcome == FAILURE and kid.error and kid.status is not Status.CANCELLED
    )
    items = [item_error(kid, kid.error or {}) for kid in islice(failed, ERRORS_MAX)]
    return [*(error for error in own if error not in items), *items]


def whole_result(instance: Instance | None) -> dict[str, Any]:
    """`steps.X`: status, data and everything else a step's result has."""
    if instance is None:
        return {"status": "pending", "data": None, "reason": None, "attempts": 0}
    record = record_of(instance)
    took = record.finished_at - record.started_at if record.finished_at and record.started_at else None
    return {
        "status": instance.status.shown,
        "data": data_of(instance),
        "metadata": record.metadata or {},
        "errors": errors_of(instance),
        "warnings": record.warnings or [],
        "performance_metrics": record.performance_metrics or {},
        "quality_metrics": record.quality_metrics or {},
        "execution_time": took,
        "processed_records": record.processed_records,
        "attempts": instance.attempt,
        "started_at": rfc3339(record.started_at),
        "finished_at": rfc3339(record.finished_at),
        "reason": instance.reason,
    }


def _call(name: str) -> Callable[[Values, Instance], Any]:
    return lambda values, at: values.recorded_call(at, name)


_ROOTS: dict[str, Callable[[Values, Instance], Any]] = {
    "inputs": Values.inputs_of,
    "let": lambda values, at: _named_values(at),
    "steps": _Steps,
    "run": Values.run_view,
    "input": Values.pipeline_input,
    "item": _item,
    "index": lambda _, at: _iteration(at, "index").number,
    "key": _key,
    "outer": _outer,
    "last": _last,
    "error": lambda values, at: _errors_around(at)[0],
    "errors": lambda values, at: _errors_around(at)[1],
    "secrets": lambda values, at: _SecretValues(values.secrets),
    "now()": _call("now()"),
    "uuid()": _call("uuid()"),
    "random()": _call("random()"),
}
