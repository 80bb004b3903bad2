"""Which onlooker follows a run: a live block on a terminal, plain lines elsewhere, JSON lines for programs."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Protocol, Self, TextIO

from engine.app.checking import Checked
from engine.cli.lines import GithubLines, Lines
from engine.cli.terminal import is_live
from engine.execute.facts import Progress, Row


class RunObserver(Protocol):
    """Sees every row of a run; used as a context manager around it. `see` is quick and raises nothing."""

    def know(self, checked: Checked) -> None:
        """Told once what runs, before the first row, where it was not known when the observer was made."""

    def see(self, row: Row | Progress) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def observer_for(checked: Checked | None, stream: TextIO | None = None) -> RunObserver:
    """The observer for people that suits the stream (standard error, unless another is given)."""
    stream = sys.stderr if stream is None else stream
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return GithubLines(stream, checked)
    if is_live(stream):
        from engine.cli.live import Live

        return Live(checked, stream)
    return Lines(stream, checked)
