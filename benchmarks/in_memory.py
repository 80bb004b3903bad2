"""No-op steps that pass values, in memory, beside bare asyncio: shapes, sizes, lanes, and what growth does to them.

The graph is built before the clock starts, on both sides. A run counts from the compiled spec to its JSON report.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.engine_side import ready, run
from benchmarks.limit import run_bare
from benchmarks.loading import libyaml_events
from benchmarks.measure import Pair, in_turns
from benchmarks.settings import Settings
from benchmarks.shapes import SHAPES, Graph, chain, layers
from benchmarks.specs import of_graph
from benchmarks.table import Goal, Row

SHARE_GOALS = {"W1 chain": 1 / 2, "W2 fan": 1 / 3, "W3 layers": 1 / 3}
SECONDS_GOAL = {10_000: 0.5}
GROWTH_SHARE_MIN = 0.75
LANES = (  # name, words of the spec, the share of the limit it should reach
    ("general expression in every step", {"expression": " + 0"}, 1 / 8),
    ("asynchronous tool", {"tool": "async_noop"}, 1 / 3),
    ("asynchronous tool, timeout on every step", {"tool": "async_noop", "timeout": "1h"}, 1 / 4),
    ("blocking tool, 32 threads", {"tool": "blocking_noop", "concurrency": "32"}, None),
)


def rows(settings: Settings) -> Iterator[Row]:
    sizes = (200, 500) if settings.small else (1_000, 10_000, 50_000)
    for shape, make in SHAPES.items():
        pairs = {size: _pair(make(size), settings.repeats if size <= 10_000 else 3) for size in sizes}
        for size, pair in pairs.items():
            yield speed(f"{shape}, {size:,} steps", size, pair, SHARE_GOALS[shape])
            if size in SECONDS_GOAL:
                goal = Goal("measured", "≤", SECONDS_GOAL[size])
                yield duration(f"… {shape}, time of {size:,} steps", pair, "bare asyncio", goal)
        yield from _growth(shape, pairs)


def lane_rows(settings: Settings) -> Iterator[Row]:
    size = 200 if settings.small else 10_000
    for name, words, share in LANES:
        pair = _pair(layers(size), min(settings.repeats, 3), **words)
        yield speed(f"W3 layers, {size:,} steps, {name}", size, pair, share)


def long_chain_rows(settings: Settings) -> Iterator[Row]:
    size = 1_000 if settings.small else 50_000
    graph = chain(size)
    text = of_graph(graph)

    def bare() -> None:
        libyaml_events(text)
        run_bare(graph)

    pair = in_turns(lambda: run(ready(text)), bare, min(settings.repeats, 3), warm=False)
    yield duration(f"chain of {size:,}: load, validate, plan, run", pair, "events + bare asyncio")


def speed(name: str, size: int, pair: Pair, share: float | None, beside: str = "bare asyncio") -> Row:
    """A row in steps a second."""
    goal = Goal("ratio", "≥", share) if share else None
    measured, baseline = size / pair.measured_seconds, size / pair.baseline_seconds
    return Row(name, measured, baseline, "steps/s", beside, pair.shares, goal)


def duration(name: str, pair: Pair, beside: str, goal: Goal | None = None) -> Row:
    """A row in seconds."""
    return Row(name, pair.measured_seconds, pair.baseline_seconds, "s", beside, pair.times_longer, goal)


def growth(name: str, first: Pair, pair: Pair, few: int) -> Row:
    """A row that says how much of the share at `few` steps is left at more of them."""
    ratios = [share / first.share for share in pair.shares]
    return Row(
        name, pair.share, first.share, "share", f"at {few:,}", ratios, Goal("ratio", "≥", GROWTH_SHARE_MIN)
    )


def _pair(graph: Graph, repeats: int, **words: str) -> Pair:
    checked = ready(of_graph(graph, **words))
    return in_turns(lambda: run(checked), lambda: run_bare(graph), repeats)


def _growth(shape: str, pairs: dict[int, Pair]) -> Iterator[Row]:
    (few, first), *others = pairs.items()
    for size, pair in others:
        yield growth(f"… {shape}, growth to {size:,} steps", first, pair, few)
