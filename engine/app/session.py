"""One process's time with one run: it owns the run under its epoch, drives it, and writes every row of it."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.app.checking import Checked
from engine.app.ids import short_id
from engine.app.owner import this_process
from engine.app.project import run_folder
from engine.app.sealed import Declared, secret_inputs
from engine.app.signals import SignalWatch
from engine.app.stored import about_run
from engine.errors import EvaluationError, UsageError, WeftError
from engine.execute.binding import MakeTool, Surroundings, Toolbox, reads_inputs
from engine.execute.clock import SystemClock
from engine.execute.facts import Observer, Row
from engine.execute.loop import RunLoop
from engine.execute.record import record_of
from engine.execute.replay import running_calls
from engine.execute.report import run_report
from engine.execute.secrets import Secrets, scrubbed_log
from engine.execute.times import rfc3339
from engine.execute.values import Values, connection_scope
from engine.executors.known import Executors
from engine.graph.plan import Plan
from engine.journal import Journal, NewEvent, RunChanges, RunRow
from engine.machine import Instance, RunStarted, RunState, Status, StepLost, Wish, advance, outstanding
from engine.refs import compile_value
from engine.spec.toolspec import Declaration
from engine.tools.port import LOCAL_USER, Principal
from engine.tools.registry import make_tool

RUN_LOGGER = logging.getLogger("weft.run")


@dataclass(slots=True)
class RunOptions:
    """What the user may say about a run besides the spec and its inputs. `max_parallel` None: the spec's own limit."""

    store: str | None = None
    run_id: str | None = None
    max_parallel: int | None = None
    observer: Observer | None = None
    make_tool: MakeTool = make_tool
    signals: bool = False
    secrets: Secrets | None = None
    """None: those of the project."""
    know: Callable[[Checked], None] | None = None
    """Told the stored spec of a run that is resumed, before its first row."""
    profile: str | None = None
    """The profile to resume with; None: the one the run was started with."""
    secret_inputs: Callable[[Declared], Mapping[str, Any]] | None = None
    """Asked for the secret inputs (by their declarations) of a run that is resumed."""
    tools: Mapping[str, Declaration] = field(default_factory=dict)
    """Tools of the program that runs the engine, beside the installed ones; `make_tool` must know them."""
    principal: Principal = LOCAL_USER
    executor: str | None = None
    """Where blocking calls are made; None: what `WEFT_EXECUTOR` or the project says."""


@dataclass(slots=True)
class RunEnd:
    """How a run came out of this process. `report` is the JSON of interfaces; `signal` the one that stopped it;
    `short_id` the beginning of the run's id that is enough to find it in its store."""

    report: dict[str, Any]
    short_id: str
    signal: int | None = None

    @property
    def status(self) -> str:
        return str(self.report["status"])


def ready_toolbox(
    checked: Checked, inputs: Mapping[str, Any], project_dir: Path, secrets: Secrets, options: RunOptions
) -> Toolbox:
    """The tools of a plan, made but not used: what is missing is told before anything is recorded.

    Every secret the spec names is looked up, so that it is masked from the first row on; that one is missing is told by
    the step that reads it. Raises MissingExtra, and UsageError where a connection cannot be resolved or a place of
    secrets cannot be read, or nobody knows the executor; Unavailable for an executor that cannot be loaded.
    """
    assert checked.plan is not None
    assert checked.workflow is not None
    for name in secret_inputs(checked.workflow.inputs):
        secrets.know(inputs.get(name))
    for name in _secrets_named(checked.linked):
        secrets.get(name)
    connections = _resolved_connections(checked, inputs, secrets)
    executors = _executors(checked, secrets, options)
    toolbox = Toolbox(
        checked.linked, options.make_tool, connections, project_dir, options.principal, executors
    )
    toolbox.prepare()
    return toolbox


def _executors(checked: Checked, secrets: Secrets, options: RunOptions) -> Executors:
    """Those of the call, else of `WEFT_EXECUTOR`, else of the project; what tools print in other processes is masked."""
    named = options.executor or os.environ.get("WEFT_EXECUTOR") or None

    def say(line: str) -> None:
        print(secrets.scrub(line), file=sys.stderr, flush=True)

    return Executors(replace(checked.project.executor, name=named), say)


