"""The tokens of RFC 8259 as regular expressions, one for each place in the grammar, and what a string means.

Laws: every pattern is possessive, so none looks at a character twice.
"""

from __future__ import annotations

import re

_STRING = r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+"'
_SPACE = r"[ \t\n\r]*+"

TEXT, INTEGER, NUMBER, WORD, OPENING, CLOSING, NOT_FINITE = range(1, 8)
"""The groups of VALUE: NUMBER is one that is no integer, NOT_FINITE what is a number in other languages."""

VALUE = re.compile(
    rf"{_SPACE}(?:({_STRING})|(-?(?:0|[1-9][0-9]*+)(?![\w.+-]))"
    r"|(-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?(?![\w.+-]))"
    r"|(true|false|null)(?!\w)|([\[{])|([\]}])|(NaN|[-+]?Infinity)(?!\w))"
)
KEY = re.compile(rf"{_SPACE}({_STRING}){_SPACE}:")
AFTER = re.compile(rf"{_SPACE}([,\]}}])")
"""What follows a value inside a list or mapping."""

WORDS = {"true": True, "false": False, "null": None}

_BLANK = re.compile(_SPACE)
_ESCAPE = re.compile(r"\\(?:u([dD][89abAB]..)\\u([dD][c-fC-F]..)|u(....)|(.))")
_SIMPLE = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def end_of_blank(text: str, at: int) -> int:
    """Where the white space at `at` ends."""
    match = _BLANK.match(text, at)
    return match.end() if match else at


def unescaped(body: str) -> tuple[str, re.Match[str] | None]:
    """What a string's inside means, and its first escape that is no character: NUL, or half of a surrogate pair."""
    wrong: re.Match[str] | None = None

    def one(match: re.Match[str]) -> str:
        nonlocal wrong
        high, low, code, simple = match.groups()
        if simple is not None:
            return _SIMPLE[simple]
        if high is not None:
            return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + (int(low, 16) - 0xDC00))
        value = int(code, 16)
        if value == 0 or 0xD800 <= value <= 0xDFFF:
            wrong = wrong or match
            return ""
        return chr(value)

    return _ESCAPE.sub(one, body), wrong
