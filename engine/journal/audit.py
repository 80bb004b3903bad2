"""The audit trail: what an entry is, how it is tied to the one before, and what is wrong with a chain of them.

The text of an entry is compact JSON that names the entry's number and the hash of the text before it; the hash of the text
is kept beside it. So a byte that was changed, an entry that was taken out and one that was put in all show at a place.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from engine.journal.chain import GENESIS, PROBLEMS_MAX, encode
from engine.journal.watch import Entry, Head


class Written(NamedTuple):
    """An entry whose event has its number `seq`: ready to be tied to the chain."""

    at: float
    run_id: str
    seq: int
    fields: Mapping[str, Any]


class Damage(NamedTuple):
    """What is wrong with the trail; `number` names the entry it is about, None: the head."""

    number: int | None
    message: str


def written(number: int, before: str, entry: Written) -> tuple[str, str]:
    """The text of an entry and its hash. Raises NotJson."""
    whole = {"number": number, "seq": entry.seq, **entry.fields, "previous_hash": before}
    text = encode(whole, "an audit entry")
    return text, sha256(text.encode()).hexdigest()


def damages(entries: Iterable[Entry], head: Head | None) -> Iterator[Damage]:
    """What is wrong with a whole trail, in order; at most PROBLEMS_MAX."""
    for count, damage in enumerate(_damages(entries, head), 1):
        yield damage
        if count == PROBLEMS_MAX:
            return


def _damages(entries: Iterable[Entry], head: Head | None) -> Iterator[Damage]:
    number = 0
    before: str | None = GENESIS
    for entry in entries:
        if entry.number != number + 1:
            gone = f"entry {number + 1} is" if entry.number == number + 2 else _gone(number, entry.number)
            yield Damage(number + 1, f"{gone} missing; the next one found is {entry.number}")
            before = None if entry.number > number + 1 else before
        yield from _damage(entry, before)
        number, before = entry.number, entry.hash
    yield from _at_the_end(number, before, head)


def _gone(number: int, found: int) -> str:
    return f"entries {number + 1} to {found - 1} are"


def _damage(entry: Entry, before: str | None) -> Iterator[Damage]:
    """What is wrong with one entry; `before` is None where the one before is missing."""
    if sha256(entry.text.encode("utf-8", "surrogatepass")).hexdigest() != entry.hash:
        yield Damage(entry.number, f"entry {entry.number} is not what was written")
        return
    fields = fields_of(entry)
    if fields is None or (fields.get("number"), fields.get("run")) != (entry.number, entry.run_id):
        yield Damage(
            entry.number, f"entry {entry.number} is another one: its text does not belong to its row"
        )
    elif before is not None and fields.get("previous_hash") != before:
        yield Damage(entry.number, f"entry {entry.number} does not follow the one before it")


def _at_the_end(number: int, before: str | None, head: Head | None) -> Iterator[Damage]:
    if head is None:
        yield Damage(None, "the head of the trail is missing")
    elif head.number > number:
        cut = f"entry {number + 1} is" if head.number == number + 1 else _gone(number, head.number + 1)
        yield Damage(number + 1, f"{cut} missing: the head says that entry {head.number} is the last")
    elif head.number < number:
        yield Damage(
            head.number + 1, f"entry {head.number + 1} is there, the head says {head.number} is the last"
        )
    elif before != head.hash:
        yield Damage(number or None, f"the head holds another hash than its entry, {number}")


def fields_of(entry: Entry) -> dict[str, Any] | None:
    """The entry's fields and its own hash; None where its text is no JSON object."""
    try:
        found = json.loads(entry.text)
    except (ValueError, RecursionError):
        return None
    return {**found, "hash": entry.hash} if isinstance(found, dict) else None
