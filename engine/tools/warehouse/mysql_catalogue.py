"""What a transaction of MySQL or MariaDB can look up: tables and columns, as the catalogue spells them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymysql import cursors

from engine.tools.warehouse.dialect import NO_VALUES, Target
from engine.tools.warehouse.mysql_pool import Session

_SYSTEM = "('information_schema', 'mysql', 'performance_schema', 'sys')"


class MysqlCatalogue:
    """What both kinds of transaction can look up, and how a statement with values is sent."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._connection = session.connection
        self._stop = session.stop

    def check(self) -> None:
        self._stop.check()

    def tables(self) -> list[str]:
        found = self.asked(
            "SELECT table_schema, table_name, table_schema = database() FROM information_schema.tables "  # noqa: S608 - a constant
            f"WHERE table_schema NOT IN {_SYSTEM} ORDER BY 1, 2"
        )
        return [table if here else f"{schema}.{table}" for schema, table, here in found]

    def resolved(self, target: Target) -> Target | None:
        """The table of that name, as the catalogue spells it: exactly so, else whatever its letters' case."""
        where = "database()" if target.schema is None else "?"
        values = {"a": target.table, "b": target.table}
        if target.schema is not None:
            values = {"s": target.schema, **values}
        found = self.asked(
            f"SELECT table_schema, table_name FROM information_schema.tables WHERE table_schema = {where} "  # noqa: S608 - a constant
            "AND lower(table_name) = lower(?) ORDER BY binary table_name = binary ? DESC, table_name LIMIT 1",
            values,
        )
        return Target(found[0][0], found[0][1]) if found else None

    def described(self, target: Target) -> list[tuple[str, str, bool]]:
        """The columns of a resolved table: name, type, whether it may be null."""
        found = self.asked(
            "SELECT column_name, column_type, is_nullable = 'YES' FROM information_schema.columns "
            "WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position",
            {"s": target.schema, "t": target.table},
        )
        return [(name, kind, bool(nullable)) for name, kind, nullable in found]

    def asked(self, sql: str, values: Mapping[str, Any] = NO_VALUES) -> list[tuple[Any, ...]]:
        with cursors.Cursor(self._connection) as cursor:
            cursor.execute(self.bound(sql, values))
            return [*cursor.fetchall()]

    def bound(self, sql: str, values: Mapping[str, Any]) -> str:
        """What to send for a statement whose `?` have these values: they are bound by the server, which prepares it.

        The client library itself would write values into the text. Here they travel as hexadecimal digits in a statement
        of their own, which no value can end.
        """
        if not values:
            return sql
        names = [f"@weft_{at}" for at in range(len(values))]
        sets = [f"{name} = {_literal(value)}" for name, value in zip(names, values.values(), strict=True)]
        self._connection.query(f"SET @weft_sql = {_literal(sql)}, {', '.join(sets)}")
        self._connection.query("PREPARE weft_statement FROM @weft_sql")
        return f"EXECUTE weft_statement USING {', '.join(names)}"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value!r}e0" if "e" not in repr(value) else repr(value)
    return f"_utf8mb4 X'{str(value).encode().hex()}'"
