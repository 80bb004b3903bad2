"""Sub-workflow calls beside the same steps written where the call stands: what a call costs.

In a loop (one call for each item, beside a group for each item) and written out (a calling step each, beside the steps
themselves in the file). Both sides are the engine's: the ratio is the price of the call, its inputs and its outputs.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.engine_side import ready, run
from benchmarks.in_memory import duration
from benchmarks.measure import in_turns
from benchmarks.settings import Settings
from benchmarks.specs import LOOP_OF_CALLS, LOOP_OF_GROUPS, calls_written_out, steps_written_out
from benchmarks.table import Goal, Row

TIMES_MAX = 3.0
GOAL = Goal("ratio", "≤", TIMES_MAX)


def rows(settings: Settings) -> Iterator[Row]:
    size = 20 if settings.small else 1_000
    inputs = {"items": list(range(size))}
    calling, inline = ready(LOOP_OF_CALLS), ready(LOOP_OF_GROUPS)
    pair = in_turns(lambda: run(calling, inputs=inputs), lambda: run(inline, inputs=inputs), settings.repeats)
    yield duration(f"{size:,} sub-workflow calls in a loop", pair, "the same steps inline", GOAL)
    texts = calls_written_out(size), steps_written_out(size)
    calling, inline = ready(texts[0]), ready(texts[1])
    pair = in_turns(lambda: run(calling), lambda: run(inline), settings.repeats)
    yield duration(f"{size:,} calling steps", pair, "the same steps inline", GOAL)
    pair = in_turns(lambda: ready(texts[0]), lambda: ready(texts[1]), settings.repeats)
    yield duration(f"… load, validate, plan {size:,} calling steps", pair, "the same steps inline", GOAL)
