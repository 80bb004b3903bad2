"""Whether a tool works: its own `health_check()` asked, bounded in time, and its answer read without trusting it.

Laws. A check never raises and never hangs whoever asks: one that raises or does not answer in time is `unhealthy`, one whose
answer says nothing is `unknown`. An answer is good for as long as its interval; of many who ask meanwhile one asks the tool.
"""

from __future__ import annotations

import asyncio
import inspect
import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.errors import WeftError

HEALTHY, DEGRADED, UNHEALTHY, UNKNOWN = STATUSES = ("healthy", "degraded", "unhealthy", "unknown")
CHECK_SECONDS_MAX = 10.0
INTERVAL_SECONDS = 60.0
_DETAIL_LENGTH_MAX = 500
_ANSWERS = "a status, a mapping with `status`, true or false"


@dataclass(frozen=True, slots=True)
class Health:
    """How a tool is. `at`: when that was found out, seconds since the epoch, None: never. `metrics`: what it measured."""

    status: str = UNKNOWN
    detail: str = ""
    metrics: dict[str, Any] = field(default_factory=dict)
    at: float | None = None


def asked(check: Callable[[], Any], timeout_seconds: float = CHECK_SECONDS_MAX) -> Health:
    """What `check` answers, read as `read` does: in a thread of its own, which is left behind if it does not come back.

    Blocks for at most `timeout_seconds`.
    """
    answers: list[Health] = []
    begun = time.monotonic()

    def work() -> None:
        try:
            answers.append(read(check()))
        except BaseException as error:  # whatever a tool raises, SystemExit too, is its answer
            answers.append(Health(UNHEALTHY, _told(error)))

    thread = threading.Thread(target=work, name="weft-health", daemon=True)
    thread.start()
    thread.join(timeout_seconds)
    at, took = time.time(), round(time.monotonic() - begun, 6)
    if not answers:
        return Health(UNHEALTHY, f"no answer within {timeout_seconds:g} s", at=at)
    found = answers[0]
    return Health(found.status, found.detail, {"check_seconds": took, **found.metrics}, at)


def answer_of(tool: Any, name: str) -> Any:
    """What a living tool says of itself; raises what its check raises."""
    check = getattr(tool, "health_check", None)
    if not callable(check):
        return Health(UNKNOWN, f'"{name}" has no health check')
    answer = check()
    return asyncio.run(_awaited(answer)) if inspect.isawaitable(answer) else answer


async def _awaited(answer: Any) -> Any:
    return await answer


def read(answer: Any) -> Health:
    """The answer of a health check as Health: a Health, a status, true or false, or a mapping `{status, detail, metrics}`."""
    if isinstance(answer, Health):
        answer = {"status": answer.status, "detail": answer.detail, "metrics": answer.metrics}
    if isinstance(answer, bool):
        return Health(HEALTHY if answer else UNHEALTHY)
    if isinstance(answer, str):
        answer = {"status": answer}
    if not isinstance(answer, Mapping):
        return Health(UNKNOWN, f"the health check gave {_shown(answer)}, expected {_ANSWERS}")
    status = answer.get("status", answer.get("health_status"))
    if status not in STATUSES:
        one = ", ".join(STATUSES)
        return Health(UNKNOWN, f"the health check gave the status {_shown(status)}, expected one of {one}")
    detail = answer.get("detail")
    return Health(
        str(status),
        "" if detail is None else str(detail)[:_DETAIL_LENGTH_MAX],
        _figures(answer.get("metrics")),
    )


def _figures(metrics: Any) -> dict[str, Any]:
    """Those of a check's metrics that are figures, texts or truths: anything else is no metric."""
    if not isinstance(metrics, Mapping):
        return {}
    return {
        str(name): value
        for name, value in metrics.items()
        if isinstance(value, (str, bool, int)) or (isinstance(value, float) and math.isfinite(value))
    }


def _shown(value: Any) -> str:
    try:
        return repr(value)[:60]
    except Exception:
        return f"a {type(value).__name__}"


def _told(error: BaseException) -> str:
    try:
        said = error.message if isinstance(error, WeftError) else str(error)
    except Exception:
        said = ""
    named = (
        said
        if isinstance(error, WeftError) and said
        else f"{type(error).__name__}: {said}".removesuffix(": ")
    )
    return named[:_DETAIL_LENGTH_MAX]


class HealthBoard:
    """The latest health of things by name. `check(name)` asks live; `interval(name)`: seconds an answer is good for.

    Safe from several threads.
    """

    def __init__(
        self,
        check: Callable[[str], Health],
        interval: Callable[[str], float] = lambda _name: INTERVAL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._check = check
        self._interval = interval
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, Health]] = {}
        self._asking: dict[str, threading.Lock] = {}

    def known(self, name: str) -> Health | None:
        """The latest answer while it is good, else None. Asks nobody and never waits."""
        with self._lock:
            found = self._known.get(name)
        if found is None or self._clock() - found[0] >= self._interval(name):
            return None
        return found[1]

    def look(self, name: str) -> Health:
        """The latest answer while it is good, else a new one: blocks as long as a check may take."""
        known = self.known(name)
        if known is not None:
            return known
        with self._lock:
            asking = self._asking.setdefault(name, threading.Lock())
        with asking:
            known = self.known(name)
            return known if known is not None else self.ask(name)

    def ask(self, name: str) -> Health:
        """A new answer, whatever is known."""
        found = self._check(name)
        with self._lock:
            self._known[name] = (self._clock(), found)
        return found
