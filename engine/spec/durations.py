"""Durations: `250ms 30s 5m 1h30m 2d`, or seconds as a number."""

from __future__ import annotations

import math
import re
from typing import Any

_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)(d|h|ms|m|s)")
_UNIT_SECONDS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def duration_seconds(value: Any) -> float | None:
    """Seconds of a duration, or None when `value` is not one (units must fall, the sum must be more than 0)."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    seconds = _sum_of_parts(value) if isinstance(value, str) else float(value)
    return seconds if seconds is not None and seconds > 0 and math.isfinite(seconds) else None


def _sum_of_parts(text: str) -> float | None:
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    sizes = [_UNIT_SECONDS[unit] for _, unit in parts]
    if sizes != sorted(set(sizes), reverse=True):
        return None
    return sum(float(number) * size for (number, _), size in zip(parts, sizes, strict=True))


def duration_text(seconds: float) -> str:
    """Seconds as people write them: `0.3s`, `45s`, `5m`, `1h30m`."""
    if seconds < 60:
        return f"{seconds:.3g}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "m"), (rest, "s")]
    return "".join(f"{number}{unit}" for number, unit in parts if number)
