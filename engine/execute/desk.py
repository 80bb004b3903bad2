"""The desk of tool calls: which are ready, which wait for a slot, which are under way, and how each of them ended.

A call is started (its row written, the machine told) before it is made; it is made only after that row is committed.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from typing import Any

from engine import crash
from engine.errors import EvaluationError
from engine.execute.binding import Surroundings, Toolbox
from engine.execute.calls import Call, Caller
from engine.execute.cellar import shelf_name
from engine.execute.evaluate import Evaluator, evaluation_error
from engine.execute.facts import Observer, Progress
from engine.execute.gating import Ready, Ticket, gate_of
from engine.execute.keys import idempotency_key
from engine.execute.line import Line
from engine.execute.places import Places
from engine.execute.record import record_of
from engine.execute.requirements import misses
from engine.execute.slots import Slots
from engine.execute.spooling import Spooler
from engine.execute.stages import Stage, ready_part
from engine.execute.telling import Teller, with_answer
from engine.executors.answers import STEP_TIMEOUT, timed_out
from engine.executors.port import WorkerLost
from engine.machine import (
    Instance,
    Status,
    StepCancelled,
    StepInterrupted,
    StepLost,
    StepStarted,
    StepSucceeded,
)
from engine.tools.port import CallContext, Result

INTERRUPTED = "interrupted"
KEPT_FIELDS = ("metadata", "warnings", "performance_metrics", "quality_metrics", "processed_records")
_NEVER = threading.Event()
_LOGGER = logging.getLogger("weft.run")


class Desk:
    """The calls of one run. `ready` are instances that may start; `under_way` every call that has been started."""

    def __init__(
        self,
        teller: Teller,
        evaluator: Evaluator,
        toolbox: Toolbox,
        where: Surroundings,
        limit: int | None,
        observer: Observer | None,
    ) -> None:
        self.ready = Line()
        self.under_way: dict[Instance, Call] = {}
        self.ended: deque[tuple[Call, Any]] = deque()
        self.started: list[Call] = []
        self.caller = Caller(toolbox, self._hear)
        self._places = _places(toolbox)
        self._teller = teller
        self._evaluator = evaluator
        self._bindings = toolbox.bindings
        self._toolbox = toolbox
        self._principal = toolbox.principal
        self._where = where
        self._slots = Slots(limit)
        self._observer = observer
        self._run = evaluator.values.run
        self._gate = gate_of(self, toolbox, evaluator, teller)

    def start(self, instance: Instance) -> None:
        """Start a ready instance, if it still is and there is a slot; otherwise it waits in line."""
        if instance.status is not Status.READY:
            self.ready.extend(self._slots.forgo(instance))
            if self._places:
                self._forgo_place(instance)
            return
        if instance.plan.flows_on or instance.plan.flows_in:
            members = ready_part(instance)
            if members is not None and len(members) > 1:
                self._start_stage(members)
            if members is None or len(members) > 1:
                return
        binding = self._bindings[instance.plan.index]
        assert binding is not None
        inline = binding.operation.lane in ("inline", "wait")  # neither holds a slot
        gated = self._gate is not None and self._gate.minds(instance.plan.index)
        if gated:
            assert self._gate is not None
            if not self._gate.let_in(instance, inline):
                return
        elif not inline and not self.admitted(instance):
            return
        ticket = self._gate.taken(instance) if gated and self._gate is not None else None
        ready = ticket.ready if ticket is not None else self.evaluated(instance)
        if ready is None:
            if not inline:
                self.leave(instance)
            return
        self._tell_started(instance, ready)
        if instance.plan.waits:
            return  # the machine wishes for the wait itself
        if ticket is not None and ticket.answer is not None:
            self._answer(ticket)
            return
        self.started.append(self._call(instance, ready, inline))

    def _tell_started(self, instance: Instance, ready: Ready) -> None:
        _, bound, _, payload = ready
        record = record_of(instance)
        now = record.attempt_at = self._teller.clock.now()
        record.started_at = record.started_at or now
        attempt = instance.attempt + 1
        payload = {**self._teller.as_parameters(instance, payload), **bound}
        self._teller.note("StepStarted", instance, with_answer(record, payload), attempt, now)
        crash.point("CP3")
        self._teller.tell(StepStarted(instance))

    def _call(self, instance: Instance, ready: Ready, inline: bool) -> Call:
        call = Call(instance, ready.binding, ready.parameters, self._context(instance, inline))
        self.under_way[instance] = call
        limit = ready.binding.timeout_seconds
        if limit is not None and not inline:
            call.timer = asyncio.get_running_loop().call_later(limit, self._timed_out, call)
        return call

    def _start_stage(self, members: list[Instance]) -> None:
        """Start the steps that records flow through, in one commit; they hold the slot of the first."""
        head = members[0]
        if not self.admitted(head):
            return
        ready: list[Ready] = []
        for member in members:
            one = self.evaluated(member)
            if one is None:
                self.leave(head)
                return  # it has failed, and the machine ends the others
            ready.append(one)
        stage = Stage(self._toolbox, self._teller.scrub)
        for member, one in zip(members, ready, strict=True):
            self._tell_started(member, one)
            stage.add(self._call(member, one, inline=False))
        self.started.append(stage.head)

    def evaluated(self, instance: Instance) -> Ready | None:
        """What a call needs to begin: binding, named values, parameters, what is recorded of them; None: it has failed."""
        binding = self._bindings[instance.plan.index]
        assert binding is not None
        try:
            bound = self._evaluator.bind_let(instance)
            parameters, payload = self._evaluator.parameters(instance)
            if binding.settings is not None:
                binding = self._toolbox.settled(binding, self._evaluator.values.scope(instance))
        except EvaluationError as error:
            self._teller.failed_unstarted(instance, evaluation_error(error))
            return None
        return Ready(binding, bound, parameters, payload)

    def _answer(self, ticket: Ticket) -> None:
        """Tell how a call ended that need not be made: the gate has its answer."""
        if isinstance(ticket.answer, Result):
            self._required(ticket.instance, ticket.answer, from_cache=True)
        else:
            self._teller.failed_attempt(ticket.instance, ticket.answer)

    @property
    def busy(self) -> bool:
        """Whether any call is under way, or waits for what is not a time of the run's own."""
        return bool(self.under_way) or (self._gate is not None and self._gate.waits)

    def settled(self, instance: Instance) -> None:
        """An instance has come to its end, however it did."""
        if self._gate is not None:
            self._gate.settled(instance)

    def close(self) -> None:
        """The run is left: nothing of it waits or works any more."""
        if self._gate is not None:
            self._gate.close()
        self.caller.close()

    def admitted(self, instance: Instance) -> bool:
        """Take a place at the executor, where those are counted, and a slot; otherwise it waits in line for one of them."""
        places = self._places.get(instance.plan.index)
        if places is not None and not places.take(instance):
            return False
        if self._slots.take(instance):
            return True
        if places is not None:
            self.ready.extend(places.give())
        return False

    def leave(self, instance: Instance) -> None:
        """Give back what `admitted` took."""
        self.ready.extend(self._slots.give(instance))
        places = self._places.get(instance.plan.index)
        if places is not None:
            self.ready.extend(places.give())

    def _forgo_place(self, instance: Instance) -> None:
        places = self._places.get(instance.plan.index)
        if places is not None:
            self.ready.extend(places.forgo(instance))

    def _context(self, instance: Instance, inline: bool) -> CallContext:
        run_id, path, where = str(self._run["id"]), instance.path, self._where
        # An inline call ends before anybody could cancel it, and has no effect a key would matter to.
        key = "" if inline else idempotency_key(run_id, path, int(self._run["attempt"]))
        context = CallContext(
            run_id,
            instance.plan.id,
            path,
            instance.attempt,
            key,
            where.project_dir,
            where.run_dir,
            instance.plan.context,
            _LOGGER,
            cancel=_NEVER if inline else threading.Event(),
            principal=self._principal,
        )
        if instance.plan.gives is not None and not inline:
            context.streams = True
            name = shelf_name(path, instance.attempt)
            context.spool = Spooler(where.cellar, name, self._teller.scrub, context)
        if not inline and self._observer:
            observer = self._observer
            context.progress = lambda done, total, unit: observer(Progress(path, done, total, unit))
        return context

    def make_started(self) -> bool:
        """Make the calls whose starts are committed; False when there were none."""
        if not self.started:
            return False
        calls, self.started = self.started, []
        crash.point("CP4")
        for call in calls:
            if call.stopping:
                self._hear(call, None)
            else:
                self.caller.make(call)
        return True

    def _hear(self, call: Call, answer: Any) -> None:
        """The call has an answer (Result, error mapping, or None: it was stopped). On the loop's thread."""
        if call.stage is None:
            self._heard(call, answer)
        elif not call.ended:
            for one, its in call.stage.answers(call, answer):
                one.stopping = one.stopping or (INTERRUPTED if its is None else None)
                self._heard(one, its)

    def _heard(self, call: Call, answer: Any) -> None:
        if not call.ended:
            call.ended = True
            self.ended.append((call, answer))
            self._teller.news.set()

    def _timed_out(self, call: Call) -> None:
        if call.ended or self._teller.interrupted:
            return
        limit = call.binding.timeout_seconds or 0.0
        call.stopping = "timeout"
        self.caller.stop(call)
        self._hear(call, timed_out(limit))

    def cancel(self, instance: Instance) -> None:
        """End the call of an instance because the machine wished so."""
        call = self.under_way.get(instance)
        if call is not None and not call.ended:
            self._stop(call, instance.cut or "cancelled")

    def interrupt_all(self) -> None:
        """End every call under way because of a signal; each runs again on resume."""
        for call in list(self.under_way.values()):
            if not call.ended:
                self._stop(call, INTERRUPTED)

    def _stop(self, call: Call, why: str) -> None:
        """End a call from outside. Its fact is told at once: nobody waits for work that may never answer."""
        call.stopping = why
        if not call.made:
            return  # its start is not committed yet: it ends where it would have been made
        self.caller.stop(call)
        self._hear(call, None)

    def take_ended(self) -> None:
        """Tell the facts of the calls that have ended."""
        while self.ended:
            call, answer = self.ended.popleft()
            self._conclude(call, answer)

    def _conclude(self, call: Call, answer: Any) -> None:
        crash.point("CP6")
        instance = call.instance
        if call.timer:
            call.timer.cancel()
        self.under_way.pop(instance, None)
        if call.binding.operation.lane != "inline" and (call.stage is None or call is call.stage.head):
            self.leave(instance)
        if isinstance(answer, WorkerLost) and call.stopping is None:
            self._lost(instance, answer)
        elif answer is None and call.stopping is None:
            self._teller.failed_attempt(instance, _stopped_itself())
        elif answer is None or isinstance(answer, WorkerLost):
            self._stopped(call)
        elif isinstance(answer, Result) and answer.success:
            self._required(instance, answer)
        elif isinstance(answer, Result):
            self._teller.failed_attempt(instance, _error_of_result(answer))
        else:
            timed_out = call.stopping == "timeout" or answer.get("code") == STEP_TIMEOUT
            self._teller.failed_attempt(instance, answer, timed_out=timed_out)

    def _lost(self, instance: Instance, lost: WorkerLost) -> None:
        """What made the call died: as when the engine itself does, the step starts again with the same key."""
        reason = str(lost) or "what made the call died"
        _LOGGER.warning("attempt %d of %s is lost: %s", instance.attempt, instance.path, reason)
        self._teller.tell(StepLost(instance))
        self._teller.note(
            "StepLost", instance, {"reason": reason, **lost_for_good(instance)}, instance.attempt
        )

    def _stopped(self, call: Call) -> None:
        instance, teller = call.instance, self._teller
        if call.stopping == INTERRUPTED and not instance.cut:
            told = {} if call.stage is None or teller.interrupted else {"reason": call.stage.why}
            teller.note("StepInterrupted", instance, told, instance.attempt)
            teller.tell(StepInterrupted(instance))
        else:
            now = record_of(instance).finished_at = teller.clock.now()
            reason = instance.cut if call.stopping == INTERRUPTED else call.stopping
            teller.note("StepCancelled", instance, {"reason": reason}, instance.attempt, now)
            teller.tell(StepCancelled(instance))

    def _required(self, instance: Instance, result: Result, *, from_cache: bool = False) -> None:
        """Compare a success with what the context requires of it: a miss warns, or fails the attempt."""
        context = instance.plan.context
        if context:
            begun = record_of(instance).attempt_at or 0.0
            missed = misses(context, result, self._teller.clock.now() - begun)
            if missed and context.get("on_miss") == "fail":
                message = "the result misses what is required: " + "; ".join(missed)
                error = {"type": "data", "code": "requirements", "message": message, "hint": None}
                self._teller.failed_attempt(instance, error)
                return
            result.warnings = [*result.warnings, *missed]
        self.succeed(instance, result, from_cache=from_cache)

    def limit(self, instance: Instance) -> float | None:
        """The timeout of a step's attempt, in seconds."""
        binding = self._bindings[instance.plan.index]
        return binding.timeout_seconds if binding is not None else None

    def _keep(self, instance: Instance, result: Result) -> None:
        """Have the gate keep a result for other calls, without secrets."""
        assert self._gate is not None
        payload = self._teller.scrub({name: getattr(result, name) for name in ("data", *KEPT_FIELDS)})
        warning = self._gate.made(instance, payload)
        if warning is not None:
            result.warnings = [*result.warnings, warning]

    def succeed(self, instance: Instance, result: Result, *, from_cache: bool = False) -> None:
        """Tell that an attempt has succeeded, and what it gave."""
        record, teller = record_of(instance), self._teller
        call_id = f"{instance.path}#{instance.attempt}"
        record.data = teller.put_away(instance, "data", result.data)
        record.metadata = {**teller.scrub(result.metadata), "call_id": call_id, "from_cache": from_cache}
        if self._gate is not None and not from_cache:
            self._keep(instance, result)
        record.warnings = teller.scrub(result.warnings) or None
        record.performance_metrics = result.performance_metrics or None
        record.quality_metrics = result.quality_metrics or None
        record.processed_records = result.processed_records
        record.finished_at = teller.clock.now()
        teller.note("StepSucceeded", instance, record.payload(), instance.attempt, record.finished_at)
        teller.tell(StepSucceeded(instance))


def _places(toolbox: Toolbox) -> dict[int, Places]:
    """Plan index -> the places of its step's executor, for blocking steps whose executor counts them."""
    counted: dict[int, Places] = {}
    out: dict[int, Places] = {}
    for index, binding in enumerate(toolbox.bindings):
        executor = binding.executor if binding is not None else None
        if executor is not None and executor.capacity is not None:
            out[index] = counted.setdefault(id(executor), Places(executor.capacity))
    return out


def lost_for_good(instance: Instance) -> dict[str, Any]:
    """For the row of StepLost, once the machine has heard of it: the error of a step that does not run again."""
    error = instance.error if instance.status is not Status.READY else None
    return {"error": error} if error is not None and error["type"] == "lost" else {}


def _stopped_itself() -> dict[str, Any]:
    message = "the tool stopped without being asked to"
    return {"type": "internal", "code": "Cancelled", "message": message, "hint": None}


def _error_of_result(result: Result) -> dict[str, Any]:
    message = "; ".join(map(str, result.errors))
    return {"type": "failed", "code": None, "message": message, "hint": None, "data": result.data}
