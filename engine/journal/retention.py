"""Cleaning up: runs that ended long ago go as a whole, rows first, then the folders with their large data.

Laws. A folder is marked before its run's rows go and removed after, so a clean-up that was killed at any point left each
run either whole or gone; the next one removes what is marked and has no run. A folder without a mark is never touched:
it may be another store's.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine import crash
from engine.journal.port import ENDED, Journal, RunRow, is_run_id

MARK = ".deleted"  # a file in a run's folder: its rows are being deleted, or are gone
_PAGE = 100


@dataclass(slots=True)
class Cleaned:
    """What a clean-up did: the runs it deleted, in order, and the folders it could not remove, with the reason."""

    runs: list[str] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)


def expired_runs(journal: Journal, before: float, statuses: Collection[str] = ENDED) -> Iterator[RunRow]:
    """Every run that ended before `before` with one of `statuses`, those that ended first at the head.

    They may be deleted while they are told.
    """
    told: set[str] = set()
    while fresh := [one for one in journal.expired(before, max(_PAGE, 2 * len(told))) if one not in told]:
        told.update(fresh)
        for run_id in fresh:
            row = journal.run(run_id)
            if row is not None and row.status in statuses:
                yield row


def clean(
    journal: Journal, before: float, folders: Path | None = None, statuses: Collection[str] = ENDED
) -> Cleaned:
    """Delete every run that ended before `before` (seconds since the epoch), each in a transaction of its own.

    `folders` holds the runs' large data, in a folder named by the run's id. Raises StoreError; what was deleted until
    then stays deleted.
    """
    cleaned = Cleaned()
    for folder in _marked(folders):  # an earlier clean-up was killed
        if journal.run(folder.name) is None:
            _remove(folder, cleaned)
        else:
            (folder / MARK).unlink(missing_ok=True)
    for row in expired_runs(journal, before, statuses):
        _delete(journal, row.run_id, before, folders, cleaned)
    return cleaned


def _delete(journal: Journal, run_id: str, before: float, folders: Path | None, cleaned: Cleaned) -> None:
    folder = _folder(folders, run_id)
    if folder is not None:
        try:
            (folder / MARK).touch()
        except OSError as error:
            cleaned.left[str(folder)] = error.strerror or str(error)
            return
    crash.point("CP16")
    if journal.delete_run(run_id, before):
        cleaned.runs.append(run_id)
        crash.point("CP16")
        if folder is not None:
            _remove(folder, cleaned)
    elif folder is not None:  # it was reopened meanwhile
        (folder / MARK).unlink(missing_ok=True)


def _marked(folders: Path | None) -> list[Path]:
    if folders is None or not folders.is_dir():
        return []
    found = (_folder(folders, entry.name) for entry in folders.iterdir() if is_run_id(entry.name))
    return sorted(folder for folder in found if folder is not None and (folder / MARK).exists())


def _folder(folders: Path | None, run_id: str) -> Path | None:
    """The run's folder, if it has one. A link is none: what it leads to is somebody else's."""
    folder = None if folders is None else folders / run_id
    return folder if folder is not None and folder.is_dir() and not folder.is_symlink() else None


def _remove(folder: Path, cleaned: Cleaned) -> None:
    """The mark goes last, so that what is left is found again."""
    try:
        for entry in folder.iterdir():
            if entry.name == MARK:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        shutil.rmtree(folder)
    except OSError as error:
        cleaned.left[str(folder)] = error.strerror or str(error)
