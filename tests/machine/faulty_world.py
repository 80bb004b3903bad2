"""The outside with a store and a network between it and the machine: seeded drop, delay, duplicate, reorder, and lies.

Rows are kept group by group, as the loop commits them: a crash takes those not kept yet with it, or, where it hits the commit,
takes the group whole or not at all. A call is made only once its start is kept, and leaves a mark outside when it is: `made`
is the ledger. Its answer is a message that takes its time, may come twice, after others, or long after the call was given
up; it may be told as a failure though the work is done; and it may never come, and the call is then reported lost.
Answers to an owner that is gone are heard by nobody.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from machine_world import ERROR, World

from engine.execute.replay import replay
from engine.machine import Instance, Status, StepLost

Key = tuple[int, str, int]
"""An execution: which attempt of the run, which instance, which attempt of it."""
TOGETHER_MAX = 3  # of the messages that wait, which of the first to arrive comes first


@dataclass
class Faults:
    """How likely each is: at a crash, and for each call that is made."""

    in_commit: float = 0.5
    at_the_end: float = 0.1
    duplicate: float = 0.2
    never: float = 0.05
    lie: float = 0.1
    delay_seconds: float = 10.0


@dataclass(order=True)
class Message:
    """The answer to one execution of a call, on its way to the owner that made it."""

    due: float
    number: int
    epoch: int = field(compare=False)
    at: Instance = field(compare=False)
    attempt: int = field(compare=False)
    done: bool = field(compare=False)
    answer: str = field(compare=False)  # well, failed, never


class Commit:
    """The move that keeps what is not kept yet, and makes the calls that were started."""


class FaultyWorld(World):
    """One run, its owners, their store, and calls far away. `drive()` brings it to its end, `audit()` looks back."""

    def __init__(self, *args: Any, faults: Faults | None = None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.faults = faults or Faults()
        self.kept = 0  # rows of `rows` that are in the store
        self.epoch = 1
        self.started: list[Instance] = []  # whose start is not kept yet
        self.made: Counter[Key] = Counter()
        self.done: set[Key] = set()
        self.mail: list[Message] = []
        self.now = 0.0
        self.seen: Counter[str] = Counter()
        self._messages = 0
        self._attempt_began = 0

    def attempt_to_its_end(self) -> None:
        """The end too may be lost with the process, before it was kept."""
        super().attempt_to_its_end()
        while self.crashes < 4 and self.dice.random() < self.faults.at_the_end:
            self.finished = None
            self.crash()
            if self.finished is None:
                super().attempt_to_its_end()
        self.kept = len(self.rows)

    # -- what may come

    def what_may_come(self, cancels: set[Instance]) -> list[Any]:
        owing = self.kept < len(self.rows) or bool(self.started)
        return [*([Commit()] if owing else []), *sorted(self.mail)[:TOGETHER_MAX]]

    def comes(self, chosen: Any) -> None:
        if isinstance(chosen, Commit):
            self.commit()
        else:
            self.mail.remove(chosen)
            self.deliver(chosen)

    def commit(self) -> None:
        self.kept = len(self.rows)
        started, self.started = self.started, []
        for call in started:
            if call.status is Status.RUNNING:
                self.make(call)

    def make(self, call: Instance) -> None:
        """The work is begun somewhere; what becomes of it is told by a message, or by two."""
        faults, dice = self.faults, self.dice
        key = (self.reopened, call.path, call.attempt)
        assert key in self._of_rows("StepStarted"), f"{call!r} is made before its start is kept"
        self.made[key] += 1
        assert self.made[key] == 1, f"{call!r} is made twice"
        done = dice.random() >= self.chances.failure
        answer = "well" if done else "failed"
        if dice.random() < faults.never:
            answer = "never"
        elif done and dice.random() < faults.lie:
            answer = "failed"
            self.seen["done and told as failed"] += 1
        if done:
            self.done.add(key)
        for _ in range(2 if dice.random() < faults.duplicate else 1):
            self._messages += 1
            due = self.now + dice.uniform(0, faults.delay_seconds)
            self.mail.append(Message(due, self._messages, self.epoch, call, call.attempt, done, answer))

    def deliver(self, message: Message) -> None:
        """Only the first answer to an attempt that its owner still waits for is heard."""
        self.now = max(self.now, message.due)
        call = message.at
        heard = (
            message.epoch == self.epoch and call.status is Status.RUNNING and call.attempt == message.attempt
        )
        if not heard or call in self.started:
            self.seen["late, twice or to one who is gone"] += 1
        elif message.answer == "never":
            self.seen["never told"] += 1
            self.tell(StepLost(call), "StepLost", {}, call.attempt)
        elif message.answer == "well":
            self.succeed(call)
        else:
            self.fail(call, ERROR, timed_out=False)

    def end_cancelled(self, at: Instance) -> None:
        """A call that was not made yet is not made; of one that was, the answer comes too late."""
        if at in self.started:
            self.started.remove(at)
        super().end_cancelled(at)

    def end_call(self, at: Instance) -> None:
        key = (self.reopened, at.path, at.attempt)
        if at.plan.waits or key not in self.made or key in self.done:
            super().end_call(at)
        else:
            self.fail(at, ERROR, timed_out=False)

    # -- rows

    def start(self, at: Instance) -> None:
        super().start(at)
        if at.status is Status.RUNNING and not at.plan.is_group and not at.is_loop:
            self.started.append(at)

    def crash(self) -> None:
        """What was not kept is gone, unless the crash hit the commit after it was done."""
        if self.dice.random() < self.faults.in_commit:
            self.kept = len(self.rows)
        self.seen["rows dropped"] += len(self.rows) - self.kept
        del self.rows[self.kept :]
        self.forget(self.kept)
        if not self.rows:
            self.begin_anew()
            return
        super().crash()

    def begin_anew(self) -> None:
        """Nothing of the run was kept: the same start makes it."""
        self.epoch += 1
        self.run = replay(self.plan, [])
        for forgotten in (self.started, self.todo, self.answers, self.before, self.settled_under):
            forgotten.clear()
        self.begin()

    def resume_with(self, fact: Any) -> None:
        """The next owner; what it finds and says of it is kept before anything else happens."""
        self.epoch += 1
        self.started.clear()
        super().resume_with(fact)
        self.kept = len(self.rows)

    def forget(self, length: int) -> None:
        """What the world knew of rows that are gone."""
        for told in [told for told in self.snapshots if told > length]:
            del self.snapshots[told]
        since = [row for row in self.rows[self._attempt_began :] if row.kind == "StepSucceeded"]
        self.succeeded &= {row.instance or "" for row in since} | self._before_attempt

    def reopen(self) -> None:
        self.kept = len(self.rows)
        super().reopen()
        self.kept = len(self.rows)
        self._attempt_began = len(self.rows)
        self._before_attempt = set(self.succeeded)

    _before_attempt: frozenset[str] | set[str] = frozenset()

    # -- looking back

    def audit(self) -> None:
        """I3, I4, I8 by the ledger and the rows: what was made, and what is recorded of it."""
        started, ends = self._of_rows("StepStarted"), self._of_rows(*_ENDS)
        assert set(self.made) <= set(started), f"made and not recorded: {set(self.made) - set(started)}"
        assert set(self.made.values()) <= {1}
        for key in self.made:
            end = ends.get(key, "nothing")
            assert end != "nothing", f"{key} was made and is recorded with {end}"
            assert end != "StepSucceeded" or key in self.done, f"{key} succeeded and was not done"
        assert [row.seq for row in self.rows] == list(range(1, len(self.rows) + 1))

    def _of_rows(self, *kinds: str) -> dict[Key, str]:
        """What the kept rows of these kinds say: by execution the kind."""
        told: dict[Key, str] = {}
        run_attempt = 0
        for row in self.rows[: self.kept]:
            run_attempt += row.kind == "RunReopened"
            if row.kind in kinds:
                told[run_attempt, row.instance or "", row.attempt or 0] = row.kind
        return told


_ENDS = ("StepSucceeded", "StepFailed", "StepLost", "StepInterrupted", "StepCancelled")
