"""Connections to a MySQL or MariaDB server: opened with safe settings, and cleaned after a call.

Laws: a connection reads only unless a transaction says otherwise; one statement a message, for the client never asks
for more; the server may not ask for files of this machine.
"""

from __future__ import annotations

import logging
import re
from typing import Any

import pymysql
from pymysql import cursors
from pymysql.constants import CR

from engine.errors import ToolError
from engine.tools.warehouse import pool
from engine.tools.warehouse.config import Settings
from engine.tools.warehouse.mysql_values import DECODERS

CANCEL_SECONDS = 3.0
_RESET_CONNECTION = 0x1F
# The server's own defaults may be anything; one answer must come out everywhere. Our own statements have names in double
# quotes, an author's in backticks; texts are in single quotes, where a backslash escapes.
_MODES = (
    "ANSI_QUOTES,STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,"
    "NO_ENGINE_SUBSTITUTION"
)
_SESSION = f"SET NAMES utf8mb4, sql_mode = '{_MODES}', time_zone = '+00:00', group_concat_max_len = 16777216"
_READ_ONLY = "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_DANGEROUS = ("ALL PRIVILEGES", "FILE", "SUPER", "SHUTDOWN", "CREATE USER", "GRANT OPTION", "SET USER")
_GRANT = re.compile(r"^GRANT (?P<rights>.+?) ON \*\.\* TO ", re.IGNORECASE)
_log = logging.getLogger("weft.tool.sql")

Connection = Any
"""pymysql.connections.Connection, which has no types."""
Session = pool.Session[Connection]


class MysqlDriver:
    """How a pool opens, asks, cleans and cancels connections to MySQL and MariaDB."""

    error: type[Exception] = pymysql.err.Error

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def connect(self) -> Connection:
        connection = self._connected(max(2, int(self._settings.lock_timeout_seconds)))
        try:
            self._prepare(connection)
            if not self._settings.allow_superuser:
                _require_plain_role(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def ask(self, connection: Connection) -> None:
        connection.ping()

    def begin(self, connection: Connection, text: str) -> None:
        """`text` is several statements, a line each."""
        for statement in text.splitlines():
            connection.query(statement)

    def cleaned(self, connection: Connection) -> bool:
        try:
            # Rolls back, and forgets settings, variables, prepared statements, temporary tables and named locks.
            connection._execute_command(_RESET_CONNECTION, b"")
            connection._read_ok_packet()
            self._prepare(connection)
        except pymysql.err.Error as error:
            _log.debug("connection not kept: %s", error)
            return False
        return bool(connection.open)

    def cancel(self, connection: Connection) -> None:
        other = self._connected(CANCEL_SECONDS, read_timeout=CANCEL_SECONDS)
        try:
            other.query(f"KILL QUERY {connection.thread_id()}")
        except pymysql.err.OperationalError as error:
            if error.args[0] != 1094:  # no such thread: it has ended already
                raise
        finally:
            other.close()

    def fileno(self, connection: Connection) -> int:
        if connection._sock is None:
            raise pymysql.err.InterfaceError(CR.CR_SERVER_LOST, "closed")
        return int(connection._sock.fileno())

    def _connected(self, seconds: float, **more: Any) -> Connection:
        server: dict[str, Any] = {**self._settings.server}
        if "port" in server:
            server["port"] = int(server["port"])
        for name in ("ssl_verify_cert", "ssl_verify_identity"):
            if name in server:
                server[name] = server[name].lower() in ("1", "true", "yes", "on")
        if "ssl_ca" in server:  # without this word the client would not look at the certificate
            server.setdefault("ssl_verify_cert", True)
        return pymysql.connect(
            **server,
            charset="utf8mb4",
            autocommit=True,
            local_infile=False,
            conv={**pymysql.converters.encoders, **DECODERS},
            connect_timeout=seconds,
            program_name="weft",
            cursorclass=cursors.Cursor,
            **more,
        )

    def _prepare(self, connection: Connection) -> None:
        connection.query(_SESSION)
        connection.query(_READ_ONLY)


def is_mariadb(connection: Connection) -> bool:
    return "mariadb" in str(connection.get_server_info()).lower()


def _require_plain_role(connection: Connection) -> None:
    """A read-only transaction keeps nobody from the server's files, or from other users, who may reach them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_USER()")
        ((role,),) = cursor.fetchall()
        cursor.execute("SHOW GRANTS")
        grants = [str(line) for (line,) in cursor.fetchall()]
        cursor.execute("SELECT DISTINCT privilege_type FROM information_schema.user_privileges")
        rights = {str(right).upper() for (right,) in cursor.fetchall()}
    for line in grants:
        if match := _GRANT.match(line):
            rights.update(part.strip().upper() for part in match["rights"].split(","))
            if line.upper().endswith("WITH GRANT OPTION"):
                rights.add("GRANT OPTION")
    found = [right for right in _DANGEROUS if right in rights]
    if found:
        raise ToolError(
            f'the role "{role}" has the right {found[0]} on everything: a query could read or change the server itself',
            type="permission",
            code="SUPERUSER",
            hint="give the connection a role of its own, or, where the server holds nothing else, `allow_superuser: true`",
        )
