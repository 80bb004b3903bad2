"""Performs the machine's wishes, one handler a wish: evaluations at once, starts by way of the desk, waits by timers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine import crash
from engine.errors import EvaluationError, UsageError
from engine.execute.desk import Desk
from engine.execute.evaluate import Evaluator, evaluation_error
from engine.execute.kept import KeptItems, as_row
from engine.execute.record import record_of
from engine.execute.telling import Teller, with_answer
from engine.execute.timers import Timers
from engine.execute.waiting import Waiting
from engine.machine import (
    Answered,
    Await,
    BreakTested,
    CancelStep,
    Conclude,
    Evaluate,
    Finish,
    Instance,
    Judge,
    ListMore,
    LoopExpanded,
    Settled,
    StartStep,
    Status,
    StepFailed,
    StepStarted,
    StepSucceeded,
    TestBreak,
    TimedOut,
    TimerFired,
    WakeAt,
    Wish,
)


class Performer:
    """`outcome` is the payload of RunFinished once the machine has wished for Finish."""

    def __init__(self, teller: Teller, evaluator: Evaluator, desk: Desk, timers: Timers) -> None:
        self.outcome: dict[str, Any] | None = None
        self._teller = teller
        self._evaluator = evaluator
        self._desk = desk
        self._timers = timers
        self.waiting = Waiting(teller, evaluator, timers, desk.endings.succeed, desk.limit)

    def perform(self, wish: Wish) -> None:
        handler, expected = _HANDLERS[type(wish)]
        # A wish may have been overtaken: what it is about was cut while earlier wishes of the turn were performed.
        if expected is None or wish.at.status in expected:  # type: ignore[union-attr]
            handler(self, wish)

    def _evaluate(self, wish: Evaluate) -> None:
        instance = wish.at
        try:
            if wish.what == "when":
                self._answered(instance, self._evaluator.condition(instance))
            elif wish.what == "test":
                self._tested(instance, self._evaluator.test(instance))
            elif instance.plan.repeat is not None:
                self._begin_repeat(instance)
            else:
                self._expand(instance)
        except EvaluationError as error:
            self._teller.failed_unstarted(instance, evaluation_error(error))

    def _answered(self, instance: Instance, answer: bool) -> None:
        record_of(instance).answer = answer
        if not answer:
            payload = {"reason": "condition is false", "answer": False}
            self._teller.note("StepSkipped", instance, payload)
        self._teller.tell(Answered(instance, answer))

    def _tested(self, loop: Instance, answer: bool) -> None:
        self._teller.note("LoopTested", loop, {"answer": answer})
        self._teller.tell(Answered(loop, answer))

    def _test_break(self, wish: TestBreak) -> None:
        """Ask whether an iteration ends its loop; once one has, or the loop is being ended, nobody asks any more."""
        iteration, loop = wish.at, wish.at.parent
        answer, error = False, None
        if loop is not None and not loop.cut:
            try:
                answer = self._evaluator.breaks(iteration)
            except EvaluationError as wrong:
                error = evaluation_error(wrong)
        payload = {"answer": answer, **({"error": error} if error else {})}
        self._teller.note("LoopTested", iteration, payload)
        self._teller.tell(BreakTested(iteration, answer, self._teller.scrub(error)))

    def _begin_repeat(self, loop: Instance) -> None:
        record = record_of(loop)
        bound = self._evaluator.bind_let(loop)
        record.started_at = record.started_at or self._teller.clock.now()
        self._teller.note("LoopExpanded", loop, with_answer(record, bound), when=record.started_at)
        self._teller.tell(LoopExpanded(loop, 0))

    def _expand(self, instance: Instance) -> None:
        record = record_of(instance)
        bound = self._evaluator.bind_let(instance)
        listed = self._evaluator.lister.listed(instance)
        record.started_at = record.started_at or self._teller.clock.now()
        payload: dict[str, Any] = {**self._kept_items(instance, record.items or ()), **bound}
        crash.point("CP14")
        if listed.more is not None:
            payload |= {"size": listed.size, "more": listed.more}
        if listed.keys is not None:
            payload["keys"] = listed.keys
        self._teller.note("LoopExpanded", instance, with_answer(record, payload), when=record.started_at)
        self._teller.tell(LoopExpanded(instance, listed.size, listed.keys, listed.more))

    def _kept_items(self, loop: Instance, items: Sequence[Any]) -> dict[str, Any]:
        """The items as the row says them: a long list stands beside the journal, a stream where it was kept."""
        if isinstance(items, KeptItems):
            return {**as_row("items", items.kept), "count": len(items)}
        return as_row("items", self._teller.put_away(loop, "items", items))

    def _list_more(self, wish: ListMore) -> None:
        loop = wish.at
        if loop.cut:
            return
        payload: dict[str, Any]
        try:
            listed = self._evaluator.lister.listed_next(loop)
            payload = {"size": listed.size, "more": listed.more}
            if listed.keys is not None:
                payload["keys"] = listed.keys
            told = LoopExpanded(loop, listed.size, listed.keys, listed.more)
        except EvaluationError as wrong:
            error = self._teller.scrub(evaluation_error(wrong))
            payload = {"size": loop.expanded, "more": False, "error": error}
            told = LoopExpanded(loop, loop.expanded, None, False, error)
        crash.point("CP14")
        self._teller.note("LoopExpanded", loop, payload)
        self._teller.tell(told)

    def _start(self, wish: StartStep) -> None:
        instance = wish.at
        if not instance.plan.is_group:
            self._desk.ready.append(instance)
            return
        record = record_of(instance)
        try:
            bound = self._evaluator.bind_let(instance)
            if instance.plan.callee is not None:
                bound |= self._evaluator.call_inputs(instance)
        except EvaluationError as error:
            self._teller.failed_unstarted(instance, evaluation_error(error))
            return
        except UsageError as error:
            told = {"type": "invalid", "code": "inputs", "message": error.message, "hint": None}
            self._teller.failed_unstarted(instance, told)
            return
        record.told = False
        record.attempt_at = self._teller.clock.now()
        record.started_at = record.started_at or record.attempt_at
        if instance.parent is not None:
            payload = with_answer(record, bound)
            self._teller.note("StepStarted", instance, payload, instance.attempt + 1, record.attempt_at)
        elif bound:
            self._teller.note("RunStarted", None, bound)
        self.arm_timeout(instance)
        self._teller.tell(StepStarted(instance))

    def arm_timeout(self, group: Instance) -> None:
        """Start a group's own timeout, or what is left of it when the group began in another process."""
        limit = group.plan.timeout_seconds
        if limit is not None:
            now = self._teller.clock.now()
            gone = now - (record_of(group).attempt_at or now)
            self._timers.arm(group, max(0.0, limit - gone), self._group_timed_out)

    def _group_timed_out(self, instance: Instance) -> None:
        if not instance.status.settled and not self._teller.interrupted:
            self._teller.note("StepTimedOut", instance, {}, instance.attempt)
            self._teller.tell(TimedOut(instance))

    def _await(self, wish: Await) -> None:
        self.waiting.begin(wish.at)

    def _judge(self, wish: Judge) -> None:
        self._teller.failed_attempt(wish.at, wish.error, timed_out=wish.timed_out)

    def _conclude(self, wish: Conclude) -> None:
        instance, teller = wish.at, self._teller
        record = record_of(instance)
        record.told = True
        try:
            record.data = self._evaluator.outputs(instance)
        except EvaluationError as error:
            told = {**evaluation_error(error), "code": "outputs"}
            teller.note("StepFailed", instance, {"error": told}, instance.attempt)
            teller.tell(StepFailed(instance, told))
            return
        record.finished_at = teller.clock.now()
        if instance.parent is not None:
            record.data = teller.put_away(instance, "data", record.data)
            payload = as_row("data", record.data)
            teller.note("StepSucceeded", instance, payload, instance.attempt, record.finished_at)
        elif instance.plan.finally_ is not None:
            teller.note("RunConcluded", None, {"data": record.data})
        teller.tell(StepSucceeded(instance))

    def _wake(self, wish: WakeAt) -> None:
        delay = wish.delay_seconds
        if delay < 0:  # a resume: what is left of the wait
            delay = max(0.0, _due(wish.at) - self._teller.clock.now())
        self._timers.arm(wish.at, delay, self._wait_over)

    def _wait_over(self, instance: Instance) -> None:
        crash.point("CP12")
        if not self._teller.interrupted:
            self._teller.tell(TimerFired(instance))

    def _cancel(self, wish: CancelStep) -> None:
        self._desk.cancel(wish.at)

    def _settled(self, wish: Settled) -> None:
        """For onlookers: what follows from recorded facts and has no row of its own yet."""
        instance, teller = wish.at, self._teller
        record = record_of(instance)
        record.finished_at = record.finished_at or (teller.clock.now() if record.started_at else None)
        self._timers.disarm(instance)
        self._desk.settled(instance)
        if instance.plan.waits:
            self.waiting.woken(instance)
        if instance.parent is None or instance.plan.aside:
            return
        if instance.status is Status.SKIPPED:
            if record.answer is not False:
                cause = {"cause": instance.cause} if instance.cause else {}
                teller.note("StepSkipped", instance, {"reason": instance.reason, **cause})
        elif (instance.is_loop or instance.plan.is_group) and not record.told:
            record.finished_at = teller.clock.now()
            payload = _settled_payload(instance)
            teller.note("StepSettled", instance, payload, instance.attempt or None, record.finished_at)

    def _finish(self, wish: Finish) -> None:
        crash.point("CP9")
        root = self._teller.run.root
        outputs = record_of(root).data if root.plan.outputs is not None else {}
        payload: dict[str, Any] = {"status": wish.status, "outputs": outputs or {}}
        if root.error and wish.status != "succeeded":
            payload["error"] = root.error
        self._teller.note("RunFinished", None, payload)
        self.outcome = payload


