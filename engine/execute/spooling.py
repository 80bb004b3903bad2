"""What becomes of a stream that no other call takes while it is made: it is kept beside the journal, batch by batch.

Runs in the thread of the call, as part of it: its time counts, and it stops where the call is stopped. A stream that turns out
short is a plain list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from engine.execute.cellar import RunCellar
from engine.execute.kept import Kept, Partly
from engine.execute.putting_away import keep_items
from engine.executors.answers import plain
from engine.tools.jsonable import to_json
from engine.tools.port import CallContext, Records, Result

Scrub = Callable[[Any], Any]


class Spooler:
    """Keeps the streams of one call under `name`."""

    def __init__(self, cellar: RunCellar, name: str, scrub: Scrub, context: CallContext) -> None:
        self._cellar = cellar
        self._name = name
        self._scrub = scrub
        self._context = context

    def __call__(self, result: Result) -> Result:
        """The result with a Kept, or a short list, in the place of each stream. Raises what making the records raises."""
        data = result.data
        if type(data) is Records:
            result.data = None
            count, kept = self._taken(data, self._name)
            result = plain(result)
            result.data = kept
        else:
            streams = {name: member for name, member in data.items() if type(member) is Records}
            result.data = {name: member for name, member in data.items() if name not in streams}
            kept_members: dict[str, Any] = {}
            count = 0
            for number, (name, records) in enumerate(streams.items()):
                count, kept_members[name] = self._taken(records, f"{self._name}.{number}")
                result.data |= records.said()
            result = plain(result)
            result.data = _with_members(self._scrub(result.data), kept_members, list(data))
        if result.processed_records is None:
            result.processed_records = count
        return result

    def _taken(self, records: Records, name: str) -> tuple[int, Any]:
        try:
            kept = keep_items(self._cellar, name, self._batches(records))
        except BaseException:
            self._cellar.drop(name)
            raise
        return records.count, kept

    def _batches(self, records: Records) -> Iterator[list[Any]]:
        for batch in records:
            self._context.check_cancelled()
            yield self._scrub(batch if records.ready else to_json(batch, at="records"))


def _with_members(rest: dict[str, Any], kept: dict[str, Any], order: list[str]) -> Any:
    """The data in the order the tool gave it; a plain mapping where nothing of it is kept."""
    both = {**rest, **kept}
    whole = {name: both[name] for name in [*order, *(name for name in both if name not in order)]}
    return Partly(whole) if any(type(member) is Kept for member in kept.values()) else whole
