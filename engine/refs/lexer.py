"""Finds the references in a decoded text: `$<…>`, and `${…}` before the names kept from older specs.

Laws: `$<` opens, quoted strings are skipped, the first `>` outside them closes; `$$<` is a literal `$<`; `${`
opens only before `step_ID_result`, `steps.` and `inputs.`; `${HOME}` and `{{ … }}` are text. Knows no
expression.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from engine.refs.bounds import EXPRESSION_BYTES_MAX

_OLD = r"\{(?=step_[A-Za-z][A-Za-z0-9_]*_result(?![A-Za-z0-9_])|steps\.|inputs\.)"
_OPENER = re.compile(rf"\$\$<|\$<|\$\${_OLD}|\${_OLD}")
_REFERENCE = re.compile(rf"(?<!\$)\$(?:<|{_OLD})")
_QUOTED = r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\""
_TO_ANGLE = re.compile(rf"(?:[^'\">]|{_QUOTED})*+>", re.S)
_TO_BRACE = re.compile(rf"(?:[^'\"}}]|{_QUOTED})*+}}", re.S)
_COMPARED = re.compile(r"(=?)\s*([^<>]*?)>", re.S)
_SHOWN_MAX = 40
_LENGTH_MAX = EXPRESSION_BYTES_MAX + 64
_PROBLEMS_MAX = 20


class Part(NamedTuple):
    """One reference. Offsets in the decoded text: `start` at the `$`, `end` after the closing bracket,
    `expr_start` where `expression` begins."""

    expression: str
    start: int
    end: int
    expr_start: int


class LexProblem(NamedTuple):
    """A reference that cannot be read. Offsets in the decoded text."""

    message: str
    hint: str | None
    start: int
    end: int


def holds_reference(text: str) -> bool:
    """Whether a text holds a reference, well formed or not. Quick."""
    return "$" in text and _REFERENCE.search(text) is not None


def lex(text: str) -> tuple[list[str | Part], list[LexProblem]]:
    """The literal pieces (unescaped, never empty) and references of a text, in order; and what is wrong.

    A reference with a problem is left in the pieces as the text it is. After twenty problems the rest is text. An
    expression that does not close within its 4 KiB does not close.
    """
    if "$" not in text:
        return ([text] if text else []), []
    pieces: list[str | Part] = []
    problems: list[LexProblem] = []
    literal = ""
    position = 0
    while (match := _OPENER.search(text, position)) is not None:
        literal += text[position : match.start()]
        opener = match[0]
        if opener.startswith("$$"):
            literal += opener[1:]
            position = match.end()
            continue
        found = _reference(text, match.start(), match.end(), opener)
        position = found.end
        if isinstance(found, Part):
            if literal:
                pieces.append(literal)
            literal = ""
            pieces.append(found)
        else:
            problems.append(found)
            literal += text[found.start : found.end]
            if len(problems) == _PROBLEMS_MAX:
                break
    literal += text[position:]
    if literal:
        pieces.append(literal)
    return pieces, problems


def whole_reference(pieces: list[str | Part]) -> Part | None:
    """The reference of a text that is one reference and nothing else, its last line break aside."""
    if (
        pieces
        and isinstance(pieces[0], Part)
        and (len(pieces) == 1 or (len(pieces) == 2 and pieces[1] == "\n"))
    ):
        return pieces[0]
    return None


def _reference(text: str, start: int, inside: int, opener: str) -> Part | LexProblem:
    angle = opener == "$<"
    match = (_TO_ANGLE if angle else _TO_BRACE).match(text, inside, inside + _LENGTH_MAX)
    if match is None:
        return _unclosed(text, start, inside, ">" if angle else "}")
    end = match.end()
    raw = text[inside : end - 1]
    expression = raw.strip() if not angle else raw.lstrip()
    if not expression:
        return LexProblem("the reference is empty", "write a name: $<inputs.NAME>", start, end)
    if angle and raw[-1:].isspace():
        return _spaced(text, raw.strip(), start, end)
    return Part(expression, start, end, inside + len(raw) - len(raw.lstrip()))


def _unclosed(text: str, start: int, inside: int, closing: str) -> LexProblem:
    """To the end of its line: what follows is likely meant as text."""
    stop = text.find("\n", inside)
    stop = len(text) if stop < 0 else stop
    hint = (
        f'a quote opens and does not close before the "{closing}"' if closing in text[inside:stop] else None
    )
    opener = text[start:inside]
    escape = f"; a literal {opener} is written ${opener}"
    return LexProblem(
        f'"{opener}" is not closed', (hint or f'close it with "{closing}"') + escape, start, stop
    )


def _spaced(text: str, left: str, start: int, end: int) -> LexProblem:
    """White space just before `>`: most likely a comparison."""
    match = _COMPARED.match(text, end, end + 2 * _SHOWN_MAX)
    if match is None or not match[2].strip() or len(match[2]) > _SHOWN_MAX:
        return LexProblem(
            'white space just before the closing ">"', f"write $<{left[:_SHOWN_MAX]}>", start, end
        )
    test = "ge" if match[1] else "gt"
    hint = f'the first ">" closes a reference: write `{left[:_SHOWN_MAX]} is {test}({match[2].strip()})`'
    return LexProblem('">" inside a reference', hint, start, match.end())
