"""Run a spec, resume a run: from what the user asked for to an ended or interrupted run.

A run's spec is stored with it: resuming reads the stored text, never the file.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.app.checking import Checked, check_text
from engine.app.owner import is_alive, this_process
from engine.app.project import MEMORY, project_folder, run_folder, store_name
from engine.app.signals import SignalWatch
from engine.errors import EvaluationError, RunOwned, SpecError, UsageError
from engine.execute.binding import MakeTool, Surroundings, Toolbox
from engine.execute.clock import SystemClock
from engine.execute.facts import Observer, Row
from engine.execute.loop import RunLoop
from engine.execute.record import record_of
from engine.execute.replay import replay, running_calls
from engine.execute.report import run_report
from engine.execute.secrets import Secrets
from engine.execute.times import rfc3339
from engine.execute.values import Values
from engine.graph.plan import Plan
from engine.journal import (
    ENDED,
    Journal,
    NewEvent,
    NewRun,
    RunChanges,
    RunRow,
    StoredSpec,
    content_hash,
    is_run_id,
    open_journal,
)
from engine.machine import Instance, RunStarted, RunState, Status, StepLost, Wish, advance, outstanding
from engine.refs import compile_value
from engine.spec.inputs import bind_inputs
from engine.tools.registry import make_tool

NEVER_LIMITED = 10**9


@dataclass(slots=True)
class RunOptions:
    """What the user may say about a run besides the spec and its inputs. `max_parallel` None: the spec's own limit."""

    store: str | None = None
    run_id: str | None = None
    max_parallel: int | None = None
    observer: Observer | None = None
    make_tool: MakeTool = make_tool
    signals: bool = False
    secrets: Secrets = field(default_factory=Secrets)


@dataclass(slots=True)
class RunEnd:
    """How a run came out of this process. `report` is the JSON of interfaces; `signal` the one that stopped it."""

    report: dict[str, Any]
    signal: int | None = None

    @property
    def status(self) -> str:
        return str(self.report["status"])


def run_checked(checked: Checked, path: Path, inputs: Mapping[str, Any], options: RunOptions) -> RunEnd:
    """Run a checked spec to its end. Raises SpecError, UsageError, Unavailable before anything has started."""
    refuse_problems(checked)
    assert checked.workflow is not None
    values = bind_inputs(checked.workflow.inputs, inputs)
    run_id = options.run_id or new_run_id()
    if not is_run_id(run_id):
        raise UsageError(f'"{run_id}" cannot be a run id', hint="letters, digits, . _ - ; at most 128")
    store = store_name(options.store)
    journal = open_journal(store)
    try:
        spec = _stored(checked, path)
        existing = journal.run(run_id)
        if existing is not None:
            return _attach(existing, spec, values, journal, store, options)
        row = _create(journal, run_id, checked, spec, values)
        session = _Session(journal, row, checked, spec, store, options)
        run = RunState(session.plan)
        session.tell_created()
        return session.drive(run, advance(run, RunStarted(run.root)))
    finally:
        journal.close()


def resume(run_id: str, options: RunOptions) -> RunEnd:
    """Go on with a run that has not ended. Raises UsageError (unknown, ended), RunOwned, StoreError."""
    store = store_name(options.store)
    journal = open_journal(store)
    try:
        row = find_run(journal, run_id)
        return _resume(row, journal, store, options)
    finally:
        journal.close()


def refuse_problems(checked: Checked) -> None:
    """Raise SpecError when a spec has errors, or uses words that this version cannot run."""
    if not checked.good or any(d.code == "WF212" for d in checked.diagnostics):
        raise SpecError(tuple(checked.diagnostics))


def find_run(journal: Journal, run_id: str) -> RunRow:
    """The run with this id or unique prefix. Raises UsageError naming the nearest."""
    found = journal.find(run_id, limit=4)
    if found and (len(found) == 1 or found[0].run_id == run_id):
        return found[0]
    if found:
        names = ", ".join(row.run_id for row in found[:3])
        raise UsageError(f'"{run_id}" is the beginning of several runs: {names}', hint="write more of the id")
    recent = ", ".join(row.run_id for row in journal.runs(limit=3))
    hint = f"the latest are: {recent}" if recent else "the store holds no runs; is it the right --store?"
    raise UsageError(f'no run "{run_id}"', hint=hint)


