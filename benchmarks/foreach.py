"""One step over many items, in memory, beside as many nodes of bare asyncio."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.engine_side import ready, run
from benchmarks.in_memory import growth, speed
from benchmarks.limit import run_bare
from benchmarks.measure import Pair, in_turns
from benchmarks.settings import Settings
from benchmarks.shapes import Graph
from benchmarks.specs import FOREACH
from benchmarks.table import Row

SHARE_MIN = 1 / 3  # of the limit, as for any wide graph
SHARE_OF_MANY_MIN = 1 / 6  # by then the limit itself has slowed down: memory is what both pay for


def rows(settings: Settings) -> Iterator[Row]:
    few, some, many = (100, 500, 1_000) if settings.small else (2_000, 20_000, 100_000)
    checked = ready(FOREACH)
    pairs: list[Pair] = []
    for size in (few, some, many):
        inputs = {"items": list(range(size))}
        graph: Graph = [[] for _ in range(size)]
        pair = in_turns(lambda: run(checked, inputs=inputs), lambda: run_bare(graph), settings.repeats)  # noqa: B023
        pairs.append(pair)
        yield speed(
            f"foreach over {size:,} items", size, pair, SHARE_OF_MANY_MIN if size == many else SHARE_MIN
        )
    for size, pair in zip((some, many), pairs[1:], strict=True):
        yield growth(f"… foreach, growth to {size:,} items", pairs[0], pair, few)
