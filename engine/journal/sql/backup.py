"""A copy of a SQLite store that is in use: whole, as of one moment, while others go on writing."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL

from engine.errors import StoreError, UsageError
from engine.journal.sql.connect import shown_name
from engine.journal.sql.faults import translated


def back_up(url: URL, target: Path, busy_seconds: float) -> None:
    """Copy the store to `target`, a file that must not exist. Raises UsageError, StoreError; then nothing is there."""
    if url.get_backend_name() != "sqlite" or not url.database:
        raise UsageError(
            f"{shown_name(url)!r} is kept by a server, which has tools of its own",
            hint="pg_dump, for instance",
        )
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.touch(exist_ok=False)  # the name is ours from here on
    except FileExistsError:
        raise UsageError(f"the file {str(target)!r} exists already", hint="give a new name") from None
    except OSError as error:
        raise _cannot_be_written(target, error) from error
    try:
        _copy(url.database, part, busy_seconds)
        _keep(part, target)
    except BaseException as error:
        part.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error):
            raise translated(error, shown_name(url)) from error
        if isinstance(error, OSError):
            raise _cannot_be_written(target, error) from error
        raise


def _copy(source: str, part: Path, busy_seconds: float) -> None:
    """All pages in one step: a reader of the write-ahead log sees one moment and stops no writer."""
    with (
        closing(sqlite3.connect(source, timeout=busy_seconds)) as live,
        closing(sqlite3.connect(part)) as copy,
    ):
        live.backup(copy)
        found = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise StoreError(
            f"the store {source!r} is damaged: {found}", hint="keep a copy, then try: sqlite3 FILE '.recover'"
        )


def _keep(part: Path, target: Path) -> None:
    """Give the copy its name, once it is on disk; the name is on disk too afterwards."""
    for path, flags in ((part, os.O_RDWR), (target.parent, os.O_RDONLY)):
        if path == target.parent:
            part.replace(target)
        handle = os.open(path, flags)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _cannot_be_written(target: Path, error: OSError) -> UsageError:
    return UsageError(
        f"the copy {str(target)!r} cannot be written: {(error.strerror or str(error)).lower()}",
        hint="give a path in a folder that exists and that this user may write",
    )
