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
from sqlglot.dialects.mysql import MySQL
from sqlglot.dialects.postgres import Postgres
from sqlglot.dialects.sqlite import SQLite

_ORDERED = frozenset(
    {"FIRST_VALUE", "LAG", "LAST_VALUE", "LEAD", "NTH_VALUE", "PERCENTILE_CONT", "PERCENTILE_DISC"}
)
_OWN_SYNTAX = frozenset({"CAST", "EXTRACT", "OVERLAY", "POSITION", "SUBSTRING", "TRIM", "TRY_CAST"})
_OWN_SYNTAX_OF_MYSQL = frozenset({"CHAR", "CONVERT", "GROUP_CONCAT", "MATCH", "VALUES"})


def _only(parsers: Any, names: frozenset[str]) -> dict[str, Any]:
    return {name: parser for name, parser in parsers.items() if name in names}


def _names(dialect: Any) -> frozenset[Any]:
    """What may stand after the colon of a placeholder: words of the language too (`:key`, `:from`)."""
    words = (kind for word, kind in dialect.Tokenizer.KEYWORDS.items() if word.isidentifier())
    return frozenset({*dialect.Parser.COLON_PLACEHOLDER_TOKENS, *words})


class WarehouseDuckDB(DuckDB):  # type: ignore[misc]
    class Parser(DuckDB.Parser):  # type: ignore[misc]
        FUNCTIONS = _only(DuckDB.Parser.FUNCTIONS, _ORDERED)
        FUNCTION_PARSERS = _only(DuckDB.Parser.FUNCTION_PARSERS, _OWN_SYNTAX)


class WarehouseSQLite(SQLite):  # type: ignore[misc]
    class Parser(SQLite.Parser):  # type: ignore[misc]
        FUNCTIONS = _only(SQLite.Parser.FUNCTIONS, _ORDERED)
        COLON_PLACEHOLDER_TOKENS = _names(SQLite)
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
        COLON_PLACEHOLDER_TOKENS = _names(Postgres)
        FUNCTION_PARSERS = _only(Postgres.Parser.FUNCTION_PARSERS, _OWN_SYNTAX)

    def to_json_path(self, path: Any) -> Any:
        """What stands after `->` is a key or an index, never a path: it stays as it is written."""
        return path

    class Generator(Postgres.Generator):  # type: ignore[misc]
        TRANSFORMS: ClassVar[dict[Any, Any]] = {
            **Postgres.Generator.TRANSFORMS,
            exp.Pow: lambda self, expression: self.binary(expression, "^"),
        }


class WarehouseMySQL(MySQL):  # type: ignore[misc]
    class Tokenizer(MySQL.Tokenizer):  # type: ignore[misc]
        # Two dashes are two signs where nothing white follows: `5--1` is 6.
        COMMENTS: ClassVar[list[Any]] = ["-- ", "--\t", "#", ("/*", "*/")]
        # As in a session with ANSI_QUOTES, which ours are: elsewhere too a name may stand in double quotes (`| ident`).
        QUOTES: ClassVar[list[Any]] = ["'"]
        IDENTIFIERS: ClassVar[list[Any]] = ["`", '"']

    class Parser(MySQL.Parser):  # type: ignore[misc]
        FUNCTIONS = _only(MySQL.Parser.FUNCTIONS, _ORDERED)
        COLON_PLACEHOLDER_TOKENS = _names(MySQL)
        FUNCTION_PARSERS = _only(MySQL.Parser.FUNCTION_PARSERS, _OWN_SYNTAX | _OWN_SYNTAX_OF_MYSQL)

    class Generator(MySQL.Generator):  # type: ignore[misc]
        TRANSFORMS: ClassVar[dict[Any, Any]] = {
            **MySQL.Generator.TRANSFORMS,
            exp.RegexpLike: lambda self, expression: self.binary(expression, "RLIKE"),
            exp.JSONExtract: lambda self, expression: self.func(
                "JSON_EXTRACT", expression.this, expression.expression
            ),
            exp.JSONExtractScalar: lambda self, expression: self.func(
                "JSON_UNQUOTE", exp.func("JSON_EXTRACT", expression.this, expression.expression)
            ),
        }


END = " "
"""After a text that is read: looking for the end of `$1`, sqlglot runs past a text that ends in `''`."""
GRAMMARS: dict[str, Any] = {
    "duckdb": WarehouseDuckDB,
    "mysql": WarehouseMySQL,
    "postgresql": WarehousePostgres,
    "sqlite": WarehouseSQLite,
}


def tokens(sql: str, dialect: str) -> list[Any]:
    """The tokens of the text, with offsets. Raises sqlglot's errors."""
    return list(GRAMMARS[dialect]().tokenize(sql + END))
