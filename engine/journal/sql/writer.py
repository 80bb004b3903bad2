"""The one connection that writes: transactions, and what a lost answer means.

Laws. Until COMMIT is sent nothing is kept, so the work may be done again on a fresh connection. Once it is
sent, only reading back tells: never a blind insert, never an assumed failure. A disk that failed once is not
trusted again: the writer stops, and the store has to be opened anew.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Engine, PoolProxiedConnection
from sqlalchemy.exc import SQLAlchemyError

from engine.errors import StoreError
from engine.journal.port import OutcomeUnknown
from engine.journal.sql.faults import is_disk_fault, translated

_T = TypeVar("_T")
_TRIES = 3
_AGAIN = frozenset({"40001", "40P01"})  # SQLSTATEs: serialization failure, deadlock


class Writer:
    """Writes under one lock, on one connection that stays open and is replaced when it is lost.

    `lock` is held by whoever needs several calls to see the same state.
    """

    def __init__(self, engine: Engine, store: str) -> None:
        self.lock = threading.RLock()
        self.statement_faults: tuple[type[Exception], ...] = (
            SQLAlchemyError,
            engine.dialect.loaded_dbapi.Error,
        )
        self._engine = engine
        self._store = store
        self._is_sqlite = engine.dialect.name == "sqlite"
        self._link: PoolProxiedConnection | None = None
        self._refusal: str | None = None

    def check(self) -> None:
        """Raise StoreError if the writer stopped or was closed."""
        if self._refusal is not None:
            raise StoreError(self._refusal, hint="open the store again")

    def transact(self, work: Callable[[Any], _T], landed: Callable[[Any], bool]) -> _T:
        """Do `work(cursor)` in one transaction; returns its answer once it is kept.

        `landed(cursor)` tells afterwards whether it was kept. Raises StoreError (nothing was kept) or
        OutcomeUnknown.
        """
        with self.lock:
            link, answer = self._done(work)
            try:
                link.commit()
            except self.statement_faults as error:
                self._read_back(landed, error)
            return answer

    def query(self, ask: Callable[[Any], _T]) -> _T:
        """Do `ask(cursor)` outside of any transaction of the writer's."""
        with self.lock:
            _, answer = self._done(ask, begin=False)
            self._undo()
            return answer

    def close(self) -> None:
        with self.lock:
            self._refusal = "the journal is closed"
            self._drop(kill=False)

    def _done(self, work: Callable[[Any], _T], begin: bool = True) -> tuple[PoolProxiedConnection, _T]:
        """The connection and the answer of `work`, its transaction still open."""
        for attempt in range(1, _TRIES + 1):
            self.check()
            try:
                link = self._connected()
                cursor = link.cursor()
                if begin and self._is_sqlite:
                    cursor.execute("BEGIN IMMEDIATE")
                return link, work(cursor)
            except self.statement_faults as error:
                self._recover(error, attempt)
            except BaseException:
                self._undo()
                raise
        raise AssertionError("unreachable: the last attempt raises")

    def _recover(self, error: Exception, attempt: int) -> None:
        """After trouble before COMMIT: return if trying again makes sense, else raise."""
        lost = self._is_lost(error)
        if lost:
            self._drop()
        else:
            self._undo()
        if is_disk_fault(error):
            self._stop(error)
        passing = lost or getattr(error, "sqlstate", None) in _AGAIN or self._is_taken_key(error)
        if attempt == _TRIES or not passing:
            raise translated(error, self._store) from error

    def _read_back(self, landed: Callable[[Any], bool], error: Exception) -> None:
        """After a COMMIT without an answer: return if the work was kept, raise StoreError if not."""
        self._drop()
        if is_disk_fault(error):
            self._stop(error)
            raise OutcomeUnknown(
                f"{translated(error, self._store)}; whether the last write was kept is unknown"
            ) from error
        try:
            kept = self.query(landed)
        except StoreError as again:
            raise OutcomeUnknown(
                f"{again}; whether the last write was kept is unknown", hint=again.hint
            ) from error
        if not kept:
            raise translated(error, self._store) from error

    def _connected(self) -> PoolProxiedConnection:
        if self._link is None:
            self._link = self._engine.raw_connection()
        return self._link

    def _is_lost(self, error: Exception) -> bool:
        if self._link is None:  # it could not even be made: trying again at once is of no use
            return False
        return self._engine.dialect.is_disconnect(error, self._link.dbapi_connection, None)  # type: ignore[arg-type]

    def _is_taken_key(self, error: Exception) -> bool:
        return isinstance(error, self._engine.dialect.loaded_dbapi.IntegrityError)

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
