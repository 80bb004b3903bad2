"""From the name of a store to a journal, or to a copy of it. Imports a database library only for a store that needs one."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import StoreError, UsageError
from engine.journal.memory import MemoryJournal
from engine.journal.port import Journal

if TYPE_CHECKING:
    from sqlalchemy import URL

    from engine.journal.sql.sharing import SqlSharing

_STATE_FOLDER = ".weft"


def open_journal(
    store: str, *, create: bool = True, busy_seconds: float = 10.0, reconnect_seconds: float = 30.0
) -> Journal:
    """The journal in `store`: `memory`, a SQLAlchemy URL, or a path to a SQLite file.

    A missing SQLite file and missing tables are made (with `create` off: StoreError), so is a `.weft` folder
    the file lies in. `busy_seconds` is how long to wait for another process that is writing, `reconnect_seconds` how
    long for a server that was there at first and is gone. Raises UsageError for a name that cannot be a store,
    StoreError for a store that cannot be used, MissingExtra for a driver that is not installed.
    """
    if store == "memory":
        return MemoryJournal()
    from engine.journal.sql import adapter

    url = _url(store)
    if url.get_backend_name() == "sqlite" and url.database and not url.database.startswith("file:"):
        _make_ready(Path(url.database), create)
    return adapter.SqlJournal(
        url, busy_seconds=busy_seconds, reconnect_seconds=reconnect_seconds, create=create
    )


def open_sharing(store: str, run_id: str = "", epoch: int = 0, *, busy_seconds: float = 10.0) -> SqlSharing:
    """What the runs of several processes share in a store whose journal is open: for the calls of one run, under its epoch.

    Raises UsageError for a store in memory, which is nobody else's.
    """
    if store == "memory":
        raise UsageError("a store in memory is shared with nobody", hint="name the store: a path or a URL")
    from engine.journal.sql.sharing import SqlSharing

    return SqlSharing(_url(store), run_id, epoch, busy_seconds)


def back_up(store: str, target: Path, *, busy_seconds: float = 10.0) -> None:
    """Copy a SQLite store that may be in use to the new file `target`: whole, as of one moment, a store itself.

    Raises UsageError for a store that is no file or a target that exists or cannot be written, StoreError for a store
    that is missing or damaged; then there is no target.
    """
    if store == "memory":
        raise UsageError("a store in memory cannot be copied", hint="name the store: a path, or sqlite:///…")
    from engine.journal.sql import backup

    backup.back_up(store_url(store), target, busy_seconds)


def store_url(store: str) -> URL:
    """The URL of a store that outlives its process; a SQLite file is there. Raises UsageError, StoreError, as above."""
    url = _url(store)
    if url.get_backend_name() == "sqlite" and url.database:
        _make_ready(Path(url.database), create=False)
    return url


def _url(store: str) -> URL:
    from engine.journal.sql import connect

    return connect.parse_url(store) if "://" in store else connect.file_url(_path(store))


def _path(store: str) -> str:
    if not store.strip() or "\0" in store:
        raise UsageError(f"{store!r} is not a store", hint="memory, a path, or a URL")
    return os.path.expanduser(store)


def _make_ready(path: Path, create: bool) -> None:
    """See that a SQLite file can be opened or made at `path`; make the `.weft` folder around it."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        if not create:
            raise StoreError(
                f"there is no store {str(path.absolute())!r}",
                hint="go to the folder where you ran, or say --store PATH",
            ) from None
        _make_folder(path)
    except (OSError, ValueError) as error:
        raise StoreError(f"the store {str(path)!r} cannot be opened: {_reason(error)}") from error
    else:
        if not stat.S_ISREG(found.st_mode):
            raise UsageError(f"the store {str(path)!r} is not a file", hint="give the path of a SQLite file")


def _make_folder(path: Path) -> None:
    folder = path.parent
    if _STATE_FOLDER not in folder.parts:
        if not folder.is_dir():
            raise UsageError(f"the folder {str(folder)!r} of the store does not exist", hint="make it first")
        return
    depth = folder.parts.index(_STATE_FOLDER) + 1
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _hide_from_git(Path(*folder.parts[:depth]))
    except OSError as error:
        raise StoreError(
            f"the folder {str(folder)!r} cannot be made: {_reason(error)}", hint="name another store: --store"
        ) from error


def _hide_from_git(folder: Path) -> None:
    """Keep the state folder out of repositories; what somebody wrote there stays."""
    try:
        (folder / ".gitignore").open("x").write("*\n")
    except FileExistsError:
        return


def _reason(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)).lower()