def _due(instance: Instance) -> float:
    """When a wait that began in another process is over, in seconds since the epoch."""
    due = record_of(instance).retry_at
    loop = instance.parent
    if (
        due is None
        and loop is not None
        and loop.plan.repeat is not None
        and instance.number > 0
        and loop.kids
    ):
        ended = record_of(loop.kids[instance.number - 1]).finished_at or 0.0
        return ended + (loop.plan.repeat.every_seconds or 0.0)
    return due or 0.0


def _settled_payload(instance: Instance) -> dict[str, Any]:
    payload: dict[str, Any] = {"status": instance.status.shown}
    if instance.reason:
        payload["reason"] = instance.reason
    if instance.error and instance.status is not Status.SUCCEEDED:
        payload["error"] = instance.error
    return payload


_HANDLERS: dict[type, tuple[Callable[[Performer, Any], None], tuple[Status, ...] | None]] = {
    Evaluate: (Performer._evaluate, (Status.ASKED, Status.LISTING, Status.TESTING)),
    TestBreak: (Performer._test_break, None),
    ListMore: (Performer._list_more, (Status.RUNNING,)),
    StartStep: (Performer._start, (Status.READY,)),
    Judge: (Performer._judge, (Status.JUDGED,)),
    Conclude: (Performer._conclude, (Status.CONCLUDING,)),
    Await: (Performer._await, (Status.SLEEPING,)),
    WakeAt: (Performer._wake, (Status.WAITING,)),
    CancelStep: (Performer._cancel, (Status.RUNNING,)),
    Settled: (Performer._settled, None),
    Finish: (Performer._finish, None),
}
