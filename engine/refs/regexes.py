"""Regular expressions in linear time (RE2), and what they may cost.

Laws: `re2` is imported when the first pattern is used; a pattern is found anywhere unless it is anchored;
work is paid for as text length times program size, and a replacement also by the time it takes, since many
short matches on one long text are quadratic in any engine.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from engine.errors import EvaluationError
from engine.refs.bounds import EXPRESSION_BYTES_MAX, Evaluation, text_bytes
from engine.refs.values import shown

_MEMORY_BYTES_MAX = 2 << 20
_STEPS_PER_ELEMENT = 200  # program steps one element of the purse buys; about a microsecond in the worst case
_REPLACEMENT = re.compile(r"\\(?:([0-9])|g<(\w+)>|(\\)|(.?))", re.S)


@lru_cache(maxsize=64)
def compiled(pattern: str) -> Any:
    """The pattern of RE2. Raises EvaluationError (`pattern`); nothing is written to standard error."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY_BYTES_MAX
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raw = error.args[0] if error.args else ""
        detail = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
        hint = (
            "look-around and back-references do not exist in a linear-time engine" if "(?" in detail else None
        )
        raise EvaluationError(
            f"the pattern {shown(pattern)} is not a regular expression: {detail}", hint=hint, code="pattern"
        ) from error
    except UnicodeError as error:
        raise EvaluationError(f"the pattern {shown(pattern)} is not valid text", code="pattern") from error


def prepared(evaluation: Evaluation, pattern: str, text: str) -> Any:
    """The compiled pattern, after paying for one pass over `text`. Raises EvaluationError (`pattern`,
    `bounds`)."""
    if text_bytes(pattern) > EXPRESSION_BYTES_MAX:
        raise EvaluationError("the pattern is longer than 4 KiB", code="bounds")
    if "\b" in pattern:
        raise EvaluationError(
            "the pattern holds a backspace", hint=r"write \\b for a word boundary", code="pattern"
        )
    program = compiled(pattern)
    if not _valid(text):
        raise EvaluationError("the text holds a lone surrogate", code="type")
    evaluation.visit(len(text) * program.programsize // _STEPS_PER_ELEMENT)
    return program


def found(evaluation: Evaluation, pattern: str, text: str) -> Any:
    """The first match anywhere, or None."""
    return prepared(evaluation, pattern, text).search(text)


def replaced(evaluation: Evaluation, pattern: str, text: str, replacement: str) -> str:
    """Every match replaced; `\\1` to `\\9` and `\\g<name>` in the replacement are groups, `\\0` the whole
    match."""
    program = prepared(evaluation, pattern, text)
    expand = _expander(replacement, program)
    pieces: list[str] = []
    length = done = 0
    before = time.perf_counter()
    for match in program.finditer(text):
        piece = text[done : match.start()] + expand(match)
        done = match.end()
        pieces.append(piece)
        length += len(piece)
        evaluation.may_make(length)
        now = time.perf_counter()
        evaluation.visit(1 + int((now - before) * 1e6))
        before = now
    pieces.append(text[done:])
    evaluation.may_make(length + len(pieces[-1]))
    return evaluation.made("".join(pieces))


def _expander(replacement: str, compiled: Any) -> Callable[[Any], str]:
    pieces: list[str | int] = []
    position = 0
    for match in _REPLACEMENT.finditer(replacement):
        pieces.append(replacement[position : match.start()])
        position = match.end()
        number, name, backslash, other = match.groups()
        if backslash:
            pieces.append("\\")
        elif other is not None:
            raise EvaluationError(
                f"the replacement {shown(replacement)} holds \\{other}",
                hint=r"groups are \\1 to \\9 and \\g<name>, a backslash is written \\\\",
                code="pattern",
            )
        else:
            pieces.append(group_number(compiled, int(number) if number else name))
    pieces.append(replacement[position:])

    def expand(match: Any) -> str:
        return "".join(piece if type(piece) is str else match.group(piece) or "" for piece in pieces)

    return expand


def group_number(compiled: Any, group: str | int) -> int:
    """The number of a group, by number or name. Raises EvaluationError (`pattern`) when the pattern has none
    such."""
    if isinstance(group, str) and not (group.isascii() and group.isdigit()):
        index = compiled.groupindex.get(group)
        if index is None:
            raise EvaluationError(f"the pattern has no group named {shown(group)}", code="pattern")
        return int(index)
    number = group if isinstance(group, int) else int(group[:9])
    if not 0 <= number <= compiled.groups:
        raise EvaluationError(
            f"the pattern has no group {shown(number)}; it has {compiled.groups}", code="pattern"
        )
    return number


def _valid(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeError:
        return False
    return True
