"""Whether and when a failed attempt is tried again. tenacity decides; the waiting is a timer of the loop."""

from __future__ import annotations

import random
from typing import Any

from engine.errors import RETRIED_BY_DEFAULT
from engine.spec.workflow import RetrySpec


def retry_delay(retry: RetrySpec, error: dict[str, Any], tries: int, elapsed_seconds: float) -> float | None:
    """Seconds to wait before the next attempt, or None when there is none.

    `tries` are the attempts spent, `elapsed_seconds` the time since the first began. What the other side asked for
    (`error["retry_after"]`) wins over `max_delay` and loses to `within`.
    """
    if not matches(error, retry.errors) or _is_refused(error):
        return None
    import tenacity

    state = tenacity.RetryCallState(retry_object=None, fn=None, args=(), kwargs={})  # type: ignore[arg-type]
    state.attempt_number = tries
    if tenacity.stop_after_attempt(retry.attempts)(state):
        return None
    delay = float(_wait(retry)(state))
    asked = error.get("retry_after")
    if isinstance(asked, (int, float)):
        delay = max(delay, float(asked))
    if retry.within_seconds is not None and elapsed_seconds + delay > retry.within_seconds:
        return None
    return delay


def _is_refused(error: dict[str, Any]) -> bool:
    """Whether the call was refused for want of a permission: asking again would be refused again."""
    return (error.get("type"), error.get("code")) == ("permission", "permission")


def _wait(retry: RetrySpec) -> Any:
    import tenacity

    limit = retry.delay_seconds_max
    if retry.backoff == "constant":
        wait: Any = tenacity.wait_fixed(min(retry.delay_seconds, limit))
    elif retry.backoff == "linear":
        wait = tenacity.wait_incrementing(start=retry.delay_seconds, increment=retry.delay_seconds, max=limit)
    else:
        wait = tenacity.wait_exponential(multiplier=retry.delay_seconds, exp_base=retry.factor, max=limit)
    # Full jitter: a uniform share of the delay (Brooker, "Exponential Backoff and Jitter", 2015).
    return (lambda state: random.uniform(0, wait(state))) if retry.jitter else wait  # noqa: S311 - no secret hangs on it


def matches(error: dict[str, Any], wanted: tuple[str, ...] | None) -> bool:
    """Whether an error is one of those to retry: by type or code, `x` standing for a digit, `any` for all."""
    kind, code = str(error.get("type")), error.get("code")
    if wanted is None or not wanted:
        return kind in RETRIED_BY_DEFAULT
    return any(
        pattern == "any" or pattern.lower() == kind or (code is not None and _like(pattern, str(code)))
        for pattern in wanted
    )


def _like(pattern: str, code: str) -> bool:
    """`HTTP 5xx` is like `HTTP 503`: an `x` in the pattern stands for one digit, everything else for itself."""
    if len(pattern) != len(code):
        return False
    pairs = zip(pattern.lower(), code.lower(), strict=True)
    return all(p == c or (p == "x" and c.isdigit()) for p, c in pairs)
