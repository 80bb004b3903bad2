"""Cuts an expression into the tokens of Jinja's grammar, with offsets, and refuses what is too large or
nested too deeply.

Laws: this is where depth is bounded, before any recursive parser sees the text. Nesting is what stands around
a value: brackets, chains of `not`, `-` and `+`, and the `else` branches it is in. Knows no meaning.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple, NoReturn

from engine.refs.bounds import DEPTH_MAX, EXPRESSION_BYTES_MAX, INTEGER_MAX, text_bytes
from engine.refs.problems import ExpressionProblem

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<name>[^\W\d]\w*)
  |
  (?P<float>(?<!\.)[0-9](?:_?[0-9])*(?:(?:\.[0-9](?:_?[0-9])*)?[eE][+\-]?[0-9](?:_?[0-9])*|\.[0-9](?:_?[0-9])*))
  | (?P<integer>0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[1-9](?:_?[0-9])*|0(?:_?0)*) |
  (?P<string>'[^'\\]*(?:\\.[^'\\]*)*'|"[^"\\]*(?:\\.[^"\\]*)*") |
  (?P<operator>//|\*\*|==|!=|>=|<=|[-+/*%~\[\](){}><=.:|,;]) """,
    re.X | re.S,
)
_OPERATORS = {
    "+": "add", "-": "sub", "/": "div", "//": "floordiv", "*": "mul", "%": "mod", "**": "pow", "~": "tilde",
    "[": "lbracket", "]": "rbracket", "(": "lparen", ")": "rparen", "{": "lbrace", "}": "rbrace",
    "==": "eq", "!=": "ne", ">": "gt", ">=": "gteq", "<": "lt", "<=": "lteq", "=": "assign",
    ".": "dot", ":": "colon", "|": "pipe", ",": "comma", ";": "semicolon",
}  # fmt: skip
_CLOSING = {"lparen": ("rparen", ")"), "lbracket": ("rbracket", "]"), "lbrace": ("rbrace", "}")}
_CLOSERS = frozenset({"rparen", "rbracket", "rbrace"})
_ESCAPE = re.compile(r"\\(?:x(..)|u(.{4})|U(.{8})|N\{([^}]*)\}|([0-7]{1,3})|(\n)|(.))", re.S)
_LETTERS = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
}
_HINTS = {
    "&": "write `and`",
    "!": "write `not`, or `!=`",
    "?": "write `a if condition else b`",
    "$": "an expression holds no $<…> of its own",
    "'": "the quote is not closed",
    '"': "the quote is not closed",
    "`": "write texts in ' or \"",
    "\\": "a backslash stands only inside quotes",
    "@": None,
}


class Token(NamedTuple):
    """`start` and `end` are offsets in the expression; `type` is Jinja's name of it; `value` what it stands
    for."""

    start: int
    end: int
    type: str
    value: str | int | float


class Tokens(NamedTuple):
    """The tokens in order, and for every opening bracket (by offset) the end of its closing one."""

    all: list[Token]
    closed_at: dict[int, int]


def tokenize(text: str) -> Tokens:
    """The tokens of an expression. Raises ExpressionProblem."""
    if text_bytes(text) > EXPRESSION_BYTES_MAX:
        hint = "name parts of it in `let`, or do this work in a step of its own"
        raise ExpressionProblem("the expression is longer than 4 KiB", hint, 0, len(text), code="bounds")
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            _stranger(text, position)
        position = match.end()
        name = match.lastgroup or ""
        if name != "space":
            tokens.append(_token(name, match.start(), match[0]))
    if not tokens:
        raise ExpressionProblem("the expression is empty", None, 0, len(text))
    return Tokens(tokens, _balance(tokens))


def _token(name: str, start: int, raw: str) -> Token:
    end = start + len(raw)
    if name == "operator":
        return Token(start, end, _OPERATORS[raw], raw)
    if name == "name":
        if not raw.isidentifier():
            raise ExpressionProblem(f'"{raw}" is not a name', None, start, end)
        return Token(start, end, name, raw)
    if name == "string":
        return Token(start, end, name, _unquoted(raw, start))
    if name == "integer":
        digits = raw.replace("_", "")
        number = int(digits, 0) if len(digits) <= 70 else INTEGER_MAX + 1
        if number > INTEGER_MAX:
            raise ExpressionProblem(
                "the integer does not fit into 64 bits", None, start, end, code="overflow"
            )
        return Token(start, end, name, number)
    value = float(raw.replace("_", ""))
    if not math.isfinite(value):
        raise ExpressionProblem(f"{raw[:40]} is not a finite number", None, start, end, code="overflow")
    return Token(start, end, name, value)


