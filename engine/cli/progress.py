"""Which onlooker follows a run: a live block on a terminal, plain lines elsewhere, JSON lines for programs."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from engine.app.checking import Checked
from engine.app.project import store_option
from engine.cli.lines import GithubLines, Lines
from engine.cli.terminal import is_live
from engine.execute.facts import Progress, Row

if TYPE_CHECKING:
    from engine.cli.live import Live


class RunObserver(Protocol):
    """Sees every row of a run; used as a context manager around it. `see` is quick and raises nothing."""

    def know(self, checked: Checked) -> None:
        """Told once what runs, before the first row, where it was not known when the observer was made."""

    def see(self, row: Row | Progress) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def observer_for(output: str, store: str, checked: Checked | None = None) -> RunObserver:
    """The observer that suits `--output` and the terminal; `store` is where the run is recorded."""
    if output == "jsonl":
        from engine.app.bulk import Bulk
        from engine.cli.jsonl import JsonLines

        return JsonLines(sys.stdout, Bulk(store))
    observer = _for_people(checked, sys.stderr)
    observer.story.store = store_option(store)
    return observer


def _for_people(checked: Checked | None, stream: TextIO) -> Lines | Live:
    if os.environ.get("GITHUB_ACTIONS") == "true":
        return GithubLines(stream, checked)
    if is_live(stream):
        from engine.cli.live import Live

        return Live(checked, stream)
    return Lines(stream, checked)
