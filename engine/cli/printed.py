"""What tools say while a run is driven: masked, line by line, to standard error. Standard output holds results alone.

This is about Python's own streams in this process: `print`, `sys.stdout`, `sys.stderr`, warnings, and handlers of `logging`
that were made earlier. A program of its own, or C code that writes to a descriptor, is not met here. Observers of a run
hold the streams they were made with: a live block is drawn as ever.
"""

from __future__ import annotations

import io
import logging
import os.path
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO

from engine.execute.secrets import scrub_all

HELD_CHARACTERS = 4096
"""What is kept of a line that does not end, in case a secret has begun there."""


@contextmanager
def results_alone() -> Iterator[None]:
    """Within the block, what is printed or logged goes to standard error, masked."""
    printed, said = Printed(sys.stderr), Printed(sys.stderr)
    moved = _handlers_moved({id(sys.stdout): printed, id(sys.stderr): said})
    with redirect_stdout(printed), redirect_stderr(said):
        try:
            yield
        finally:
            for handler, stream in moved:
                handler.setStream(stream)
            printed.let_out()
            said.let_out()


def _handlers_moved(streams: dict[int, Printed]) -> list[tuple[logging.StreamHandler[Any], Any]]:
    """Has the handlers that hold one of these streams (by `id`) write to its stand-in; gives them with what they held."""
    loggers = [logging.getLogger(), *logging.root.manager.loggerDict.values()]
    handlers = {handler for logger in loggers for handler in getattr(logger, "handlers", ())}
    moved: list[tuple[logging.StreamHandler[Any], Any]] = []
    for handler in handlers:
        # What is no attribute of its own is looked up anew for each record: nothing to move.
        held = vars(handler).get("stream")
        if isinstance(handler, logging.StreamHandler) and id(held) in streams:
            handler.setStream(streams[id(held)])
            moved.append((handler, held))
    return moved


class Printed(io.TextIOBase):
    """A stream for `print`. Each thread's lines are kept whole, so that no secret is cut in two; `flush` lets the rest out,
    and of a secret that had begun there what follows is masked."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._begun: dict[int, tuple[str, str]] = {}
        """The line each thread has begun: the end of what is out, what is held."""

    def write(self, text: str) -> int:
        thread = threading.get_ident()
        out, held = self._begun.pop(thread, ("", ""))
        whole, newline, rest = (held + text).rpartition("\n")
        if newline:
            self._stream.write(_following(out, whole) + newline)
            out = ""
        if len(rest) > 2 * HELD_CHARACTERS:
            masked = _following(out, rest)
            now, rest = masked[:-HELD_CHARACTERS], masked[-HELD_CHARACTERS:]
            self._stream.write(now)
            out = (out + now)[-HELD_CHARACTERS:]
        if out or rest:
            self._begun[thread] = out, rest
        return len(text)

    def flush(self) -> None:
        thread = threading.get_ident()
        out, held = self._begun.get(thread, ("", ""))
        if held:
            masked = _following(out, held)
            self._stream.write(masked)
            self._begun[thread] = (out + masked)[-HELD_CHARACTERS:], ""
        self._stream.flush()

    def let_out(self) -> None:
        """The lines that no thread has ended: each on a line of its own."""
        while self._begun:
            _, (out, held) = self._begun.popitem()
            self._stream.write(_following(out, held) + "\n")
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

    @property
    def errors(self) -> str | None:  # type: ignore[override]
        return self._stream.errors

    @property
    def buffer(self) -> io.RawIOBase:
        """For those who write bytes."""
        return _Bytes(self)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Bytes(io.RawIOBase):
    """Bytes for a stream of text. A character must not be cut in two."""

    def __init__(self, text: Printed) -> None:
        self._text = text

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._text.write(bytes(data).decode(self._text.encoding or "utf-8", "backslashreplace"))
        return memoryview(data).nbytes

    def flush(self) -> None:
        self._text.flush()


def _following(out: str, text: str) -> str:
    """The text masked, as it follows on what is out already."""
    masked = scrub_all(out + text)
    # Character by character is what is meant: a secret that began in `out` is where they part.
    return masked[len(os.path.commonprefix([out, masked])) :]  # noqa: RUF071
