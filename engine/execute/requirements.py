"""What a workflow's `context` requires of results, compared with what they measured.

`quality_requirements` and `performance_targets` hold `min_NAME` and `max_NAME`; NAME is a metric of the result, `records`
is `processed_records`, `execution_time` the seconds the attempt took. A bound may be a number or a duration. `on_miss: fail`
fails the step with type `data`, else a miss is a warning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.spec.durations import duration_seconds
from engine.tools.port import Result

WORDS = ("quality_requirements", "performance_targets")


def misses(context: Mapping[str, Any], result: Result, seconds: float) -> list[str]:
    """Every requirement the result does not meet, in words; a metric that is not there is a miss of its own."""
    measured: dict[str, float] = {
        "execution_time": seconds,
        **result.performance_metrics,
        **result.quality_metrics,
    }
    if result.processed_records is not None:
        measured["records"] = result.processed_records
    out: list[str] = []
    for word in WORDS:
        for name, bound in _bounds(context.get(word)):
            out += _miss(name, bound, measured)
    return out


def _bounds(value: Any) -> Iterator[tuple[str, float]]:
    for name, bound in value.items() if isinstance(value, Mapping) else ():
        number = duration_seconds(bound) if isinstance(bound, str) else bound
        if name[:4] in ("min_", "max_") and isinstance(number, (int, float)) and not isinstance(number, bool):
            yield name, float(number)


def _miss(name: str, bound: float, measured: Mapping[str, float]) -> Iterator[str]:
    metric = name[4:]
    value = measured.get(metric)
    if value is None:
        yield f"{name}: the result has no metric {metric}"
    elif name.startswith("min_") and value < bound:
        yield f"{name}: {metric} is {value:g}, wanted at least {bound:g}"
    elif name.startswith("max_") and value > bound:
        yield f"{name}: {metric} is {value:g}, wanted at most {bound:g}"
