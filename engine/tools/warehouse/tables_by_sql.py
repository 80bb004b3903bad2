"""How a table is made, and how a stage is put into it, in the SQL that DuckDB, SQLite and PostgreSQL share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.tools.warehouse.dialect import Column, Target, quoted

if TYPE_CHECKING:
    from engine.tools.warehouse.dialect import Writing


class StandardWriting:
    """What a dialect's transaction inherits whose words are the common ones."""

    def make(
        self: Writing, target: Target, columns: Sequence[Column], key: Sequence[str]
    ) -> tuple[str, list[Column]]:
        name = self.name(target)
        parts = [f"{quoted(column.name)} {column.type}" for column in columns]
        if key:
            parts.append(f"PRIMARY KEY ({', '.join(map(quoted, key))})")
        self.run(f"CREATE TABLE {name} ({', '.join(parts)})")
        return name, [*columns]

    def merge(
        self: Writing, table: str, stage: str, names: Sequence[str], key: Sequence[str], sequence: str
    ) -> int:
        again = self.run(_repeated(stage, key, sequence))
        same = " AND ".join(f"old.{quoted(name)} = new.{quoted(name)}" for name in key)
        changes = ", ".join(f"{quoted(name)} = new.{quoted(name)}" for name in names if name not in key)
        if changes:
            self.run(f"UPDATE {table} AS old SET {changes} FROM {stage} AS new WHERE {same}")  # noqa: S608 - quoted names
        listed, values = ", ".join(map(quoted, names)), ", ".join(f"new.{quoted(name)}" for name in names)
        joined = f"{stage} AS new LEFT JOIN {table} AS old ON {same}"
        absent = f"old.{quoted(key[0])} IS NULL"
        self.run(f"INSERT INTO {table} ({listed}) SELECT {values} FROM {joined} WHERE {absent}")  # noqa: S608 - quoted names
        self.run(f"DROP TABLE {stage}")
        return again

    def commits(self, kind: str) -> bool:
        return False


def _repeated(stage: str, key: Sequence[str], sequence: str) -> str:
    keys = ", ".join(map(quoted, key))
    place = f"row_number() OVER (PARTITION BY {keys} ORDER BY {sequence} DESC) AS place"
    ranked = f"SELECT {sequence}, {place} FROM {stage}"  # noqa: S608 - quoted names
    return f"DELETE FROM {stage} WHERE {sequence} IN (SELECT {sequence} FROM ({ranked}) AS r WHERE place > 1)"  # noqa: S608 - quoted names
