"""A source file's text and where its lines begin."""

from __future__ import annotations

import bisect
import re
from array import array

from engine.text.span import Span

_LINE_END = re.compile(r"\r\n|\n|\r")


class Source:
    """The decoded text of one file.

    Offsets are 0-based code points, lines and columns 1-based. `\\r\\n`, `\\n` and `\\r` end a line.
    """

    __slots__ = ("_starts", "name", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text
        self._starts: array[int] | None = None

    @property
    def starts(self) -> array[int]:
        if self._starts is None:
            self._starts = _line_starts(self.text)
        return self._starts

    @property
    def line_count(self) -> int:
        return len(self.starts)

    def line(self, number: int) -> str:
        """The text of a line without its end; empty beyond the file."""
        if not 1 <= number <= len(self.starts):
            return ""
        start = self.starts[number - 1]
        end = self.starts[number] if number < len(self.starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def offset(self, line: int, column: int) -> int:
        """The offset of a position, clamped to the text."""
        index = min(max(line, 1), len(self.starts)) - 1
        return min(self.starts[index] + column - 1, len(self.text))

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset."""
        line = bisect.bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1

    def span(self, start: int, end: int) -> Span:
        """The span between two offsets."""
        line, column = self.position(start)
        end_line, end_column = self.position(max(start, end))
        return Span(self.name, line, column, end_line, end_column)


def _line_starts(text: str) -> array[int]:
    # Only these three end a line in YAML 1.2 and JSON; str.splitlines knows many more. Four bytes a line: a text of
    # 64 MiB may be 32 million lines.
    starts = array("I", (0,))
    if "\r" in text:
        starts.extend(match.end() for match in _LINE_END.finditer(text))
        return starts
    find, at = text.find, text.find("\n") + 1
    while at:
        starts.append(at)
        at = find("\n", at) + 1
    return starts
