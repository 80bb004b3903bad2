"""What the terminal is: colours or none, live or lines, how wide. Heeds `NO_COLOR`, `FORCE_COLOR`, `TERM=dumb`."""

from __future__ import annotations

import os
from typing import TextIO

SIZE_UNKNOWN = (80, 24)


def colours(stream: TextIO) -> bool:
    """Whether to write colour codes to a stream. `NO_COLOR` wins; `FORCE_COLOR=0` is the same as not set."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return is_live(stream)


def is_live(stream: TextIO) -> bool:
    """Whether a stream is a terminal that can move its cursor."""
    return stream.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown", "")


def size(stream: TextIO) -> tuple[int, int]:
    """Columns and rows of a terminal, as it is now; `COLUMNS` and `LINES` are not believed, they are not kept up."""
    try:
        found = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        return SIZE_UNKNOWN
    return found.columns or SIZE_UNKNOWN[0], found.lines or SIZE_UNKNOWN[1]


def speaks_unicode(stream: TextIO) -> bool:
    """Whether a stream can say `…` and `━`."""
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") in ("utf8", "utf16", "utf32")


PAINTS = {
    "succeeded": "32",
    "failed": "31;1",
    "timed_out": "31;1",
    "failed, handled": "33",
    "timed out, handled": "33",
    "retrying": "33",
    "skipped": "2",
    "reused": "36",
    "cancelled": "33",
    "interrupted": "33",
    "lost": "33",
    "faint": "2",
    "bold": "1",
}


class Paint:
    """Colour codes around text, or nothing."""

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, text: str, what: str) -> str:
        code = PAINTS.get(what) if self.on else None
        return f"\x1b[{code}m{text}\x1b[0m" if code and text else text