def _secrets_named(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        for expression in step.with_.expressions if step.with_ is not None else ():
            for read in expression.reads:
                if read.path[0] == "secrets" and len(read.path) > 1:
                    yield str(read.path[1])


def _resolved_connections(
    checked: Checked, inputs: Mapping[str, Any], secrets: Secrets
) -> dict[str, dict[str, Any]]:
    """The spec's own connections, and of the others those that are used.

    One that a called workflow brings and that reads its inputs stays as it is written: it is resolved call by call.
    """
    plan = checked.linked
    scope = connection_scope(inputs, secrets)
    used = {*plan.workflow.connections, *(step.connection for step in plan.steps)}
    out: dict[str, dict[str, Any]] = {}
    for name, config in {**checked.connections, **plan.connections}.items():
        if name not in used:
            continue
        template = compile_value(config)
        if name in plan.connections and reads_inputs(template):
            out[name] = dict(config)
            continue
        try:
            out[name] = template.resolve(scope)
        except EvaluationError as error:
            raise UsageError(f'connection "{name}": {error.message}', hint=error.hint) from error
    return out


class Session:
    """Made for one `start` or `go_on`. Closes the toolbox it is given. `inputs`: with the secret ones."""

    def __init__(
        self,
        journal: Journal,
        row: RunRow,
        plan: Plan,
        toolbox: Toolbox,
        store: str,
        options: RunOptions,
        *,
        inputs: Mapping[str, Any],
        secrets: Secrets,
    ) -> None:
        self.journal = journal
        self.row = row
        self.plan = plan
        self.toolbox = toolbox
        self.store = store
        self.options = options
        clock = SystemClock()
        folder = run_folder(row.run_id, store)
        self.surroundings = Surroundings(toolbox.project_dir, folder, clock)
        about = {"id": row.run_id, "workflow": row.workflow, "attempt": row.attempt}
        about["started_at"] = rfc3339(row.started_at)
        self.values = Values(plan, inputs, about, secrets, clock, folder)

    async def start(self) -> RunEnd:
        """Drive a run that has just been created. Cancelled, it stops as at a signal, then lets CancelledError out."""
        payload = {"workflow": self.row.workflow, "run_id": self.row.run_id}
        self._tell(Row(self.row.created_at, "RunCreated", None, None, payload))
        run = RunState(self.plan)
        return await self._drive(run, advance(run, RunStarted(run.root)))

    async def go_on(self, run: RunState) -> RunEnd:
        """Drive a replayed run: what was under way when its last owner died is marked lost, the rest follows."""
        now = time.time()
        payload = {"owner": this_process()}
        rows = [Row(now, "RunResumed", None, None, payload)]
        for call in running_calls(run):
            rows.append(Row(now, "StepLost", call.path, call.attempt, {}))
            advance(run, StepLost(call))
        self._commit(rows)
        self._tell(
            Row(now, "RunResumed", None, None, {"run_id": self.row.run_id, "workflow": self.row.workflow})
        )
        self._tell_recorded(run)
        for row in rows[1:]:
            self._tell(row)
        return await self._drive(run, outstanding(run))

    def _tell(self, row: Row) -> None:
        if self.options.observer:
            self.options.observer(row)

    def _tell_recorded(self, run: RunState) -> None:
        """Let onlookers know what is not run again, and which groups and loops go on."""
        stack = list(reversed(run.root.parts))
        while stack:
            instance = stack.pop()
            stack.extend(reversed(instance.parts))
            record = record_of(instance)
            if instance.is_loop and not instance.status.settled and record.items is not None:
                payload: dict[str, Any] = {"items": record.items}
                if instance.keys is not None:
                    payload["keys"] = instance.keys
                self._tell(Row(record.started_at or 0.0, "LoopExpanded", instance.path, None, payload))
            elif (
                instance.plan.is_group and instance.status is Status.RUNNING and record.started_at is not None
            ):
                self._tell(Row(record.started_at, "StepStarted", instance.path, instance.attempt, {}))
            if instance.status.settled:
                record.reused = instance.status is Status.SUCCEEDED
                payload = {"status": instance.status.shown, "data": record.data}
                self._tell(
                    Row(record.finished_at or 0.0, "StepReused", instance.path, instance.attempt, payload)
                )

    def _commit(self, rows: list[Row]) -> None:
        """Write rows and what they change of the run."""
        changes: RunChanges = {}
        for row in rows:
            if row.kind == "RunFinished":
                payload = row.payload
                changes = {"status": payload["status"], "finished_at": row.at, "outputs": payload["outputs"]}
                changes["error"] = payload.get("error")
        events = [NewEvent(*row) for row in rows]
        self.journal.append(self.row.run_id, self.row.epoch, events, changes or None)

    async def _drive(self, run: RunState, wishes: list[Wish]) -> RunEnd:
        with COLLECTOR.eased():
            try:
                with scrubbed_log(RUN_LOGGER, self.values.secrets):
                    signal, cancelled = await self._driven(run, wishes)
            except Exception:
                # The process may live on: what it could not drive it must not hold. What went wrong comes first.
                with suppress(WeftError):
                    self.journal.release(self.row.run_id, self.row.epoch)
                raise
            finally:
                self.toolbox.close()
            self.journal.release(self.row.run_id, self.row.epoch)
            if cancelled is not None:
                raise cancelled
            row = self.journal.run(self.row.run_id)
            assert row is not None
            report = run_report(run, about_run(row, self.store, self.plan.workflow.inputs))
            return RunEnd(report, short_id(self.journal, row.run_id), signal)

    async def _driven(
        self, run: RunState, wishes: list[Wish]
    ) -> tuple[int | None, asyncio.CancelledError | None]:
        """Which signal has stopped the run, and the cancellation of the task that has."""
        loop = RunLoop(
            run,
            self.values,
            self.toolbox,
            self.surroundings,
            self._commit,
            durable=self.journal.durable,
            limit=self._limit(),
            observer=self.options.observer,
        )
        with SignalWatch(loop.interrupt, enabled=self.options.signals) as watch:
            _rearm(run, loop)
            cancelled = await _to_its_end(loop, wishes)
        return watch.signal, cancelled

    def _limit(self) -> int | None:
        limits = [
            limit for limit in (self.plan.root.concurrency, self.options.max_parallel) if limit is not None
        ]
        return min(limits) if limits else None


def _rearm(run: RunState, loop: RunLoop) -> None:
    """The timeouts of groups that were running when the run was left: what is left of each."""
    stack: list[Instance] = [run.root]
    while stack:
        instance = stack.pop()
        if instance.plan.is_group and not instance.is_loop and instance.status is Status.RUNNING:
            loop.arm_timeout(instance)
        stack.extend(instance.parts)


async def _to_its_end(loop: RunLoop, wishes: list[Wish]) -> asyncio.CancelledError | None:
    """Drive the run. To cancel this task is to stop the run in good order; the cancellation is given back.

    The loop is a task of its own: cut at any point it could not keep its books. A run that is left is left within the
    loop's own bounds, so further cancellations change nothing; one that ends in memory is cut by the second.
    """
    driving = asyncio.ensure_future(loop.drive(wishes))
    cancelled: asyncio.CancelledError | None = None
    while not driving.done():
        try:
            await asyncio.wait((driving,))
        except asyncio.CancelledError as error:
            if cancelled is None:
                loop.interrupt("cancelled")
            elif not loop.durable:
                driving.cancel()
            cancelled = error
    if cancelled is None or not driving.cancelled():
        driving.result()
    return cancelled


class _Collector:
    """The garbage collector while runs are driven: one setting for the process, whatever number of runs there are."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs = 0
        self._before = (0, 0, 0)

    @contextmanager
    def eased(self) -> Iterator[None]:
        # A run makes many objects that all stay until its end. Walking them again and again finds nothing and makes
        # the cost of a step grow with the run: what is there already is set aside, and the full walks are made rare.
        with self._lock:
            self._runs += 1
            if self._runs == 1:
                self._before = gc.get_threshold()
                gc.freeze()
                gc.set_threshold(50_000, 100, 1_000)
        try:
            yield
        finally:
            with self._lock:
                self._runs -= 1
                if not self._runs:
                    gc.set_threshold(*self._before)
                    gc.unfreeze()


COLLECTOR = _Collector()
