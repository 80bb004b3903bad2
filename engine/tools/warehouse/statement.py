"""An author's SQL -> the statement that may be sent: parsed, guarded, bound, limited, written anew from the
tree.

Laws: the author's text itself is never sent; values are never written into the text. Knows the dialects'
grammar (by sqlglot), no database.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError

from engine.errors import ToolError
from engine.tools.warehouse.binding import bind, in_order, marked, numbered
from engine.tools.warehouse.grammar import GRAMMARS
from engine.tools.warehouse.guard import (
    require_harmless,
    require_harmless_write,
    require_known_calls,
    require_plain_comments,
    require_query,
    require_write,
)
from engine.tools.warehouse.naming import name_columns
from engine.tools.warehouse.rewrites import rewritten

LENGTH_MAX = 1_048_576

# It warns on stderr of statements it does not know; they are refused here with a message of their own.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


@dataclass(frozen=True, slots=True)
class Statement:
    """`text` is sent with `values`; `limited` is the limit added to it, None where the author's own holds or
    none was asked. `applied`: what was rewritten, in words for people.
    """

    text: str
    values: Mapping[str, Any]
    tree: Any
    limited: int | None
    warnings: tuple[str, ...]
    applied: tuple[str, ...] = ()

    def line_of_name(self, name: str, nth: int = 0) -> int | None:
        """The line of the author's text where a column, table or function of that name is written for the `nth` time
        (from 0); the last time, where it is not written so often.
        """
        wanted = name.lower()
        lines: dict[int, int] = {}
        for node in self.tree.walk():
            written = node.name if isinstance(node, (exp.Identifier, exp.Func)) else ""
            if written.lower() == wanted and "line" in node.meta:
                lines[int(node.meta.get("start", 0))] = int(node.meta["line"])
        places = [line for _, line in sorted(lines.items())]
        return places[min(nth, len(places) - 1)] if places else None

    def tables(self) -> list[str]:
        """The names of the tables read, as written."""
        return list(dict.fromkeys(table.name for table in self.tree.find_all(exp.Table) if table.name))


def prepare(
    sql: str, params: Mapping[str, Any], dialect: str, limit: int | None, *, optimise: bool = False
) -> Statement:
    """The statement to send; at most `limit` rows are asked for where the author's outermost query has no
    limit. `optimise`: rewritten where the answer is the same (`rewrites`).

    Raises ToolError: `invalid` (syntax, parameters), `permission` with code `SQL_REFUSED`.
    """
    if len(sql) > LENGTH_MAX:
        raise ToolError(
            f"the sql is {len(sql)} characters long, at most {LENGTH_MAX} are read", type="invalid"
        )
    try:
        return _prepare(sql, params, dialect, limit, optimise=optimise)
    except RecursionError:
        raise ToolError("the sql is nested too deeply", type="invalid", code="SQL_DEPTH") from None
    except SqlglotError as error:
        raise _syntax_error(error, dialect) from error


def prepare_write(
    sql: str, params: Mapping[str, Any], dialect: str, *, ours: bool = False
) -> tuple[Statement, str]:
    """The statement that changes the database, and its kind (INSERT, CREATE …). `ours`: not an author's, may also ask.

    Raises ToolError: `invalid` (syntax, parameters), `permission` with code `SQL_REFUSED`.
    """
    try:
        require_plain_comments(sql, dialect)
        trees = sqlglot.parse(marked(sql, params, dialect), dialect=GRAMMARS[dialect])
        root = trees[0] if ours else require_write(trees)
        require_harmless_write(root, dialect)
        kind = str(root.key).upper().removesuffix("TABLE")
        found, warnings = bind(root, params, sql, dialect)
        values = _placed(root, found, dialect)
        return Statement(_generate(root, dialect), values, root, None, warnings), kind
    except RecursionError:
        raise ToolError("the sql is nested too deeply", type="invalid", code="SQL_DEPTH") from None
    except SqlglotError as error:
        raise _syntax_error(error, dialect) from error


def _prepare(
    sql: str, params: Mapping[str, Any], dialect: str, limit: int | None, *, optimise: bool
) -> Statement:
    require_plain_comments(sql, dialect)
    root = require_query(sqlglot.parse(marked(sql, params, dialect), dialect=GRAMMARS[dialect]))
    require_harmless(root, dialect)
    root = _unwrapped(root)
    if dialect in ("mysql", "sqlite"):
        name_columns(root, sql, dialect)
    found, warnings = bind(root, params, sql, dialect)
    better, applied = rewritten(root) if optimise else (root.copy(), [])
    left = {str(node.this) for node in better.find_all(exp.Placeholder)}
    values = _placed(better, {name: value for name, value in found.items() if name in left}, dialect)
    limited = limit if limit is not None and root.args.get("limit") is None else None
    sent = _limited(better, limited) if limited is not None else better
    require_known_calls(_generate(_without_alias_columns(sent), dialect), dialect)
    return Statement(_generate(sent, dialect), values, root, limited, warnings, tuple(applied))


def _placed(root: Any, values: Mapping[str, Any], dialect: str) -> Mapping[str, Any]:
    """The placeholders as the database reads them; gives the values in their order."""
    if dialect == "postgresql":
        return numbered(root, values)
    return in_order(root, values, dialect) if dialect == "mysql" else values


def _generate(tree: Any, dialect: str) -> str:
    """Functions keep their letters: a database may name a column by them."""
    return str(
        tree.sql(
            dialect=GRAMMARS[dialect],
            comments=False,
            normalize_functions=False,
            unsupported_level=ErrorLevel.RAISE,
        )
    )


def _unwrapped(root: Any) -> Any:
    """Parentheses around the whole query taken off, so that its limit is seen."""
    while isinstance(root, exp.Subquery) and {key for key, value in root.args.items() if value} == {"this"}:
        root = root.this
    return root


def _limited(root: Any, limit: int) -> Any:
    if isinstance(root, (exp.Select, exp.SetOperation)):
        limited = root.copy()
        limited.set("limit", exp.Limit(expression=exp.Literal.number(limit)))
        return limited
    inner = root.copy() if isinstance(root, exp.Subquery) else exp.Subquery(this=root.copy())
    inner.set("alias", exp.TableAlias(this=exp.to_identifier("limited")))
    return exp.select("*").from_(inner).limit(limit)


def _without_alias_columns(tree: Any) -> Any:
    """A copy without the column lists of aliases: in `with t(a, b)` and `as t(a, b)` no function is
    called.
    """
    copy = tree.copy()
    for alias in copy.find_all(exp.TableAlias):
        alias.set("columns", None)
    for rows in copy.find_all(exp.Unnest):
        if isinstance(
            rows.args.get("offset"), exp.Identifier
        ):  # the name of the column that `with ordinality` adds
            rows.set("offset", True)
    return copy


def _syntax_error(error: SqlglotError, dialect: str) -> ToolError:
    details = getattr(error, "errors", None)
    if details:
        first = details[0]
        near = f' near "{first["highlight"]}"' if first.get("highlight") else ""
        said = f"line {first['line']} of the sql: {_plain(first['description'])}{near}"
    else:
        said = str(error).splitlines()[0].rstrip(".").lower()
    return ToolError(f"the sql is not valid {dialect}: {said}", type="invalid", code="SQL_SYNTAX")


def _plain(description: str) -> str:
    if description.startswith("Required keyword"):  # goes on with the name of one of the parser's classes
        return "something is missing"
    return description.rstrip(".").lower()
