"""Where the `:name` placeholders of an SQL text stand: a lexer small enough for checks, without a parser.

It tells authors which values are missing before anything runs. It decides nothing about what is sent to a
database: there the parsed tree says what a placeholder is, so a mistake here is a wrong hint, never an
injection.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# Order matters: what hides a colon (quotes, comments, dollar quotes, `::`, `:=`) is taken before a
# placeholder.
_TOKEN = re.compile(
    r"""
      '(?:[^']|'')*(?:'|\Z) | "(?:[^"]|"")*(?:"|\Z) | `(?:[^`]|``)*(?:`|\Z)
    | --[^\n]* | /\*.*?(?:\*/|\Z)
    | \$(?P<tag>[A-Za-z_]*)\$.*?(?:\$(?P=tag)\$|\Z)
    | :: | :=
    | (?<![A-Za-z0-9_\])}'"]):(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    """,
    re.VERBOSE | re.DOTALL,
)


class Placeholder(NamedTuple):
    """`offset` is that of the colon, 0-based; `line` is 1-based."""

    name: str
    offset: int
    line: int


def placeholders(sql: str) -> tuple[Placeholder, ...]:
    """The placeholders in the order written, those in quotes, comments and casts left out.

    >>> [p.name for p in placeholders("select ':no', a::int from t where b = :yes -- :no")]
    ['yes']
    """
    return tuple(
        Placeholder(match["name"], match.start(), sql.count("\n", 0, match.start()) + 1)
        for match in _TOKEN.finditer(sql)
        if match["name"]
    )
