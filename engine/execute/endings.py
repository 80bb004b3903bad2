"""How a call ended, told: its success with what it gave, its failure, its being stopped or lost."""

from __future__ import annotations

import logging
from typing import Any

from engine.execute.calls import Call
from engine.execute.gating import Gate
from engine.execute.record import record_of
from engine.execute.requirements import misses
from engine.execute.telling import Teller
from engine.executors.answers import STEP_TIMEOUT
from engine.executors.port import WorkerLost
from engine.machine import Instance, Status, StepCancelled, StepInterrupted, StepLost, StepSucceeded
from engine.tools.port import Result

INTERRUPTED = "interrupted"
KEPT_FIELDS = ("metadata", "warnings", "performance_metrics", "quality_metrics", "processed_records")
_LOGGER = logging.getLogger("weft.run")


class Endings:
    """Tells the facts of the calls of one run that have ended. `gate` keeps results for other calls, where there is one."""

    def __init__(self, teller: Teller) -> None:
        self.gate: Gate | None = None
        self._teller = teller

    def tell(self, call: Call, answer: Any) -> None:
        """The fact of a call: `answer` is a Result, an error, WorkerLost, or None: it was stopped."""
        instance = call.instance
        if isinstance(answer, WorkerLost) and call.stopping is None:
            self._lost(instance, answer)
        elif answer is None and call.stopping is None:
            self._teller.failed_attempt(instance, _stopped_itself())
        elif answer is None or isinstance(answer, WorkerLost):
            self._stopped(call)
        elif isinstance(answer, Result) and answer.success:
            self.succeed_if_required(instance, answer)
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

    def succeed_if_required(self, instance: Instance, result: Result, *, from_cache: bool = False) -> None:
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

    def _keep(self, instance: Instance, result: Result) -> None:
        """Have the gate keep a result for other calls, without secrets."""
        assert self.gate is not None
        payload = self._teller.scrub({name: getattr(result, name) for name in ("data", *KEPT_FIELDS)})
        warning = self.gate.made(instance, payload)
        if warning is not None:
            result.warnings = [*result.warnings, warning]

    def succeed(self, instance: Instance, result: Result, *, from_cache: bool = False) -> None:
        """Tell that an attempt has succeeded, and what it gave."""
        record, teller = record_of(instance), self._teller
        call_id = f"{instance.path}#{instance.attempt}"
        record.data = teller.put_away(instance, "data", result.data)
        record.metadata = {**teller.scrub(result.metadata), "call_id": call_id, "from_cache": from_cache}
        if self.gate is not None and not from_cache:
            self._keep(instance, result)
        record.warnings = teller.scrub(result.warnings) or None
        record.performance_metrics = result.performance_metrics or None
        record.quality_metrics = result.quality_metrics or None
        record.processed_records = result.processed_records
        record.finished_at = teller.clock.now()
        teller.note("StepSucceeded", instance, record.payload(), instance.attempt, record.finished_at)
        teller.tell(StepSucceeded(instance))


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
