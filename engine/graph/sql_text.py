"""References in SQL text: values become bound parameters, `| ident` stays in the text; nothing is ever pasted.

`select * from t where day = $<inputs.day>` becomes `… day = :_r0` with the parameter `_r0: $<inputs.day>`.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from engine.refs import Part, lex

_IDENT = re.compile(r"\|\s*ident\s*$")
# One alternative per thing in which a reference would be text: strings, quoted names, dollar quotes, comments.
_QUOTED = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\$([A-Za-z_]*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/", re.DOTALL
)


class SqlProblem(NamedTuple):
    """A reference where SQL cannot take one; offsets in the sql text."""

    message: str
    hint: str
    start: int
    end: int


def bind_references(text: str, params: dict[str, Any]) -> tuple[str, dict[str, Any], list[SqlProblem]]:
    """The text with `:_rN` in place of references, the parameters with their values added, and what is wrong."""
    pieces, _ = lex(text)
    parts = [piece for piece in pieces if isinstance(piece, Part)]
    if not parts:
        return text, params, []
    if len(parts) == 1 and not "".join(p for p in pieces if isinstance(p, str)).strip():
        hint = "write the statement here and refer to values only"
        problem = SqlProblem("the whole sql is one reference", hint, parts[0].start, parts[0].end)
        return text, params, [problem]
    return _bound(text, pieces, dict(params))


def _bound(
    text: str, pieces: list[str | Part], params: dict[str, Any]
) -> tuple[str, dict[str, Any], list[SqlProblem]]:
    problems: list[SqlProblem] = []
    shadow = _shadow(text, [piece for piece in pieces if isinstance(piece, Part)])
    quoted = list(_QUOTED.finditer(shadow))
    out: list[str] = []
    count = 0
    for piece in pieces:
        if isinstance(piece, str):
            out.append(piece)
        elif around := next((match for match in quoted if match.start() < piece.start < match.end()), None):
            problems.append(_inside(around[0], piece))
        elif _IDENT.search(piece.expression):
            out.append(text[piece.start : piece.end])
        else:
            name = f"_r{count}"
            count += 1
            params[name] = f"$<{piece.expression}>"
            out.append(f":{name}")
    return "".join(out), params, problems


def _inside(around: str, part: Part) -> SqlProblem:
    if around.startswith(("--", "/*")):
        return SqlProblem(
            "a reference inside a comment of sql", "take it out of the comment", part.start, part.end
        )
    hint = "leave the quotes out: the value is bound as a parameter"
    if around[0] in '"`':
        hint = "leave the quotes out and write $<… | ident> for the name of a table or column"
    return SqlProblem("a reference inside quotes of sql", hint, part.start, part.end)


def _shadow(text: str, parts: list[Part]) -> str:
    """The text with references blanked (same length), so that quotes inside them do not count."""
    for part in parts:
        text = text[: part.start] + "_" * (part.end - part.start) + text[part.end :]
    return text
