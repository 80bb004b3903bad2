"""Memory of a finished step, and of an item of a loop, while the run is still held, beside the result alone."""

from __future__ import annotations

import gc
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.engine_side import ready, run
from benchmarks.settings import Settings
from benchmarks.shapes import layers
from benchmarks.specs import FOREACH, of_graph
from benchmarks.table import Goal, Row
from engine.app.checking import Checked
from engine.execute.facts import Progress
from engine.execute.facts import Row as JournalRow

BYTES_MAX = 4096
BYTES_OF_AN_ITEM_MAX = 2048


def rows(settings: Settings) -> Iterator[Row]:
    size = 200 if settings.small else 10_000
    graph = layers(size)
    checked = ready(of_graph(graph))
    result = _traced(lambda: [{"n": n, "before": list(needs)} for n, needs in enumerate(graph)]) / size
    with tempfile.TemporaryDirectory(prefix="weft-benchmark-", dir=settings.folder) as name:
        for kind, store in (("in memory", "memory"), ("durable", str(Path(name) / "runs.db"))):
            held = _held_at_end(checked, store) / size
            goal = Goal("difference", "≤", BYTES_MAX)
            yield Row(
                f"memory of a finished step, {kind}",
                held,
                result,
                "bytes",
                "its result",
                [held / result],
                goal,
            )
    yield _item_row(settings)


def _item_row(settings: Settings) -> Row:
    size = 500 if settings.small else 100_000
    items = list(range(size))
    result = _traced(lambda: [{"n": n, "before": n} for n in items]) / size
    held = _held_at_end(ready(FOREACH), "memory", {"items": items}) / size
    goal = Goal("difference", "≤", BYTES_OF_AN_ITEM_MAX)
    name = f"memory of an item of a foreach over {size:,}"
    return Row(name, held, result, "bytes", "its result", [held / result], goal)


def _held_at_end(checked: Checked, store: str, inputs: Mapping[str, Any] | None = None) -> float:
    """Bytes held when the run tells that it has finished; a journal in memory counts, the report does not yet exist."""
    seen: list[int] = []

    def look(row: JournalRow | Progress) -> None:
        if isinstance(row, JournalRow) and row.kind == "RunFinished":
            gc.collect()
            seen.append(tracemalloc.get_traced_memory()[0])

    run(checked, store, inputs)  # what is made once per process is not a step's
    gc.collect()
    tracemalloc.start()
    try:
        run(checked, store, inputs, observer=look)
    finally:
        tracemalloc.stop()
    return float(seen[0])


def _traced(make: Callable[[], Any]) -> float:
    """Bytes that what `make` returns takes."""
    gc.collect()
    tracemalloc.start()
    try:
        kept = make()
        taken = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    del kept
    return float(taken)
