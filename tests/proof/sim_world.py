"""Whole runs of the engine, its loop, its owners and its journal, in a simulated world: time, faults and deaths by the seed.

Real are the machine, the loop, the desk, the hold, taking over, and the journal in a file. Simulated are the clock, the threads
(what they do is done in turn), the calls' outside (they take their time, fail, are done and told as failed, do not hear
that they are stopped) and every way in which a process ends: at a crash point, at any moment, by a signal; the store
refuses, or loses its answers, done or not done. Others cancel the run, and send the signals that it waits for.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from ledger_record import check_record
from sim_loop import SimClock, SimLoop

from engine import RunOwned, StoreError, arun, crash
from engine.app import running, session, taking
from engine.app.owner import FREE
from engine.execute.clock import SystemClock
from engine.journal import ENDED, Journal, Posted, StaleOwner
from engine.journal.faulty import BEFORE, LOST_DONE, LOST_UNDONE, FaultyJournal
from engine.tools.port import CallContext

LIVES_MAX = 40
TROUBLED_LIVES = 6  # those that faults may hit; what comes after them is left in peace
STORE_FAULTS = dict.fromkeys((BEFORE, LOST_DONE, LOST_UNDONE), 0.03)
LOOK_SECONDS = 4.0  # between two looks of an owner into its inbox
SIGNAL_SECONDS = 30.0  # between two signals that somebody sends
AGAIN = ("StepLost", "StepInterrupted", "StepCancelled")
Spec = dict[str, Any]


class Killed(BaseException):
    """The process is gone. Whoever it reaches has no more to say to the store or to the ledger."""


class ProcessJournal:
    """A process's way to the store: gone with it."""

    def __init__(self, real: FaultyJournal, life: Life) -> None:
        self._real = real
        self._life = life

    def close(self) -> None:
        """The store itself stays open for the next process."""

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if not callable(found) or name == "hurry":
            return found

        def call(*given: Any, **named: Any) -> Any:
            self._life.check()
            answer = found(*given, **named)
            self._life.check()
            return answer

        return call


class Life:
    """One process: until it has driven the run to its end, or until it dies."""

    def __init__(self, world: World, *, peaceful: bool) -> None:
        dice = world.dice
        self.world = world
        self.dead = False
        self.task: asyncio.Task[Any] | None = None
        self.peaceful = peaceful
        self.points_left = -1 if peaceful or dice.random() < 0.4 else dice.randrange(1, 60)
        self.dies_after = None if peaceful or dice.random() < 0.7 else dice.uniform(0, 30)
        self.stops_after = None if peaceful or dice.random() < 0.8 else dice.uniform(0, 30)

    def check(self) -> None:
        if self.dead:
            raise Killed

    def point(self, name: str) -> None:
        self.check()
        self.points_left -= 1
        if self.points_left == 0:
            self.world.counts[f"died at {name}"] += 1
            self.die()
            raise Killed

    def die(self) -> None:
        """Nothing it still tries is heard; what waits does not wait for ever."""
        self.dead = True
        if self.task is not None:
            self.task.get_loop().call_soon(self.task.cancel)


