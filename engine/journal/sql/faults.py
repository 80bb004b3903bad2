"""Foreign exceptions to ours, by a table. What a driver says is told once, here, with what to do about it."""

from __future__ import annotations

from pathlib import Path
from shutil import disk_usage
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError, ResourceClosedError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from engine.errors import StoreError


class _Telling(NamedTuple):
    message: str  # `{store}` is the store's name, `{detail}` what the driver said
    hint: str


_UNREACHABLE = _Telling(
    "the store {store} cannot be reached: {detail}", "is the server running, and the URL right?"
)
_FULL = _Telling("the store {store} has no room left", "free some space on its disk, then try again")
_READ_ONLY = _Telling(
    "the store {store} is read-only", "give this user the right to write it, or name another store"
)
_REFUSED = _Telling("the store {store} refuses this user: {detail}", "check user, password and rights")
_IO = _Telling("the store {store} cannot be read or written: {detail}", "check its disk, then: weft doctor")

# by SQLite's name of the error, the longest beginning that fits
_SQLITE = {
    "SQLITE_BUSY": _Telling(
        "the store {store} is locked by another process", "wait for it to end, or stop it"
    ),
    "SQLITE_LOCKED": _Telling(
        "the store {store} is locked by another process", "wait for it to end, or stop it"
    ),
    "SQLITE_FULL": _FULL,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_PERM": _READ_ONLY,
    "SQLITE_CANTOPEN": _Telling(
        "the store {store} cannot be opened",
        "check that its folder exists and that this user may write in it",
    ),
    "SQLITE_NOTADB": _Telling("{store} is not a SQLite database", "name another file as the store"),
    "SQLITE_CORRUPT": _Telling(
        "the store {store} is damaged: {detail}",
        "keep a copy, then try: sqlite3 FILE '.recover', or weft doctor",
    ),
    "SQLITE_IOERR": _IO,
    "SQLITE_TOOBIG": _Telling(
        "a value is too large for the store {store}", "keep large data outside the journal"
    ),
}

# by the beginning of the SQLSTATE
_SQLSTATE = {
    "08": _UNREACHABLE,
    "25006": _READ_ONLY,
    "28": _REFUSED,
    "3D": _Telling("the store {store} does not exist: {detail}", "create the database first"),
    "3F": _Telling("the store {store} has no such schema: {detail}", "create the schema first"),
    "42501": _REFUSED,
    "53100": _FULL,
    "53": _Telling("the store {store} is short of resources: {detail}", "try again when it is less busy"),
    "55P03": _Telling("the store {store} is locked by another process", "wait for it to end, or stop it"),
    "57014": _Telling("the store {store} did not answer in time: {detail}", "try again when it is less busy"),
    "57P": _UNREACHABLE,
    "58": _IO,
    "XX001": _Telling("the store {store} is damaged: {detail}", "restore it from a backup"),
}
_INDEX_BYTES = 32_768  # what the index of SQLite's log takes at once
_AGAIN = frozenset({"40001", "40P01"})  # SQLSTATEs: serialization failure, deadlock


def translated(error: Exception, store: str) -> StoreError:
    """The StoreError that tells `error`; raise it `from error`. `store` is the name people know it by."""
    source = driver_error(error)
    telling = _telling(error, source)
    if telling is _IO and _has_no_room(store):
        telling = _FULL
    return StoreError(telling.message.format(store=repr(store), detail=_detail(source)), hint=telling.hint)


def _has_no_room(store: str) -> bool:
    """Whether the disk of a SQLite file is full: where it cannot enlarge its index, SQLite tells no more than a fault."""
    try:
        return disk_usage(Path(store).absolute().parent).free < _INDEX_BYTES
    except (OSError, ValueError):
        return False  # no file, or none that can be looked at


def driver_error(error: Exception) -> BaseException:
    """What the driver raised, without what SQLAlchemy wraps around it."""
    return error.orig if isinstance(error, DBAPIError) and error.orig is not None else error


def is_disk_fault(error: Exception) -> bool:
    """Whether the disk under SQLite failed: what it says afterwards about what was kept is worth nothing."""
    return getattr(driver_error(error), "sqlite_errorname", "").startswith(("SQLITE_IOERR", "SQLITE_CORRUPT"))


def is_locked(error: Exception) -> bool:
    """Whether another process holds the lock of a SQLite file: nothing was begun."""
    return getattr(driver_error(error), "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def is_passing(error: Exception) -> bool:
    """Whether doing the same work again may go well: it met somebody else's, which has been done by now."""
    source = driver_error(error)
    return getattr(source, "sqlstate", None) in _AGAIN or _is_a(source, "IntegrityError")


def is_of_a_row(error: BaseException | None) -> bool:
    """Whether what was written is at fault, not the store: others' rows may fare better."""
    return isinstance(error, Exception) and _is_a(driver_error(error), "IntegrityError", "DataError")


def _is_a(error: BaseException, *names: str) -> bool:
    """By the names every driver gives its exceptions (PEP 249), so that none has to be imported."""
    return any(kind.__name__ in names for kind in type(error).__mro__)


def _telling(error: Exception, source: BaseException) -> _Telling:
    if isinstance(error, PoolTimeout):
        return _Telling("the store {store} has no free connection", "fewer readers at once, or a larger pool")
    if isinstance(error, ResourceClosedError):
        return _UNREACHABLE
    sqlite, sqlstate = getattr(source, "sqlite_errorname", ""), getattr(source, "sqlstate", None) or ""
    for table, code in ((_SQLITE, sqlite), (_SQLSTATE, sqlstate)):
        for beginning in sorted(table, key=len, reverse=True):
            if code.startswith(beginning):
                return table[beginning]
    silent = not sqlite and not sqlstate and not isinstance(source, SQLAlchemyError)
    if silent and _is_a(source, "OperationalError"):
        return _UNREACHABLE
    return _Telling("the store {store} failed: {detail}", "weft doctor tells whether its content is whole")


def _detail(source: BaseException) -> str:
    """The first line of what the driver said, shortened."""
    lines = str(source).strip().splitlines()
    return lines[0][:200] if lines else type(source).__name__
