"""Names for the columns an author of SQLite or MySQL gave none: they take their text as written, which is written anew
before it is sent, so the author's text becomes their alias.
"""

from __future__ import annotations

from typing import Any

from sqlglot import exp
from sqlglot.tokens import TokenType

from engine.tools.warehouse.grammar import tokens

_LENGTHS_MAX = {"mysql": 255, "sqlite": 10_000_000}
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


def name_columns(root: Any, sql: str, dialect: str = "sqlite") -> None:
    """Gives the columns of the first select of `root`, the tree of `sql`, the names the database would have given
    them.
    """
    select = root
    while isinstance(select, exp.SetOperation):
        select = select.this
    if not isinstance(select, exp.Select):
        return
    written = _written(sql, dialect)
    if len(written) != len(select.expressions):
        return  # a shape this small reader does not know: the names of the new text stand
    pairs = zip(select.expressions, written, strict=True)
    select.set(
        "expressions",
        [
            column if _named(column, dialect) else _alias(column, text[: _LENGTHS_MAX[dialect]])
            for column, text in pairs
        ],
    )


def _named(column: Any, dialect: str) -> bool:
    if dialect == "mysql" and isinstance(column, exp.Literal):  # a text is named by what is in its quotes
        return True
    return isinstance(column, (exp.Alias, exp.Column, exp.Star, exp.Dot))


def _alias(column: Any, text: str) -> Any:
    return exp.alias_(column, exp.to_identifier(text, quoted=True), copy=False)


def _written(sql: str, dialect: str) -> list[str]:
    """The texts of the outermost select list, in order."""
    texts: list[str] = []
    depth, first, last = 0, None, None
    started = False
    for token in tokens(sql, dialect):
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
