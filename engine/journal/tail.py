"""The rules of appending, the same for every store: what must be known of a run, and what may follow it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import NamedTuple

from engine.errors import EngineFault, UsageError
from engine.journal.chain import GENESIS, Link, decode, encode, link_hash
from engine.journal.port import (
    ENDED,
    REOPENED,
    STATUSES,
    Append,
    NewEvent,
    NewRun,
    RunChanges,
    RunEnded,
    RunRow,
    StaleOwner,
    StoredSpec,
    is_run_id,
)

KIND_LENGTH_MAX = 64
CHANGEABLE = frozenset(RunChanges.__annotations__)


class Tail(NamedTuple):
    """The end of a run's record: enough to append to it without reading it again."""

    epoch: int
    seq: int
    hash: str
    status: str


def check_new_run(row: NewRun, events: Sequence[NewEvent]) -> Tail:
    """The tail of a run that is about to exist. Raises UsageError for its id, EngineFault for the rest."""
    if not is_run_id(row.run_id):
        raise UsageError(
            f"{row.run_id[:130]!a} is not a run id",
            hint="1 to 128 letters, digits, '.', '_' or '-', beginning with a letter or digit",
        )
    if not events:
        raise EngineFault(f"run {row.run_id!r} cannot be created without an event")
    check_text(row.workflow, "the workflow's name")
    _check_status(row.status)
    return Tail(0 if row.owner is None else 1, 0, GENESIS, row.status)


def check_append(share: Append, tail: Tail) -> str:
    """The status after `share`, if it may follow `tail`. Raises StaleOwner, RunEnded, EngineFault."""
    if share.epoch != tail.epoch:
        raise stale(share.run_id, share.epoch, tail.epoch)
    if not share.events:
        raise EngineFault(
            f"nothing to append to run {share.run_id!r}: a row changes only with an event that says why"
        )
    changes = share.changes
    if tail.status in ENDED and (share.events[0].kind != REOPENED or not changes or "status" not in changes):
        raise RunEnded(
            f"run {share.run_id!r} has ended ({tail.status}), {share.events[0].kind} cannot be recorded",
            hint=f"open its next attempt: weft retry {share.run_id}",
        )
    if not changes:
        return tail.status
    if not changes.keys() <= CHANGEABLE:
        raise EngineFault(f"an append cannot change {', '.join(sorted(changes.keys() - CHANGEABLE))}")
    return _check_status(changes.get("status", tail.status))


def check_event(event: NewEvent) -> None:
    """Whether the columns of `event` can be kept; its payload is seen when encoded. Raises EngineFault."""
    if not event.kind.isidentifier() or len(event.kind) > KIND_LENGTH_MAX or not isfinite(event.at):
        raise EngineFault(f"{event.kind!r} at {event.at!r} is not an event: a name and a time are expected")
    instance = event.instance
    if instance is not None and (not instance.isascii() or "\0" in instance):
        check_text(instance, "the instance")


def check_text(text: str, what: str) -> None:
    """Whether every store can keep `text` in a column of its own. Raises UsageError."""
    if not is_storable(text):
        raise UsageError(f"{what} {text[:80]!a} holds a NUL or a lone surrogate")


def check_posted(kind: str, name: str | None, payload: object) -> str:
    """The payload of what is posted as JSON text. Raises UsageError for its name, NotJson, EngineFault."""
    if not kind.isidentifier() or len(kind) > KIND_LENGTH_MAX:
        raise EngineFault(f"{kind!r} is not a kind of what is posted: a name is expected")
    if name is not None:
        check_text(name, "the name")
    return encode_mapping(payload, f"the payload of {name or kind}")


def is_storable(text: str) -> bool:
    """Whether `text` holds no NUL (PostgreSQL has none) and no lone surrogate (UTF-8 has none)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


def encode_spec_extra(spec: StoredSpec) -> str:
    """The spec's `extra` as JSON text, the rest of it checked. Raises NotJson, UsageError."""
    for text, what in (
        (spec.text, "text"),
        (spec.name, "name"),
        (spec.path or "", "path"),
        (spec.hash, "hash"),
    ):
        check_text(text, f"the spec's {what}")
    return encode_mapping(spec.extra, "the spec's extra")


def first_row(row: NewRun, spec: StoredSpec, after: Tail, inputs: str, owner: str | None) -> RunRow:
    """The row of a run that has just been created; `inputs` and `owner` are JSON text."""
    return RunRow(
        run_id=row.run_id,
        workflow=row.workflow,
        status=row.status,
        spec_hash=spec.hash,
        inputs=decode(inputs),
        created_at=float(row.created_at),
        started_at=row.started_at,
        finished_at=None,
        attempt=1,
        epoch=after.epoch,
        owner=None if owner is None else decode(owner),
        last_seq=after.seq,
        last_hash=after.hash,
        outputs=None,
        error=None,
    )


def encode_mapping(payload: object, what: str) -> str:
    """`payload` as JSON text. Raises NotJson, EngineFault if it is not a mapping."""
    text = encode(payload, what)
    if text[0] != "{":
        raise EngineFault(f"the payload of {what} is not a mapping but {text[:40]}")
    return text


def links(run_id: str, tail: Tail, events: Sequence[NewEvent]) -> Iterator[Link]:
    """The events as they will be kept, chained to `tail`. Raises NotJson, EngineFault."""
    seq, before, epoch = tail.seq, tail.hash, tail.epoch
    for event in events:
        check_event(event)
        at, kind, instance, attempt, payload = event
        seq, at = seq + 1, float(at)
        text = encode_mapping(payload, kind)
        before = link_hash(before, run_id, seq, epoch, at, kind, instance, attempt, text)
        yield Link(run_id, seq, epoch, at, kind, instance, attempt, text, before)


def stale(run_id: str, epoch: int, now: int) -> StaleOwner:
    """The refusal of a late owner."""
    return StaleOwner(
        f"run {run_id!r} is at epoch {now}, a write under epoch {epoch} is refused",
        hint="another process has taken the run over",
    )


def _check_status(status: str) -> str:
    if status not in STATUSES:
        raise EngineFault(f"{status!r} is not a status of a run: one of {', '.join(STATUSES)} is expected")
    return status
