"""The journal that lives as long as the process: the double of every store, and `--store memory`.

It keeps the same rules as the others, payloads as text included, so nothing passes here that a real store
would refuse.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from engine.errors import RunOwned, StoreError, UsageError, WeftError
from engine.journal.chain import PROBLEMS_MAX, chain_problems, decode
from engine.journal.port import (
    ENDED,
    LEASE_SECONDS,
    Append,
    Event,
    NewEvent,
    NewRun,
    Posted,
    RunChanges,
    RunEnded,
    RunExists,
    RunNotFound,
    RunRow,
    StoredSpec,
    StoredTemplate,
)
from engine.journal.record import Record, age, ended_before, kept_of, names_spec, shown, texts_of
from engine.journal.scratch import Scratch
from engine.journal.tail import (
    Tail,
    check_append,
    check_new_run,
    check_posted,
    check_text,
    encode_mapping,
    encode_spec_extra,
    first_row,
    stale,
)
from engine.journal.watch import NewEntry, NoWatch, Watch


class MemoryJournal:
    """Keeps runs in dictionaries. See `Journal` for what each method promises."""

    durable = False
    local = True
    lease_seconds = LEASE_SECONDS

    def __init__(self) -> None:
        self.watch: Watch = NoWatch()
        self._lock = threading.RLock()
        self._records: dict[str, Record] = {}
        self._specs: dict[str, StoredSpec] = {}
        self._scratch = Scratch()
        self._closed = False

    def create_run(self, row: NewRun, spec: StoredSpec, events: Sequence[NewEvent]) -> RunRow:
        with self._lock:
            tail = check_new_run(row, events)
            if row.run_id in self._all():
                raise RunExists(f"run {row.run_id!r} exists already")
            owner = None if row.owner is None else encode_mapping(row.owner, "the owner")
            inputs = encode_mapping(row.inputs, "inputs")
            texts: dict[str, str | None] = {"inputs": inputs, "owner": owner, "outputs": None, "error": None}
            record = Record(first_row(row, spec, tail, inputs, owner), texts)
            record.kept = kept_of(tail.epoch, events)
            record.row.last_seq = len(record.kept)
            self._keep_spec(spec)
            self._records[row.run_id] = record
            return shown(record)

    def append(
        self,
        run_id: str,
        epoch: int,
        events: Sequence[NewEvent],
        changes: RunChanges | None = None,
        spec: StoredSpec | None = None,
        taken: Sequence[int] = (),
        audit: Sequence[NewEntry] = (),
    ) -> int:
        with self._lock:
            record = self._record(run_id)
            row = record.row
            tail = Tail(row.epoch, row.last_seq, "", row.status)
            check_append(Append(run_id, epoch, events, changes, spec, taken), tail)
            kept = kept_of(epoch, events)
            texts = texts_of(changes) if changes else None
            if spec is not None:
                self._keep_spec(spec)
            record.kept += kept
            row.last_seq += len(kept)
            if changes and texts is not None:
                record.texts |= texts
                for name, value in changes.items():
                    if name not in texts:
                        setattr(row, name, value)
            if row.status in ENDED:
                record.texts["owner"] = None
            for number in tuple(record.inbox) if row.status in ENDED else taken:
                record.inbox.pop(number, None)
            return row.last_seq

    def append_all(self, group: Sequence[Append]) -> list[int | WeftError]:
        answers: list[int | WeftError] = []
        with self._lock:
            self._all()
            for share in group:
                try:
                    answers.append(self.append(*share))
                except WeftError as refusal:
                    answers.append(refusal)
        return answers

    def claim(self, run_id: str, owner: Mapping[str, Any], epoch: int | None = None) -> RunRow:
        with self._lock:
            record = self._record(run_id)
            row = record.row
            if epoch is None and record.texts["owner"] is not None:
                raise RunOwned(f"run {run_id!r} has an owner")
            if epoch is not None and epoch != row.epoch:
                raise stale(run_id, epoch, row.epoch)
            record.texts["owner"] = encode_mapping(owner, "the owner")
            row.epoch += 1
            row.quarantined = None
            return shown(record)

    def release(self, run_id: str, epoch: int) -> None:
        with self._lock:
            record = self._record(run_id)
            if record.row.epoch != epoch:
                raise stale(run_id, epoch, record.row.epoch)
            record.texts["owner"] = None

    def attend(self, run_id: str, epoch: int, *, renew: bool = True) -> list[Posted]:
        """There are no leases here: an owner in the same process is never out of sight."""
        with self._lock:
            record = self._record(run_id)
            if record.row.epoch != epoch:
                raise stale(run_id, epoch, record.row.epoch)
            return [
                Posted(number, kind, name, decode(text), at)
                for number, (kind, name, text, at) in record.inbox.items()
            ]

    def post(self, run_id: str, kind: str, name: str | None, payload: Mapping[str, Any], at: float) -> int:
        with self._lock:
            record = self._record(run_id)
            text = check_posted(kind, name, payload)
            if record.row.status in ENDED:
                raise RunEnded(f"run {run_id!r} has ended ({record.row.status})", hint=f"weft show {run_id}")
            record.posted += 1
            record.inbox[record.posted] = (kind, name, text, at)
            return record.posted

    def quarantine(self, run_id: str, epoch: int, reason: str, at: float) -> bool:
        with self._lock:
            row = self._record(run_id).row
            check_text(reason, "the reason")
            if row.status in ENDED or row.epoch != epoch:
                return False
            row.quarantined = reason
            return True

    def at_once(self) -> AbstractContextManager[None]:
        """Nobody ever waits here."""
        return nullcontext()

    def hurry(self) -> None:
        """Nobody ever waits here."""

    def run(self, run_id: str) -> RunRow | None:
        with self._lock:
            record = self._all().get(run_id)
            return None if record is None else shown(record)

    def find(self, prefix: str, limit: int = 10) -> list[RunRow]:
        with self._lock:
            return [shown(self._records[key]) for key in sorted(self._all()) if key.startswith(prefix)][
                :limit
            ]

    def runs(
        self,
        *,
        status: str | None = None,
        workflow: str | None = None,
        since: float | None = None,
        limit: int = 100,
    ) -> list[RunRow]:
        with self._lock:
            found = [
                record
                for record in self._all().values()
                if (status is None or record.row.status == status)
                and (workflow is None or record.row.workflow == workflow)
                and (since is None or record.row.created_at >= since)
            ]
            found.sort(key=age, reverse=True)
            return [shown(record) for record in found[:limit]]

    def unfinished(self) -> list[RunRow]:
        with self._lock:
            found = [record for record in self._all().values() if record.row.status not in ENDED]
            return [shown(record) for record in sorted(found, key=age)]

    def keep(self, run_id: str, name: str, first: int, parts: Sequence[bytes]) -> None:
        with self._lock:
            self._record(run_id)
            self._scratch.keep(run_id, name, first, parts)

    def part(self, run_id: str, name: str, number: int) -> bytes | None:
        with self._lock:
            self._all()
            return self._scratch.part(run_id, name, number)

    def drop(self, run_id: str, name: str) -> None:
        with self._lock:
            self._all()
            self._scratch.drop(run_id, name)

    def add_template(self, new: StoredTemplate) -> bool:
        """A store that ends with the process has nobody to keep a template for."""
        raise UsageError("a store in memory keeps no templates", hint="name one that lasts: --store FILE")

    def templates(self, name: str | None = None) -> list[StoredTemplate]:
        return []

    def expired(self, before: float, limit: int = 100) -> list[str]:
        with self._lock:
            ended = [
                (record.row.finished_at, run_id)
                for run_id, record in self._all().items()
                if record.row.finished_at is not None and ended_before(record.row, before)
            ]
            return [run_id for _, run_id in sorted(ended)[:limit]]

    def delete_run(self, run_id: str, before: float) -> bool:
        with self._lock:
            record = self._all().get(run_id)
            if record is None or not ended_before(record.row, before):
                return False
            del self._records[run_id]
            self._scratch.drop(run_id)
            if not any(names_spec(other, record.row.spec_hash) for other in self._records.values()):
                self._specs.pop(record.row.spec_hash, None)
            return True

    def events(self, run_id: str, after: int = 0) -> Iterator[Event]:
        with self._lock:
            record = self._all().get(run_id)
        kept = [] if record is None else record.kept  # only ever grows, so reading needs no lock
        for index in range(max(after, 0), len(kept)):
            epoch, at, kind, instance, attempt, text = kept[index]
            yield Event(run_id, index + 1, at, kind, instance, attempt, decode(text), epoch)

    def spec(self, spec_hash: str) -> StoredSpec | None:
        with self._lock:
            self._all()
            return self._specs.get(spec_hash)

    def verify(self, run_id: str) -> list[str]:
        with self._lock:
            record = self._record(run_id)
            row = record.row
            problems = chain_problems(record.links(), row.epoch, row.last_seq, record.hash_at(row.last_seq))
            return [problem for problem, _ in zip(problems, range(PROBLEMS_MAX), strict=False)]

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._scratch.close()

    def _all(self) -> dict[str, Record]:
        if self._closed:
            raise StoreError("the journal is closed")
        return self._records

    def _record(self, run_id: str) -> Record:
        record = self._all().get(run_id)
        if record is None:
            raise RunNotFound(f"there is no run {run_id!a}")
        return record

    def _keep_spec(self, spec: StoredSpec) -> None:
        self._specs.setdefault(spec.hash, replace(spec, extra=decode(encode_spec_extra(spec))))
