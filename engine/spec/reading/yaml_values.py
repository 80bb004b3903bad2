"""Scalars that are read with a problem: numbers out of range, NUL, keys that are not text.

What cannot be told from ordinary scalars by a glance comes here; the composer keeps the ordinary ones.
"""

from __future__ import annotations

import re
from typing import Any

from engine.spec.reading.findings import Findings
from engine.spec.reading.keys import say_invisible
from engine.spec.reading.yaml_frames import DROP, Frame, Place
from engine.spec.reading.yaml_merge import merge_key
from engine.spec.reading.yaml_references import QUOTE_IT, is_cut
from engine.spec.reading.yaml_scalars import (
    NUMBER_STARTS,
    WORDS,
    OutOfRangeError,
    kind_of,
    kind_of_plain,
    number,
)
from engine.text.snippet import shortened

_NUL_ESCAPE = re.compile(r"\\(?:(0|x00|u0000|U00000000)|.)", re.DOTALL)


def checked_number(findings: Findings, text: str, start: int, end: int) -> int | float | str | None:
    """The value of a plain scalar that begins like a number; null where it is out of range."""
    try:
        return number(text)
    except OutOfRangeError as error:
        message = f'the number "{shortened(text)}" {error}'
        findings.say("WF106", message, start, end, "quote it if it is text")
        findings.blamed.add(start)
        return None


def say_nul(findings: Findings, start: int, end: int) -> None:
    """A quoted scalar that holds a NUL: it became null; told at the escape that wrote it."""
    findings.blamed.add(start)
    text = findings.source.text
    for match in _NUL_ESCAPE.finditer(text, text.find("\\", start, end), end):
        if match[1]:
            start, end = match.span(1)
            break
    findings.say("WF113", "the escape of a NUL character is not allowed", start, end, "remove it")


def new_key(
    findings: Findings, frame: Frame, text: str, style: str | None, start: int, end: int
) -> str | Place:
    """The key, or what to do with its value: a key is text, plain or quoted, that everybody can see."""
    if style:
        if "\0" in text:
            say_nul(findings, start, end)
            return DROP
    elif text == "<<":
        return merge_key(findings, frame, start, end)
    elif _is_no_text(findings, text, start, end) or is_cut(findings, frame, text, start, end, key=True):
        return DROP
    say_invisible(findings, text, start, end)
    return text


def _is_no_text(findings: Findings, text: str, start: int, end: int) -> bool:
    """Whether the plain key is a number, boolean or null, which is told."""
    if text not in WORDS and text[0] not in NUMBER_STARTS:
        return False
    kind = kind_of_plain(text)
    if kind == "text":
        return False
    shown, hint = "empty key", "write the key before the colon"
    if text:
        shown, hint = f'"{shortened(text)}"', f'quote it: "{shortened(text)}"'
    findings.say("WF105", f"a key must be text, {shown} is {kind}", start, end, hint)
    return True


def say_odd_key(findings: Findings, frame: Frame, value: Any, start: int, end: int) -> None:
    """A key that is a container or an alias of something else than text."""
    if start in findings.blamed:
        return
    text = findings.source.text
    hint = "write a text before the colon"
    if frame.flow and text.startswith("{{", start - 1):
        hint = f"references are written $<...>; {QUOTE_IT} if it is text"
    message = f'a key must be text, "{shortened(text[start:end])}" is {kind_of(value)}'
    findings.say("WF105", message, start, end, hint)
