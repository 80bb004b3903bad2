"""From a character of a decoded text back to its place in the file: quotes, escapes, folded lines, blocks.

Laws: offsets are only given when decoding the source again yields the value that was read, so a wrong place is
never shown; the same for YAML and JSON, whose strings are written alike. Refuses to know trees, documents and
problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple


class Piece(NamedTuple):
    """One decoded stretch of text and the source it was written as; `exact`: character for character."""

    text: str
    start: int
    end: int
    exact: bool


class Offsets:
    """Maps an index of the decoded text to an offset of the source."""

    __slots__ = ("_pieces", "_start")

    def __init__(self, pieces: list[Piece], start: int) -> None:
        self._pieces = pieces
        self._start = start

    def __call__(self, index: int, after: bool = False) -> int:
        """Where the character at `index` begins (`after`: ends). Beyond the last: the end of the last."""
        begin = 0
        last = self._start
        for text, start, end, exact in self._pieces:
            if index < begin + len(text):
                return start + index - begin + after if exact else (end if after else start)
            begin += len(text)
            last = end
        return last


_BREAK = r"(?:\r\n|\n|\r)"
_FOLD = re.compile(rf"[ \t]*{_BREAK}(?:[ \t]*{_BREAK})*[ \t]*")
_ONE_BREAK = re.compile(_BREAK)
_DOUBLE = re.compile(
    rf"(?P<join>\\{_BREAK}[ \t]*(?P<more>(?:{_BREAK}[ \t]*)*))|(?P<pair>\\u[dD][89abAB]..\\u[dD][c-fC-F]..)"
    rf"|(?P<escape>\\(?:x..|u....|U........|[^\r\n]))|(?P<fold>{_FOLD.pattern})|(?P<raw>[^\\\r\n \t]+|[ \t]+)"
)
_SINGLE = re.compile(rf"(?P<quote>'')|(?P<fold>{_FOLD.pattern})|(?P<raw>[^'\r\n \t]+|[ \t]+)")
_HEADER = re.compile(rf"[|>]([-+0-9]*)[^\r\n]*{_BREAK}?")
_LINE = re.compile(rf"([^\r\n]*)({_BREAK}|\Z)")
ESCAPES = {
    **{"0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"},
    **{
        "e": "\x1b",
        " ": " ",
        '"': '"',
        "/": "/",
        "\\": "\\",
        "N": "\x85",
        "_": "\xa0",
        "L": "\u2028",
        "P": "\u2029",
    },
}


def decoded_offsets(text: str, start: int, end: int, value: str) -> Offsets | None:
    """Offsets of the scalar at `text[start:end]` that was read as `value`; None if they are not certain."""
    if text[start:end] == value:
        return Offsets([Piece(value, start, end, True)], start)
    mark = text[start : start + 1]
    if mark in ("|", ">"):
        return _block(text, start, end, value)
    if mark in ("'", '"'):
        found = _pieces(_SINGLE if mark == "'" else _DOUBLE, text, start + 1, end - 1)
    else:
        found = _pieces(_SINGLE, text, start, end, plain=True)
    return _certain(found, start, value)


def _certain(pieces: list[Piece] | None, start: int, value: str) -> Offsets | None:
    if pieces is None or "".join(piece.text for piece in pieces) != value:
        return None
    return Offsets(pieces, start)


def _pieces(
    pattern: re.Pattern[str], text: str, at: int, end: int, plain: bool = False
) -> list[Piece] | None:
    found: list[Piece] = []
    while at < end:
        match = pattern.match(text, at, end)
        if match is None or (plain and match.lastgroup == "quote"):
            if not plain or text[at] != "'":
                return None
            found.append(Piece("'", at, at + 1, True))
            at += 1
            continue
        decoded = _decoded(match)
        if decoded is None:
            return None
        found.append(Piece(decoded, at, match.end(), match.lastgroup == "raw"))
        at = match.end()
    return found


def _decoded(match: re.Match[str]) -> str | None:
    kind, body = match.lastgroup, match.group()
    if kind == "raw":
        return body
    if kind == "quote":
        return "'"
    if kind == "fold":
        return _folded(len(_ONE_BREAK.findall(body)))
    if kind in ("join", "more"):
        return "\n" * len(_ONE_BREAK.findall(match.group("more")))
    try:
        if kind == "pair":
            return (
                (chr(int(body[2:6], 16)) + chr(int(body[8:12], 16)))
                .encode("utf-16", "surrogatepass")
                .decode("utf-16")
            )
        return ESCAPES.get(body[1]) if len(body) == 2 else chr(int(body[2:], 16))
    except (ValueError, OverflowError):
        return None


def _folded(breaks: int) -> str:
    return " " if breaks == 1 else "\n" * (breaks - 1)


def _block(text: str, start: int, end: int, value: str) -> Offsets | None:
    """A literal or folded block; its indentation is the first line's, or what decodes to the value."""
    header = _HEADER.match(text, start)
    if header is None:
        return None
    lines = list(_lines(text, header.end(), end))
    widths = [len(line) - len(line.lstrip(" ")) for line, _ in lines if line.strip(" ")]
    if not widths:
        return None
    explicit = any(char.isdigit() for char in header[1])
    kept = value.rstrip("\n")
    for indent in range(widths[0], -1, -1) if explicit else widths[:1]:
        found = _block_pieces(lines, indent, folded=text[start] == ">")
        if "".join(piece.text for piece in found).rstrip("\n") == kept:
            return Offsets(found, start)
    return None


def _lines(text: str, at: int, end: int) -> Iterator[tuple[str, int]]:
    while at < end:
        match = _LINE.match(text, at)
        if match is None:  # pragma: no cover - the pattern matches anywhere
            return
        yield match[1], at
        at = match.end() if match[2] else end


def _block_pieces(lines: list[tuple[str, int]], indent: int, folded: bool) -> list[Piece]:
    found: list[Piece] = []
    before: str | None = None  # the last line with text
    breaks = 0
    for line, at in lines:
        body = line[indent:]
        if not body:
            breaks += 1
            continue
        if before is None:
            between = "\n" * breaks
        elif folded and before[0] not in " \t" and body[0] not in " \t":
            between = _folded(breaks + 1)
        else:
            between = "\n" * (breaks + 1)
        place = found[-1].end if found else at
        found.append(Piece(between, place, max(place, at), False))
        found.append(Piece(body, at + indent, at + len(line), True))
        before, breaks = body, 0
    return found