class World:
    """One run of a spec. `drive()` brings it to its end; `check()` looks at what is left of it."""

    def __init__(self, spec: Spec, seed: int, journal: Journal, store: str, run_id: str) -> None:
        self.dice = random.Random(seed)
        self.clock = SimClock()
        self.counts: Counter[str] = Counter()
        self.lines: list[dict[str, Any]] = []
        self.lives = 0
        self._troubles: list[Any] = []
        self.life: Life | None = None
        self.run_id = run_id
        self._spec = spec
        self._journal = journal
        self._store = store
        self._cancel_at = self.dice.uniform(0, 60) if self.dice.random() < 0.15 else None

    # -- life

    def drive(self) -> None:
        while True:
            row = self._journal.run(self.run_id)
            if row is not None and row.status in ENDED:
                return
            self.lives += 1
            assert self.lives < LIVES_MAX, f"does not come to an end: {row}"
            self._live(Life(self, peaceful=self.lives > TROUBLED_LIVES))

    def _live(self, life: Life) -> None:
        self.life = life
        loop = SimLoop(self.clock)
        loop.set_exception_handler(self._heard)
        rates = {} if life.peaceful else STORE_FAULTS
        faulty = FaultyJournal(self._journal, self.dice.randrange(2**32), rates)
        journal = ProcessJournal(faulty, life)
        try:
            with _in_this_world(self, life, journal), contextlib.suppress(Killed):
                loop.run_until_complete(self._driven(loop, life))
        finally:
            life.dead = True
            self._bury(loop)
        self.counts.update(f"store: {fault}" for _, fault in faulty.told)

    def _heard(self, loop: Any, context: dict[str, Any]) -> None:
        """What went wrong where nobody waits for it: a death is as it should be."""
        error = context.get("exception")
        if not isinstance(error, Killed):
            self._troubles.append(error or context["message"])

    async def _driven(self, loop: SimLoop, life: Life) -> None:
        task = life.task = loop.create_task(
            arun(self._spec, run_id=self.run_id, store=self._store, tools={"work": self._work})
        )

        def die() -> None:
            if not task.done():
                self.counts["died at any moment"] += 1
                life.die()

        if life.dies_after is not None:
            loop.call_later(life.dies_after, die)
        if life.stops_after is not None:
            loop.call_later(life.stops_after, task.cancel)
        others = loop.create_task(self._others())
        try:
            await task
        except (StoreError, RunOwned):
            self.counts["left"] += 1
        except asyncio.CancelledError:
            self.counts["stopped in good order"] += not life.dead
        finally:
            others.cancel()

    def _bury(self, loop: SimLoop) -> None:
        """What the process still had under way ends with it, unheard."""
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            with contextlib.suppress(Killed):
                loop.run_until_complete(asyncio.wait(left))
        for task in left:
            if task.done() and not task.cancelled():
                task.exception()  # it has been looked at
        loop.close()

    async def _others(self) -> None:
        """Those outside: one cancels the run, others send what it waits for, whoever drives it."""
        while True:
            await asyncio.sleep(SIGNAL_SECONDS / 4)
            row = self._journal.run(self.run_id)
            if row is None or row.status in ENDED:
                continue
            if self._cancel_at is not None and self.clock.seconds >= self._cancel_at:
                self._cancel_at = None
                self.counts["cancelled by others"] += 1
                self._journal.post(self.run_id, "cancel", None, {"reason": "test"}, self.clock.now())
            elif self.dice.random() < 0.25:
                self._journal.post(self.run_id, "signal", "go", {"data": None}, self.clock.now())

    # -- the outside of a call

    async def _work(self, context: CallContext) -> dict[str, Any]:
        life, dice = self.life, self.dice
        assert life is not None
        who = {"run": self.run_id, "at": context.instance, "attempt": context.attempt, "key": context.key}
        self.lines.append({**who, "word": "begun"})
        seconds = dice.expovariate(1 / 3) if dice.random() < 0.995 else 4000.0
        fails, lies, deaf = (dice.random() < chance for chance in (0.2, 0.08, 0.2))
        await (_deaf(seconds) if deaf and seconds < 60 else asyncio.sleep(seconds))
        life.check()
        if not fails:
            self.lines.append({**who, "word": "done"})
        if fails or lies:
            self.counts["failed" if fails else "done and told as failed"] += 1
            raise OSError("by the dice")
        return {}

    # -- what must hold

    def check(self) -> None:
        """By the ledger; what the record alone can show is for the doctor, who looks at the whole store."""
        events = list(self._journal.events(self.run_id))
        row = self._journal.run(self.run_id)
        assert row is not None
        assert not self._troubles, f"nobody waited for: {self._troubles}"
        assert (row.owner, row.quarantined) == (None, None)
        self.counts["repeated"] += check_record(
            events, self.lines, repeats_max=LIVES_MAX * 10, repeated_as=AGAIN
        )
        self.counts["executions"] += sum(line["word"] == "begun" for line in self.lines)
        self.counts["taken over"] += sum(event.kind == "RunResumed" for event in events)
        self.counts[f"ended {row.status}"] += 1


async def _deaf(seconds: float) -> None:
    """Goes on with its work whoever stops it."""
    end = asyncio.get_running_loop().time() + seconds
    while (left := end - asyncio.get_running_loop().time()) > 0:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(left)


class SimKeeper:
    """As `engine.app.keeping.Keeper`, on the loop instead of on a thread."""

    def __init__(
        self,
        journal: Any,
        run_id: str,
        epoch: int,
        heard: Callable[[Posted], None],
        lost: Callable[[StoreError], None],
        *,
        at_once: bool,
    ) -> None:
        self._attend = lambda: journal.attend(run_id, epoch)
        self._heard = heard
        self._lost = lost
        self._known: set[int] = set()

    def __enter__(self) -> SimKeeper:
        self._task = asyncio.get_running_loop().create_task(self._keep())
        return self

    def __exit__(self, *_: object) -> None:
        self._task.cancel()

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                posted = self._attend()
            except StaleOwner as error:
                self._lost(error)
                return
            except StoreError:
                continue
            for each in posted:
                if each.number not in self._known:
                    self._known.add(each.number)
                    self._heard(each)


@contextlib.contextmanager
def _in_this_world(world: World, life: Life, journal: ProcessJournal) -> Iterator[None]:
    """The engine's ways out lead into the simulated world: its clocks, its store, its keeper, its crash points."""
    clock = world.clock
    with contextlib.ExitStack() as patched:
        patched.callback(random.setstate, random.getstate())
        random.seed(world.dice.randrange(2**32))  # what the engine draws: how much longer a retry waits
        for where, name, what in (
            (time, "time", clock.now),
            (time, "monotonic", clock.monotonic),
            (SystemClock, "now", staticmethod(clock.now)),
            (SystemClock, "monotonic", staticmethod(clock.monotonic)),
            (running, "open_journal", lambda *_, **__: journal),
            (taking, "standing", lambda row: FREE),  # whoever had it is dead: there is one process at a time
            (session, "Keeper", SimKeeper),
            (crash, "ARMED", True),
            (crash, "point", life.point),
        ):
            patched.enter_context(mock.patch.object(where, name, what))
        yield
