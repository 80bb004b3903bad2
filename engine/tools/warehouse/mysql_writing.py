"""A transaction that writes to MySQL or MariaDB.

A statement that makes a table commits by itself there, and what is loaded into it would be seen half done. So a table
that a load makes has another name until all its rows are committed; then it gets its own, in one move.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import pymysql
from pymysql import cursors
from pymysql.constants import SERVER_STATUS

from engine.errors import ToolError
from engine.tools.warehouse.dialect import NO_VALUES, Column, Target, quoted
from engine.tools.warehouse.mysql_catalogue import MysqlCatalogue
from engine.tools.warehouse.mysql_errors import lost
from engine.tools.warehouse.mysql_insert import STATEMENT_BYTES, inserts, key_type, sql_type
from engine.tools.warehouse.mysql_pool import Session, is_mariadb
from engine.tools.warehouse.types import parsed_type

_ROWS = ("INSERT", "UPDATE", "DELETE", "MERGE")


class MysqlWriting(MysqlCatalogue):
    """`stages` are the quoted names of tables that are being made."""

    def __init__(self, session: Session, lock_seconds: float) -> None:
        super().__init__(session)
        self._lock_seconds = lock_seconds
        self._made: list[tuple[str, str]] = []
        self._packet = 0

    @property
    def stages(self) -> list[str]:
        return [stage for stage, _ in self._made]

    def columns(self, target: Target) -> list[Column] | None:
        found = self.resolved(target)
        if found is None:
            return None
        self._require_transactions(found)
        return [Column(name, kind) for name, kind, _ in self.described(found)]

    def types(self, schema: Any) -> list[str]:
        return [sql_type(field.type) for field in schema]

    def parsed_type(self, text: str) -> str:
        return parsed_type(text, "mysql")

    def spelled(self, name: str) -> str:
        return name

    def name(self, target: Target) -> str:
        found = self.resolved(target) or target
        return f"{quoted(found.schema)}.{quoted(found.table)}" if found.schema else quoted(found.table)

    def lock(self, target: Target) -> None:
        """Among loads: MySQL's own lock of a table would end the transaction."""
        name = self._lock_name(target)
        ((got,),) = self.asked("SELECT get_lock(?, ?)", {"name": f"weft.{name}", "wait": self._lock_seconds})
        self._stop.check()
        if got != 1:
            raise ToolError(
                f'another load writes to the table "{target}"',
                type="unavailable",
                code="LOCKED",
                hint="`connection_timeout` of the connection says how long to wait",
            )

    def make(self, target: Target, columns: Sequence[Column], key: Sequence[str]) -> tuple[str, list[Column]]:
        name = self._lock_name(target)
        final = self.name(target)
        folder = f"{quoted(target.schema)}." if target.schema else ""
        self._remove_strays(f"weft_load_{name}_", target.schema)
        stage = f"{folder}{quoted(f'weft_load_{name}_{secrets.token_hex(6)}')}"
        made = [Column(name, key_type(kind, len(key)) if name in key else kind) for name, kind in columns]
        parts = [f"{quoted(name)} {kind}" for name, kind in made]
        if key:
            parts.append(f"PRIMARY KEY ({', '.join(map(quoted, key))})")
        self._made.append((stage, final))
        collation = "utf8mb4_nopad_bin" if is_mariadb(self._connection) else "utf8mb4_0900_bin"
        self._connection.query(
            f"CREATE TABLE {stage} ({', '.join(parts)}) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE={collation}"
        )
        self._connection.query("START TRANSACTION READ WRITE")
        return stage, made

    def commit(self) -> None:
        try:
            self._connection.query("COMMIT")
            if self._made:
                moves = ", ".join(f"{stage} TO {final}" for stage, final in self._made)
                self._connection.query(f"RENAME TABLE {moves}")
                self._made.clear()
        except pymysql.err.Error as error:
            if not lost(error):
                raise
            raise ToolError(
                "the connection was lost while the transaction was committed: it may or may not be done",
                type="failed",
                code="COMMIT_UNKNOWN",
                hint="look into the table before the step is repeated",
            ) from error

    def commits(self, kind: str) -> bool:
        """Whether a statement of this kind ends the transaction by itself."""
        return kind not in _ROWS

    def run(self, sql: str, values: Mapping[str, Any] = NO_VALUES) -> int:
        self._stop.check()
        if not self._connection.server_status & SERVER_STATUS.SERVER_STATUS_IN_TRANS:
            self._connection.query(
                "START TRANSACTION READ WRITE"
            )  # after a statement that committed by itself
        with cursors.Cursor(self._connection) as cursor:
            cursor.execute(self.bound(sql, values))
            row = cursor.fetchone() if cursor.description else None
            return int(row[0]) if row else max(0, cursor.rowcount)

    def insert(self, table: str, names: Sequence[str], batch: Any) -> None:
        if not self._packet:
            ((self._packet,),) = self.asked("SELECT @@max_allowed_packet")
        size = min(STATEMENT_BYTES, self._packet - 1024)
        for statement in inserts(table, ", ".join(map(quoted, names)), batch, size):
            self._stop.check()
            self._connection.query(statement)

    def merge(self, table: str, stage: str, names: Sequence[str], key: Sequence[str], sequence: str) -> int:
        """Each statement reads the stage once: MySQL opens a temporary table no second time."""
        keys = ", ".join(map(quoted, key))
        listed = ", ".join(map(quoted, names))
        ranked = (
            f"(SELECT {listed}, row_number() OVER (PARTITION BY {keys} ORDER BY {sequence} DESC) AS weft_place "  # noqa: S608 - quoted names
            f"FROM {stage})"
        )
        again = self.run(f"SELECT count(*) FROM {ranked} AS r WHERE weft_place > 1")  # noqa: S608 - quoted names
        last = f"(SELECT * FROM {ranked} AS r WHERE weft_place = 1) AS new"  # noqa: S608 - quoted names
        same = " AND ".join(f"old.{quoted(name)} = new.{quoted(name)}" for name in key)
        changes = ", ".join(f"old.{quoted(n)} = new.{quoted(n)}" for n in names if n not in key)
        if changes:
            self.run(f"UPDATE {table} AS old JOIN {last} ON {same} SET {changes}")  # noqa: S608 - quoted names
        values = ", ".join(f"new.{quoted(name)}" for name in names)
        absent = f"old.{quoted(key[0])} IS NULL"
        joined = f"{last} LEFT JOIN {table} AS old ON {same}"
        self.run(f"INSERT INTO {table} ({listed}) SELECT {values} FROM {joined} WHERE {absent}")  # noqa: S608 - quoted names
        self.run(f"DROP TEMPORARY TABLE {stage}")
        return again

    def _lock_name(self, target: Target) -> str:
        ((here,),) = self.asked("SELECT database()")
        return hashlib.sha256(f"{target.schema or here}.{target.table}".lower().encode()).hexdigest()[:16]

    def _remove_strays(self, beginning: str, schema: str | None) -> None:
        """What loads of this table left that were killed: nobody is at work on it, for the lock is ours."""
        found = self.asked(
            "SELECT table_schema, table_name FROM information_schema.tables "
            "WHERE table_schema = coalesce(?, database()) AND left(table_name, ?) = ?",
            {"schema": schema, "length": len(beginning), "beginning": beginning},
        )
        for folder, table in found:
            self._connection.query(f"DROP TABLE {quoted(folder)}.{quoted(table)}")

    def _require_transactions(self, table: Target) -> None:
        found = self.asked(
            "SELECT t.engine FROM information_schema.tables t JOIN information_schema.engines e ON e.engine = t.engine "
            "WHERE t.table_schema = ? AND t.table_name = ? AND e.transactions = 'NO'",
            {"schema": table.schema, "table": table.table},
        )
        if found:
            raise ToolError(
                f'the table "{table.table}" is of the engine {found[0][0]}, which has no transactions: a load that '
                "fails would stay half done",
                type="invalid",
                code="ENGINE",
                hint=f"alter table {table.table} engine = InnoDB",
            )
