"""Steps over a stream: a batch goes through as many of them as can work batch by batch; the rest gets all that is left.

Laws. The answer is that of the steps over the whole list, but for columns: those of a stream are the ones its first batch with
any record has. `sort aggregate distinct` need everything before them, which is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.errors import ToolError
from engine.tools.core.transform.steps import Bounds, Records, apply
from engine.tools.records import require_records

BY_BATCH = frozenset({"select", "rename", "derive", "filter", "join", "limit"})
Step = Mapping[str, Any]


def flow(
    batches: Iterable[list[Any]], steps: Sequence[Step], records_max: int, look: Callable[[], None]
) -> Iterator[Records]:
    """The records after all steps, batch by batch. Raises ToolError where they are taken."""
    here = next((n for n, step in enumerate(steps) if next(iter(step)) not in BY_BATCH), len(steps))
    flowing = _through(_checked(batches), steps[:here], records_max, look)
    if here == len(steps):
        yield from flowing
        return
    records = _gathered(flowing, next(iter(steps[here])), records_max)
    for step in steps[here:]:
        look()
        records = apply(records, step, Bounds(records_max, look))
    yield records


def _checked(batches: Iterable[list[Any]]) -> Iterator[Records]:
    for batch in batches:
        yield require_records(batch, '"records"')


def _through(
    batches: Iterator[Records], steps: Sequence[Step], records_max: int, look: Callable[[], None]
) -> Iterator[Records]:
    bounds = [Bounds(records_max, look) for _ in steps]
    full = _limits(steps)
    if any(most == 0 for _, most in full):
        return
    for batch in batches:
        look()
        records = batch
        for step, its in zip(steps, bounds, strict=True):
            before = len(records)
            records = apply(records, step, its)
            its.taken += before
            its.made += len(records)
        yield records
        if any(bounds[place].made >= most for place, most in full):
            return  # nothing that comes can pass any more


def _limits(steps: Sequence[Step]) -> list[tuple[int, int]]:
    return [(place, step["limit"]) for place, step in enumerate(steps) if "limit" in step]


def _gathered(batches: Iterator[Records], step: str, records_max: int) -> Records:
    records: Records = []
    for batch in batches:
        records += batch
        if len(records) > records_max:
            hint = "filter and select before it, or raise `max_records`"
            message = f'"{step}" needs all records at once, and there are more than {records_max}'
            raise ToolError(message, type="too_large", hint=hint)
    return records
