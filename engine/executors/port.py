"""The executor port: what an executor is given and what it owes. Knows no executor.

An executor of a package of its own is announced by an entry point of the group `weft.executors`, `NAME = module:factory`;
the factory takes `Settings` and gives an `Executor`. `engine.executors.answers.answered` makes a call wherever the executor
has brought it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from engine.tools.port import CallContext, Result, Tool

Answer = Result | dict[str, Any] | None
"""A result whose every field is JSON, a typed error (`type code message hint …`), or None: the call was stopped."""


class WorkerLost(Exception):
    """What made the call died while it did: whether the call had its effect is not known.

    The attempt is recorded as lost and the step starts again with the same key, three times in a row at most.
    """


@dataclass(slots=True)
class ToolCall:
    """One call. `tool` gives the living tool, for executors that work in this process; it raises what making it raises.

    Others take `factory` (`module:callable`), `config` and `operation` to wherever they work, and of `context` what is
    plain data; `config` and `parameters` are JSON and may hold secrets. `limit_seconds` is kept by the engine, which calls
    `cancel` then; an executor that holds the engine up meanwhile keeps it itself (`answers.timed_out`).
    """

    tool: Callable[[], Tool]
    factory: str
    config: Mapping[str, Any]
    operation: str
    parameters: Mapping[str, Any]
    context: CallContext
    limit_seconds: float | None


@dataclass(frozen=True, slots=True)
class Settings:
    """What an executor is made with. `workers` None: as many as suits it.

    `say(line)` is for what tools print where they work: it masks secrets and goes to standard error. Any thread may call it.
    """

    workers: int | None
    say: Callable[[str], None]


class Future(Protocol):
    """The future of an answer: a `concurrent.futures.Future`, or whatever has these of its methods.

    It ends with an `Answer`, with an exception (`ToolError`: the step's error; `WorkerLost`; any other: an error of type
    `internal`), or cancelled; and only when nothing of the call works any more. The engine adds one callback.
    """

    def add_done_callback(self, callback: Callable[[Any], Any], /) -> None: ...

    def cancelled(self) -> bool: ...

    def exception(self) -> BaseException | None: ...

    def result(self) -> Answer: ...


class Executor(Protocol):
    """Makes blocking calls. Methods are called on one thread and return at once, `inline` alone excepted.

    Calls begin in the order they were submitted. `capacity` is how many are worked on at once, None: all of them; the
    engine starts no more. One may also have `warm(factory)`: calls of the tool made by `factory` are to come; called before
    the run is recorded, must not raise and returns at once.
    """

    capacity: int | None

    def submit(self, call: ToolCall) -> Future: ...

    def cancel(self, future: Any) -> None:
        """Stop a call for good: nobody waits for its answer any more. Does nothing to one that has ended."""

    def close(self) -> None:
        """End idle workers, and those that still work on calls. Called once, from the thread of the other methods."""
