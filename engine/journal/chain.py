"""JSON as text, and the chain of hashes over it.

The text of a payload is written once and hashed as it stands, so a chain is checked without parsing or
writing JSON again. Keys stay in the writer's order: a mapping read back must be walked in the order it had
when it was live. Knows no store and no kind of event.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from math import isfinite
from typing import Any, NamedTuple

from engine.journal.port import NotJson

GENESIS = "0" * 64  # what stands before the first event
PROBLEMS_MAX = 100
_INT_BITS_MAX = 14_000  # about as much as Python turns into text at all (4,300 digits)

_plain = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"))
_sorted = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"), sort_keys=True
)


def _writer() -> Callable[[Any], str]:
    """`_plain.encode`; where the standard library has its encoder in C it is made once and not for every value."""
    make = json.encoder.c_make_encoder  # type: ignore[attr-defined]
    if make is None:
        return _plain.encode
    quoted = json.encoder.encode_basestring
    chunks = make(None, _plain.default, quoted, None, ":", ",", False, False, False)
    return lambda value: "".join(chunks(value, 0))


_written = _writer()


class Link(NamedTuple):
    """An event as a store keeps it, in the table's order: payload as text, the hash over everything."""

    run_id: str
    seq: int
    epoch: int
    at: float
    kind: str
    instance: str | None
    attempt: int | None
    payload: str
    hash: str


def encode(value: Any, what: str = "the value") -> str:
    """`value` as compact JSON text, keys in their order. Raises NotJson, naming `what` and the place in it.

    Tuples become lists, and keys that are numbers become text.
    """
    try:
        text = _written(value)
        if not text.isascii():
            text.encode()  # a lone surrogate has no UTF-8
    except (TypeError, ValueError, RecursionError) as error:
        raise _not_json(value, what, error) from error
    return text


def canonical_json(value: Any, what: str = "the value") -> str:
    """`value` as compact JSON text with sorted keys: equal values give equal text. Raises NotJson."""
    try:
        text = _sorted.encode(value)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise _not_json(value, what, error) from error
    return text


def content_hash(value: Any) -> str:
    """sha256 (64 hex digits) of the canonical JSON of `value`. Raises NotJson."""
    return sha256(canonical_json(value).encode()).hexdigest()


def decode(text: str) -> Any:
    """The value of a text that `encode` wrote.

    What could be written can be read, however deep the caller's own stack is: a value too deep for what is
    left of it is read on a fresh one.
    """
    try:
        return json.loads(text)
    except RecursionError:
        return _decode_on_fresh_stack(text)


def _decode_on_fresh_stack(text: str) -> Any:
    found: list[Any] = []

    def read() -> None:
        try:
            found.append(json.loads(text))
        except (ValueError, RecursionError) as error:
            found.append(error)

    thread = threading.Thread(target=read, name="weft-deep-json")
    thread.start()
    thread.join()
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def link_hash(  # one argument a column, in the table's order
    before: str,
    run_id: str,
    seq: int,
    epoch: int,
    at: float,
    kind: str,
    instance: str | None,
    attempt: int | None,
    payload: str,
) -> str:
    """sha256 (64 hex digits) over the hash before, every column and the payload's text.

    One line a field. None but the last, `instance`, can hold a line feed (JSON text escapes it), and that
    line is left out when there is none: so no two events share a text.
    """
    text = f"{before}\n{run_id}\n{seq}\n{epoch}\n{at!r}\n{kind}\n{attempt}\n{payload}"
    if instance is not None:
        text = f"{text}\n{instance}"
    return sha256(text.encode()).hexdigest()


def chain_problems(links: Iterable[Link], epoch: int, last_seq: int, last_hash: str) -> Iterator[str]:
    """What is wrong with a run's links, given in order, and what its row says; one problem for each break."""
    seq, before, epoch_before = 0, GENESIS, 0
    for link in links:
        if link.seq != seq + 1:
            yield f"gap: event {seq + 1} is missing, the next one found is {link.seq}"
        elif link_hash(before, *link[:-1]) != link.hash:
            yield f"broken chain: event {link.seq} ({link.kind}) is not what was written"
        if not epoch_before <= link.epoch <= epoch:
            yield f"event {link.seq} has epoch {link.epoch}, after {epoch_before}; the run is at {epoch}"
        seq, before, epoch_before = link.seq, link.hash, link.epoch
    if seq != last_seq:
        yield f"the run's row says event {last_seq} is the last, the last one found is {seq}"
    elif before != last_hash:
        yield f"the run's row holds another hash than its last event, {seq}"


def _not_json(value: Any, what: str, error: Exception) -> NotJson:
    if isinstance(error, RecursionError):
        return NotJson(f"{what} is nested too deep to be kept as JSON, or holds itself")
    where, why = next(_faults(value, what), (what, str(error)))
    return NotJson(
        f"{where} cannot be kept as JSON: {why}",
        hint="give null, true, false, numbers, text, lists, mappings",
    )


def _faults(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """The places in `value` that are not JSON, each with the reason. Only called when something is wrong."""
    if isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str | int | float | None):
                yield where, f"the key {key!r} is not text"
            yield from _faults(key, f"a key of {where}")
            yield from _faults(item, f"{where}[{key!a}]")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _faults(item, f"{where}[{index}]")
    elif isinstance(value, str):
        if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            yield where, f"the text {value[:40]!a} holds a lone surrogate"
    elif isinstance(value, float) and not isfinite(value):
        yield where, f"{value!r} is not a finite number"
    elif isinstance(value, int) and value.bit_length() > _INT_BITS_MAX:
        yield where, f"the number has more than {_INT_BITS_MAX} bits"
    elif value is not None and not isinstance(value, int | float):
        yield where, f"it is a {type(value).__name__}"
