"""The loop: performs the machine's wishes, tells it the facts, and commits the facts before their effects.

One turn: take what has ended, advance the machine, perform what it wishes (evaluations at once, starts as slots allow),
commit the rows of the turn in one group, then make the calls that were started. A call is made only after its start and
everything it needs are committed.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from engine.errors import EvaluationError
from engine.execute.binding import Surroundings, Toolbox
from engine.execute.calls import Call, Caller
from engine.execute.evaluate import Evaluator, evaluation_error
from engine.execute.facts import Commit, Observer, Progress, Row
from engine.execute.keys import idempotency_key
from engine.execute.record import Record, record_of
from engine.execute.retrying import retry_delay
from engine.execute.slots import Slots
from engine.execute.threads import Threads
from engine.execute.values import Values
from engine.machine import (
    Answered,
    CancelRequested,
    CancelStep,
    Conclude,
    Evaluate,
    Event,
    Finish,
    Instance,
    Judge,
    LoopExpanded,
    RunState,
    Settled,
    StartStep,
    Status,
    StepCancelled,
    StepFailed,
    StepInterrupted,
    StepStarted,
    StepSucceeded,
    TimedOut,
    TimerFired,
    WakeAt,
    Wish,
    advance,
)
from engine.tools.port import CallContext, Result

GRACE_SECONDS = 10.0  # what stopped calls get to come to their end before the run is left
FREE_ROWS = 512  # rows a store in memory may owe before they are handed over
_NEVER = threading.Event()
_NO_CONTEXT: dict[str, Any] = {}
YIELD_EVERY = 64  # turns without a wait before the event loop gets a chance to see timers and signals


class RunLoop:
    """Drives one run to its end. Made for one `drive()`; everything happens on the event loop's thread."""

    def __init__(
        self,
        run: RunState,
        values: Values,
        toolbox: Toolbox,
        surroundings: Surroundings,
        commit: Commit,
        *,
        durable: bool,
        limit: int | None,
        observer: Observer | None,
    ) -> None:
        self.run = run
        self.values = values
        self.toolbox = toolbox
        self.where = surroundings
        self.clock = surroundings.clock
        self.evaluator = Evaluator(values)
        self.slots = Slots(limit)
        self.threads = Threads()
        self.caller = Caller(toolbox, self._call_ended, self.threads)
        self.durable = durable
        self.outcome: dict[str, Any] | None = None
        self.interrupted: str | None = None
        self._commit = commit
        self._observer = observer
        self._rows: list[Row] = []
        self._wishes: deque[Wish] = deque()
        self._ended: deque[tuple[Call, Any]] = deque()
        self._ready: deque[Instance] = deque()
        self._launch: list[Call] = []
        self._calls: dict[Instance, Call] = {}
        self._news = asyncio.Event()
        self._timers: dict[Instance, asyncio.TimerHandle] = {}
        self._logger = logging.getLogger("weft.run")

    # -- the turn -------------------------------------------------------------------------------------------------

    async def drive(self, wishes: list[Wish]) -> None:
        """Run until the machine says Finish (`outcome` is set) or a signal has stopped it (`interrupted` is set)."""
        self._wishes.extend(wishes)
        turns = 0
        try:
            while not self._over():
                self._perform_all()
                turns += 1
                if turns % YIELD_EVERY == 0:
                    await asyncio.sleep(0)
                if self._rows and (self.durable or len(self._rows) >= FREE_ROWS or not self._launch):
                    await self._flush()
                if not self._make_calls() and not self._ended and not self._wishes and not self._over():
                    await self._news.wait()
                    self._news.clear()
                self._take_ended()
            if not await self.caller.idle(GRACE_SECONDS):
                self._logger.warning("some calls did not stop within %g s and are left behind", GRACE_SECONDS)
        finally:
            for handle in self._timers.values():
                handle.cancel()
            self.threads.close()

    def _over(self) -> bool:
        if self.outcome is not None:
            return not self._rows
        return self.interrupted is not None and not self._calls and not self._rows and not self._ended

    async def _flush(self) -> None:
        rows, self._rows = self._rows, []
        if self.durable and self.caller.busy:
            # While calls are under way the loop stays free to hear of them; with none there is nothing to miss, and
            # the way to another thread and back costs more than the commit itself.
            await asyncio.get_running_loop().run_in_executor(None, self._commit, rows)
        else:
            self._commit(rows)
        if self._observer:  # only now: what is shown is on disk
            for row in rows:
                self._observer(row)

    def _make_calls(self) -> bool:
        """Make the calls whose starts are committed; False when there were none."""
        if not self._launch:
            return False
        calls, self._launch = self._launch, []
        for call in calls:
            if call.stopping:
                self._call_ended(call, None)
            else:
                self.caller.make(call)
        return True

    def _take_ended(self) -> None:
        while self._ended:
            call, answer = self._ended.popleft()
            self._conclude_call(call, answer)

    def _perform_all(self) -> None:
        while self._wishes or self._ready:
            while self._wishes:
                self._perform(self._wishes.popleft())
            if self._ready and not self.interrupted:
                self._start_call(self._ready.popleft())
            elif self._ready:
                self._ready.clear()

    def tell(self, event: Event) -> None:
        """Hand a fact to the machine and queue what it wishes for."""
        self._wishes.extend(advance(self.run, event))

    def note(
        self,
        kind: str,
        at: Instance | None,
        payload: dict[str, Any],
        attempt: int | None = None,
        when: float | None = None,
    ) -> None:
        """Write a row: for the journal and for those who look on. `when` is the time a record has been given already."""
        payload = self.values.secrets.scrub(payload)
        row = Row(self.clock.now() if when is None else when, kind, at.path if at is not None else None, attempt, payload)
        self._rows.append(row)

    # -- wishes ---------------------------------------------------------------------------------------------------

    def _perform(self, wish: Wish) -> None:
        handler, expected = _HANDLERS[type(wish)]
        # A wish may have been overtaken: what it is about was cut while earlier wishes of the turn were performed.
        if expected is None or wish.at.status in expected:  # type: ignore[union-attr]
            handler(self, wish)

    def _evaluate(self, wish: Evaluate) -> None:
        instance = wish.at
        try:
            if wish.what == "when":
                self._answered(instance, self.evaluator.condition(instance))
            else:
                self._expand(instance)
        except EvaluationError as error:
            self._fail_unstarted(instance, evaluation_error(error, wish.what))

    def _answered(self, instance: Instance, answer: bool) -> None:
        record_of(instance).answer = answer
        if not answer:
            self.note("StepSkipped", instance, {"reason": "condition is false", "answer": False})
        self.tell(Answered(instance, answer))

    def _expand(self, instance: Instance) -> None:
        record = record_of(instance)
        if record.items is None:
            record.items, keys = self.evaluator.items(instance)
        else:
            keys = instance.keys
        record.started_at = record.started_at or self.clock.now()
        payload: dict[str, Any] = {"items": record.items}
        if keys is not None:
            payload["keys"] = keys
        self.note("LoopExpanded", instance, self._with_answer(record, payload), when=record.started_at)
        self.tell(LoopExpanded(instance, len(record.items), keys))

    @staticmethod
    def _with_answer(record: Record, payload: dict[str, Any]) -> dict[str, Any]:
        if record.answer is not None:
            payload["answer"] = record.answer
        return payload

    def _fail_unstarted(self, instance: Instance, error: dict[str, Any]) -> None:
        record = record_of(instance)
        record.finished_at = self.clock.now()
        payload = self._with_answer(record, {"error": error})
        self.note("StepFailed", instance, payload, instance.attempt or None, record.finished_at)
        self.tell(StepFailed(instance, self.values.secrets.scrub(error)))

    def _start(self, wish: StartStep) -> None:
        instance = wish.at
        if not instance.plan.is_group:
            self._ready.append(instance)
            return
        record = record_of(instance)
        record.told = False
        record.attempt_at = self.clock.now()
        record.started_at = record.started_at or record.attempt_at
        if instance.parent is not None:
            payload = self._with_answer(record, {})
            self.note("StepStarted", instance, payload, instance.attempt + 1, record.attempt_at)
        self.arm_timeout(instance)
        self.tell(StepStarted(instance))

    def arm_timeout(self, group: Instance) -> None:
        """Start a group's own timeout, or what is left of it when the group began in another process."""
        limit = group.plan.timeout_seconds
        if limit is not None:
            gone = self.clock.now() - (record_of(group).attempt_at or self.clock.now())
            self._arm(group, max(0.0, limit - gone), self._group_timed_out)

    def _arm(self, instance: Instance, seconds: float, fire: Callable[[Instance], None]) -> None:
        def fired() -> None:
            self._timers.pop(instance, None)
            fire(instance)
            self._news.set()

        self._disarm(instance)
        self._timers[instance] = asyncio.get_running_loop().call_later(seconds, fired)

    def _disarm(self, instance: Instance) -> None:
        handle = self._timers.pop(instance, None)
        if handle:
            handle.cancel()

    def _group_timed_out(self, instance: Instance) -> None:
        if not instance.status.settled and not self.interrupted:
            self.note("StepTimedOut", instance, {}, instance.attempt)
            self.tell(TimedOut(instance))

    def _judge(self, wish: Judge) -> None:
        self._fail_attempt(wish.at, wish.error, timed_out=wish.timed_out)

    def _fail_attempt(self, instance: Instance, error: dict[str, Any], *, timed_out: bool = False) -> None:
        """An attempt has failed: decide whether there is another, record both together."""
        record = record_of(instance)
        now = record.finished_at = self.clock.now()
        error = self.values.secrets.scrub(error)
        retry = instance.plan.retry
        delay = None
        if retry is not None and not instance.cut_from_outside:
            delay = retry_delay(retry, error, instance.tries, now - (record.started_at or now))
        payload: dict[str, Any] = {"error": error}
        if delay is not None:
            record.retry_at = now + delay
            payload |= {"retry_in": round(delay, 6), "retry_at": record.retry_at}
        if timed_out:
            payload["timed_out"] = True
        record.told = delay is None
        self.note("StepFailed", instance, payload, instance.attempt, now)
        self.tell(StepFailed(instance, error, delay, timed_out))

    def _conclude(self, wish: Conclude) -> None:
        instance = wish.at
        record = record_of(instance)
        try:
            record.data = self.evaluator.outputs(instance)
        except EvaluationError as error:
            told = {**evaluation_error(error, "outputs"), "code": "outputs"}
            record.told = True
            self.note("StepFailed", instance, {"error": told}, instance.attempt)
            self.tell(StepFailed(instance, told))
            return
        record.finished_at = self.clock.now()
        if instance.parent is not None:
            record.told = True
            self.note("StepSucceeded", instance, {"data": record.data}, instance.attempt, record.finished_at)
        self.tell(StepSucceeded(instance))

    def _wake(self, wish: WakeAt) -> None:
        record = record_of(wish.at)
        delay = wish.delay_seconds
        if delay < 0:  # a resume: what is left of the wait
            delay = max(0.0, (record.retry_at or 0.0) - self.clock.now())
        self._arm(wish.at, delay, self._wait_over)

    def _wait_over(self, instance: Instance) -> None:
        if not self.interrupted:
            self.tell(TimerFired(instance))

    def _cancel(self, wish: CancelStep) -> None:
        call = self._calls.get(wish.at)
        if call is not None and not call.ended:
            self._stop(call, wish.at.cut or "cancelled")

    def _settled(self, wish: Settled) -> None:
        instance = wish.at
        record = record_of(instance)
        record.finished_at = record.finished_at or (self.clock.now() if record.started_at else None)
        self._disarm(instance)
        derived = instance.is_loop or instance.plan.is_group
        if instance.parent is None:
            return
        if instance.status is Status.SKIPPED:
            if record.answer is not False:
                cause = {"cause": instance.cause} if instance.cause else {}
                self.note("StepSkipped", instance, {"reason": instance.reason, **cause})
        elif derived and not record.told:
            record.finished_at = self.clock.now()
            payload: dict[str, Any] = {"status": instance.status.shown}
            if instance.reason:
                payload["reason"] = instance.reason
            if instance.error and instance.status is not Status.SUCCEEDED:
                payload["error"] = instance.error
            self.note("StepSettled", instance, payload, instance.attempt or None, record.finished_at)

    def _finish(self, wish: Finish) -> None:
        root = self.run.root
        outputs = record_of(root).data if root.plan.outputs is not None else {}
        payload: dict[str, Any] = {"status": wish.status, "outputs": outputs or {}}
        if root.error and wish.status != "succeeded":
            payload["error"] = root.error
        self.note("RunFinished", None, payload)
        self.outcome = payload

    # -- calls ----------------------------------------------------------------------------------------------------

    def _start_call(self, instance: Instance) -> None:
        if instance.status is not Status.READY:
            self._ready.extend(self.slots.forgo(instance))
            return
        binding = self.toolbox.bindings[instance.plan.index]
        assert binding is not None
        inline = binding.operation.lane == "inline"
        if not inline and not self.slots.take(instance):
            return
        record = record_of(instance)
        try:
            parameters, payload = self.evaluator.parameters(instance, binding)
        except EvaluationError as error:
            if not inline:
                self._ready.extend(self.slots.give(instance))
            self._fail_unstarted(instance, evaluation_error(error, "with"))
            return
        now = self.clock.now()
        record.started_at = record.started_at or now
        self.note("StepStarted", instance, self._with_answer(record, payload), instance.attempt + 1, now)
        self.tell(StepStarted(instance))
        call = Call(instance, binding, parameters, self._context(instance, binding.operation.lane))
        self._calls[instance] = call
        if binding.timeout_seconds is not None and not inline:
            call.timer = asyncio.get_running_loop().call_later(binding.timeout_seconds, self._call_timed_out, call)
        self._launch.append(call)

    def _context(self, instance: Instance, lane: str) -> CallContext:
        run_id = str(self.values.run["id"])
        path = instance.path
        key, cancel = "", _NEVER  # an inline call ends before anybody could cancel it
        if lane != "inline":
            key = idempotency_key(run_id, path, int(self.values.run["attempt"]))
            cancel = threading.Event()
        where = self.where
        context = CallContext(
            run_id,
            instance.plan.id,
            path,
            instance.attempt,
            key,
            where.project_dir,
            where.run_dir,
            _NO_CONTEXT,
            self._logger,
            cancel=cancel,
        )
        if lane != "inline" and self._observer:
            observer = self._observer
            context.progress = lambda done, total, unit: observer(Progress(path, done, total, unit))
        return context

    def _call_ended(self, call: Call, answer: Any) -> None:
        """The call has an answer (Result, error mapping, or None: it was stopped). On the loop's thread."""
        if not call.ended:
            call.ended = True
            self._ended.append((call, answer))
            self._news.set()

    def _call_timed_out(self, call: Call) -> None:
        if call.ended or self.interrupted:
            return
        limit = call.binding.timeout_seconds or 0.0
        message = f"took longer than its timeout of {limit:g}s"
        error = {"type": "timeout", "code": "step timeout", "message": message, "hint": None}
        call.stopping = "timeout"
        self.caller.stop(call)
        self._call_ended(call, error)

    def _stop(self, call: Call, why: str) -> None:
        """End a call from outside. Its fact is told at once: nobody waits for work that may never answer."""
        call.stopping = why
        if not call.made:
            return  # its start is not committed yet: it ends where it would have been made
        self.caller.stop(call)
        self._call_ended(call, None)

    def _conclude_call(self, call: Call, answer: Any) -> None:
        instance = call.instance
        if call.timer:
            call.timer.cancel()
        self._calls.pop(instance, None)
        if call.binding.operation.lane != "inline":
            self._ready.extend(self.slots.give(instance))
        if answer is None and call.stopping is None:
            self._fail_attempt(instance, _stopped_itself())
        elif answer is None:
            self._conclude_stopped(call)
        elif isinstance(answer, Result) and answer.success:
            self._succeed(instance, answer)
        elif isinstance(answer, Result):
            self._fail_attempt(instance, _error_of_result(answer))
        else:
            self._fail_attempt(instance, answer, timed_out=call.stopping == "timeout")

    def _conclude_stopped(self, call: Call) -> None:
        instance = call.instance
        if call.stopping == "interrupted":
            self.note("StepInterrupted", instance, {}, instance.attempt)
            self.tell(StepInterrupted(instance))
        else:
            now = record_of(instance).finished_at = self.clock.now()
            self.note("StepCancelled", instance, {"reason": call.stopping}, instance.attempt, now)
            self.tell(StepCancelled(instance))

    def _succeed(self, instance: Instance, result: Result) -> None:
        record = record_of(instance)
        scrub = self.values.secrets.scrub
        record.data = scrub(result.data)
        record.metadata = {**scrub(result.metadata), "call_id": f"{instance.path}#{instance.attempt}", "from_cache": False}
        record.warnings = scrub(result.warnings) or None
        record.performance_metrics = result.performance_metrics or None
        record.quality_metrics = result.quality_metrics or None
        record.processed_records = result.processed_records
        record.finished_at = self.clock.now()
        self.note("StepSucceeded", instance, record.payload(), instance.attempt, record.finished_at)
        self.tell(StepSucceeded(instance))

    # -- from outside ---------------------------------------------------------------------------------------------

    def interrupt(self, why: str) -> None:
        """A signal: stop starting, stop what runs, leave the run to be resumed. With a store in memory: cancel."""
        if self.interrupted or self.outcome is not None:
            return
        if not self.durable:
            self.cancel(why)
            return
        self.interrupted = why
        for call in list(self._calls.values()):
            if not call.ended:
                self._stop(call, "interrupted")
        self.note("RunInterrupted", None, {"reason": why})
        self._news.set()

    def cancel(self, why: str) -> None:
        """Record the wish that the run ends, and end it."""
        if self.run.cancelled or self.outcome is not None:
            return
        self.note("CancelRequested", None, {"reason": why})
        self.tell(CancelRequested(self.run.root))
        self._news.set()


def _stopped_itself() -> dict[str, Any]:
    return {"type": "internal", "code": "Cancelled", "message": "the tool stopped without being asked to", "hint": None}


def _error_of_result(result: Result) -> dict[str, Any]:
    return {"type": "failed", "code": None, "message": "; ".join(map(str, result.errors)), "hint": None, "data": result.data}


_HANDLERS: dict[type, tuple[Callable[[RunLoop, Any], None], tuple[Status, ...] | None]] = {
    Evaluate: (RunLoop._evaluate, (Status.ASKED, Status.LISTING)),
    StartStep: (RunLoop._start, (Status.READY,)),
    Judge: (RunLoop._judge, (Status.JUDGED,)),
    Conclude: (RunLoop._conclude, (Status.CONCLUDING,)),
    WakeAt: (RunLoop._wake, (Status.WAITING,)),
    CancelStep: (RunLoop._cancel, (Status.RUNNING,)),
    Settled: (RunLoop._settled, None),
    Finish: (RunLoop._finish, None),
}
