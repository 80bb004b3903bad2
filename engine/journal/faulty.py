"""A journal with faults, by seed: wraps a real one and keeps the port's promises while it fails.

What a caller sees is what a store may do to it: a call that was refused before anything was kept, a commit whose answer
is lost, done or not done, a pause. The same seed and the same calls give the same faults, so what a test found is found
again. Ships with the journal because whole runs are tested on it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from random import Random
from typing import Any, TypeVar

from engine.errors import StoreError, WeftError
from engine.journal.port import (
    Append,
    Event,
    Journal,
    NewEvent,
    NewRun,
    OutcomeUnknown,
    Posted,
    RunChanges,
    RunRow,
    StaleOwner,
    StoredSpec,
    StoredTemplate,
)
from engine.journal.watch import NewEntry

_T = TypeVar("_T")

BEFORE = "before"  # StoreError; nothing was kept
LOST_DONE = "lost-done"  # OutcomeUnknown; it was kept
LOST_UNDONE = "lost-undone"  # OutcomeUnknown; nothing was kept
DELAY = "delay"  # a pause, then it is done
UNREADABLE = "unreadable"  # StoreError when reading
FAULTS = (BEFORE, LOST_DONE, LOST_UNDONE, DELAY, UNREADABLE)
_WRITING = (BEFORE, LOST_DONE, LOST_UNDONE, DELAY)

DEFAULT_RATES: Mapping[str, float] = dict.fromkeys(FAULTS, 0.05)


class FaultyJournal:
    """A `Journal` around `real`. `rates`: how often each of FAULTS happens (0 to 1), nothing for one left out.

    After an OutcomeUnknown it takes nothing more for the runs concerned until they are claimed, as the port says.
    `told` lists every fault as (method, fault). `heal()` ends the faults; `fail_next` plans one.
    """

    def __init__(
        self,
        real: Journal,
        seed: int,
        rates: Mapping[str, float] = DEFAULT_RATES,
        *,
        delay_seconds_max: float = 0.01,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        if unknown := set(rates) - set(FAULTS):
            raise ValueError(f"no such faults: {', '.join(sorted(unknown))}; there are {', '.join(FAULTS)}")
        self.durable = real.durable
        self.local = real.local
        self.lease_seconds = real.lease_seconds
        self.watch = real.watch
        self.seed = seed
        self.told: list[tuple[str, str]] = []
        self._real = real
        self._rates = dict(rates)
        self._random = Random(seed)  # noqa: S311 - to be repeated, not to be unguessable
        self._delay_seconds_max = delay_seconds_max
        self._sleep = sleep
        self._planned: list[str] = []
        self._doubted: set[str] = set()
        self._lock = threading.RLock()

    def heal(self) -> None:
        """No more faults from here on."""
        self._rates.clear()
        self._planned.clear()

    def fail_next(self, *faults: str) -> None:
        """The next calls that can fail so, do: one fault each, in this order."""
        self._planned += faults

    # --- writing

    def create_run(self, row: NewRun, spec: StoredSpec, events: Sequence[NewEvent]) -> RunRow:
        return self._write("create_run", (row.run_id,), lambda: self._real.create_run(row, spec, events))

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
            if run_id in self._doubted:
                raise self._unclaimed(run_id)
            return self._write(
                "append",
                (run_id,),
                lambda: self._real.append(run_id, epoch, events, changes, spec, taken, audit),
            )

    def append_all(self, group: Sequence[Append]) -> list[int | WeftError]:
        with self._lock:
            known = [share for share in group if share.run_id not in self._doubted]
            answers = iter(
                self._write("append_all", {s.run_id for s in known}, lambda: self._real.append_all(known))
            )
            refused = self._doubted - {share.run_id for share in known}
            return [self._unclaimed(s.run_id) if s.run_id in refused else next(answers) for s in group]

    def claim(self, run_id: str, owner: Mapping[str, Any], epoch: int | None = None) -> RunRow:
        with self._lock:
            row = self._write("claim", (run_id,), lambda: self._real.claim(run_id, owner, epoch))
            self._doubted.discard(run_id)
            return row

    def release(self, run_id: str, epoch: int) -> None:
        self._write("release", (run_id,), lambda: self._real.release(run_id, epoch))

    def attend(self, run_id: str, epoch: int, *, renew: bool = True) -> list[Posted]:
        """A renewal that fails has no consequence but its error."""
        return self._read("attend", lambda: self._real.attend(run_id, epoch, renew=renew))

    def post(self, run_id: str, kind: str, name: str | None, payload: Mapping[str, Any], at: float) -> int:
        return self._write("post", (), lambda: self._real.post(run_id, kind, name, payload, at))

    def quarantine(self, run_id: str, epoch: int, reason: str, at: float) -> bool:
        return self._write("quarantine", (), lambda: self._real.quarantine(run_id, epoch, reason, at))

    def at_once(self) -> AbstractContextManager[None]:
        return self._real.at_once()

    def hurry(self) -> None:
        self._real.hurry()

    def delete_run(self, run_id: str, before: float) -> bool:
        return self._write("delete_run", (run_id,), lambda: self._real.delete_run(run_id, before))

    def keep(self, run_id: str, name: str, first: int, parts: Sequence[bytes]) -> None:
        self._write("keep", (), lambda: self._real.keep(run_id, name, first, parts))

    def part(self, run_id: str, name: str, number: int) -> bytes | None:
        return self._read("part", lambda: self._real.part(run_id, name, number))

    def drop(self, run_id: str, name: str) -> None:
        self._write("drop", (), lambda: self._real.drop(run_id, name))

    def add_template(self, new: StoredTemplate) -> bool:
        return self._write("add_template", (), lambda: self._real.add_template(new))

    # --- reading

    def run(self, run_id: str) -> RunRow | None:
        return self._read("run", lambda: self._real.run(run_id))

    def find(self, prefix: str, limit: int = 10) -> list[RunRow]:
        return self._read("find", lambda: self._real.find(prefix, limit))

    def runs(
        self,
        *,
        status: str | None = None,
        workflow: str | None = None,
        since: float | None = None,
        limit: int = 100,
    ) -> list[RunRow]:
        return self._read(
            "runs", lambda: self._real.runs(status=status, workflow=workflow, since=since, limit=limit)
        )

    def unfinished(self) -> list[RunRow]:
        return self._read("unfinished", self._real.unfinished)

    def expired(self, before: float, limit: int = 100) -> list[str]:
        return self._read("expired", lambda: self._real.expired(before, limit))

    def events(self, run_id: str, after: int = 0) -> Iterator[Event]:
        """May fail between any two events."""
        for event in self._read("events", lambda: self._real.events(run_id, after)):
            yield event
            self._read("events", lambda: None)

    def spec(self, spec_hash: str) -> StoredSpec | None:
        return self._read("spec", lambda: self._real.spec(spec_hash))

    def templates(self, name: str | None = None) -> list[StoredTemplate]:
        return self._read("templates", lambda: self._real.templates(name))

    def verify(self, run_id: str) -> list[str]:
        """Never fails: it is what tests ask afterwards."""
        return self._real.verify(run_id)

    def close(self) -> None:
        self._real.close()

    # --- faults

    def _write(self, method: str, run_ids: Sequence[str] | set[str], act: Callable[[], _T]) -> _T:
        with self._lock:
            fault = self._drawn(method, _WRITING)
            if fault == BEFORE:
                raise StoreError(f"fault {len(self.told)} of seed {self.seed}: {method} was refused")
            if fault == DELAY:
                self._sleep(self._random.uniform(0, self._delay_seconds_max))
            if fault != LOST_UNDONE:
                answer = act()
            if fault in (LOST_DONE, LOST_UNDONE):
                self._doubted.update(run_ids)
                raise OutcomeUnknown(
                    f"fault {len(self.told)} of seed {self.seed}: the answer to {method} was lost; "
                    "whether the last write was kept is unknown"
                )
            return answer

    def _read(self, method: str, act: Callable[[], _T]) -> _T:
        with self._lock:
            if self._drawn(method, (UNREADABLE,)) == UNREADABLE:
                raise StoreError(f"fault {len(self.told)} of seed {self.seed}: {method} cannot be read")
        return act()

    def _drawn(self, method: str, possible: Sequence[str]) -> str | None:
        """The fault that this call has, if any. One number is drawn whatever comes, so that runs stay comparable."""
        number = self._random.random()
        fault = None
        if self._planned and self._planned[0] in possible:
            fault = self._planned.pop(0)
        else:
            for name in possible:
                number -= self._rates.get(name, 0.0)
                if number < 0:
                    fault = name
                    break
        if fault is not None:
            self.told.append((method, fault))
        return fault

    def _unclaimed(self, run_id: str) -> StaleOwner:
        return StaleOwner(
            f"what was last kept of run {run_id!r} is unknown", hint="claim the run anew and read it"
        )
