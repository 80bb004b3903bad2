"""The dialects' grammar as the warehouse reads it: sqlglot's, but a function stays the function that was
written.

sqlglot reads functions into kinds of its own and writes some of them under another name (`log10(x)` as
`log(10, x)`, SQLite's `mod(5.5, 2)` as `5.5 % 2`), with results that are not always the same. Here only calls
with a syntax of their own are read so; every other one is a name and arguments, sent as they are, and looked
up by that name.
"""

from __future__ import annotations

from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB
from sqlglot.dialects.postgres import Postgres
from sqlglot.dialects.sqlite import SQLite

_ORDERED = frozenset(
    {"FIRST_VALUE", "LAG", "LAST_VALUE", "LEAD", "NTH_VALUE", "PERCENTILE_CONT", "PERCENTILE_DISC"}
)
_OWN_SYNTAX = frozenset({"CAST", "EXTRACT", "OVERLAY", "POSITION", "SUBSTRING", "TRIM", "TRY_CAST"})


def _only(parsers: Any, names: frozenset[str]) -> dict[str, Any]:
    return {name: parser for name, parser in parsers.items() if name in names}


class WarehouseDuckDB(DuckDB):  # type: ignore[misc]
    class Parser(DuckDB.Parser):  # type: ignore[misc]
        FUNCTIONS = _only(DuckDB.Parser.FUNCTIONS, _ORDERED)
        FUNCTION_PARSERS = _only(DuckDB.Parser.FUNCTION_PARSERS, _OWN_SYNTAX)


class WarehouseSQLite(SQLite):  # type: ignore[misc]
    class Parser(SQLite.Parser):  # type: ignore[misc]
        FUNCTIONS = _only(SQLite.Parser.FUNCTIONS, _ORDERED)
        FUNCTION_PARSERS = _only(SQLite.Parser.FUNCTION_PARSERS, _OWN_SYNTAX)

    class Generator(SQLite.Generator):  # type: ignore[misc]
        def identifier_sql(self, expression: Any) -> str:
            """SQLite reads an unknown name in double quotes as a text; in backticks it stays an unknown name."""
            written: str = super().identifier_sql(expression)
            if not written.startswith('"'):
                return written
            return "`" + str(expression.name).replace("`", "``") + "`"


class WarehousePostgres(Postgres):  # type: ignore[misc]
    class Parser(Postgres.Parser):  # type: ignore[misc]
        FUNCTIONS = _only(Postgres.Parser.FUNCTIONS, _ORDERED)
        FUNCTION_PARSERS = _only(Postgres.Parser.FUNCTION_PARSERS, _OWN_SYNTAX)

    def to_json_path(self, path: Any) -> Any:
        """What stands after `->` is a key or an index, never a path: it stays as it is written."""
        return path

    class Generator(Postgres.Generator):  # type: ignore[misc]
        TRANSFORMS: ClassVar[dict[Any, Any]] = {
            **Postgres.Generator.TRANSFORMS,
            exp.Pow: lambda self, expression: self.binary(expression, "^"),
        }


GRAMMARS: dict[str, Any] = {
    "duckdb": WarehouseDuckDB,
    "postgresql": WarehousePostgres,
    "sqlite": WarehouseSQLite,
}


def tokens(sql: str, dialect: str) -> list[Any]:
    """The tokens of the text, with offsets. Raises sqlglot's errors."""
    return list(GRAMMARS[dialect]().tokenize(sql))
