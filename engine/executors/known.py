"""Which executors there are, and which of them makes a call: built-in ones from a literal table, others by entry point.

Nothing is imported before a call needs it, but for an executor of another package: that it works is told before a run begins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.errors import Unavailable, UsageError, WeftError
from engine.spec.toolspec import Declaration, OperationSpec
from engine.text import suggestion
from engine.text.snippet import shortened

if TYPE_CHECKING:  # a spec is checked without the tools' port
    from engine.executors.port import Executor, Settings

ENTRY_POINTS = "weft.executors"
USUAL = "threads"
UNASKED_WORKERS = 32
"""As many as a run makes calls at once where nothing is said."""
BUILT_IN = {
    "inline": "engine.executors.inline:InlineExecutor",
    "processes": "engine.executors.processes:ProcessExecutor",
    "threads": "engine.executors.threads:ThreadExecutor",
}


def known_executors() -> list[str]:
    """Every name, in order."""
    return sorted({*BUILT_IN, *_installed()})


def executor_problem(name: str) -> tuple[str, str] | None:
    """What is wrong with a name and what to do about it; None: there is such an executor."""
    if name in BUILT_IN or name in _installed():
        return None
    known = known_executors()
    near = suggestion(name, known)
    hint = f"known: {', '.join(known)}"
    return f'no executor is called "{shortened(name)}"', f"{near}; {hint}" if near else hint


def _installed() -> dict[str, str]:
    from importlib.metadata import entry_points

    return {point.name: point.value for point in entry_points(group=ENTRY_POINTS)}


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for: `name` for the whole run; else `tools` (tool -> executor), `project` for the rest.

    `name` is the call's or the environment's word, `tools` and `project` the project file's.
    """

    name: str | None = None
    project: str | None = None
    tools: Mapping[str, str] = field(default_factory=dict)
    workers: int | None = None

    def executor(self, tool: Declaration, operation: OperationSpec) -> str:
        """Where a blocking operation of a tool is called.

        An operation that declares `threads` needs this process, and so does a tool that nobody else could make; `inline` is
        in it too.
        """
        wanted = self.name or self.tools.get(tool.name) or self.project or operation.usual_executor
        if operation.executor == USUAL or not tool.factory:
            return wanted if wanted == "inline" else USUAL
        return operation.executor or wanted

    def workers_of(self, executor: str) -> int | None:
        """`workers` bounds threads only where the whole run is theirs: else it is about the executor beside them.

        Where nobody asked for processes, functions may be waiting in them as well as computing: the run's own limit holds.
        """
        if self.workers is None and executor == "processes" and executor not in self.named:
            return UNASKED_WORKERS
        usual = self.name or self.project or USUAL
        return self.workers if executor != USUAL or usual == USUAL else None

    @property
    def named(self) -> set[str]:
        """Every executor that is named anywhere."""
        return {name for name in (self.name, self.project, *self.tools.values()) if name}


class Executors:
    """The executors of one run, each made at the first call for it."""

    def __init__(self, choice: Choice, say: Callable[[str], None]) -> None:
        """Raises UsageError for a name nobody knows, Unavailable for an executor that cannot be loaded or made."""
        self._choice = choice
        self._say = say
        self._made: dict[str, Executor] = {}
        for name in sorted(choice.named):
            problem = executor_problem(name)
            if problem is not None:
                raise UsageError(problem[0], hint=problem[1])
            if name not in BUILT_IN:
                self.called(name)

    def of(self, tool: Declaration, operation: OperationSpec) -> Executor:
        """The executor for a blocking operation of a tool."""
        return self.called(self._choice.executor(tool, operation))

    def called(self, name: str) -> Executor:
        """The executor of that name, which must be known."""
        if name not in self._made:
            from engine.executors.port import Settings

            self._made[name] = _made(name, Settings(self._choice.workers_of(name), self._say))
        return self._made[name]

    def close(self) -> None:
        """End every worker."""
        for executor in self._made.values():
            executor.close()
        self._made.clear()


def _made(name: str, settings: Settings) -> Executor:
    target = BUILT_IN.get(name) or _installed()[name]
    module, _, attribute = target.partition(":")
    try:
        factory: Callable[[Settings], Any] = getattr(import_module(module), attribute)
        executor: Executor = factory(settings)
    except WeftError:
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        message = f'the executor "{name}" cannot be loaded from {target}: {said}'
        raise Unavailable(message, hint="is its package installed whole, and what it needs there?") from error
    missing = [word for word in ("capacity", "submit", "cancel", "close") if not hasattr(executor, word)]
    if missing:
        raise Unavailable(f'the executor "{name}" ({target}) has no "{missing[0]}"')
    return executor
