"""The loop: one turn after another until the run has ended or a signal has stopped it.

A turn: perform what the machine wishes (starts as slots allow), commit the rows of the turn in one group, make the calls
that were started, take what has ended. So a call is made only after its start, and everything it needs, is on disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from engine import crash
from engine.errors import StoreError
from engine.execute.binding import Surroundings, Toolbox
from engine.execute.desk import Desk
from engine.execute.evaluate import Evaluator
from engine.execute.facts import Commit, Observer, Row
from engine.execute.performing import Performer
from engine.execute.telling import Teller
from engine.execute.timers import Timers
from engine.execute.values import Values
from engine.journal import Posted, StoreBusy
from engine.machine import CancelRequested, Instance, RunState, Wish, status_now

GRACE_SECONDS = 10.0  # what stopped calls get to come to their end before the run is left
FREE_ROWS = 512  # rows a store in memory may owe before they are handed over
YIELD_EVERY = 64  # turns without a wait before the event loop gets a chance to see timers and signals


class RunLoop:
    """Drives one run to its end. Made for one `drive()`; everything happens on the event loop's thread."""

    def __init__(
        self,
        run: RunState,
        values: Values,
        toolbox: Toolbox,
        surroundings: Surroundings,
        commit: Commit,
        *,
        durable: bool,
        limit: int | None,
        observer: Observer | None,
        at_once: Callable[[], AbstractContextManager[None]],
        commits_apart: bool = False,
    ) -> None:
        """`commits_apart`: a commit may take long (a server that is gone): the loop never waits for one itself.

        `at_once`: within it a commit that would have to wait for another writer raises StoreBusy, and may be made again.
        """
        evaluator = Evaluator(values, toolbox.parameters)
        values.status_now = lambda: status_now(run)
        self.run = run
        self.durable = durable
        self.teller = Teller(run, surroundings.clock, values.secrets, surroundings.cellar.late)
        self.timers = Timers(self.teller.news)
        self.desk = Desk(self.teller, evaluator, toolbox, surroundings, limit, observer)
        self.performer = Performer(self.teller, evaluator, self.desk, self.timers)
        self._commit = commit
        self._at_once = at_once
        self._commits_apart = commits_apart
        self._lost: StoreError | None = None
        self._waiting = False
        self.leave_waiting = False
        """Whether the run is left, to be taken up again, once it does nothing but wait."""
        self.left = False
        self._observer = observer

    @property
    def outcome(self) -> dict[str, Any] | None:
        """The payload of RunFinished; None while the run goes on or was interrupted."""
        return self.performer.outcome

    async def drive(self, wishes: list[Wish]) -> None:
        """Run until the machine says Finish (`outcome` is set) or a signal has stopped the run."""
        self.teller.wishes.extend(wishes)
        turns = 0
        try:
            while not self._over():
                turns += 1
                await self._turn(breathe=turns % YIELD_EVERY == 0)
            if not await self.desk.caller.idle(GRACE_SECONDS):
                logging.getLogger("weft.run").warning(
                    "some calls did not stop within %g s and are left behind", GRACE_SECONDS
                )
        except BaseException as error:
            self.desk.interrupt_all()  # the event loop may be another's: nothing of the run may stay on it
            if isinstance(error, StoreError):
                # Who drives the run next may do so at once: nothing of it works any more.
                await self.desk.caller.idle(GRACE_SECONDS)
            raise
        finally:
            self.timers.close()
            self.desk.close()

    async def _turn(self, *, breathe: bool) -> None:
        teller, desk = self.teller, self.desk
        if self._lost is not None:
            raise self._lost
        self._perform_all()
        if breathe:
            await asyncio.sleep(0)
        if teller.rows and (self.durable or len(teller.rows) >= FREE_ROWS or not desk.started):
            await self._flush()
        if self._lost is not None:
            raise self._lost
        if not desk.make_started() and not desk.ended and not teller.wishes and not self._over():
            if not self._told_waiting():
                await teller.news.wait()
                teller.news.clear()
        elif self._waiting and desk.under_way:
            self._told_waiting()
        desk.take_ended()

    def _told_waiting(self) -> bool:
        """Tell when the run begins to do nothing but wait for times and signals, and when something is under way again."""
        waiting = self.performer.waiting
        now = bool(waiting.asleep) and not self.desk.busy and not self.teller.interrupted
        if now == self._waiting:
            return False
        self._waiting = now
        self.left = now and self.leave_waiting
        if now:
            told = waiting.waited_for()
            others = len(waiting.asleep) - len(told)
            self.teller.note("RunWaiting", None, {"for": told, **({"others": others} if others else {})})
        else:
            self.teller.note("RunContinued", None, {})
        return True

    def _over(self) -> bool:
        teller, desk = self.teller, self.desk
        if self.outcome is not None or self.left:
            return not teller.rows
        return teller.interrupted is not None and not desk.under_way and not teller.rows and not desk.ended

    def _perform_all(self) -> None:
        wishes, ready = self.teller.wishes, self.desk.ready
        while wishes or ready:
            while wishes:
                self.performer.perform(wishes.popleft())
            if ready and not self.teller.interrupted:
                self.desk.start(ready.popleft())
            else:
                ready.clear()

    async def _flush(self) -> None:
        rows, self.teller.rows = self.teller.rows, []
        apart = self._commits_apart or (self.durable and self.desk.caller.busy)
        if apart or not self._committed_at_once(rows):
            # While calls are under way the loop stays free to hear of them, and of signals while a server may be gone;
            # with a file and no call there is nothing to miss, and the way to another thread costs more than the commit,
            # unless another process writes to the file: that may take long.
            await asyncio.get_running_loop().run_in_executor(None, self._commit, rows)
        if self._observer:  # only now: what is shown is on disk
            for row in rows:
                self._observer(row)

    def _committed_at_once(self, rows: list[Row]) -> bool:
        try:
            with self._at_once():
                self._commit(rows)
        except StoreBusy:
            return False
        return True

    def arm_timeout(self, group: Instance) -> None:
        """The timeout of a group that was running when the run was left: what is left of it."""
        self.performer.arm_timeout(group)

    def interrupt(self, why: str) -> None:
        """A signal: stop starting, stop what runs, leave the run to be resumed. With a store in memory: cancel."""
        if self.teller.interrupted or self.outcome is not None:
            return
        if not self.durable:
            self.cancel(why)
            return
        self.teller.interrupted = why
        self.desk.interrupt_all()
        self.teller.note("RunInterrupted", None, {"reason": why})
        self.teller.news.set()

    def lose(self, error: StoreError) -> None:
        """The run is another's now: stop what is under way, write nothing more; `drive` raises the error."""
        if self._lost is None and self.outcome is None:
            self._lost = error
            self.desk.interrupt_all()
            self.teller.news.set()

    def on_wish(self, wish: Posted) -> None:
        """What somebody wishes of the run. It is taken with the row whose payload names its number as `posted`.

        A wish that is not taken is handed over again when the run goes on in another process.
        """
        if wish.kind == "cancel":
            self.cancel(wish)
        elif wish.kind == "signal" and self.outcome is None and not self.teller.interrupted and not self.left:
            self.performer.waiting.signal(str(wish.name), wish.payload.get("data"), wish.number)
            self.teller.news.set()

    def cancel(self, why: str | Posted) -> None:
        """Record the wish that the run ends, and end it."""
        if self.run.cancelled or self.outcome is not None or self.teller.interrupted:
            return
        crash.point("CP13")
        self.teller.note("CancelRequested", None, cancel_payload(why))
        self.teller.tell(CancelRequested(self.run.root))
        self.teller.news.set()


def cancel_payload(why: str | Posted) -> dict[str, Any]:
    """The payload of CancelRequested; `posted` is the number of the wish it takes, where it came from outside."""
    if isinstance(why, str):
        return {"reason": why}
    return {"reason": str(why.payload.get("reason", "asked for")), "posted": why.number}
