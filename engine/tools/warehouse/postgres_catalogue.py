"""What a PostgreSQL transaction can look up: tables and columns, as the catalogue spells them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import RawCursor

from engine.tools.warehouse.dialect import Target, quoted
from engine.tools.warehouse.postgres_pool import Session


class PostgresCatalogue:
    """What both kinds of transaction can look up."""

    def __init__(self, session: Session) -> None:
        self._connection = session.connection
        self._stop = session.stop

    def check(self) -> None:
        self._stop.check()

    def tables(self) -> list[str]:
        found = self.asked(
            "SELECT n.nspname, c.relname, n.nspname = ANY(current_schemas(false)) FROM pg_class c "
            "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') "
            "AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%' "
            "ORDER BY 1, 2"
        )
        return [table if seen else f"{schema}.{table}" for schema, table, seen in found]

    def resolved(self, target: Target) -> Target | None:
        """The table of that name, as the catalogue spells it: exactly so, else whatever its letters' case."""
        found = self.asked(
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE lower(c.relname) = lower($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND CASE "
            "WHEN $2::text IS NULL THEN n.nspname = ANY(current_schemas(false)) ELSE lower(n.nspname) = lower($2) END "
            "ORDER BY c.relname = $1 DESC, c.relname = lower($1) DESC, "
            "array_position(current_schemas(false), n.nspname), n.nspname LIMIT 1",
            (target.table, target.schema),
        )
        return Target(found[0][0], found[0][1]) if found else None

    def described(self, target: Target) -> list[tuple[str, str, bool]]:
        """The columns of a resolved table: name, type, whether it may be null."""
        return self.asked(
            "SELECT attname, format_type(atttypid, atttypmod), NOT attnotnull FROM pg_attribute "
            "WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            (f"{quoted(target.schema or '')}.{quoted(target.table)}",),
        )

    def asked(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with RawCursor(self._connection) as cursor:
            return cursor.execute(sql.encode(), values or None).fetchall()
