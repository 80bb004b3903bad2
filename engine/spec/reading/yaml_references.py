"""References that YAML cuts: `[$<f(a, b)>]` ends a plain scalar at the comma, `k: $<x # y>` at the comment.

Laws: a cut reference is one problem, at the whole reference; its other pieces are passed over. Only where a
reference opens and ends is known here; refuses to know what it means.
"""

from __future__ import annotations

import re

from engine.spec.reading.findings import Findings
from engine.spec.reading.yaml_frames import DROP, ITEM, KEY, Frame
from engine.text.snippet import shortened

QUOTE_IT = "quote the whole value"
REFERENCE_REST = re.compile(r"""(?:"[^"]*"|'[^']*'|[^"'>])*>""")
"""What follows `$<`, up to its end."""

_COMMENT = re.compile(r"[ \t]+#")
_LINE_END = re.compile(r"[\r\n]")
_SHOWN_AT_MOST = 4096


def open_reference(text: str) -> int | None:
    """Where a reference opens in `text` that does not close; `$$<` opens none."""
    at = 0
    while (at := text.find("$<", at)) >= 0:
        if at and text[at - 1] == "$":
            at += 2
            continue
        match = REFERENCE_REST.match(text, at + 2)
        if match is None:
            return at
        at = match.end()
    return None


def is_cut(findings: Findings, frame: Frame, text: str, start: int, end: int, *, key: bool = False) -> bool:
    """Whether the plain scalar `text` ends inside a reference, which is told: at a comma or bracket, `: ` or ` #`."""
    opened = open_reference(text)
    if opened is None:
        return False
    if not (frame.flow or key or _COMMENT.match(findings.source.text, end)):
        return False
    _say_cut(findings, start + opened)
    frame.muted = frame.flow
    return True


def passes_over(frame: Frame, text: str) -> bool:
    """In a muted frame: whether this scalar is one of the pieces, up to the one with the reference's end."""
    key = frame.key
    if ">" in text:
        frame.muted = False
    if key is KEY:
        frame.key = DROP
    elif key is DROP:
        frame.key = KEY
    return key is KEY or key is DROP or key is ITEM


def _say_cut(findings: Findings, begin: int) -> None:
    if findings.room_for():
        text = findings.source.text
        line_end = _line_end(text, begin)
        match = REFERENCE_REST.match(text, begin + 2, line_end)
        stop = match.end() if match else line_end
        message = f'YAML cuts the reference "{shortened(text[begin:stop])}" in pieces'
        findings.say("WF114", message, begin, stop, QUOTE_IT)


def _line_end(text: str, at: int) -> int:
    """The end of the line, or of as much of it as a problem looks at: a file may be one line."""
    match = _LINE_END.search(text, at, at + _SHOWN_AT_MOST)
    return match.start() if match else min(len(text), at + _SHOWN_AT_MOST)
