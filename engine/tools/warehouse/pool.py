"""Connections to a server: kept, asked whether they live, given back clean. One database's own words are in a `Driver`.

Law: a connection goes back without anything of the call that used it (settings, locks, temporary tables), or not at
all.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import event, exc
from sqlalchemy.pool import QueuePool

from engine.errors import ToolError
from engine.tools.port import CallContext
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.stopping import Stop, stopping

AGAIN_SECONDS = 0.25
CUT_SECONDS = 10.0
_log = logging.getLogger("weft.tool.sql")
C = TypeVar("C")


class Driver(Protocol[C]):
    """What a pool asks of a database's client library. `error` is the base of what that library raises."""

    error: type[Exception]

    def connect(self) -> C: ...

    def ask(self, connection: C) -> None:
        """Raises `error` where nobody answers any more."""

    def begin(self, connection: C, text: str) -> None: ...

    def cleaned(self, connection: C) -> bool:
        """Ends what is open and forgets what a call left in the session. False: not fit to be kept."""

    def cancel(self, connection: C) -> None:
        """Asks the server, by another way, to end what the connection does; raises `error` where it cannot."""

    def fileno(self, connection: C) -> int:
        """The socket's number; raises OSError or `error` where there is none."""


@dataclass(slots=True)
class Session(Generic[C]):
    """A connection in a transaction of one call, and what may end it. `spoilt`: not to be used by another call."""

    connection: C
    stop: Stop
    spoilt: bool = False


class Pool(Generic[C]):
    """Used by many threads; a connection belongs to one call at a time."""

    def __init__(self, settings: Settings, driver: Driver[C]) -> None:
        self._settings = settings
        self._driver = driver
        self._pool = QueuePool(
            driver.connect,  # type: ignore[arg-type]
            pool_size=settings.pool_size,
            max_overflow=settings.max_overflow,
            timeout=settings.lock_timeout_seconds,
            recycle=int(settings.pool_recycle_seconds),
            reset_on_return=None,
        )
        if settings.pool_pre_ping:
            event.listen(self._pool, "checkout", self._require_alive)

    @contextmanager
    def session(
        self, context: CallContext, begin: str, limit_seconds: float, setting: str
    ) -> Iterator[Session[C]]:
        """A connection in the transaction that `begin` opens; rolled back where it is still open at the end."""
        context.check_cancelled()
        borrowed = self._borrowed()
        connection = borrowed.dbapi_connection
        session: Session[C] | None = None
        try:
            interrupt = self._interrupter(connection)
            with stopping(context, interrupt, limit_seconds, setting, AGAIN_SECONDS) as stop:
                session = Session(connection, stop)
                self._driver.begin(connection, begin)
                yield session
        finally:
            # A cancel may still be on its way to the server: it must not meet the next call.
            kept = session is None or not (session.stop.told or session.spoilt)
            if kept and self._driver.cleaned(connection):
                borrowed.close()
            else:
                borrowed.invalidate()

    def use(self) -> dict[str, int]:
        """How many connections are kept at most, how many are in use, and how many more may be opened."""
        settings = self._settings
        return {
            "pool_size": settings.pool_size,
            "pool_in_use": self._pool.checkedout(),
            "pool_overflow_max": settings.max_overflow,
        }

    def close(self) -> None:
        self._pool.dispose()

    def _borrowed(self) -> Any:
        try:
            return self._pool.connect()
        except exc.TimeoutError as error:
            raise ToolError(
                "every connection of the pool is in use",
                type="unavailable",
                code="POOL",
                hint="`pool_size` and `max_overflow` of the connection are the limit",
            ) from error

    def _require_alive(self, connection: Any, record: Any, _proxy: Any) -> None:
        """Before a kept connection is used again; the pool then opens another."""
        if not record.info.setdefault("used", False):
            record.info["used"] = True
            return
        try:
            self._driver.ask(connection)
        except self._driver.error as error:
            raise exc.DisconnectionError from error

    def _interrupter(self, connection: C) -> Callable[[], None]:
        """Asks the server to cancel; where it cannot be asked, or does not listen, ends the conversation."""
        began: list[float] = []

        def interrupt() -> None:
            began.append(time.monotonic())
            try:
                self._driver.cancel(connection)
            except self._driver.error as error:
                _log.warning("the server could not be asked to cancel: %s", error)
                self._cut(connection)
            if began[-1] - began[0] > CUT_SECONDS:
                self._cut(connection)

        return interrupt

    def _cut(self, connection: C) -> None:
        """Shuts the socket down under the thread that waits on it, which then gets an error."""
        try:
            with socket.socket(fileno=os.dup(self._driver.fileno(connection))) as same:
                same.shutdown(socket.SHUT_RDWR)
        except (OSError, self._driver.error) as error:
            _log.debug("already cut: %s", error)
