"""A syntax error of YAML in the author's words: which mistake it most likely is, and how to mend it.

Laws: always exactly one problem; the explanations are tried in order, the surest first, and each looks at
libyaml's words and the text around. This file: mistakes that a token tells; `yaml_errors_values`: values to
be quoted whole; `yaml_errors_shape`: brackets, colons and indentation.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from engine.diagnostics import Diagnostic
from engine.spec.reading.yaml_errors_shape import missing_colon, unclosed_bracket, wrong_indentation
from engine.spec.reading.yaml_errors_values import cut_value, missing_space
from engine.spec.reading.yaml_fault import Fault
from engine.spec.reading.yaml_references import QUOTE_IT
from engine.text import Source
from engine.text.snippet import shortened

_ESCAPE_SHAPE = re.compile(r"\\(?:x[0-9a-fA-F]{0,2}|u[0-9a-fA-F]{0,4}|U[0-9a-fA-F]{0,8}|.)?")
_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def explained(source: Source, error: yaml.MarkedYAMLError, quoted: tuple[int, int]) -> Diagnostic:
    """The one problem. `quoted`: where the last quoted scalar stands that was read."""
    fault = Fault(source, error, quoted)
    for explanation in _EXPLANATIONS:
        found = explanation(fault)
        if found is not None:
            return found
    return fault.say(f"not valid YAML: {fault.what}", fault.at, fault.at + 1)


def _tab(fault: Fault) -> Diagnostic | None:
    stands_there = fault.text.startswith("\t", fault.at) and "cannot start any token" in fault.what
    if "tab" not in fault.what and not stands_there:
        return None
    return fault.say("a tab is used for indentation", fault.at, fault.at + 1, "indent with spaces")


def _tag(fault: Fault) -> Diagnostic | None:
    if "tag" not in fault.what and "tag" not in fault.during:
        return None
    end = fault.word_end(fault.since)
    message = f'the tag "{fault.shown(fault.since, end)}" is not allowed'
    return fault.say(message, fault.since, end, f"remove it, or {QUOTE_IT} if it is text", code="WF104")


def _directive(fault: Fault) -> Diagnostic | None:
    if not ("directive" in fault.during or "directive" in fault.what or "incompatible" in fault.what):
        return None
    start, line = fault.line_of(min(fault.since, fault.at))
    message = f'"{shortened(line)}" is not a directive that is known'
    return fault.say(message, start, start + len(line), "remove the line; a line cannot begin with %")


def _escape(fault: Fault) -> Diagnostic | None:
    if "escape" not in fault.what and "hexdec" not in fault.what:
        return None
    at = fault.text.rfind("\\", fault.since, fault.at + 1)
    at = fault.at if at < 0 else at
    match = _ESCAPE_SHAPE.match(fault.text, at)
    end = match.end() if match else at + 2
    shown = fault.shown(at, end)
    if shown[:3].lower() == "\\ud" and len(shown) == 6:
        return _surrogate(fault, at, end, shown)
    return fault.say(
        f'"{shown}" is not an escape', at, end, "write the backslash twice, or use single quotes"
    )


def _surrogate(fault: Fault, at: int, end: int, shown: str) -> Diagnostic:
    pair = _PAIR.match(fault.text, at)
    if pair is None:
        message = f'"{shown}" is half of a surrogate pair, not a character'
        return fault.say(message, at, end, "remove it", code="WF113")
    code = 0x10000 + ((int(pair[1], 16) - 0xD800) << 10) + (int(pair[2], 16) - 0xDC00)
    message = f'"{pair[0]}" is a surrogate pair, which YAML does not know'
    return fault.say(message, at, pair.end(), f'write the character itself, or "\\U{code:08X}"', code="WF113")


def _unclosed_quote(fault: Fault) -> Diagnostic | None:
    opened = fault.since
    if "quoted" not in fault.during:
        opened, closed = fault.quoted
        if not _closed_by_the_next(fault, opened, closed):
            return None
    quote = fault.text[opened : opened + 1]
    message = f"the quote {quote} opened here is not closed"
    return fault.say(message, opened, opened + 1, f"add the closing {quote}")


def _closed_by_the_next(fault: Fault, opened: int, closed: int) -> bool:
    """Whether the last quoted scalar spans lines and the error stands right behind it: the next quote closed it."""
    over_lines = "\n" in fault.text[opened:closed]
    right_behind = fault.text[closed : fault.at].strip(" \t") == ""
    return over_lines and right_behind and bool(fault.line[: closed - fault.line_start].strip())


def _block_header(fault: Fault) -> Diagnostic | None:
    if "block scalar" not in fault.during:
        return None
    mark = fault.text[fault.since : fault.since + 1]
    hint = f'begin the text on the next line, or {QUOTE_IT} if it begins with "{mark}"'
    return fault.say(f'unexpected text after "{mark}"', fault.at, fault.stop(fault.at), hint)


def _first_character(fault: Fault) -> Diagnostic | None:
    if "alphabetic or numeric" in fault.what:
        at = fault.since
    elif any(
        words in fault.what for words in ("cannot start any token", "node content", "keys are not allowed")
    ):
        at = fault.at
    else:
        return None
    char = fault.text[at : at + 1]
    if not char.strip():
        return fault.say("a value is missing here", at, at + 1)
    return fault.say(f'a value cannot begin with "{char}"', at, fault.stop(at), QUOTE_IT)


_EXPLANATIONS: tuple[Callable[[Fault], Diagnostic | None], ...] = (
    _tab,
    _tag,
    _directive,
    _escape,
    _unclosed_quote,
    _block_header,
    cut_value,
    missing_space,
    _first_character,
    unclosed_bracket,
    missing_colon,
    wrong_indentation,
)
