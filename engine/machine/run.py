"""The state of a run: a tree of instances with counters. Slots and integers only: ten thousand of them are cheap."""

from __future__ import annotations

import json
from collections import deque
from typing import Any

from engine.graph.plan import Plan, PlanStep
from engine.machine.status import Status

BREAK = "own break_when"
"""Why a loop is cut whose `break_when` held (or could not be evaluated): it ends by itself."""
OWN_TIMEOUT = "own timeout"
"""Why a group is cut whose own limit has passed: it ended by itself, may be tried again, and counts as timed out."""


_OWN_ENDS = (OWN_TIMEOUT, BREAK)

NO_STREAM, MORE, ASKED_FOR, STREAM_ENDED = range(4)
"""The items of a loop: all known at once; of a stream: more are to come, the next have been asked for, all are known."""


class Instance:
    """One life of a step: a call, a group, a loop, or one iteration of a loop.

    `number` is the iteration's place in its loop (-1 otherwise), `key` its name there. `left succeeded skipped
    failed` count what it needs; `kids` are a group's children by position or a loop's iterations begun so far;
    `open` counts the kids not settled. `attempt` numbers attempts over the whole life, `tries` those spent of the
    retry budget, `lost` those in a row that died with their process. `cut` says why it is being ended, `cause`
    which step's failure made it be skipped, `asked` that its loop waits to hear whether this iteration ends it,
    `ending` how the body ended while its `rescue` or `finale` (the finally) runs; `undo` is what takes it back.
    `stream` says where a loop over a stream is with its items.
    `result` belongs to whoever performs the wishes; the machine never looks at it.
    """

    __slots__ = (
        "_path",
        "asked",
        "attempt",
        "cause",
        "cursor",
        "cut",
        "ending",
        "error",
        "expanded",
        "failed",
        "failures",
        "finale",
        "handled",
        "key",
        "keys",
        "kids",
        "left",
        "lost",
        "number",
        "open",
        "outcome",
        "parent",
        "plan",
        "reason",
        "rescue",
        "result",
        "skipped",
        "status",
        "stream",
        "succeeded",
        "tries",
        "undo",
    )

    def __init__(self, plan: PlanStep, parent: Instance | None, number: int = -1, key: Any = None) -> None:
        self.plan = plan
        self.parent = parent
        self.number = number
        self.key = key
        self.status = Status.PENDING
        self.left = self.succeeded = self.skipped = self.failed = 0
        self.attempt = self.tries = self.lost = 0
        self.kids: list[Instance] | None = None
        self.open = self.cursor = self.failures = 0
        self.expanded = -1
        self.stream = NO_STREAM
        self.keys: list[Any] | None = None
        self.outcome = -1
        self.handled = self.asked = False
        self.cut: str | None = None
        self.reason: str | None = None
        self.cause: str | None = None
        self.error: dict[str, Any] | None = None
        self.ending = Status.PENDING
        self.rescue: Instance | None = None
        self.finale: Instance | None = None
        self.undo: Instance | None = None
        self.result: Any = None
        self._path: str | None = None

    @property
    def parts(self) -> list[Instance]:
        """Everything directly inside: children or iterations, then the rescue, the finally and the undo."""
        kids, asides = self.kids or (), self.asides
        return [*kids, *asides] if asides else list(kids)

    @property
    def asides(self) -> list[Instance]:
        """Its rescue, finally and undo, as far as they have begun."""
        if self.rescue is self.finale is self.undo is None:
            return []  # as nearly always
        return [part for part in (self.rescue, self.finale, self.undo) if part is not None]

    @property
    def undone(self) -> bool:
        """Whether what it did has been taken back."""
        return self.undo is not None and self.undo.status is Status.SUCCEEDED

    @property
    def is_loop(self) -> bool:
        """Whether this is the loop itself, not one of its iterations."""
        return self.number < 0 and self.plan.loops

    @property
    def cut_from_outside(self) -> bool:
        """Whether something around it ends it: then nothing in it is tried again and nobody handles its failure."""
        return self.cut is not None and self.cut not in _OWN_ENDS

    def reopen(self) -> Instance:
        """Back to the beginning, keeping the attempt numbers and what succeeded inside. Returns the instance."""
        self.status = Status.PENDING
        self.outcome = -1
        self.handled = False
        self.cut = self.reason = self.cause = self.error = None
        self.tries = self.lost = 0
        return self

    @property
    def path(self) -> str:
        """Its identity in the run: `group/step`, `loop[3]`, `loop["key"]/step`, `call/step`; empty for the run itself."""
        if self._path is None:  # kept, as every row of the instance holds it: so they share one text
            self._path = self._made_path()
        return self._path

    def _made_path(self) -> str:
        parent = self.parent
        if parent is None:
            return ""
        if self.number >= 0:
            return f"{parent.path}[{self.number if self.key is None else json.dumps(self.key, ensure_ascii=False)}]"
        if parent.plan.called and self.plan.aside is None:
            assert parent.parent is not None
            parent = parent.parent  # the steps of a called file stand below the step that calls it
        above = parent.path
        return f"{above}/{self.plan.id}" if above else self.plan.id

    def __repr__(self) -> str:
        return f"<{self.path or 'run'} {self.status.name.lower()} attempt {self.attempt}>"


class RunState:
    """A run under way. `worklist` holds instances that have just settled and whose surroundings must hear of it.

    `cancelled`: a cancel was recorded. `stopped`: a step with `on_error: stop` failed. `undoable`: successes that can be
    undone, in order; `undo_left`: how many of them have not had their turn (-1: it has not begun); `undoing`: the undo
    under way. `by_path` finds instances by
    their identity; kept only while a journal is replayed (None otherwise: it would cost memory for nothing).
    """

    __slots__ = (
        "by_path",
        "cancelled",
        "cut_short",
        "plan",
        "root",
        "stopped",
        "succeeded_calls",
        "undo_left",
        "undoable",
        "undoing",
        "worklist",
    )

    def __init__(self, plan: Plan, *, replaying: bool = False) -> None:
        self.plan = plan
        self.root = Instance(plan.root, None)
        self.worklist: deque[Instance] = deque()
        self.cancelled = False
        self.stopped = False
        self.cut_short = False
        self.succeeded_calls = 0
        self.undoable: list[Instance] = []
        self.undo_left = -1
        self.undoing: Instance | None = None
        self.by_path: dict[str, Instance] | None = {"": self.root} if replaying else None

    def spawn(self, plan: PlanStep, parent: Instance, number: int = -1, key: Any = None) -> Instance:
        """A new pending instance under `parent`."""
        instance = Instance(plan, parent, number, key)
        if self.by_path is not None:
            self.by_path[instance.path] = instance
        return instance
