"""Load, schema, parse, compile, check of a generated spec, beside libyaml's events of the same text."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from benchmarks.engine_side import ready
from benchmarks.measure import Pair, in_turns
from benchmarks.settings import Settings
from benchmarks.specs import realistic
from benchmarks.table import Goal, Row

GOALS_SECONDS = {1_000: 0.3, 10_000: 1.5}
LINEAR_MAX = 1.25  # times the tenth of the steps took, per step


def rows(settings: Settings) -> Iterator[Row]:
    few, many = (100, 500) if settings.small else (1_000, 10_000)
    pairs: dict[int, Pair] = {}
    for size in (few, many):
        pair = pairs[size] = _pair(realistic(size), settings.repeats)
        limit = GOALS_SECONDS.get(size)
        goal = Goal("measured", "≤", limit) if limit else None
        name = f"load, validate, plan: {size:,} steps"
        yield Row(
            name, pair.measured_seconds, pair.baseline_seconds, "s", "libyaml events", pair.times_longer, goal
        )
    linear = many / few
    measured, expected = pairs[many].measured_seconds, pairs[few].measured_seconds * linear
    ratios = [
        one / (other * linear) for one, other in zip(pairs[many].measured, pairs[few].measured, strict=True)
    ]
    name = f"… growth to {many:,} steps"
    yield Row(
        name, measured, expected, "s", f"{linear:.0f} × {few:,} steps", ratios, Goal("ratio", "≤", LINEAR_MAX)
    )


def _pair(text: str, repeats: int) -> Pair:
    return in_turns(lambda: ready(text), lambda: libyaml_events(text), repeats)


def libyaml_events(text: str) -> int:
    """Read every event of the text and make nothing of it: what no loader of YAML in Python can do without."""
    return sum(1 for _ in yaml.parse(text, Loader=yaml.CSafeLoader))
