"""DuckDB files shared by the calls of this process.

DuckDB allows one configuration per file and process, and a lock between processes. So all calls on one file
share one instance, each with a cursor of its own, and the file is let go as soon as no call uses it: other
processes of the same run (a shell step, a notebook) find it free. Readers open it read only; a writer waits
until they are done, then opens it for writing, and later readers share that instance (their transactions are
read only all the same).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import MissingExtra, ToolError

# What keeps SQL away from files, the network and Python's variables, whoever wrote it. Locked: SQL cannot
# undo it.
CONFIG = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}

LOOK_AGAIN_SECONDS = 0.1


@dataclass(slots=True)
class _Open:
    connection: Any
    writable: bool
    users: int = 0


_changed = threading.Condition()
_open: dict[str, _Open] = {}
_writers_waiting: dict[str, int] = {}


def duckdb_module() -> Any:
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtra("duckdb", "warehouse") from error
    return duckdb


def memory() -> Any:
    """A database in memory, which spills nothing to disk."""
    return duckdb_module().connect(":memory:", config={**CONFIG, "temp_directory": ""})


@contextmanager
def cursor(path: Path, *, write: bool, wait_seconds: float, check: Callable[[], None]) -> Iterator[Any]:
    """A cursor of the file's shared instance.

    While it waits for others it calls `check`, which may raise. Raises ToolError `unavailable` when the wait gets
    longer than `wait_seconds`.
    """
    key = str(path.resolve())
    shared = _enter(key, write, time.monotonic() + wait_seconds, check)
    try:
        with closing(shared.connection.cursor()) as own:
            yield own
    finally:
        _leave(key, shared)


def _enter(key: str, write: bool, deadline: float, check: Callable[[], None]) -> _Open:
    with _changed:
        if write:
            _writers_waiting[key] = _writers_waiting.get(key, 0) + 1
        try:
            while _must_wait(key, write):
                check()
                left = deadline - time.monotonic()
                if left <= 0:
                    raise ToolError(
                        "the database is busy with other calls of this run", type="unavailable", code="BUSY"
                    )
                _changed.wait(min(left, LOOK_AGAIN_SECONDS))
            return _opened(key, write)
        finally:
            if write:
                _one_writer_less(key)


def _opened(key: str, write: bool) -> _Open:
    shared = _open.get(key)
    if shared is None:
        connection = duckdb_module().connect(key, read_only=not write, config=CONFIG)
        shared = _open[key] = _Open(connection, write)
    shared.users += 1
    return shared


def _one_writer_less(key: str) -> None:
    _writers_waiting[key] -= 1
    if not _writers_waiting[key]:
        del _writers_waiting[key]
    _changed.notify_all()


def _must_wait(key: str, write: bool) -> bool:
    shared = _open.get(key)
    if shared is None:
        return False
    if write:
        return not shared.writable
    return not shared.writable and key in _writers_waiting  # new readers let a waiting writer go first


def _leave(key: str, shared: _Open) -> None:
    with _changed:
        shared.users -= 1
        if shared.users == 0:
            del _open[key]
            shared.connection.close()
            _changed.notify_all()
