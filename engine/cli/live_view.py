"""The live block as text: a heading, what is under way, bars for loops and for calls that say how far they are.

Draws from the story and the time it is given. Every line fits the terminal. Imports rich: imported on the first frame.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple, TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.progress_bar import ProgressBar
from rich.text import Text

from engine.cli.instances import around, depth, last_part
from engine.cli.story import Story
from engine.cli.terminal import colours, speaks_unicode
from engine.cli.under_way import Going, Loop
from engine.cli.wording import count, error_text, running_time
from engine.text.snippet import visible

LINES_MAX = 12
ITEMS_SHOWN = 3  # of one loop: what goes on in it
LOOKED_AT = (
    500  # of what is under way: the block shows the oldest, and a frame costs the same however many there are
)
BAR_CELLS = 24
BAR_FROM_COLUMNS = 70
TOOL_FROM_COLUMNS = 60
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
SPINNER_ASCII = "|/-\\"
BETWEEN = "  "


class Line(NamedTuple):
    """One line of the block before it is fitted. `bar` is (done, total)."""

    mark: str
    style: str
    level: int
    name: str
    tool: str
    bar: tuple[float, float] | None
    text: str
    took: str


class View:
    """Draws one story for one stream."""

    def __init__(self, story: Story, stream: TextIO) -> None:
        self._story = story
        self._unicode = speaks_unicode(stream)
        self._frame = 0
        self._console = Console(
            file=io.StringIO() if not self._unicode else _Utf8(),
            force_terminal=True,
            color_system="standard" if colours(stream) else None,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
            width=1000,
        )

    def lines(self, columns: int, rows: int, now: float) -> list[tuple[str, int]]:
        """The block's lines with the cells each takes; never wider than the terminal, never higher."""
        self._frame += 1
        room = max(1, min(LINES_MAX, rows - 3))
        shown = list(islice(self._under_way(now), room))
        hidden = len(self._story.going) + len(self._story.loops) - len(shown)
        texts = [self._heading(now), *(self._fitted(line, columns) for line in shown)]
        if hidden > 0:
            texts.append(Text(f"    {self._dots()} and {hidden:,} more", style="dim"))
        return [self._rendered(text, columns - 1) for text in texts]

    # -- what is shown --------------------------------------------------------------------------------------------

    def _heading(self, now: float) -> Text:
        story = self._story
        total = f"/{story.steps.total:,}" if story.steps.total else ""
        words = [visible(story.workflow) or "run", f"{story.steps_done:,}{total} steps"]
        if story.began_at is not None:
            words.append(running_time(now - story.began_at))
        if story.steps_failed:
            words.append(f"{story.steps_failed:,} failed")
        if story.stopping is not None:
            words.append("stopping; once more ends it at once")
        return Text(BETWEEN.join(words), style="bold")

    def _under_way(self, now: float) -> Iterator[Line]:
        """Lines for what is under way, each below what stands around it; in a loop only the first ITEMS_SHOWN."""
        story = self._story
        known = [*islice(story.going, LOOKED_AT), *islice(story.loops, LOOKED_AT)]
        inside: dict[str, list[str]] = {}
        present = set(known)
        for path in known:
            place = around(path)
            while place and place not in present:
                place = around(place)
            inside.setdefault(place, []).append(path)
        stack = list(reversed(inside.get("", ())))
        while stack:
            path = stack.pop()
            yield (
                self._loop_line(path, story.loops[path], now)
                if path in story.loops
                else self._going_line(path, story.going[path], now)
            )
            kids = inside.get(path, [])
            stack.extend(reversed(kids[:ITEMS_SHOWN] if path in story.loops else kids))

    def _loop_line(self, path: str, loop: Loop, now: float) -> Line:
        bar = (float(loop.done), float(loop.total)) if loop.total else None
        took = running_time(now - loop.started_at) if loop.started_at else ""
        style = "red" if loop.failed else "cyan"
        return self._line(self._spinner(), style, path, bar, loop.text, took)

    def _going_line(self, path: str, going: Going, now: float) -> Line:
        took = running_time(now - going.started_at) if going.started_at is not None else ""
        attempt = f"attempt {going.attempt}" if going.attempt > 1 else ""
        if going.retry_at is not None:
            text = f"attempt {going.attempt + 1} in {max(0.0, going.retry_at - now):.0f}s"
            why = error_text(going.error) if going.error else ""
            return self._line("↻" if self._unicode else "~", "yellow", path, None, f"{text}: {why}", took)
        if going.progress is None:
            return self._line(self._spinner(), "cyan", path, None, attempt, took)
        news = going.progress
        total = f"/{count(news.total)}" if news.total is not None else ""
        rate = f", {count(going.rate)}/s" if going.rate else ""
        text = f"{count(news.done)}{total} {visible(news.unit)}{rate}".strip()
        bar = (news.done, news.total) if news.total else None
        return self._line(self._spinner(), "cyan", path, bar, ", ".join(filter(None, (text, attempt))), took)

    def _line(
        self, mark: str, style: str, path: str, bar: tuple[float, float] | None, text: str, took: str
    ) -> Line:
        return Line(
            mark, style, depth(path), visible(last_part(path)), self._story.steps.tool(path), bar, text, took
        )

    # -- how it is drawn ------------------------------------------------------------------------------------------

    def _fitted(self, line: Line, columns: int) -> Text:
        """Columns: mark and name, tool, time, bar, text. What does not fit is left out from the middle, then cut."""
        indent = "  " * (min(line.level, 6) + 1)
        wide = max(8, min(self._story.steps.name_width + 2, columns // 3))
        out = Text(indent)
        out.append(line.mark, style=line.style)
        out.append(" " + _cells(line.name, max(8, wide - len(indent) + 2), self._dots()))
        if columns >= TOOL_FROM_COLUMNS and self._story.steps.tool_width:
            out.append(BETWEEN + _cells(line.tool, self._story.steps.tool_width, self._dots()), style="dim")
        out.append(f" {line.took:>7}", style="dim")
        if line.bar and columns >= BAR_FROM_COLUMNS:
            out.append(BETWEEN)
            out.append_text(self._bar(*line.bar, style=line.style))
        if line.text:
            out.append(BETWEEN + line.text)
        return out

    def _bar(self, done: float, total: float, style: str) -> Text:
        bar = ProgressBar(
            total=total,
            completed=min(done, total),
            width=BAR_CELLS,
            complete_style=style,
            finished_style="green",
        )
        options = self._console.options.update(width=BAR_CELLS, max_width=BAR_CELLS)
        out = Text()
        for segment in self._console.render(bar, options):
            if segment.text != "\n":
                out.append(segment.text, style=segment.style)
        out.append(" " * max(0, BAR_CELLS - cell_len(out.plain)))
        return out

    def _rendered(self, text: Text, width: int) -> tuple[str, int]:
        text.truncate(max(1, width), overflow="ellipsis" if self._unicode else "crop")
        with self._console.capture() as captured:
            self._console.print(text, end="", soft_wrap=True)
        return captured.get(), cell_len(text.plain)

    def _spinner(self) -> str:
        marks = SPINNER if self._unicode else SPINNER_ASCII
        return marks[self._frame % len(marks)]

    def _dots(self) -> str:
        return "…" if self._unicode else "..."


class _Utf8(io.StringIO):
    """A place to write that says it is UTF-8, so that bars are drawn with lines."""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"


def _cells(text: str, width: int, dots: str) -> str:
    """`text` in exactly `width` cells."""
    if cell_len(text) > width:
        text = set_cell_size(text, max(0, width - len(dots))) + dots
    return set_cell_size(text, width)
