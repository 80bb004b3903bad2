"""A stretch of a source file. Lines and columns are 1-based; columns count code points; the end is exclusive."""

from __future__ import annotations

from typing import NamedTuple


class Span(NamedTuple):
    """`file:line:column` to `end_line:end_column` (exclusive). `file` is the name shown to the user."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"
