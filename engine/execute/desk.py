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
from engine.execute.admission import Admission
from engine.execute.binding import Surroundings, Toolbox
from engine.execute.calls import Call, Caller
from engine.execute.cellar import shelf_name
from engine.execute.endings import INTERRUPTED, Endings
from engine.execute.evaluate import Evaluator, evaluation_error
from engine.execute.facts import Observer, Progress
from engine.execute.gating import Ready, Ticket, gate_of
from engine.execute.keys import idempotency_key
from engine.execute.line import Line
from engine.execute.record import record_of
from engine.execute.spooling import Spooler
from engine.execute.stages import Stage, ready_part
from engine.execute.telling import Teller, with_answer
from engine.executors.answers import timed_out
from engine.machine import (
    Instance,
    Status,
    StepStarted,
)
from engine.tools.port import CallContext, Result

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
        self._teller = teller
        self._evaluator = evaluator
        self._bindings = toolbox.bindings
        self._toolbox = toolbox
        self._principal = toolbox.principal
        self._policy = None if toolbox.policy.open else toolbox.policy
        self._where = where
        self.admission = Admission(toolbox, limit, self.ready)
        self._observer = observer
        self._run = evaluator.values.run
        self.endings = Endings(teller)
        self._gate = self.endings.gate = gate_of(self, toolbox, evaluator, teller)

    def start(self, instance: Instance) -> None:
        """Start a ready instance, if it still is and there is a slot; otherwise it waits in line."""
        if instance.status is not Status.READY:
            self.admission.forgo(instance)
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
        elif not inline and not self.admission.take(instance):
            return
        ticket = self._gate.taken(instance) if gated and self._gate is not None else None
        ready = ticket.ready if ticket is not None else self.evaluated(instance)
        if ready is None:
            if not inline:
                self.admission.give(instance)
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
        payload = self._teller.as_parameters(instance, payload)
        if bound:
            payload = {**payload, **bound}
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
        if not all([self._let_in(member) for member in members]) or not self.admission.take(head):
            return  # whoever waits for something comes again by itself
        ready: list[Ready] = []
        for member in members:
            one = self._ready_to_flow(member)
            if one is None:
                self.admission.give(head)
                return  # it has failed, and the machine ends the others
            ready.append(one)
        stage = Stage(self._toolbox, self._teller.scrub)
        for member, one in zip(members, ready, strict=True):
            self._tell_started(member, one)
            stage.add(self._call(member, one, inline=False))
        self.started.append(stage.head)

    def _let_in(self, instance: Instance) -> bool:
        """Whether nothing but a slot is missing for a step of a stage, whose first step alone takes one."""
        return (
            self._gate is None
            or not self._gate.minds(instance.plan.index)
            or self._gate.let_in(instance, True)
        )

    def _ready_to_flow(self, instance: Instance) -> Ready | None:
        ticket = self._gate.taken(instance) if self._gate is not None else None
        if ticket is None:
            return self.evaluated(instance)
        if isinstance(ticket.answer, dict):
            self._teller.failed_unstarted(instance, ticket.answer)
            return None
        return ticket.ready

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
            self.endings.succeed_if_required(ticket.instance, ticket.answer, from_cache=True)
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
            policy=self._policy,
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
            self.admission.give(instance)
        self.endings.tell(call, answer)

    def limit(self, instance: Instance) -> float | None:
        """The timeout of a step's attempt, in seconds."""
        binding = self._bindings[instance.plan.index]
        return binding.timeout_seconds if binding is not None else None
