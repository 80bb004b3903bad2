"""Plain lines, for a pipe, a file or a log: one line per change of a step, and a sign of life when nothing changes.

In GitHub Actions the lines are folded into a group; failures are told again below it as annotations.
"""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Self, TextIO

from engine.app.checking import Checked
from engine.cli.steps import Steps
from engine.cli.story import Story
from engine.cli.terminal import Paint, colours
from engine.cli.under_way import Going
from engine.cli.wording import duration, error_text
from engine.execute.facts import Progress, Row
from engine.text.snippet import visible

HEARTBEAT_SECONDS = 30.0
ITEMS_TOLD = 10
_NAMED_AT_MOST = 5


class Lines:
    """Writes what the story tells. A stream that nobody reads any more does not stop the run."""

    def __init__(self, stream: TextIO, checked: Checked | None = None) -> None:
        self.steps = Steps(checked)
        self.story = Story(self.steps, Paint(colours(stream)), ITEMS_TOLD, tenths=True)
        self._stream = stream
        self._last = time.monotonic()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._closed = False
        self._pulse = threading.Thread(target=self._beat, daemon=True, name="weft-heartbeat")

    def know(self, checked: Checked) -> None:
        """Learn the steps of the spec that runs."""
        self.steps.know(checked)

    def see(self, row: Row | Progress) -> None:
        if isinstance(row, Progress):
            return
        with self._lock:
            self._write(self.story.take(row))

    def _write(self, lines: list[str]) -> None:
        if not lines or self._closed:
            return
        self._last = time.monotonic()
        try:
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()
        except (BrokenPipeError, ValueError):
            self._closed = True

    def _beat(self) -> None:
        while not self._over.wait(1.0):
            if time.monotonic() - self._last >= HEARTBEAT_SECONDS:
                with self._lock:
                    self._write([self.alive(time.time())])

    def alive(self, now: float) -> str:
        """`  … still running: load (1m05s), publish (32s) and 3 more`."""
        going = self.story.going
        named = [
            f"{visible(path)} {_since(going[path], now)}".rstrip() for path in list(going)[:_NAMED_AT_MOST]
        ]
        more = f" and {len(going) - len(named)} more" if len(going) > len(named) else ""
        return f"  … still running: {', '.join(named) or 'waiting'}{more}"

    def __enter__(self) -> Self:
        self._pulse.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._pulse.join()


def _since(going: Going, now: float) -> str:
    return f"({duration(now - going.started_at)})" if going.started_at is not None else ""


class GithubLines(Lines):
    """Lines inside `::group::`, then one `::error` annotation for each of the first failures."""

    def __init__(self, stream: TextIO, checked: Checked | None = None) -> None:
        super().__init__(stream, checked)
        self._open = False

    def _write(self, lines: list[str]) -> None:
        if lines and not self._open:
            self._open = True
            lines = [f"::group::weft run {self.story.workflow}".rstrip(), *lines]
        # An old form of command is read anywhere in a line: what a step prints must not be one.
        super()._write([line.replace("##[", "## [") for line in lines])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if self._open:
            with self._lock:
                self._write(["::endgroup::", *map(self._annotation, range(len(self.story.failures)))])

    def _annotation(self, number: int) -> str:
        path, error = self.story.failures[number]
        place = self.steps.place(path)
        properties = f"file={_property(place[0])},line={place[1]}," if place else ""
        return f"::error {properties}title={_property(f'step {path}')}::{_escaped(error_text(error))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
