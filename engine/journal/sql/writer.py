"""The one connection that writes: transactions, and what a lost answer means.

Laws. Until COMMIT is sent nothing is kept, so the work may be done again on a fresh connection. Once it is sent, only
reading back tells: never a blind insert, never an assumed failure. What was read back as not kept may be done again. A
server that is gone is waited for, and so is the lock of a file; a disk that failed once is not trusted again: the writer
stops, and the store has to be opened anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError

from engine import crash
from engine.errors import StoreError
from engine.journal.port import OutcomeUnknown, StoreBusy
from engine.journal.sql.faults import driver_error, is_disk_fault, is_locked, is_passing, translated
from engine.journal.sql.patience import LockPatience, Patience

_T = TypeVar("_T")
_TRIES = 3  # of work that met another's: a deadlock, a key just taken


class AtOnce(threading.local):
    """As `Journal.at_once` gives it: a thread that has entered it waits for nobody. One for all writers of a journal."""

    depth = 0

    def __enter__(self) -> None:
        self.depth += 1

    def __exit__(self, *_: object) -> None:
        self.depth -= 1


class Writer:
    """Writes under one lock, on one connection that stays open and is replaced when it is lost.

    `held` is for whoever needs several calls to see the same state. `patience_seconds`: how long to wait for a
    server that is gone; `busy_seconds`: for another process that writes to the same SQLite file.
    """

    def __init__(
        self,
        engine: Engine,
        store: str,
        patience_seconds: float = 0.0,
        busy_seconds: float = 0.0,
        at_once: AtOnce | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.statement_faults: tuple[type[Exception], ...] = (
            SQLAlchemyError,
            engine.dialect.loaded_dbapi.Error,
        )
        self._engine = engine
        self._store = store
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._patience_seconds = 0.0 if self._is_sqlite else patience_seconds
        self._busy_seconds = busy_seconds
        self.at_once = at_once or AtOnce()
        self._link: PoolProxiedConnection | None = None
        self._refusal: str | None = None
        self._hurried = threading.Event()

    def hurry(self) -> None:
        """Wait no longer for a server that is gone."""
        self._hurried.set()

    @property
    def is_at_once(self) -> bool:
        """Whether this thread waits for nobody."""
        return self.at_once.depth > 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock. Raises StoreBusy at once where it cannot be had so."""
        if not self.lock.acquire(blocking=not self.is_at_once):
            raise StoreBusy(f"the store {self._store!r} is being written to", hint="wait for it")
        try:
            yield
        finally:
            self.lock.release()

    def check(self) -> None:
        """Raise StoreError if the writer stopped or was closed."""
        if self._refusal is not None:
            raise StoreError(self._refusal, hint="open the store again")

    def transact(self, work: Callable[[Any], _T], landed: Callable[[Any], bool]) -> _T:
        """Do `work(cursor)` in one transaction; returns its answer once it is kept.

        `landed(cursor)` tells afterwards whether it was kept. Raises StoreError (nothing was kept) or
        OutcomeUnknown.
        """
        with self.held():
            patience = self._patience()
            while True:
                link, answer = self._done(work, patience)
                try:
                    crash.point("CP7")
                    link.commit()
                    crash.point("CP7")
                    return answer
                except self.statement_faults as error:
                    again = self._is_lost(error) or is_passing(error)
                    if self._was_kept(landed, error):
                        return answer
                    if not (again and patience.wait()):
                        raise translated(error, self._store) from error
                except BaseException:  # interrupted: what the connection is doing now, nobody knows
                    self._drop()
                    raise

    def query(self, ask: Callable[[Any], _T]) -> _T:
        """Do `ask(cursor)` outside of any transaction of the writer's."""
        with self.held():
            _, answer = self._done(ask, self._patience(), begin=False)
            self._undo()
            return answer

    def close(self) -> None:
        self.hurry()  # whoever waits holds the lock
        with self.lock:
            self._refusal = "the journal is closed"
            self._drop(kill=False)

    def _patience(self) -> Patience:
        return Patience(self._patience_seconds, given_up=self._hurried)

    def _done(
        self, work: Callable[[Any], _T], patience: Patience, begin: bool = True
    ) -> tuple[PoolProxiedConnection, _T]:
        """The connection and the answer of `work`, its transaction still open."""
        tries, turn = _TRIES, LockPatience(self._busy_seconds, self._hurried)
        while True:
            self.check()
            try:
                link = self._connected()
                cursor = link.cursor()
                if begin and self._is_sqlite:
                    cursor.execute("BEGIN IMMEDIATE")
                return link, work(cursor)
            except self.statement_faults as error:
                tries -= 1
                self._recover(error, tries, patience, turn)
            except BaseException:
                self._undo()
                raise

    def _recover(self, error: Exception, tries: int, patience: Patience, turn: LockPatience) -> None:
        """After trouble before COMMIT: return if trying again makes sense, else raise."""
        unmade, lost = self._link is None, self._is_lost(error)
        if lost:
            self._drop()
        else:
            self._undo()
        if is_disk_fault(error):
            self._stop(error)
        elif is_locked(error):
            self._wait_for_lock(error, turn)
            return
        else:
            at_once = tries > 0 and (lost or is_passing(error))
            if at_once or ((lost or unmade) and patience.wait()):
                return
        raise translated(error, self._store) from error

    def _wait_for_lock(self, error: Exception, turn: LockPatience) -> None:
        if self.is_at_once:
            raise StoreBusy(translated(error, self._store).message, hint="wait for it") from error
        if not turn.wait():
            raise translated(error, self._store) from error

    def _was_kept(self, landed: Callable[[Any], bool], error: Exception) -> bool:
        """After a COMMIT that failed or without an answer: whether the work was kept. Raises OutcomeUnknown."""
        self._drop()
        if is_disk_fault(error):
            self._stop(error)
            raise OutcomeUnknown(
                f"{translated(error, self._store)}; whether the last write was kept is unknown"
            ) from error
        try:
            return self.query(landed)
        except StoreError as again:
            raise OutcomeUnknown(
                f"{again}; whether the last write was kept is unknown", hint=again.hint
            ) from error

    def _connected(self) -> PoolProxiedConnection:
        if self._link is None:
            self._link = self._engine.raw_connection()
            if self._is_sqlite:
                self._link.cursor().execute("PRAGMA busy_timeout = 0")  # who waits is told in this file
        return self._link

    def _is_lost(self, error: Exception) -> bool:
        if self._link is None:
            return False
        source = driver_error(error)
        return self._engine.dialect.is_disconnect(source, self._link.dbapi_connection, None)  # type: ignore[arg-type]

    def _undo(self) -> None:
        if self._link is None:
            return
        try:
            self._link.rollback()
        except self.statement_faults:
            self._drop()  # closing it rolls back just as well

    def _drop(self, kill: bool = True) -> None:
        link, self._link = self._link, None
        if link is None:
            return
        try:
            if kill:
                link.invalidate()
            else:
                link.close()
        except self.statement_faults:
            link.detach()

    def _stop(self, error: Exception) -> None:
        self._refusal = f"{translated(error, self._store)}; nothing more is written to it"
