"""The items of a foreach and their keys: of a list all at once, of what is kept beside the journal a batch at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.errors import EvaluationError
from engine.execute.kept import Kept, KeptItems
from engine.execute.record import record_of
from engine.execute.values import Values
from engine.execute.weight import check_weight
from engine.execute.words import Word
from engine.machine import Instance
from engine.refs import Expression

ITEMS_MAX = 1_000_000
"""Of a list."""
BATCH_ITEMS = 1000
"""Items of a stream that are listed at once."""


class Listing(NamedTuple):
    """Items of a loop: how many there are so far, the keys of those listed now, and of a stream whether more follow."""

    size: int
    keys: list[Any] | None
    more: bool | None = None


class Lister:
    """Lists the items of the loops of one run. Every method raises EvaluationError."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self._keys_seen: dict[Instance, dict[Any, int]] = {}  # of loops over a stream: a key -> its item

    def listed(self, loop: Instance) -> Listing:
        """List the items of a foreach in its record; how many may begin, and their keys.

        Of data that is kept beside the journal the first batch. A mapping gives {key, value} items named by its keys. What an
        earlier attempt of the group around the loop has listed stays.
        """
        record = record_of(loop)
        if record.items is None:
            with Word("foreach"):
                record.items, keys = self._items(loop)
            if not isinstance(record.items, KeptItems):
                return Listing(len(record.items), keys, _none_to_come(loop))
        elif not isinstance(record.items, KeptItems):
            return Listing(len(record.items), loop.keys, _none_to_come(loop))
        elif loop.expanded > 0:
            return Listing(loop.expanded, loop.keys, loop.expanded < len(record.items))
        return self._batch(loop, 0)

    def listed_next(self, loop: Instance) -> Listing:
        """The next batch of a stream's items: how many there are with it, and the keys of the batch."""
        return self._batch(loop, loop.expanded)

    def _batch(self, loop: Instance, first: int) -> Listing:
        items = record_of(loop).items or ()
        size = min(first + BATCH_ITEMS, len(items))
        with Word("foreach"):
            keys = self._keys(loop, [items[number] for number in range(first, size)], first)
        return Listing(size, keys, size < len(items))

    def _held_items(self, loop: Instance) -> KeptItems | None:
        """The items where they are a list that is kept beside the journal, and nothing is done to it on the way."""
        template = loop.plan.items
        path = template.whole_path if template is not None else None
        held = self.values.held(loop, path) if path else None
        return KeptItems(held) if type(held) is Kept and held.items is not None else None

    def _items(self, loop: Instance) -> tuple[Sequence[Any], list[Any] | None]:
        held = self._held_items(loop)
        if held is not None:
            return held, None
        template = loop.plan.items
        value = template.resolve(self.values.scope(loop)) if template is not None else []
        check_weight(value, "the list of items")
        if isinstance(value, dict):
            items = [{"key": key, "value": item} for key, item in value.items()]
            return items, self._keys(loop, items) or list(value)
        if not isinstance(value, list):
            kind = "null" if value is None else type(value).__name__
            raise EvaluationError(f"items must be a list or a mapping, not {kind}", code="items")
        if len(value) > ITEMS_MAX:
            raise EvaluationError(
                f"{len(value)} items are more than the {ITEMS_MAX} a loop may have", code="items"
            )
        return value, self._keys(loop, value)

    def _keys(self, loop: Instance, items: list[Any], first: int = 0) -> list[Any] | None:
        """The keys of items that begin with number `first`; those before it have theirs."""
        expression = loop.plan.key
        if expression is None:
            return None
        keys = [self._key(loop, expression, number, item) for number, item in enumerate(items, first)]
        seen = self._keys_seen.setdefault(loop, {}) if first else {}
        if first and not seen:
            seen.update({key: number for number, key in enumerate(loop.keys or ())})
        for number, key in enumerate(keys, first):
            if seen.setdefault(key, number) != number:
                message = (
                    f"items {seen[key]} and {number} have the same key {json.dumps(key, ensure_ascii=False)}"
                )
                raise EvaluationError(message, code="duplicate-key")
        return keys

    def _key(self, loop: Instance, expression: Expression, number: int, item: Any) -> Any:
        around = self.values.scope(loop)
        here = {"item": item, "index": number, "key": number}
        value = expression.evaluate(lambda name: here[name] if name in here else around(name))
        if not isinstance(value, (str, int)) or isinstance(value, bool):
            raise EvaluationError(f"the key of item {number} must be text or a whole number", code="items")
        return value


def _none_to_come(loop: Instance) -> bool | None:
    """Of a stream that was short enough to be a list: that this is all of it."""
    return False if loop.plan.over_stream else None
