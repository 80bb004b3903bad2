"""One process's time with one run: it owns the run under its epoch, drives it, and writes every row of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from engine import crash
from engine.app.checking import Checked
from engine.app.collector import COLLECTOR
from engine.app.hold import Hold
from engine.app.ids import short_id
from engine.app.keeping import Keeper
from engine.app.owner import this_process
from engine.app.project import run_folder
from engine.app.reopening import Reopening
from engine.app.sealed import Declared
from engine.app.signals import SignalWatch
from engine.app.stored import about_run
from engine.errors import RunLeft, StoreError
from engine.execute.binding import MakeTool, Surroundings, Toolbox
from engine.execute.clock import SystemClock
from engine.execute.facts import Observer, Row
from engine.execute.loop import RunLoop, cancel_payload
from engine.execute.record import record_of
from engine.execute.replay import reopened, replay, running_calls
from engine.execute.report import run_report
from engine.execute.secrets import Secrets, scrubbed_log
from engine.execute.times import rfc3339
from engine.execute.values import Values
from engine.execute.waiting import keep_signal
from engine.graph.plan import Plan
from engine.journal import Journal, NewEvent, Posted, RunChanges, RunRow
from engine.machine import (
    CancelRequested,
    Instance,
    RunStarted,
    RunState,
    Status,
    StepInterrupted,
    StepLost,
    Wish,
    advance,
    outstanding,
)
from engine.machine.status import SUCCESS
from engine.spec.toolspec import Declaration
from engine.tools.port import LOCAL_USER, Principal
from engine.tools.registry import make_tool

RUN_LOGGER = logging.getLogger("weft.run")
CANCELLED = "cancelled"  # the task that drives the run was


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
    leave_waiting: bool = False
    """Whether the run is left once it does nothing but wait for times and signals."""
    say: Callable[[str], None] = RUN_LOGGER.info
    """Told, in a line, why a run is waited for."""
    executor: str | None = None
    """Where blocking calls are made; None: what `WEFT_EXECUTOR` or the project says."""


@dataclass(slots=True)
class RunEnd:
    """How a run came out of this process. `report` is the JSON of interfaces; `signal` the one that stopped it;
    `short_id` the beginning of the run's id that is enough to find it in its store; `ended_before`: nothing was run."""

    report: dict[str, Any] = field(repr=False)  # asyncio.run writes out what it is about to give back
    short_id: str
    signal: int | None = None
    ended_before: bool = False

    @property
    def status(self) -> str:
        return str(self.report["status"])


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
        self._hold = Hold(journal, row, store, plan.workflow.inputs)
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
        self._loop: RunLoop | None = None
        self._stopped: str | None = None

    @property
    def row(self) -> RunRow:
        """The run as it was claimed."""
        return self._hold.row

    async def start(self) -> RunEnd:
        """Drive a run that has just been created. Cancelled, it stops as at a signal, then lets CancelledError out."""
        payload = {"workflow": self.row.workflow, "run_id": self.row.run_id}
        self._tell(Row(self.row.created_at, "RunCreated", None, None, payload))
        run = RunState(self.plan)
        return await self._drive(run, advance(run, RunStarted(run.root)))

    async def go_on(self, run: RunState) -> RunEnd:
        """Drive a replayed run: what was under way when its last owner died is marked lost, the rest follows."""
        return await self._drive(run, None)

    async def reopen(self, run: RunState, again: Reopening) -> RunEnd:
        """Drive the next attempt of a replayed run that has ended. `self.row` says which attempt that is."""
        now = time.time()
        payload = {"attempt": self.row.attempt, "owner": this_process(), **again.payload}
        changes: RunChanges = {"status": "running", "attempt": self.row.attempt, "started_at": now}
        changes |= {"finished_at": None, "outputs": None, "error": None}
        if again.spec is not None:
            changes["spec_hash"] = again.spec.hash
        self.values.begin_again(now)
        event = NewEvent(now, "RunReopened", None, None, payload)
        try:
            run_id, epoch = self.row.run_id, self.row.epoch
            await self._hold.apart(self.journal.append, run_id, epoch, [event], changes, again.spec)
        except BaseException:
            self._hold.drop()  # nothing was begun: this process does not hold what it could not open
            self.toolbox.close()
            raise
        told = {"run_id": self.row.run_id, "workflow": self.row.workflow, "attempt": self.row.attempt}
        self._tell(Row(now, "RunReopened", None, None, told))
        wishes = reopened(run, again.again, now)
        self._tell_recorded(run)
        return await self._drive(run, wishes)

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
            if instance.status.settled and instance.outcome == SUCCESS:
                record.reused = instance.status is Status.SUCCEEDED
                payload = {"status": instance.status.shown, "data": record.data}
                self._tell(
                    Row(record.finished_at or 0.0, "StepReused", instance.path, instance.attempt, payload)
                )

    async def _taken_up(self, run: RunState, *, anew: bool) -> list[Wish]:
        """Record that the run goes on here: what is lost, and that it is to be cancelled, where somebody wishes so.

        `anew`: by the same process, which has stopped its calls itself and whose onlookers know what was done.
        """
        now = time.time()
        rows = [Row(now, "RunResumed", None, None, {"owner": this_process()})]
        for wish in await self._hold.apart(partial(self._posted, renew=False)):
            if wish.kind == "cancel" and not run.cancelled:
                payload = cancel_payload(wish)
                rows.append(Row(now, "CancelRequested", None, None, payload))
                advance(run, CancelRequested(run.root))
            elif wish.kind == "signal":
                data = wish.payload.get("data")
                told = {"name": wish.name, "data": data, "posted": wish.number}
                rows.append(Row(now, "SignalReceived", None, None, told))
                keep_signal(run.root, str(wish.name), data)
        for call in running_calls(run):
            kind, event = ("StepInterrupted", StepInterrupted) if anew else ("StepLost", StepLost)
            rows.append(Row(now, kind, call.path, call.attempt, {}))
            advance(run, event(call))
        await self._hold.apart(self._hold.commit, rows)
        if not anew:
            about = {"run_id": self.row.run_id, "workflow": self.row.workflow}
            self._tell(Row(now, "RunResumed", None, None, about))
            self._tell_recorded(run)
        for row in rows[1:]:
            self._tell(row)
        return outstanding(run)

    def _posted(self, *, renew: bool) -> list[Posted]:
        return self.journal.attend(self.row.run_id, self.row.epoch, renew=renew)

    async def _drive(self, run: RunState, wishes: list[Wish] | None) -> RunEnd:
        """Drive the run to its end; without wishes it is a replayed one, to be taken up first."""
        with COLLECTOR.eased():
            try:
                with (
                    scrubbed_log(RUN_LOGGER, self.values.secrets),
                    SignalWatch(self._stop, enabled=self.options.signals) as watch,
                ):
                    run, cancelled = await self._held(run, wishes)
                    if run.root.status.settled:
                        crash.point("CP10")
                    await self._hold.give_back()
                    row = await self._hold.apart(self.journal.run, self.row.run_id)
                    short = await self._hold.apart(short_id, self.journal, self.row.run_id)
            except Exception as error:
                self._hold.drop()  # the process may live on: what it could not drive it must not hold
                if isinstance(error, RunLeft):
                    error.signal = watch.signal
                    if self._stopped == CANCELLED:
                        raise asyncio.CancelledError from error
                raise
            finally:
                self.toolbox.close()
            if cancelled is not None:
                raise cancelled
            assert row is not None
            report = run_report(run, about_run(row, self.store, self.plan.workflow.inputs))
            return RunEnd(report, short, watch.signal)

    def _stop(self, why: str) -> None:
        """A signal: the run is left in good order, and a server that is gone is not waited for."""
        self._stopped = why
        self.journal.hurry()
        if self._loop is not None:
            self._loop.interrupt(why)

    async def _held(
        self, run: RunState, wishes: list[Wish] | None
    ) -> tuple[RunState, asyncio.CancelledError | None]:
        """Drive the run, and after trouble with the store claim it again and go on from what is recorded.

        Gives its last state, and the cancellation of the task that has stopped it. Raises RunOwned, RunLeft.
        """
        at_once, anew = wishes is None, False
        while True:
            try:
                if wishes is None:
                    wishes = await self._taken_up(run, anew=anew)
                return run, await self._driven(run, wishes, at_once=at_once)
            except StoreError as error:
                self._loop = None
                if self._stopped:
                    raise self._hold.left(error) from error
                await self._hold.claim_again(error)
                run, wishes, at_once, anew = await self._hold.apart(self._again), None, True, True
                if self._hold.ended:
                    return run, None

    def _again(self) -> RunState:
        """The run as it is recorded, after onlookers have heard what they missed."""
        try:
            for row in self._hold.missed():
                self._tell(row)
            self.toolbox.bind()
            return replay(self.plan, self.journal.events(self.row.run_id))
        except StoreError as error:
            raise self._hold.left(error) from error

    async def _driven(
        self, run: RunState, wishes: list[Wish], *, at_once: bool
    ) -> asyncio.CancelledError | None:
        """The cancellation of the task that has stopped the run, if one has."""
        loop = self._loop = RunLoop(
            run,
            self.values,
            self.toolbox,
            self.surroundings,
            self._hold.commit,
            durable=self.journal.durable,
            limit=self._limit(),
            observer=self.options.observer,
            commits_apart=not self.journal.local,
        )
        loop.leave_waiting = self.options.leave_waiting
        row = self.row
        with Keeper(self.journal, row.run_id, row.epoch, loop.on_wish, loop.lose, at_once=at_once):
            if self._stopped:
                loop.interrupt(self._stopped)
            _rearm(run, loop)
            return await _to_its_end(loop, wishes, self._stop)

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


async def _to_its_end(
    loop: RunLoop, wishes: list[Wish], stop: Callable[[str], None]
) -> asyncio.CancelledError | None:
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
                stop(CANCELLED)
            elif not loop.durable:
                driving.cancel()
            cancelled = error
    if cancelled is None or not driving.cancelled():
        driving.result()
    return cancelled
