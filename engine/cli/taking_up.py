"""What `resume`, `retry`, `signal` and `cancel` share: a recorded run is taken up, and shown while it is driven."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.app.project import store_name
from engine.app.project_file import project_here
from engine.cli.printed import results_alone
from engine.cli.printing import say
from engine.cli.progress import RunObserver, observer_for
from engine.cli.results import exit_code, print_end
from engine.cli.secret_inputs import from_call

if TYPE_CHECKING:
    from engine.app.running import RunEnd, RunOptions


@dataclass(slots=True)
class Taking:
    """A run about to be taken up. `options` are for those who take it."""

    options: RunOptions
    observer: RunObserver
    store: str
    output: str

    def print(self, end: RunEnd) -> int:
        """Print how the run came out; the exit code of that."""
        print_end(end, self.output, self.store, self.observer)
        return exit_code(end)


@contextmanager
def taking_up(
    output: str,
    store: str | None,
    profile: str | None,
    pairs: tuple[str, ...],
    *,
    executor: str | None = None,
    max_parallel: int | None = None,
) -> Iterator[Taking]:
    """Around what takes a run up: its rows are shown, its tools' prints are kept off the results."""
    from engine.app.running import RunOptions

    store = store or store_name(None, project_here(profile))
    observer = observer_for(output, store)
    options = RunOptions(store, None, max_parallel, observer.see, signals=True, know=observer.know)
    options.large = "none" if output == "text" else "files"
    options.profile, options.executor, options.say = profile, executor, say
    options.secret_inputs = from_call(pairs)
    with observer, results_alone():
        yield Taking(options, observer, store, output)