def new_run_id() -> str:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then random bits; sorts by time."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    text = f"{value:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _stored(checked: Checked, path: Path) -> StoredSpec:
    assert checked.tree is not None
    assert checked.workflow is not None
    text = checked.tree.source.text
    extra = {"project_dir": str(project_folder(path)), "form": "json" if path.suffix == ".json" else "yaml"}
    return StoredSpec(content_hash(text), checked.workflow.name, text, checked.name, extra)


def _create(
    journal: Journal, run_id: str, checked: Checked, spec: StoredSpec, inputs: Mapping[str, Any]
) -> RunRow:
    assert checked.workflow is not None
    now = time.time()
    new = NewRun(run_id, checked.workflow.name, inputs, now, "running", now, this_process())
    created = NewEvent(now, "RunCreated", payload={"spec": spec.hash, "inputs": dict(inputs), "attempt": 1})
    return journal.create_run(new, spec, [created])


def _attach(
    row: RunRow, spec: StoredSpec, inputs: Mapping[str, Any], journal: Journal, store: str, options: RunOptions
) -> RunEnd:
    """The run with the id asked for exists: the same one is given its result or gone on with, another is refused."""
    if row.spec_hash != spec.hash or row.inputs != dict(inputs):
        other = "spec" if row.spec_hash != spec.hash else "inputs"
        raise UsageError(f'run "{row.run_id}" exists with another {other}', hint="choose another --run-id")
    if row.status in ENDED:
        return RunEnd(replayed_report(row, journal, store))
    return _resume(row, journal, store, options)


def _resume(row: RunRow, journal: Journal, store: str, options: RunOptions) -> RunEnd:
    if row.status in ENDED:
        message = f'run "{row.run_id}" has ended: {row.status}'
        raise UsageError(message, hint="an ended run is looked at with: weft show " + row.run_id)
    if row.owner is not None and is_alive(row.owner):
        owner = f"process {row.owner.get('pid')} on {row.owner.get('host')}"
        raise RunOwned(f'run "{row.run_id}" is owned by {owner}', hint="wait for it, or stop that process")
    checked, spec = stored_spec(row, journal)
    row = journal.claim(row.run_id, this_process(), row.epoch)
    session = _Session(journal, row, checked, spec, store, options)
    run = replay(session.plan, journal.events(row.run_id))
    return session.go_on(run)


def stored_spec(row: RunRow, journal: Journal) -> tuple[Checked, StoredSpec]:
    """The spec a run was started with, checked again by this engine."""
    spec = journal.spec(row.spec_hash)
    if spec is None:
        raise UsageError(f'the spec of run "{row.run_id}" is not in the store', hint="the store is damaged")
    checked = check_text(spec.text, spec.path or spec.name, spec.extra.get("form", "yaml"))
    refuse_problems(checked)
    return checked, spec


def replayed_report(row: RunRow, journal: Journal, store: str) -> dict[str, Any]:
    """The result of a recorded run, put together from its journal."""
    checked, _ = stored_spec(row, journal)
    assert checked.plan is not None
    run = replay(checked.plan, journal.events(row.run_id))
    return run_report(run, about_run(row, store))


def about_run(row: RunRow, store: str) -> dict[str, Any]:
    """What a report says of the run itself."""
    resumable = row.status not in ENDED
    shown_store = "" if store == store_name(None) else f" --store {store}"
    return {
        "run_id": row.run_id,
        "workflow": row.workflow,
        "status": row.status,
        "attempt": row.attempt,
        "started_at": row.started_at,
        "finished_at": row.finished_at,
        "inputs": row.inputs,
        "outputs": row.outputs or {},
        "error": row.error,
        "resume": f"weft resume {row.run_id}{shown_store}" if resumable and store != MEMORY else None,
    }


@contextmanager
def _collector_eased() -> Iterator[None]:
    # A run makes many objects that all stay until its end. Walking them again and again finds nothing and makes the
    # cost of a step grow with the run: what is there already is set aside, and the full walks are made rare.
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 100, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


class _Session:
    """One process's time with one run: it owns the run under `row.epoch` and writes every row of it."""

    def __init__(
        self, journal: Journal, row: RunRow, checked: Checked, spec: StoredSpec, store: str, options: RunOptions
    ) -> None:
        assert checked.plan is not None
        self.journal = journal
        self.row = row
        self.plan: Plan = checked.plan
        self.store = store
        self.options = options
        clock = SystemClock()
        folder = run_folder(row.run_id, store)
        self.surroundings = Surroundings(Path(spec.extra["project_dir"]), folder, clock)
        about = {"id": row.run_id, "workflow": row.workflow, "attempt": row.attempt}
        about["started_at"] = rfc3339(row.started_at)
        self.values = Values(self.plan, row.inputs, about, options.secrets, clock, folder)

    def tell_created(self) -> None:
        if self.options.observer:
            payload = {"workflow": self.row.workflow, "run_id": self.row.run_id}
            self.options.observer(Row(self.row.created_at, "RunCreated", None, None, payload))

    def go_on(self, run: RunState) -> RunEnd:
        """Resume: what was under way when the last owner died is marked lost, then everything outstanding is done."""
        now = time.time()
        rows = [Row(now, "RunResumed", None, None, {"owner": this_process()})]
        for call in running_calls(run):
            rows.append(Row(now, "StepLost", call.path, call.attempt, {}))
            advance(run, StepLost(call))
        self.commit(rows)
        if self.options.observer:
            self._tell_recorded(run)
            for row in rows:
                self.options.observer(row)
        return self.drive(run, outstanding(run))

    def _tell_recorded(self, run: RunState) -> None:
        """Let onlookers know what is not run again."""
        stack = list(reversed(run.root.kids or ()))
        while stack:
            instance = stack.pop()
            stack.extend(reversed(instance.kids or ()))
            if instance.status is Status.SUCCEEDED:
                record = record_of(instance)
                record.reused = True
                payload = {"data": record.data}
                at = record.finished_at or 0.0
                assert self.options.observer is not None
                self.options.observer(Row(at, "StepReused", instance.path, instance.attempt, payload))

    def commit(self, rows: list[Row]) -> None:
        """Write rows and what they change of the run."""
        changes: RunChanges = {}
        for row in rows:
            if row.kind == "RunFinished":
                payload = row.payload
                changes = {"status": payload["status"], "finished_at": row.at, "outputs": payload["outputs"]}
                changes["error"] = payload.get("error")
        events = [NewEvent(*row) for row in rows]
        self.journal.append(self.row.run_id, self.row.epoch, events, changes or None)

    def drive(self, run: RunState, wishes: list[Wish]) -> RunEnd:
        toolbox = Toolbox(
            self.plan, self.options.make_tool, self._connections(), self.surroundings.project_dir
        )
        with _collector_eased():
            try:
                _, signal = asyncio.run(self._drive(run, wishes, toolbox))
            finally:
                toolbox.close()
            self.journal.release(self.row.run_id, self.row.epoch)
            row = self.journal.run(self.row.run_id)
            assert row is not None
            return RunEnd(run_report(run, about_run(row, self.store)), signal)

    async def _drive(self, run: RunState, wishes: list[Wish], toolbox: Toolbox) -> tuple[RunLoop, int | None]:
        loop = RunLoop(
            run,
            self.values,
            toolbox,
            self.surroundings,
            self.commit,
            durable=self.journal.durable,
            limit=self._limit(),
            observer=self.options.observer,
        )
        with SignalWatch(loop.interrupt, enabled=self.options.signals) as watch:
            self._rearm(run, loop)
            await loop.drive(wishes)
        return loop, watch.signal

    def _limit(self) -> int | None:
        limits = [limit for limit in (self.plan.root.concurrency, self.options.max_parallel) if limit is not None]
        return min(limits) if limits else None

    def _rearm(self, run: RunState, loop: RunLoop) -> None:
        """The timeouts of groups that were running when the run was left: what is left of each."""
        stack: list[Instance] = [run.root]
        while stack:
            instance = stack.pop()
            if instance.plan.is_group and not instance.is_loop and instance.status is Status.RUNNING:
                loop.arm_timeout(instance)
            stack.extend(instance.kids or ())

    def _connections(self) -> dict[str, dict[str, Any]]:
        """The connections of the file, references resolved against inputs and secrets."""
        out = {}
        scope = self.values.scope(Instance(self.plan.root, None))
        for name, config in self.plan.workflow.connections.items():
            try:
                out[name] = compile_value(config).resolve(scope)
            except EvaluationError as error:
                raise UsageError(f'connection "{name}": {error.message}', hint=error.hint) from error
        return out
