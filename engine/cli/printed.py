"""What tools print while a run is driven: masked, line by line, to standard error. Standard output holds results alone.

This is about Python's `print` in this process; a program of its own, or C code that writes to descriptor 1, is not met here.
"""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TextIO

from engine.execute.secrets import scrub_all


@contextmanager
def results_alone() -> Iterator[None]:
    """Within the block, what is printed goes to standard error."""
    with redirect_stdout(Printed(sys.stderr)) as printed:
        try:
            yield
        finally:
            printed.let_out()


class Printed(io.TextIOBase):
    """A stream for `print`. Each thread's lines are kept whole, so that no secret is cut in two; `flush` lets the rest out."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun: dict[int, str] = {}

    def write(self, text: str) -> int:
        thread = threading.get_ident()
        whole, newline, self._begun[thread] = (self._begun.get(thread, "") + text).rpartition("\n")
        if newline:
            self._stream.write(scrub_all(whole) + newline)
        return len(text)

    def flush(self) -> None:
        rest = self._begun.pop(threading.get_ident(), "")
        if rest:
            self._stream.write(scrub_all(rest))
        self._stream.flush()

    def let_out(self) -> None:
        """The lines that no thread has ended: each on a line of its own."""
        for rest in filter(None, self._begun.values()):
            self._stream.write(scrub_all(rest) + "\n")
        self._begun.clear()
        self._stream.flush()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._stream.encoding
