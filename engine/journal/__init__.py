"""The journal: what happened to every run, so that nothing recorded is done twice and nothing is lost.

In come facts with their payloads; out come runs, their events in order, their specs. Two tables and a
promise: a run's row is the present, its events are the append-only past, and both change in one transaction.
It refuses to know what the facts mean (that is the machine's), which owner is alive (that is told by whoever claims) and
what time it is (that is told too; but for leases, which a clock of the store's measures).

    port.py     the Protocol, the values that pass through it and its exceptions
    watch.py    what is read of a whole store, and the audit trail
    audit.py    what an entry of the trail is, and what is wrong with a chain of them
    chain.py    JSON text, and the hash that ties each event to the one before
    tail.py     the rules of appending, the same for every store
    memory.py   a store that lives as long as the process
    record.py   one run of it
    sql/        a store in any database SQLAlchemy speaks; the only part that imports it
    open.py     from the name of a store to a journal, or to a copy of it
    retention.py  deleting what ended long ago
    boot.py     the machine's clock, for leases on it
    faulty.py   a journal with faults, by seed: for tests
"""

from __future__ import annotations

from engine.journal.audit import Damage, damages, fields_of
from engine.journal.chain import canonical_json, content_hash, decode, encode
from engine.journal.memory import MemoryJournal
from engine.journal.open import back_up, open_journal, open_sharing, store_url
from engine.journal.port import (
    ENDED,
    REOPENED,
    STATUSES,
    Append,
    Event,
    Journal,
    NewerStore,
    NewEvent,
    NewRun,
    NotJson,
    OutcomeUnknown,
    Posted,
    RunChanges,
    RunEnded,
    RunExists,
    RunNotFound,
    RunRow,
    StaleOwner,
    StoreBusy,
    StoredSpec,
    StoredTemplate,
    is_run_id,
)
from engine.journal.retention import Cleaned, clean, expired_runs
from engine.journal.watch import Entry, Fact, Head, NewEntry, RunMark, Watch

__all__ = [
    "ENDED",
    "REOPENED",
    "STATUSES",
    "Append",
    "Cleaned",
    "Damage",
    "Entry",
    "Event",
    "Fact",
    "Head",
    "Journal",
    "MemoryJournal",
    "NewEntry",
    "NewEvent",
    "NewRun",
    "NewerStore",
    "NotJson",
    "OutcomeUnknown",
    "Posted",
    "RunChanges",
    "RunEnded",
    "RunExists",
    "RunMark",
    "RunNotFound",
    "RunRow",
    "StaleOwner",
    "StoreBusy",
    "StoredSpec",
    "StoredTemplate",
    "Watch",
    "back_up",
    "canonical_json",
    "clean",
    "content_hash",
    "damages",
    "decode",
    "encode",
    "expired_runs",
    "fields_of",
    "is_run_id",
    "open_journal",
    "open_sharing",
    "store_url",
]
