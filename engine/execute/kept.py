"""Data too large for a row of the journal: kept beside it in parts, read back when somebody asks.

Laws. What is kept is JSON: a list as one line of JSON an item (so that it can be read a batch at a time), anything else as
one text. A part never cuts a line. Whoever reads it whole gets it up to `LOADED_MAX` bytes; batch by batch there is no limit.
What was kept is never changed; `sha256` is that of all its parts, one after the other.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from engine.errors import DamagedRecord, EvaluationError
from engine.refs import LazyMapping

INLINE_MAX = 64 * 1024
"""Bytes of JSON that stand in a row themselves."""
LOADED_MAX = 16 * 1024 * 1024
"""Bytes of JSON that a reference reads."""
PART_BYTES = 256 * 1024
"""A part is closed once it has so many."""
_PARTS_AT_HAND = 4


class Cellar(Protocol):
    """Where parts are kept: the journal, as it is seen from one run."""

    def keep(self, name: str, first: int, parts: list[bytes]) -> None: ...

    def part(self, name: str, number: int) -> bytes | None: ...


class Kept:
    """A reference to kept data, in the place of the data. `items` is the length of a list, None for anything else."""

    __slots__ = ("_cellar", "bytes", "items", "name", "parts", "sha256")

    def __init__(
        self, cellar: Cellar, name: str, parts: int, size_bytes: int, sha256: str, items: int | None
    ) -> None:
        self._cellar = cellar
        self.name = name
        self.parts = parts
        self.bytes = size_bytes
        self.sha256 = sha256
        self.items = items

    def to_row(self) -> dict[str, Any]:
        """What the journal's row says in the place of the data."""
        row = {"name": self.name, "parts": self.parts, "bytes": self.bytes, "sha256": self.sha256}
        return row if self.items is None else {**row, "items": self.items}

    @classmethod
    def of_row(cls, cellar: Cellar, row: dict[str, Any]) -> Kept:
        return cls(cellar, row["name"], row["parts"], row["bytes"], row["sha256"], row.get("items"))

    def load(self) -> Any:
        """The whole data. Raises EvaluationError of type `too_large`, DamagedRecord."""
        if self.bytes > LOADED_MAX:
            raise TooLargeError(self.bytes)
        return self.whole()

    def whole(self) -> Any:
        """The whole data, however large it is."""
        if self.items is not None:
            return [item for batch in self.batches() for item in batch]
        return json.loads(b"".join(self.bodies()))

    def batches(self, first: int = 0) -> Iterator[list[Any]]:
        """The items of a list, a part at a time, from the part with number `first` on."""
        for number in range(first, self.parts):
            yield self.batch(number)

    def batch(self, number: int) -> list[Any]:
        """The items of one part."""
        return [json.loads(line) for line in self._body(number).splitlines()]

    def bodies(self) -> Iterator[bytes]:
        """The parts as they are kept. Raises DamagedRecord where one is missing, and where they are not what was kept."""
        digest = hashlib.sha256()
        for number in range(self.parts):
            body = self._body(number)
            digest.update(body)
            yield body
        if digest.hexdigest() != self.sha256:
            raise DamagedRecord(
                f'the data kept as "{self.name}" is not what was kept', hint="see: weft doctor"
            )

    def _body(self, number: int) -> bytes:
        body = self._cellar.part(self.name, number)
        if body is None:
            message = f'part {number} of {self.parts} of the data kept as "{self.name}" is gone'
            raise DamagedRecord(message, hint="see: weft doctor")
        return body


class TooLargeError(EvaluationError):
    """Kept data that is larger than what a reference reads."""

    def __init__(self, size_bytes: int) -> None:
        size = f"{size_bytes / 2**20:,.1f} MiB"
        limit = LOADED_MAX // 2**20
        message = f"the data is {size} large, a reference reads up to {limit} MiB"
        hint = "go through it with foreach, hand it on whole to a parameter that takes records, or write it to a file"
        super().__init__(message, hint=hint, code="too-large", type="too_large")


