"""The walk over a store: which checks there are, in which order, and on which runs they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from engine.app.doctor import fold, order, records, specs, surroundings
from engine.app.doctor.finding import DAMAGE, Finding
from engine.app.doctor.kept import KeptRun
from engine.app.doctor.large import LargeData
from engine.app.doctor.replaying import Replayer
from engine.app.doctor.store import DamagedPages, DoctorsStore
from engine.app.project import MEMORY, store_name
from engine.errors import UsageError
from engine.text import suggestion
from engine.text.snippet import shortened

Check = Callable[[KeptRun], Iterator[Finding]]
PER_CHECK_MAX = 20
"""Findings of one check on one run: more would say the same."""

RECORDS: tuple[Check, ...] = (
    records.values_are_json,
    records.numbers_have_no_gap,
    records.hashes_hold,
    records.epochs_only_grow,
)
STORY: tuple[Check, ...] = (
    order.kinds_are_known,
    fold.begins_once,
    fold.row_is_the_fold,
    order.ends_once,
    order.starts_no_more_after_success,
    order.attempts_are_counted,
    order.nothing_starts_after_a_cancel,
)
SPECS: tuple[Check, ...] = (specs.spec_is_there,)


@dataclass(slots=True)
class Examination:
    """What was looked at and what was found. `replayed`: how many of the runs went through the machine."""

    store: str
    version: int | None
    runs: int = 0
    events: int = 0
    replayed: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def damaged(self) -> bool:
        return any(one.severity == DAMAGE for one in self.findings)

    def entry(self) -> dict[str, Any]:
        """As JSON has it (schemas/doctor.schema.json)."""
        return {
            "version": 1,
            "store": self.store,
            "store_version": self.version,
            "healthy": not self.damaged,
            "runs": self.runs,
            "events": self.events,
            "replayed": self.replayed,
            "findings": [one.entry() for one in self.findings],
        }


def examine(store: str | None, run_id: str | None = None, *, deep: bool = False) -> Examination:
    """Look at a store, or at one run of it (an id or a unique beginning of one), and change nothing.

    Replayed are the runs that have not ended and the one asked for; `deep` replays every run and has SQLite check its
    indexes. Raises UsageError for a store in memory and a run that is not there; StoreError for a store that cannot be
    read, NewerStore for one that this engine does not know.
    """
    name = store_name(store)
    if name == MEMORY:
        raise UsageError("a store in memory ends with its process: there is nothing to look at")
    try:
        kept = DoctorsStore(name)
    except DamagedPages as error:
        return Examination(name, None, findings=[_of_pages(error)])
    try:
        seen = Examination(kept.name, kept.version)
        seen.findings += surroundings.file_is_whole(kept, deep)
        if not seen.findings:  # what is read from damaged pages tells nothing
            _look(kept, seen, run_id, deep)
        return seen
    except DamagedPages as error:
        seen.findings.append(_of_pages(error))
        return seen
    finally:
        kept.close()


def _of_pages(error: DamagedPages, run_id: str | None = None) -> Finding:
    return Finding("file", error.message, surroundings.RECOVER, run_id)


def _look(store: DoctorsStore, seen: Examination, run_id: str | None, deep: bool) -> None:
    for around in (
        surroundings.events_have_a_run,
        surroundings.log_is_used,
        surroundings.disk_has_room,
        surroundings.server_keeps_what_it_was_given,
    ):
        if run_id is None:
            seen.findings += around(store)
    replayer = Replayer()
    named = None if run_id is None else _named(store, run_id)
    seen.findings += surroundings.left_alone(store, named)
    for one in store.run_ids() if named is None else [named]:
        try:
            run = store.run(one)
        except DamagedPages as error:
            seen.findings.append(_of_pages(error, one))
            continue
        if run is None:
            continue  # cleaned up meanwhile
        seen.runs += 1
        seen.events += len(run.links)
        large = LargeData(store, deep or run_id is not None)
        stages: tuple[tuple[Check, ...], ...] = (RECORDS, STORY, SPECS, (large.is_whole,))
        if deep or run_id is not None or not run.ended:
            stages = (*stages, (replayer.steps_wait_for_what_they_need,))
        seen.findings += _staged(run, stages)
    seen.replayed = replayer.replayed


def _staged(run: KeptRun, stages: tuple[tuple[Check, ...], ...]) -> list[Finding]:
    """The findings of the first stage that has any."""
    for stage in stages:
        found = [one for check in stage for one in _made(check, run)]
        if found:
            return found
    return []


def _made(check: Check, run: KeptRun) -> list[Finding]:
    try:
        return [*islice(check(run), PER_CHECK_MAX)]
    except Exception as error:  # a damaged row may hold anything: it must not end the walk
        return [run.found("I8", f"its record cannot be read: {type(error).__name__}: {error}")]


def _named(store: DoctorsStore, beginning: str) -> str:
    known = store.run_ids()
    found = [one for one in known if one.startswith(beginning)]
    if beginning in found or len(found) == 1:
        return beginning if beginning in found else found[0]
    if found:
        names = ", ".join(found[:3])
        raise UsageError(
            f'"{beginning}" is the beginning of several runs: {names}', hint="write more of the id"
        )
    raise UsageError(
        f'no run "{shortened(beginning)}"', hint=suggestion(beginning, known) or "weft runs lists them"
    )
