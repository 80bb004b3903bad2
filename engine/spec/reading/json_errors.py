"""A syntax error of JSON in the author's words: which habit of another language it is, and how to mend it.

Laws: always exactly one problem, told at the text that is wrong. Refuses to go on reading.
"""

from __future__ import annotations

import re

from engine.diagnostics import Diagnostic, problem
from engine.spec.reading.json_tokens import VALUE, WORDS, end_of_blank
from engine.text import Source, nearest
from engine.text.snippet import shortened

_TOKEN = re.compile(r"""[^\s,:\[\]{}"]+""")
_TOKEN_LENGTH_MAX = 200
_COMMENT = re.compile(r"(?:#|//|/\*)[^\r\n]*")
_BROKEN_NUMBER = re.compile(r"[-+]?\.?[0-9][0-9a-zA-Z_.+-]*")
_OTHER_WORDS = {"True": "true", "TRUE": "true", "False": "false", "FALSE": "false"} | dict.fromkeys(
    ("None", "Null", "NULL", "nil", "undefined", "~"), "null"
)
_STRING_BEGUN = re.compile(r'"(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
_BAD_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,4}|.)?")
_CLOSING = {"[": "]", "{": "}"}


def explained(source: Source, at: int, opened: int | None, expected: str) -> Diagnostic:
    """The problem at `at`, where a "value", "key", "comma" or the "end" was expected.

    `opened`: where the innermost bracket stands that is open; None outside all.
    """
    message, start, end, hint = _told(source.text, at, opened, expected)
    return problem("WF117", message, source.span(start, end), hint)


_Told = tuple[str, int, int, str | None]
"""Message, the offsets it is about, hint."""


def _told(text: str, at: int, opened: int | None, expected: str) -> _Told:
    found = _at_the_end(text, at, opened) or _not_json(text, at)
    if found is not None:
        return found
    if expected == "end":
        message = f'unexpected "{shortened(_token(text, at))}" after the end of the document'
        return message, at, at + 1, "remove what follows the last bracket"
    if expected == "comma":
        return _after_value(text, at, opened)
    return _key_instead(text, at) if expected == "key" else _value_instead(text, at)


def _at_the_end(text: str, at: int, opened: int | None) -> _Told | None:
    if at < len(text):
        return None
    if opened is None:
        return "a value is missing here", at, at, None
    bracket = text[opened]
    return (
        f'the "{bracket}" opened here is not closed',
        opened,
        opened + 1,
        f'add the closing "{_CLOSING[bracket]}"',
    )


def _not_json(text: str, at: int) -> _Told | None:
    """What is wrong wherever it stands: comments, single quotes, a broken string."""
    comment = _COMMENT.match(text, at)
    if comment:
        return "JSON has no comments", at, comment.end(), "remove it, or write the spec as YAML"
    if text[at] == "'":
        end = text.find("'", at + 1) + 1 or at + 1
        return "JSON strings need double quotes", at, end, f'write "{shortened(text[at + 1 : end - 1])}"'
    return _broken_string(text, at) if text[at] == '"' else None


def _broken_string(text: str, at: int) -> _Told | None:
    """What is wrong inside the string that opens at `at`; None when it is whole."""
    match = _STRING_BEGUN.match(text, at)
    stop = match.end() if match else at + 1
    char = text[stop : stop + 1]
    if char == '"':
        return None
    if char == "\\":
        escape = _BAD_ESCAPE.match(text, stop)
        end = escape.end() if escape else stop + 1
        return f'"{shortened(text[stop:end])}" is not an escape', stop, end, "write the backslash twice"
    if char in ("", "\n", "\r"):
        hint = 'add the closing ", and write line breaks as \\n'
        return 'the quote " opened here is not closed on its line', at, at + 1, hint
    name = "\\t" if char == "\t" else f"\\u{ord(char):04x}"
    return f"a control character U+{ord(char):04X} inside a string", stop, stop + 1, f"write {name}"


def _after_value(text: str, at: int, opened: int | None) -> _Told:
    char = text[at]
    if char in "]}":
        bracket = text[at if opened is None else opened]
        return f'"{char}" does not close the "{bracket}"', at, at + 1, f'write "{_CLOSING.get(bracket, "]")}"'
    if char == ":":
        return 'unexpected ":"', at, at + 1, 'write "," between items, or { } around keys and values'
    return f'a "," is missing before {_shown(text, at)}', at, at + 1, 'add the ","'


def _key_instead(text: str, at: int) -> _Told:
    if text[at] == '"':
        match = VALUE.match(text, at)
        stop = match.end() if match else at
        behind = end_of_blank(text, stop)
        message = f'a ":" is missing after the key {shortened(text[at:stop])}'
        return message, behind, behind + 1, 'write "key": value'
    missing = _missing(text, at, "key")
    if missing is not None:
        return missing
    token = _token(text, at)
    hint = f'write "{shortened(token)}"' if token.isidentifier() else 'write "key": value'
    message = f'a key must be a text in double quotes, not "{shortened(token)}"'
    return message, at, at + len(token), hint


def _value_instead(text: str, at: int) -> _Told:
    missing = _missing(text, at, "value")
    if missing is not None:
        return missing
    token = _token(text, at)
    message, end = f'"{shortened(token)}" is not JSON', at + len(token)
    if token in _OTHER_WORDS:
        return message, at, end, f"write {_OTHER_WORDS[token]}"
    if _BROKEN_NUMBER.match(token):
        return f'"{shortened(token)}" is not a JSON number', at, end, _mended_number(token)
    near = nearest(token, WORDS)
    return message, at, end, f"did you mean {near[0]}?" if near else f'write "{shortened(token)}"'


def _missing(text: str, at: int, what: str) -> _Told | None:
    """A bracket, comma or colon where a key or value was expected: there is none, or a comma too many."""
    char = text[at]
    if char not in "]},:":
        return None
    before = len(text[:at].rstrip(" \t\r\n")) - 1
    if char in "]}" and text[before : before + 1] == ",":
        return f'a comma before the closing "{char}"', before, before + 1, "remove the comma"
    return f'a {what} is missing before "{char}"', at, at + 1, None


def _shown(text: str, at: int) -> str:
    """What begins at `at`, in quotes of its own or ours."""
    match = _STRING_BEGUN.match(text, at)
    return shortened(match[0] + '"') if match else f'"{shortened(_token(text, at))}"'


def _token(text: str, at: int) -> str:
    match = _TOKEN.match(text, at, at + _TOKEN_LENGTH_MAX)
    return match[0] if match else text[at : at + 1]


def _mended_number(token: str) -> str:
    if token.startswith("+"):
        return f"write {shortened(token[1:])}"
    if token.lstrip("-").startswith("."):
        return f"write {shortened(token.replace('.', '0.', 1))}"
    if token.endswith("."):
        return f"write {shortened(token)}0"
    if token.lstrip("-").isdigit():
        return "remove the leading zeros, or quote it if it is text"
    return "quote it if it is text"
