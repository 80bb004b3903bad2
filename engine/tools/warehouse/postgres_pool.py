"""Connections to a PostgreSQL server: opened with safe settings, and cleaned after a call.

Law: a connection reads only unless a transaction says otherwise.
"""

from __future__ import annotations

import logging
from typing import Any

import psycopg
from psycopg.adapt import AdaptersMap, Dumper, PyFormat
from psycopg.types.numeric import IntDumper
from psycopg.types.string import TextLoader

from engine.errors import ToolError
from engine.tools.warehouse import pool
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.postgres_types import NUMERIC, PLAIN

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


Connection = psycopg.Connection[tuple[Any, ...]]
Session = pool.Session[Connection]


class PostgresDriver:
    """How a pool opens, asks, cleans and cancels connections to PostgreSQL."""

    error: type[Exception] = psycopg.Error

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._adapters = _Adapters()

    def connect(self) -> Connection:
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

    def ask(self, connection: Connection) -> None:
        connection.execute("SELECT 1")

    def begin(self, connection: Connection, text: str) -> None:
        connection.execute(text.encode())

    def cleaned(self, connection: Connection) -> bool:
        try:
            if connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                connection.execute("ROLLBACK")
            connection.execute("DISCARD ALL")
        except psycopg.Error as error:
            _log.debug("connection not kept: %s", error)
            return False
        return not connection.closed

    def cancel(self, connection: Connection) -> None:
        connection.cancel_safe(timeout=CANCEL_SECONDS)

    def fileno(self, connection: Connection) -> int:
        return connection.fileno()


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
