"""A run on a terminal: one block that is drawn again and again, and above it a line for everything that has settled.

Laws: `see` only notes; a thread takes the notes and draws, at most ten times a second. A frame is one write: back to
the block's first line, clear, the lines that are new, the block. The cursor is never hidden and always rests below the
block, so there is nothing to restore whatever ends the process. rich is imported by the thread when there is a first
block to draw: a short run never pays for it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from engine.app.checking import Checked
from engine.cli.steps import Steps
from engine.cli.story import Story
from engine.cli.terminal import Paint, colours, size
from engine.execute.facts import Progress, Row

if TYPE_CHECKING:
    from engine.cli.live_view import View

FRAME_SECONDS = 0.1
NOTES_A_FRAME = 20_000
CLEAR_BELOW = "\x1b[J"


class Live:
    """The observer for a terminal; used as a context manager around one run."""

    def __init__(self, checked: Checked | None, stream: TextIO) -> None:
        self.steps = Steps(checked)
        self.story = Story(self.steps, Paint(colours(stream)), items_told=0, tenths=False)
        self._stream = stream
        self._notes: deque[Row] = deque()
        self._progress: dict[str, tuple[Progress, float]] = {}
        self._over = threading.Event()
        self._closed = False
        self._block_widths: list[int] = []
        """The cells of each line of the block on the screen."""
        self._view: View | None = None
        self._drawer = threading.Thread(target=self._draw_often, daemon=True, name="weft-live")

    def know(self, checked: Checked) -> None:
        """Learn the steps of the spec that runs."""
        self.steps.know(checked)

    def see(self, row: Row | Progress) -> None:
        if isinstance(row, Progress):
            self._progress[row.instance] = (row, time.monotonic())
        else:
            self._notes.append(row)

    def __enter__(self) -> Self:
        self._drawer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._drawer.join()
        while self._notes:
            self._put(self._take_notes(), [])
        self._put([], [])

    def _draw_often(self) -> None:
        while not self._over.wait(FRAME_SECONDS):
            lines = self._take_notes()
            if self.story.going or self.story.loops or self._block_widths or lines:
                self._put(lines, self._block())

    def _take_notes(self) -> list[str]:
        """The lines of the rows seen since the last frame; what is left beyond NOTES_A_FRAME waits for the next."""
        lines: list[str] = []
        for _ in range(min(len(self._notes), NOTES_A_FRAME)):
            lines += self.story.take(self._notes.popleft())
        while self._progress:
            _, (news, at) = self._progress.popitem()
            self.story.progress(news, at)
        return lines

    def _block(self) -> list[tuple[str, int]]:
        columns, rows = size(self._stream)
        if not (self.story.going or self.story.loops):
            return []
        if self._view is None:
            from engine.cli.live_view import View

            self._view = View(self.story, self._stream)
        return self._view.lines(columns, rows, time.time())

    def _put(self, lines: list[str], block: list[tuple[str, int]]) -> None:
        """One frame: the block of (text, cells) lines replaces the one on the screen, `lines` stay above it."""
        if self._closed or not (lines or block or self._block_widths):
            return
        frame = (
            self._back() + "".join(line + "\n" for line in lines) + "".join(text + "\n" for text, _ in block)
        )
        self._block_widths = [cells for _, cells in block]
        try:
            self._stream.write(frame)
            self._stream.flush()
        except (OSError, ValueError):
            self._closed = True  # the terminal has gone: the run goes on without it

    def _back(self) -> str:
        """To the first line of the block on the screen. A terminal that became narrower has broken its lines."""
        if not self._block_widths:
            return ""
        columns, _ = size(self._stream)
        rows = sum(max(1, -(-cells // columns)) for cells in self._block_widths)
        return f"\r\x1b[{rows}A{CLEAR_BELOW}"
