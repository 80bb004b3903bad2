"""The store itself: its file, its write-ahead log, its disk or server; rows that belong to no run."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

from engine.app.doctor.finding import FROM_BACKUP, NOTICE, Finding
from engine.app.doctor.store import DoctorsStore

FREE_BYTES_MIN = 256 * 1024**2
LOG_BYTES_MAX = 256 * 1024**2
PROBLEMS_SHOWN = 5
RECOVER = "keep a copy and restore a backup; without one: sqlite3 FILE '.recover'"


def file_is_whole(store: DoctorsStore, deep: bool) -> Iterator[Finding]:
    """SQLite's own check of its pages; `deep` looks at the indexes too."""
    if store.file is None:
        return
    check = "integrity_check" if deep else "quick_check"
    found = store.ask(f"PRAGMA {check}({PROBLEMS_SHOWN})")
    if found != ["ok"]:
        told = "; ".join(str(one).replace("\n", " ") for one in found)
        yield Finding("file", f"the file {store.file!r} is damaged: {told}", RECOVER)


def events_have_a_run(store: DoctorsStore) -> Iterator[Finding]:
    """I8: no events without the row of their run."""
    for run_id, number in store.without_row().items():
        yield Finding("I8", f"{number} events are there, the run's row is not", FROM_BACKUP, run_id)


def log_is_used(store: DoctorsStore) -> Iterator[Finding]:
    """A SQLite file has a write-ahead log that is emptied from time to time."""
    if store.file is None:
        return
    mode = store.ask("PRAGMA journal_mode")[0]
    if mode != "wal":
        message = (
            f"the file has no write-ahead log (journal_mode {mode}): readers and writers stop each other"
        )
        yield Finding("log", message, "any command that records runs switches it on again", severity=NOTICE)
    size = _size(f"{store.file}-wal")
    if size > LOG_BYTES_MAX:
        message = f"the write-ahead log has {size >> 20} MiB: some process reads without an end"
        yield Finding("log", message, "end the programs that have the file open", severity=NOTICE)


def disk_has_room(store: DoctorsStore) -> Iterator[Finding]:
    """Room for the runs to come."""
    if store.file is None:
        return
    free = shutil.disk_usage(os.path.dirname(os.path.abspath(store.file))).free
    if free < FREE_BYTES_MIN:
        message = f"the disk of the store has {free >> 20} MiB left: runs stop when it is full"
        yield Finding(
            "disk", message, "free some space, for instance: weft clean --older-than 30d", severity=NOTICE
        )


def server_keeps_what_it_was_given(store: DoctorsStore) -> Iterator[Finding]:
    """PostgreSQL is told to wait for its disk."""
    if store.file is not None or not store.is_postgresql:
        return
    for setting in ("fsync", "full_page_writes"):
        if store.ask(f"SHOW {setting}") == ["off"]:
            message = f"the server runs with {setting} = off: what was recorded may be lost with its power"
            yield Finding("disk", message, f"set {setting} = on in postgresql.conf", severity=NOTICE)


def left_alone(store: DoctorsStore, run_id: str | None) -> Iterator[Finding]:
    """Runs, or the one asked for, that recovery does not go on with any more."""
    for one, reason in store.quarantined().items():
        if run_id in (None, one):
            repair = f"put right what it names, then: weft resume {one}"
            message = f"recovery leaves it alone: {reason}"
            yield Finding("quarantine", message, repair, one, severity=NOTICE)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return 0