def _stranger(text: str, position: int) -> NoReturn:
    char = text[position]
    what = "the quote is not closed" if char in "'\"" else f"unexpected {char!r}"
    raise ExpressionProblem(what, _HINTS.get(char) if char not in "'\"" else None, position, position + 1)


def _unquoted(raw: str, start: int) -> str:
    """What a quoted text stands for; escapes are Python's."""
    body = raw[1:-1]
    if "\r" in body:
        body = body.replace("\r\n", "\n").replace("\r", "\n")
    if "\\" in body:
        try:
            body = _ESCAPE.sub(_unescaped, body)
        except (ValueError, KeyError, OverflowError) as error:
            message = f"an escape in {raw[:40]} cannot be read"
            raise ExpressionProblem(message, None, start, start + len(raw)) from error
    if "\0" in body or (not body.isascii() and any("\ud800" <= char <= "\udfff" for char in body)):
        message = "a text may not hold NUL or half of a surrogate pair"
        raise ExpressionProblem(message, None, start, start + len(raw))
    return body


def _unescaped(match: re.Match[str]) -> str:
    two, four, eight, name, octal, newline, letter = match.groups()
    if two or four or eight:
        digits = two or four or eight
        if not all(char in "0123456789abcdefABCDEF" for char in digits):
            raise ValueError(digits)
        return chr(int(digits, 16))
    if octal:
        return chr(int(octal, 8))
    if newline:
        return ""
    if name is not None:
        import unicodedata

        return unicodedata.lookup(name)
    if letter in "xuUN":
        raise ValueError(letter)
    return _LETTERS.get(letter, "\\" + letter)


def _balance(tokens: list[Token]) -> dict[int, int]:
    """Where each bracket closes; refuses brackets that do not match, and nesting beyond DEPTH_MAX."""
    opened: list[tuple[Token, int, int]] = []
    closed_at: dict[int, int] = {}
    # `level`: the brackets around; `base`: and the `else` branches; `depth`: and the signs and `not`s just
    # before.
    level = base = depth = 0
    prefix = True  # whether a `-` or `+` here would be a sign
    for token in tokens:
        if token.type in _CLOSING:
            opened.append((token, base, level))
            level = base = depth = depth + 1
            prefix = True
        elif token.type in _CLOSERS:
            base, level = _close(token, opened, closed_at)
            depth = base
            prefix = False
        elif token.value == "not" and token.type == "name":
            depth += 1
            prefix = True
        elif prefix and token.type in ("sub", "add"):
            depth += 1
        elif token.value == "else" and token.type == "name":
            depth = base = base + 1
            prefix = True
        elif token.type in ("name", "string", "integer", "float"):
            depth = base
            prefix = token.value in ("and", "or", "in", "if", "is") and token.type == "name"
        else:
            prefix = True
            if token.type in ("comma", "colon"):
                depth = base = level
        if depth > DEPTH_MAX:
            message = f"the expression is nested more than {DEPTH_MAX} deep"
            raise ExpressionProblem(
                message, "name parts of it in `let`", token.start, token.end, code="bounds"
            )
    if opened:
        token = opened[-1][0]
        raise ExpressionProblem(f'"{token.value}" is not closed', None, token.start, token.end)
    return closed_at


def _close(token: Token, opened: list[tuple[Token, int, int]], closed_at: dict[int, int]) -> tuple[int, int]:
    if not opened:
        raise ExpressionProblem(f'unexpected "{token.value}"', None, token.start, token.end)
    opening, base, level = opened.pop()
    expected, char = _CLOSING[opening.type]
    if token.type != expected:
        message = f'unexpected "{token.value}", "{opening.value}" wants "{char}"'
        raise ExpressionProblem(message, None, token.start, token.end)
    closed_at[opening.start] = token.end
    return base, level
