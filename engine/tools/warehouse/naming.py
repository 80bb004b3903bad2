"""Names for the columns an author gave none: the text is written anew before it is sent, the names must not
show it.

SQLite names such a column by its text as written, so that text becomes its alias. DuckDB writes names of its
own from what it is sent (`sum(a)`, `count_star()`), so an alias is only needed where a function is sent under
another name.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.tokens import TokenType

_OPEN = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSE = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_END = {
    TokenType.FROM,
    TokenType.WHERE,
    TokenType.GROUP_BY,
    TokenType.HAVING,
    TokenType.WINDOW,
    TokenType.QUALIFY,
    TokenType.ORDER_BY,
    TokenType.LIMIT,
    TokenType.OFFSET,
    TokenType.UNION,
    TokenType.EXCEPT,
    TokenType.INTERSECT,
    TokenType.SEMICOLON,
}


def name_columns(root: Any, sql: str, dialect: str) -> None:
    """Gives aliases to the columns of the first select of `root`, the tree of `sql`, that need them."""
    select = root
    while isinstance(select, exp.SetOperation):
        select = select.this
    if not isinstance(select, exp.Select):
        return
    written = _written(sql, dialect)
    if len(written) != len(select.expressions):
        return  # a shape this small reader does not know: the database's own names stand
    named = [
        exp.alias_(column, exp.to_identifier(text, quoted=True), copy=False)
        if _needs(column, text, dialect)
        else column
        for column, text in zip(select.expressions, written, strict=True)
    ]
    select.set("expressions", named)


def _needs(column: Any, text: str, dialect: str) -> bool:
    if isinstance(column, (exp.Alias, exp.Aliases, exp.Column, exp.Star, exp.Dot)):
        return False
    if dialect == "sqlite":
        return True
    if isinstance(column, (exp.Columns, exp.Unnest, exp.Explode)):  # these may be several columns
        return False
    called, paren, _ = text.partition("(")
    sent = str(column.sql(dialect=dialect)).partition("(")[0]
    return bool(paren) and called.strip().isidentifier() and called.strip().lower() != sent.strip().lower()


def _written(sql: str, dialect: str) -> list[str]:
    """The texts of the outermost select list, in order."""
    texts: list[str] = []
    depth, first, last = 0, None, None
    started = False
    for token in Dialect.get_or_raise(dialect).tokenize(sql):
        kind = token.token_type
        if not started:
            started = depth == 0 and kind is TokenType.SELECT
        elif depth == 0 and kind in _END | _CLOSE:
            break
        elif depth == 0 and kind is TokenType.COMMA:
            texts.append(_between(sql, first, last))
            first = None
        elif not (first is None and kind in (TokenType.DISTINCT, TokenType.ALL)):
            first, last = first or token, token
        depth += (kind in _OPEN) - (kind in _CLOSE)
    return [*texts, _between(sql, first, last)] if first is not None else texts


def _between(sql: str, first: Any, last: Any) -> str:
    return sql[first.start : last.end + 1] if first is not None else ""