class Partly(LazyMapping):
    """A mapping some of whose members are kept: loaded when they are asked for."""

    __slots__ = ("members",)

    def __init__(self, members: dict[str, Any]) -> None:
        self.members = members

    def __getitem__(self, key: str) -> Any:
        return loaded(self.members[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self.members)

    def __len__(self) -> int:
        return len(self.members)


class Listed:
    """The results of a loop's items, some of which are kept: together they may be as large as one that is."""

    __slots__ = ("items",)

    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def load(self) -> list[Any]:
        """Raises EvaluationError of type `too_large`."""
        size = sum(map(kept_bytes, self.items))
        if size > LOADED_MAX:
            raise TooLargeError(size)
        return [whole(item) for item in self.items]


def loaded(data: Any) -> Any:
    """Data as a reference reads it. Raises EvaluationError of type `too_large`."""
    return data.load() if type(data) is Kept or type(data) is Listed else data


def is_kept(data: Any) -> bool:
    """Whether it, or part of it, is kept beside the journal."""
    return type(data) in (Kept, Partly, Listed)


def kept_bytes(data: Any) -> int:
    """How much of it is kept beside the journal, in bytes of JSON."""
    if type(data) is Kept:
        return data.bytes
    inner = data.items if type(data) is Listed else data.members.values() if type(data) is Partly else ()
    return sum(map(kept_bytes, inner))


def as_row(field: str, value: Any) -> dict[str, Any]:
    """`{FIELD, large?}` as a row of the journal says it: `large.FIELD` has what is kept, by member (the whole: `""`)."""
    if type(value) is Kept:
        return {field: None, "large": {field: {"": value.to_row()}}}
    if type(value) is Partly:
        large = {name: member.to_row() for name, member in value.members.items() if type(member) is Kept}
        rest = {name: None if name in large else member for name, member in value.members.items()}
        return {field: rest, "large": {field: large}}
    return {field: value}


def of_row(payload: dict[str, Any], cellar: Cellar) -> dict[str, Any]:
    """The payload of a row with its fields as `as_row` was given them."""
    large = payload.get("large")
    if not large:
        return payload
    return {**payload, **{field: _of_row(payload[field], kept, cellar) for field, kept in large.items()}}


def _of_row(rest: Any, large: dict[str, Any], cellar: Cellar) -> Any:
    if "" in large:
        return Kept.of_row(cellar, large[""])
    return Partly({**rest, **{name: Kept.of_row(cellar, row) for name, row in large.items()}})


def without_large(payload: dict[str, Any]) -> dict[str, Any]:
    """The payload of a row for onlookers: what is kept is `{"$ref", "bytes", "path": null}` in its place."""
    large = payload.get("large")
    if not large:
        return payload
    shown = {name: value for name, value in payload.items() if name != "large"}
    for field, members in large.items():
        refs = {name: _ref(row) for name, row in members.items()}
        shown[field] = refs[""] if "" in refs else {**shown[field], **refs}
    return shown


def _ref(row: dict[str, Any]) -> dict[str, Any]:
    return {"$ref": f"sha256:{row['sha256']}", "bytes": row["bytes"], "path": None}


def whole(data: Any) -> Any:
    """Data with everything that is kept of it, however large: for what was let in once already."""
    if type(data) is Kept:
        return data.whole()
    if type(data) is Listed:
        return [whole(item) for item in data.items]
    return {name: whole(member) for name, member in data.members.items()} if type(data) is Partly else data


class KeptItems(Sequence[Any]):
    """The items of a loop, read from where they are kept: the part just read and the one before stay at hand."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self._starts = [0]
        """Of each part looked at so far, and of the one after: the number of its first item."""
        self._at_hand: dict[int, list[Any]] = {}

    def __len__(self) -> int:
        return self.kept.items or 0

    def __getitem__(self, number: Any) -> Any:
        if not 0 <= number < len(self):
            raise IndexError(number)
        while number >= self._starts[-1]:
            self._part(len(self._starts) - 1)
        part = bisect_right(self._starts, number) - 1
        return self._part(part)[number - self._starts[part]]

    def _part(self, part: int) -> list[Any]:
        items = self._at_hand.pop(part, None)
        if items is None:
            items = self.kept.batch(part)
        self._at_hand[part] = items
        if len(self._at_hand) > _PARTS_AT_HAND:
            del self._at_hand[next(iter(self._at_hand))]
        if part == len(self._starts) - 1:
            self._starts.append(self._starts[-1] + len(items))
        return items


def json_pieces(data: Any) -> Iterator[bytes]:
    """The JSON of data, however large what is kept of it, piece by piece."""
    if type(data) is Kept and data.items is not None:
        yield from _joined(b"[", (body.replace(b"\n", b",").rstrip(b",") for body in data.bodies()), b"]")
    elif type(data) is Kept:
        yield from data.bodies()
    elif type(data) is Listed:
        yield from _joined(b"[", (b"".join(json_pieces(item)) for item in data.items), b"]")
    elif type(data) is Partly:
        yield b"{"
        for number, (name, member) in enumerate(data.members.items()):
            yield (b"," if number else b"") + json_text(name) + b":"
            yield from json_pieces(member)
        yield b"}"
    else:
        yield json_text(data)


def _joined(begin: bytes, pieces: Iterable[bytes], end: bytes) -> Iterator[bytes]:
    yield begin
    for number, piece in enumerate(pieces):
        yield b"," + piece if number else piece
    yield end


def json_text(value: Any) -> bytes:
    """Compact JSON in UTF-8; without a line break, as JSON escapes those in its texts."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:  # half a surrogate pair: only an escape can say it
        return json.dumps(value, separators=(",", ":")).encode()
