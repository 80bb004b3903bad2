"""Group commit: the line of those who wait for a commit.

One at a time leads: it writes for all who stand in line, in one transaction, each takes its own answer, and the first of
those who came meanwhile leads next. So one writer alone waits for nobody, and of many the disk is asked once for all who
came while it was busy. A row that the database refuses is its owner's trouble: the groups are then written one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice
from threading import Event, Lock

from engine.errors import StoreError, WeftError
from engine.journal.port import Append, OutcomeUnknown, StoreBusy
from engine.journal.sql.faults import is_of_a_row

SHARES_MAX = 512  # of one commit: bounds how long the first in line waits for the others' rows
Answers = list[int | WeftError]


class _Waiting:
    """A group in line, and what became of it. `called`: it is done, or its owner `leads` now."""

    __slots__ = ("alone", "answers", "called", "error", "group", "leads")

    def __init__(self, group: Sequence[Append], alone: bool) -> None:
        self.group = group
        self.alone = alone  # its owner waits for nobody: what it leads is its own
        self.called = Event()
        self.leads = False
        self.answers: Answers | None = None
        self.error: StoreError | None = None

    @property
    def is_done(self) -> bool:
        return self.answers is not None or self.error is not None

    def result(self) -> Answers:
        if self.error is not None:
            raise type(self.error)(self.error.message, hint=self.error.hint) from self.error.__cause__
        assert self.answers is not None
        return self.answers


class CommitLine:
    """`write` writes shares in one transaction and answers for each; it is called by one thread at a time."""

    def __init__(self, write: Callable[[Sequence[Append]], Answers]) -> None:
        self._write = write
        self._guard = Lock()  # of what is below; never held while writing
        self._waiting: list[_Waiting] = []
        self._is_led = False

    def write(self, group: Sequence[Append], *, wait: bool = True) -> Answers:
        """The answers to `group`, in its order, once they are kept. Raises StoreError, OutcomeUnknown.

        Without `wait` nobody stands in line: StoreBusy where somebody is being written for.
        """
        mine = _Waiting(group, not wait)
        try:
            with self._guard:
                if self._is_led and not wait:
                    raise StoreBusy("the store is being written to", hint="wait for it")
                self._waiting.append(mine)
                mine.leads, self._is_led = not self._is_led, True
            if not mine.leads:
                mine.called.wait()
            if mine.leads:
                self._lead(mine)
        except BaseException:  # interrupted: this thread will not come back
            with self._guard:
                self._take_out(mine)
            raise
        return mine.result()

    def _lead(self, mine: _Waiting) -> None:
        """Write the first of the line, `mine` before all, and call who was answered and who leads next."""
        with self._guard:
            batch = [mine] if mine.alone else self._first()
        try:
            self._write_batch(batch)
        finally:
            with self._guard:
                self._take_out(mine)
                done = [waiting for waiting in batch if waiting.is_done]
                self._waiting = [waiting for waiting in self._waiting if not waiting.is_done]
            for waiting in done:
                waiting.called.set()

    def _first(self) -> list[_Waiting]:
        """The first in line and as many behind it as one commit takes."""
        batch = self._waiting[:1]
        shares = len(batch[0].group)
        for waiting in self._waiting[1:]:
            shares += len(waiting.group)
            if shares > SHARES_MAX:
                break
            batch.append(waiting)
        return batch

    def _take_out(self, mine: _Waiting) -> None:
        """Out of the line; if it led, the first who is not answered yet leads now."""
        if mine in self._waiting:
            self._waiting.remove(mine)
        if not mine.leads:
            return
        mine.leads = False
        heir = next((waiting for waiting in self._waiting if not waiting.is_done), None)
        if heir is None:
            self._is_led = False
        else:
            self._waiting.remove(heir)
            self._waiting.insert(0, heir)
            heir.leads = True
            heir.called.set()

    def _write_batch(self, batch: Sequence[_Waiting]) -> None:
        try:
            answers = iter(self._write([share for waiting in batch for share in waiting.group]))
        except StoreError as error:
            if len(batch) > 1 and not isinstance(error, OutcomeUnknown) and is_of_a_row(error.__cause__):
                for waiting in batch:
                    self._write_batch([waiting])
                return
            for waiting in batch:
                waiting.error = error
            return
        for waiting in batch:
            waiting.answers = list(islice(answers, len(waiting.group)))
