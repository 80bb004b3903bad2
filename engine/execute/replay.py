"""A journal replayed through the machine: the run as it was, with every recorded result in its place.

Nothing is evaluated: answers ride in the events. Consequences (`StepSettled`, skips without an answer) follow by
themselves and are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from engine.errors import DamagedRecord, EngineFault
from engine.execute.kept import Cellar, Kept, KeptItems, of_row
from engine.execute.record import record_of
from engine.execute.waiting import keep_signal, take_signal
from engine.graph.plan import Plan
from engine.journal import Event
from engine.machine import (
    Answered,
    BreakTested,
    CancelRequested,
    Instance,
    LoopExpanded,
    Reopened,
    RunStarted,
    RunState,
    Status,
    StepCancelled,
    StepFailed,
    StepInterrupted,
    StepLost,
    StepStarted,
    StepSucceeded,
    TimedOut,
    Wish,
    advance,
)
from engine.machine.status import SUCCESS


def replay(plan: Plan, events: Iterable[Event], cellar: Cellar | None = None) -> RunState:
    """The state of a run after its events; what is kept beside them is read from the cellar when it is asked for.

    Raises DamagedRecord where an event speaks of an instance that cannot be.
    """
    run = RunState(plan, replaying=True)
    for event in events:
        apply = _KINDS.get(event.kind)
        if apply is not None:
            if "large" in event.payload and cellar is not None:
                event = replace(event, payload=of_row(event.payload, cellar))
            instance = _instance(run, event)
            try:
                apply(run, instance, event)
            except EngineFault as fault:
                message = f"event {event.seq} cannot follow what is recorded before it: {fault.message}"
                raise DamagedRecord(message, hint="see: weft doctor") from fault
    run.by_path = None
    return run


def reopened(run: RunState, again: frozenset[int], at: float) -> list[Wish]:
    """Begin the next attempt of an ended run; what it wishes for first. The run's own times begin anew."""
    if run.root.status is Status.CONCLUDING:
        advance(
            run, StepSucceeded(run.root)
        )  # that the outputs were there is told by the end of the run alone
    wishes = advance(run, Reopened(run.root, again))
    stack = [run.root]
    while stack:
        instance = stack.pop()
        stack.extend(instance.parts)
        if instance.outcome != SUCCESS and instance.result is not None:
            record = record_of(instance)
            record.started_at, record.attempt_at, record.finished_at, record.told = None, None, None, False
    record_of(run.root).started_at = record_of(run.root).attempt_at = at
    return wishes


def _instance(run: RunState, event: Event) -> Instance:
    assert run.by_path is not None
    found = run.by_path.get(event.instance or "")
    if found is None:
        hint = "the journal and the stored spec do not belong together"
        raise DamagedRecord(
            f'event {event.seq} speaks of "{event.instance}", which cannot be at that point', hint=hint
        )
    return found


def _created(run: RunState, root: Instance, event: Event) -> None:
    advance(run, RunStarted(root))
    record_of(root).started_at = record_of(root).attempt_at = event.at
    advance(run, StepStarted(root))


def _reopened(run: RunState, root: Instance, event: Event) -> None:
    steps = event.payload.get("from", ())
    if unknown := [step for step in steps if step not in run.plan.by_id]:
        raise DamagedRecord(
            f'event {event.seq} begins again with "{unknown[0]}", which is no step of the run'
        )
    reopened(run, run.plan.downstream_of(steps), event.at)
    advance(run, StepStarted(root))


def _answer(run: RunState, instance: Instance, event: Event) -> None:
    """The condition's answer, where this event carries one that the machine is still waiting for."""
    answer = event.payload.get("answer")
    if answer is not None and instance.status is Status.ASKED:
        record_of(instance).answer = answer
        advance(run, Answered(instance, answer))


def _started(run: RunState, instance: Instance, event: Event) -> None:
    _answer(run, instance, event)
    record = record_of(instance)
    record.started_at = record.started_at or event.at
    record.attempt_at = event.at
    record.parameters = event.payload.get("with", record.parameters)
    _named(instance, event)
    advance(run, StepStarted(instance))


