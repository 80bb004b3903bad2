"""Steps that wait for a time or a signal: they hold no slot, and the run may be left and resumed meanwhile.

A signal is a row of the run before it is anything else. It wakes the step that has waited for its name the longest; one that
nobody waits for yet is kept for the first step that will.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice
from math import inf
from typing import Any

from engine import crash
from engine.execute.evaluate import Evaluator
from engine.execute.record import record_of
from engine.execute.telling import Teller
from engine.execute.timers import Timers
from engine.execute.times import rfc3339
from engine.machine import Instance, Status
from engine.spec.durations import duration_seconds
from engine.spec.inputs import input_schema_problems, value_problems
from engine.spec.moments import moment_seconds
from engine.tools.port import Result

_Left = Callable[[], float]  # seconds; 0 or less: it is over
LOOK_SECONDS = 30.0  # between two looks at the machine's clock
WAITS_TOLD = 100
"""A row says what this many steps wait for; the others are counted."""


class Waiting:
    """`succeed` tells that a step has succeeded with a result; `limits` are the timeouts of steps by plan index."""

    def __init__(
        self,
        teller: Teller,
        evaluator: Evaluator,
        timers: Timers,
        succeed: Callable[[Instance, Result], None],
        limit: Callable[[Instance], float | None],
    ) -> None:
        self._teller = teller
        self._evaluator = evaluator
        self._timers = timers
        self._succeed = succeed
        self._limit = limit
        self._sleepers: dict[str, deque[Instance]] = {}
        self.asleep: dict[Instance, str | float] = {}
        """Every waiting step: the name of its signal, or the moment it waits for. The loop asks at each turn: it is kept."""

    def begin(self, instance: Instance) -> None:
        """A step begins to wait, or goes on waiting after a resume."""
        parameters, _ = self._evaluator.parameters(instance)
        begun = record_of(instance).attempt_at or self._teller.clock.now()
        limit = self._limit(instance)
        self._timers.disarm(instance)
        if any(input_schema_problems(parameters.get("schema", {}))):
            message = "the schema of the signal is no JSON Schema"
            error = {"type": "invalid", "code": "parameters", "message": message, "hint": None}
            self._teller.failed_attempt(instance, error)
            return
        if "signal" in parameters:
            self._sleepers.setdefault(parameters["signal"], deque()).append(instance)
            self.asleep[instance] = parameters["signal"]
            if limit is not None:
                self._arm(instance, self._until(begun + limit), self._too_long)
            self._deliver(parameters["signal"])
            return
        due = _due(parameters, begun)
        if due is None:
            self._invalid(instance, parameters)
            return
        left = self._until(due) if "for" in parameters else self._until_moment(due)
        if limit is not None and begun + limit - self._teller.clock.now() < left():
            self.asleep[instance] = begun + limit
            self._arm(instance, self._until(begun + limit), self._too_long)
        else:
            self.asleep[instance] = due
            self._arm(instance, left, self._over, inf if "for" in parameters else LOOK_SECONDS)

    def signal(self, name: str, data: Any, posted: int | None = None) -> None:
        """A signal has come: record it, and wake who waits for it."""
        taken = {"posted": posted} if posted is not None else {}
        self._teller.note("SignalReceived", None, {"name": name, "data": data, **taken})
        _kept(self._teller.run.root).setdefault(name, []).append(data)
        self._deliver(name)

    def woken(self, instance: Instance) -> None:
        """A step waits no longer, whatever ended it."""
        self.asleep.pop(instance, None)

    def waited_for(self) -> list[dict[str, Any]]:
        """What the first steps wait for: `{instance, signal}` or `{instance, until}`, the moment as RFC 3339."""
        first = islice(self.asleep.items(), WAITS_TOLD)
        return [
            {"instance": at.path, "signal": what}
            if isinstance(what, str)
            else {"instance": at.path, "until": rfc3339(what)}
            for at, what in first
        ]

    def _deliver(self, name: str) -> None:
        kept, line = _kept(self._teller.run.root).get(name), self._sleepers.get(name)
        while kept and line:
            sleeper = line[0]
            if sleeper.status is not Status.SLEEPING:
                line.popleft()
                continue
            problems = value_problems(self._schema(sleeper), kept[0])
            if problems:
                refused = {"name": name, "reason": "; ".join(problems)}
                self._teller.note("SignalRefused", sleeper, refused)
                kept.pop(0)
                continue
            line.popleft()
            self._timers.disarm(sleeper)
            self._succeed(sleeper, Result(data=kept.pop(0), metadata={"signal": name}))

    def _schema(self, sleeper: Instance) -> dict[str, Any]:
        schema: dict[str, Any] = self._evaluator.parameters(sleeper)[0].get("schema", {})
        return schema

    def _until(self, due: float) -> _Left:
        """A time of the run's own: a clock that is set changes nothing about how long that is."""
        return lambda: due - self._teller.clock.now()

    def _until_moment(self, due: float) -> _Left:
        """A moment that somebody has named: it comes when the machine's clock says so, however that was set meanwhile."""
        return lambda: due - self._teller.clock.wall()

    def _arm(
        self, instance: Instance, left: _Left, act: Callable[[Instance], None], look_seconds: float = inf
    ) -> None:
        """Do `act` when nothing is `left`; that is looked at again every so many seconds."""

        def fired(at: Instance) -> None:
            if at.status is Status.SLEEPING and not self._teller.interrupted:
                seconds = left()
                if seconds > 0:
                    self._timers.arm(at, min(seconds, look_seconds), fired)
                else:
                    act(at)

        self._timers.arm(instance, min(max(0.0, left()), look_seconds), fired)

    def _over(self, instance: Instance) -> None:
        crash.point("CP11")
        begun, now = record_of(instance).attempt_at or 0.0, self._teller.clock.now()
        data = {"waited": round(now - begun, 6), "until": rfc3339(now)}
        self._succeed(instance, Result(data=data))

    def _too_long(self, instance: Instance) -> None:
        self.woken(instance)
        limit = self._limit(instance) or 0.0
        message = f"waited longer than its timeout of {limit:g}s"
        error = {"type": "timeout", "code": "step timeout", "message": message, "hint": None}
        self._teller.failed_attempt(instance, error, timed_out=True)

    def _invalid(self, instance: Instance, parameters: dict[str, Any]) -> None:
        word = "for" if "for" in parameters else "until"
        wanted = "a duration such as 2h" if word == "for" else "a moment such as 2026-02-01T06:00:00Z"
        message = f'"{word}" cannot be {str(parameters.get(word))[:60]!r}: it must be {wanted}'
        error = {"type": "invalid", "code": "parameters", "message": message, "hint": None}
        self._teller.failed_attempt(instance, error)


def _kept(root: Instance) -> dict[str, list[Any]]:
    """Signals that nobody has taken yet, by name."""
    record = record_of(root)
    if record.signals is None:
        record.signals = {}
    return record.signals


def keep_signal(root: Instance, name: str, data: Any) -> None:
    """A replayed signal that has come."""
    _kept(root).setdefault(name, []).append(data)


def take_signal(root: Instance, name: str) -> None:
    """A replayed signal that was taken, or refused: the one that came first."""
    if kept := _kept(root).get(name):
        kept.pop(0)


def _due(parameters: dict[str, Any], begun: float) -> float | None:
    """When the wait is over, in seconds since the epoch; None for what is no time."""
    if "for" in parameters:
        seconds = duration_seconds(parameters["for"])
        return None if seconds is None else begun + seconds
    return moment_seconds(str(parameters.get("until")))
