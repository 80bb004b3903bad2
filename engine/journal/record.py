"""One run in memory: its row, its events as a store would keep them, and what is asked of them.

Hashes are made only when somebody looks: a run in memory does not pay for a chain nobody reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

from engine.journal.chain import GENESIS, Link, decode, encode, link_hash
from engine.journal.port import ENDED, NewEvent, RunChanges, RunRow
from engine.journal.tail import check_event, encode_mapping

_COLUMNS = [column.name for column in fields(RunRow)]
Kept = tuple[int, float, str, str | None, int | None, str]  # epoch, at, kind, instance, attempt, payload


class Record:
    """One run: its row, the row's JSON as text, its events, and the hashes of as many as were asked for."""

    __slots__ = ("hashes", "inbox", "kept", "posted", "row", "texts")

    def __init__(self, row: RunRow, texts: dict[str, str | None]) -> None:
        self.row = row
        self.texts = texts
        self.kept: list[Kept] = []
        self.hashes: list[str] = []
        self.inbox: dict[int, tuple[str, str | None, str, float]] = {}  # number -> kind, name, payload, at
        self.posted = 0

    def links(self) -> Iterator[Link]:
        """Every event as a store would keep it; hashes made here are kept."""
        run_id, hashes = self.row.run_id, self.hashes
        for index, kept in enumerate(self.kept):
            if index == len(hashes):
                hashes.append(link_hash(hashes[-1] if hashes else GENESIS, run_id, index + 1, *kept))
            yield Link(run_id, index + 1, *kept, hashes[index])

    def hash_at(self, seq: int) -> str:
        """The hash of the event with this number."""
        for _ in self.links() if len(self.hashes) < seq else ():
            pass
        return self.hashes[seq - 1]


class _Seen(RunRow):
    """A row as it was when it was read. Its hash is made when somebody looks at it."""

    __slots__ = ("_hash",)
    _hash: str | Callable[[], str]

    @property
    def last_hash(self) -> str:
        found = self._hash
        return found if isinstance(found, str) else found()

    @last_hash.setter
    def last_hash(self, found: str | Callable[[], str]) -> None:
        self._hash = found


def kept_of(epoch: int, events: Sequence[NewEvent]) -> list[Kept]:
    """The events as they are kept. Raises NotJson, EngineFault."""
    kept: list[Kept] = []
    for event in events:
        check_event(event)
        at, kind, instance, attempt, payload = event
        kept.append((epoch, float(at), kind, instance, attempt, encode_mapping(payload, kind)))
    return kept


def texts_of(changes: RunChanges) -> dict[str, str | None]:
    """The changes that are JSON, as text."""
    return {
        name: None if value is None else encode(value, name)
        for name, value in changes.items()
        if name in ("outputs", "error")
    }


def shown(record: Record) -> RunRow:
    """A copy of the row that the caller may keep."""
    values: dict[str, Any] = {name: getattr(record.row, name) for name in _COLUMNS}
    values |= {name: None if text is None else decode(text) for name, text in record.texts.items()}
    return _Seen(**values | {"last_hash": partial(record.hash_at, record.row.last_seq)})


def ended_before(row: RunRow, before: float) -> bool:
    return row.status in ENDED and row.finished_at is not None and row.finished_at < before


def names_spec(record: Record, spec_hash: str) -> bool:
    """Whether a run is of this spec, or was before it was reopened."""
    if record.row.spec_hash == spec_hash:
        return True
    return record.row.attempt > 1 and any(spec_hash in payload for *_, payload in record.kept)


def age(record: Record) -> tuple[float, str]:
    return record.row.created_at, record.row.run_id