def _named(instance: Instance, event: Event) -> None:
    record = record_of(instance)
    record.let = event.payload.get("let", record.let)
    record.calls = event.payload.get("calls", record.calls)


def _run_started(run: RunState, root: Instance, event: Event) -> None:
    _named(root, event)


def _succeeded(run: RunState, instance: Instance, event: Event) -> None:
    record = record_of(instance)
    record.take(event.payload)
    record.finished_at = event.at
    if instance.plan.waits and (name := (record.metadata or {}).get("signal")) is not None:
        take_signal(run.root, name)
    advance(run, StepSucceeded(instance))


def _signalled(run: RunState, root: Instance, event: Event) -> None:
    keep_signal(run.root, event.payload["name"], event.payload["data"])


def _refused(run: RunState, instance: Instance, event: Event) -> None:
    take_signal(run.root, event.payload["name"])


def _concluded(run: RunState, root: Instance, event: Event) -> None:
    record_of(root).data = event.payload.get("data")
    advance(run, StepSucceeded(root))


def _failed(run: RunState, instance: Instance, event: Event) -> None:
    _answer(run, instance, event)
    record = record_of(instance)
    record.finished_at = event.at
    record.retry_at = event.payload.get("retry_at")
    payload = event.payload
    fact = StepFailed(instance, payload["error"], payload.get("retry_in"), payload.get("timed_out", False))
    advance(run, fact)


def _skipped(run: RunState, instance: Instance, event: Event) -> None:
    _answer(run, instance, event)


def _expanded(run: RunState, instance: Instance, event: Event) -> None:
    _answer(run, instance, event)
    record = record_of(instance)
    _named(instance, event)
    items = event.payload.get("items")
    if (
        items is not None or instance.status is not Status.RUNNING
    ):  # of a stream the first row alone says where they are
        items = record.items = KeptItems(items) if type(items) is Kept else items
    record.started_at = record.started_at or event.at
    payload = event.payload
    size = payload.get("size", len(items or ()))
    told = LoopExpanded(instance, size, payload.get("keys"), payload.get("more"), payload.get("error"))
    advance(run, told)


def _tested(run: RunState, instance: Instance, event: Event) -> None:
    payload = event.payload
    if instance.number >= 0:
        advance(run, BreakTested(instance, payload["answer"], payload.get("error")))
    else:
        advance(run, Answered(instance, payload["answer"]))


def _cancelled(run: RunState, instance: Instance, event: Event) -> None:
    record_of(instance).finished_at = event.at
    advance(run, StepCancelled(instance))


def _plain(make: Callable[[Instance], Any]) -> Callable[[RunState, Instance, Event], None]:
    def apply(run: RunState, instance: Instance, event: Event) -> None:
        advance(run, make(instance))

    return apply


def _settled(run: RunState, instance: Instance, event: Event) -> None:
    record_of(instance).finished_at = event.at


_KINDS: dict[str, Callable[[RunState, Instance, Event], None]] = {
    "RunCreated": _created,
    "RunStarted": _run_started,
    "RunReopened": _reopened,
    "StepStarted": _started,
    "StepSucceeded": _succeeded,
    "RunConcluded": _concluded,
    "SignalReceived": _signalled,
    "SignalRefused": _refused,
    "StepFailed": _failed,
    "StepSkipped": _skipped,
    "StepSettled": _settled,
    "LoopExpanded": _expanded,
    "LoopTested": _tested,
    "StepCancelled": _cancelled,
    "StepInterrupted": _plain(StepInterrupted),
    "StepLost": _plain(StepLost),
    "StepTimedOut": _plain(TimedOut),
    "CancelRequested": _plain(CancelRequested),
}
KINDS = frozenset(_KINDS)
"""The kinds that are facts to a replay; it passes over all others."""


def running_calls(run: RunState) -> list[Instance]:
    """Calls the journal shows as begun and not ended: their process is gone."""
    out = []
    stack = [run.root]
    while stack:
        instance = stack.pop()
        if instance.status is Status.RUNNING and not instance.is_loop and not instance.plan.is_group:
            out.append(instance)
        stack.extend(reversed(instance.parts))
    return out


__all__ = ["replay", "running_calls"]
