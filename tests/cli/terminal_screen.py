"""A terminal small enough to read: it keeps lines, wraps, goes up and clears below; colours are passed over."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\x1b\[(\d*)([A-Za-z])|\x1b\[[\d;]*m|\r|\n|[^\x1b\r\n]+")


class Screen:
    """Feed it what a program writes; `lines` is everything that can be read afterwards, history included."""

    def __init__(self, columns: int = 100) -> None:
        self.columns = columns
        self.rows = [""]
        self.row = self.column = 0
        self.unknown: list[str] = []

    def feed(self, text: str) -> Screen:
        for found in _TOKEN.finditer(text):
            token, number, letter = found.group(), found.group(1), found.group(2)
            if token == "\n":
                self._down()
            elif token == "\r":
                self.column = 0
            elif letter == "A":
                self.row = max(0, self.row - int(number or 1))
            elif letter == "J":
                self.rows[self.row] = self.rows[self.row][: self.column]
                del self.rows[self.row + 1 :]
            elif token.startswith("\x1b") and token.endswith("m"):
                continue
            elif letter:
                self.unknown.append(token)
            else:
                self._text(token)
        return self

    def _down(self) -> None:
        self.row += 1
        self.column = 0
        if self.row == len(self.rows):
            self.rows.append("")

    def _text(self, text: str) -> None:
        for char in text:
            if self.column == self.columns:
                self._down()
            line = self.rows[self.row].ljust(self.column)
            self.rows[self.row] = line[: self.column] + char + line[self.column + 1 :]
            self.column += 1

    @property
    def lines(self) -> list[str]:
        return [line.rstrip() for line in self.rows if line.strip()]
