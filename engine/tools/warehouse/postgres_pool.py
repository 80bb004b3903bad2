"""Connections to a PostgreSQL server: opened with safe settings, kept, asked whether they live, given back clean.

Laws: a connection reads only unless a transaction says otherwise, and it goes back without anything of the call that
used it (settings, locks, temporary tables), or not at all.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.adapt import AdaptersMap, Dumper, PyFormat
from psycopg.types.numeric import IntDumper
from psycopg.types.string import TextLoader
from sqlalchemy import event, exc
from sqlalchemy.pool import QueuePool

from engine.errors import ToolError
from engine.tools.port import CallContext
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.postgres_types import NUMERIC, PLAIN
from engine.tools.warehouse.stopping import Stop, stopping

# The server's own defaults may be anything; one answer must come out everywhere. After DISCARD ALL these hold again.
_SESSION = {
    "default_transaction_read_only": "on",
    "datestyle": "ISO",
    "intervalstyle": "iso_8601",
    "timezone": "UTC",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "standard_conforming_strings": "on",
    "cursor_tuple_fraction": "1.0",
}
_KEEPALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
_DANGEROUS_ROLES = ("pg_read_server_files", "pg_write_server_files", "pg_execute_server_program")
CANCEL_SECONDS = 3.0
AGAIN_SECONDS = 0.25
CUT_SECONDS = 10.0
_log = logging.getLogger("weft.tool.sql")


class _WholeNumber(IntDumper):
    """Integers are sent as four bytes or more: two of them multiplied as two bytes each would overflow at 32,767."""

    def upgrade(self, obj: int, format: PyFormat) -> Dumper:
        found = super().upgrade(obj, format)
        return self._int4_dumper if found is self._int2_dumper else found


class _Adapters:
    """Numbers, booleans and bytes become Python's; every other type stays the text that the database writes."""

    connection = None

    def __init__(self) -> None:
        self.adapters = AdaptersMap(psycopg.adapters)
        self.adapters.register_dumper(int, _WholeNumber)
        for info in psycopg.adapters.types:
            if info.oid not in PLAIN and info.oid != NUMERIC:
                self.adapters.register_loader(info.oid, TextLoader)


@dataclass(frozen=True, slots=True)
class Session:
    """A connection in a transaction of one call, and what may end it."""

    connection: psycopg.Connection[tuple[Any, ...]]
    stop: Stop


class Pool:
    """Used by many threads; a connection belongs to one call at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._adapters = _Adapters()
        self._pool = QueuePool(
            self._connect,
            pool_size=settings.pool_size,
            max_overflow=settings.max_overflow,
            timeout=settings.lock_timeout_seconds,
            recycle=int(settings.pool_recycle_seconds),
            reset_on_return=None,
        )
        if settings.pool_pre_ping:
            event.listen(self._pool, "checkout", _require_alive)

    @contextmanager
    def session(
        self, context: CallContext, begin: str, limit_seconds: float, setting: str
    ) -> Iterator[Session]:
        """A connection in the transaction that `begin` opens; rolled back where it is still open at the end."""
        context.check_cancelled()
        borrowed = self._borrowed()
        connection = borrowed.dbapi_connection
        stop: Stop | None = None
        try:
            interrupt = _interrupter(connection)
            with stopping(context, interrupt, limit_seconds, setting, AGAIN_SECONDS) as stop:
                connection.execute(begin)
                yield Session(connection, stop)
        finally:
            # A cancel may still be on its way to the server: it must not meet the next call.
            if (stop is None or not stop.told) and _cleaned(connection):
                borrowed.close()
            else:
                borrowed.invalidate()

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

    def _connect(self) -> Any:
        settings = self._settings
        connection = psycopg.connect(
            **{"application_name": "weft", **_KEEPALIVE, **settings.server},  # type: ignore[arg-type]
            connect_timeout=max(2, int(settings.lock_timeout_seconds)),
            client_encoding="UTF8",
            options=" ".join(f"-c {name}={value}" for name, value in _SESSION.items()),
            autocommit=True,
            prepare_threshold=None,
            context=self._adapters,
        )
        try:
            if not settings.allow_superuser:
                _require_plain_role(connection)
        except BaseException:
            connection.close()
            raise
        return connection


def _require_alive(connection: Any, record: Any, _proxy: Any) -> None:
    """Before a kept connection is used again; the pool then opens another."""
    if not record.info.setdefault("used", False):
        record.info["used"] = True
        return
    try:
        connection.execute("SELECT 1")
    except psycopg.Error as error:
        raise exc.DisconnectionError from error


def _require_plain_role(connection: psycopg.Connection[Any]) -> None:
    """A read-only transaction keeps nobody from the server's files who may read them."""
    row = connection.execute(
        "SELECT current_user, current_setting('is_superuser') = 'on', "
        "ARRAY(SELECT rolname::text FROM pg_roles WHERE rolname = ANY(%s) AND pg_has_role(oid, 'MEMBER'))",
        (list(_DANGEROUS_ROLES),),
    ).fetchone()
    assert row is not None
    role, superuser, memberships = row
    if superuser or memberships:
        what = "is a superuser" if superuser else f"is a member of {memberships[0]}"
        raise ToolError(
            f'the role "{role}" {what}: a query could read or change the server itself',
            type="permission",
            code="SUPERUSER",
            hint="give the connection a role of its own, or, where the server holds nothing else, `allow_superuser: true`",
        )


def _cleaned(connection: Any) -> bool:
    """Ends what is open and forgets all that a call may have left in the session. False: not fit to be kept."""
    try:
        if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
            connection.execute("ROLLBACK")
        connection.execute("DISCARD ALL")
    except psycopg.Error as error:
        _log.debug("connection not kept: %s", error)
        return False
    return not connection.closed


def _interrupter(connection: Any) -> Callable[[], None]:
    """Asks the server to cancel; where it cannot be asked, or does not listen, ends the conversation."""
    began: list[float] = []

    def interrupt() -> None:
        began.append(time.monotonic())
        try:
            connection.cancel_safe(timeout=CANCEL_SECONDS)
        except psycopg.Error as error:
            _log.warning("the server could not be asked to cancel: %s", error)
            _cut(connection)
        if began[-1] - began[0] > CUT_SECONDS:
            _cut(connection)

    return interrupt


def _cut(connection: Any) -> None:
    """Shuts the socket down under the thread that waits on it, which then gets an error."""
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as same:
            same.shutdown(socket.SHUT_RDWR)
    except (OSError, psycopg.Error) as error:
        _log.debug("already cut: %s", error)
