"""One process's time with one run: it owns the run under its epoch, drives it, and writes every row of it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from engine import crash
from engine.app import spans
from engine.app.auditing import auditor_of
from engine.app.bulk import Bulk
from engine.app.collector import COLLECTOR
from engine.app.hold import Hold
from engine.app.ids import short_id
from engine.app.keeping import Keeper
from engine.app.owner import this_process
from engine.app.project import run_folder
from engine.app.reopening import Reopening
from engine.app.run_options import RUN_LOGGER, RunEnd, RunOptions
from engine.app.sharing import Sharing
from engine.app.signals import SignalWatch
from engine.app.stored import about_run
from engine.app.to_its_end import CANCELLED, rearm, to_its_end
from engine.errors import RunLeft, StoreError
from engine.execute.binding import Surroundings, Toolbox
from engine.execute.clock import SystemClock
from engine.execute.endings import lost_for_good
from engine.execute.facts import Row
from engine.execute.kept import as_row
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

__all__ = ["RunEnd", "RunOptions", "Session"]


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
        recorded_until: float = 0.0,
    ) -> None:
        """`recorded_until`: the time of the last row there is; the run's time goes on from there."""
        self.journal = journal
        self._hold = Hold(journal, row, store, plan.workflow.inputs)
        self._hold.auditor = auditor_of(plan, toolbox, journal, row.run_id)
        self.plan = plan
        self.toolbox = toolbox
        self.store = store
        self.options = options
        clock = SystemClock(max(row.created_at, recorded_until))
        folder = run_folder(row.run_id, store)
        self.surroundings = Surroundings(toolbox.project_dir, folder, clock, self._hold.cellar)
        about = {"id": row.run_id, "workflow": row.workflow, "attempt": row.attempt}
        about["started_at"] = rfc3339(row.started_at)
        self.values = Values(plan, inputs, about, secrets, clock, folder)
        self._bulk = Bulk(store).shelf(row.run_id, options.large)
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
        now = self.surroundings.clock.now()
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

    def _shown(self, data: Any) -> Any:
        return self._bulk.shown(data)

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
                payload: dict[str, Any] = {"count": len(record.items)}
                if instance.keys is not None:
                    payload["keys"] = instance.keys
                self._tell(Row(record.started_at or 0.0, "LoopExpanded", instance.path, None, payload))
            elif (
                instance.plan.is_group and instance.status is Status.RUNNING and record.started_at is not None
            ):
                self._tell(Row(record.started_at, "StepStarted", instance.path, instance.attempt, {}))
            if instance.status.settled and instance.outcome == SUCCESS:
                record.reused = instance.status is Status.SUCCEEDED
                payload = {"status": instance.status.shown, **as_row("data", record.data)}
                self._tell(
                    Row(record.finished_at or 0.0, "StepReused", instance.path, instance.attempt, payload)
                )

    async def _taken_up(self, run: RunState, *, anew: bool) -> list[Wish]:
        """Record that the run goes on here: what is lost, and that it is to be cancelled, where somebody wishes so.

        `anew`: by the same process, which has stopped its calls itself and whose onlookers know what was done.
        """
        now = self.surroundings.clock.now()
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
            advance(run, event(call))
            rows.append(Row(now, kind, call.path, call.attempt, lost_for_good(call)))
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
                    wanted = spans.provider() is not None
                    if wanted:
                        await self._hold.apart(spans.owe, self.journal, self.row.run_id)
                    run, cancelled = await self._held(run, wishes)
                    if run.root.status.settled:
                        crash.point("CP10")
                    await self._hold.give_back()
                    if wanted and run.root.status.settled:
                        await asyncio.to_thread(spans.send, self.journal, self.row.run_id, self.plan)
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
            report = run_report(run, about_run(row, self.store, self.plan.workflow.inputs), self._shown)
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
            return replay(self.plan, self.journal.events(self.row.run_id), self._hold.cellar)
        except StoreError as error:
            raise self._hold.left(error) from error

    async def _driven(
        self, run: RunState, wishes: list[Wish], *, at_once: bool
    ) -> asyncio.CancelledError | None:
        """The cancellation of the task that has stopped the run, if one has."""
        row = self.row
        if self.journal.durable:
            self.toolbox.sharing = partial(Sharing, self.store, row.run_id, row.epoch)
        loop = self._loop = RunLoop(
            run,
            self.values,
            self.toolbox,
            self.surroundings,
            self._hold.commit,
            durable=self.journal.durable,
            limit=self._limit(),
            observer=self.options.observer,
            at_once=self.journal.at_once,
            commits_apart=not self.journal.local,
        )
        loop.leave_waiting = self.options.leave_waiting
        with Keeper(self.journal, row.run_id, row.epoch, loop.on_wish, loop.lose, at_once=at_once):
            if self._stopped:
                loop.interrupt(self._stopped)
            rearm(run, loop)
            return await to_its_end(loop, wishes, self._stop)

    def _limit(self) -> int | None:
        limits = [
            limit for limit in (self.plan.root.concurrency, self.options.max_parallel) if limit is not None
        ]
        return min(limits) if limits else None
