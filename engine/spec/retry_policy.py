"""A retry policy as it is written, as values: for a step, a connection, a project. Shapes are the schema's to judge."""

from __future__ import annotations

from typing import Any

from engine.spec.durations import duration_seconds
from engine.spec.workflow import RetrySpec


def retry_of(value: dict[str, Any]) -> RetrySpec:
    """A retry policy as it is written; what is wrong in it keeps its default."""
    retry = RetrySpec()
    if isinstance(attempts := value.get("attempts"), int):
        retry.attempts = attempts
    if value.get("backoff") in ("linear", "constant"):
        retry.backoff = value["backoff"]
    if isinstance(factor := value.get("factor"), (int, float)):
        retry.factor = float(factor)
    retry.delay_seconds = duration_seconds(value.get("delay")) or retry.delay_seconds
    retry.delay_seconds_max = duration_seconds(value.get("max_delay")) or retry.delay_seconds_max
    retry.within_seconds = duration_seconds(value.get("within"))
    retry.jitter = value.get("jitter") is not False
    if isinstance(errors := value.get("errors"), list):
        retry.errors = tuple(one for one in errors if isinstance(one, str))
    return retry
