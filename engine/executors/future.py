"""The future of one answer. Has the words of `concurrent.futures.Future` that the engine uses, at a fraction of its cost.

No lock, one callback, nobody who can wait: a call in a thread costs little more than the thread.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

from engine.executors.port import Answer


class LightFuture:
    """`about` is the executor's own: what it needs to stop the call. `answer` counts where `ended_well`."""

    __slots__ = ("_begun", "_callbacks", "_error", "_state", "about", "answer", "ended_well")

    def __init__(self, about: Any = None) -> None:
        self.about = about
        self.answer: Answer = None
        self.ended_well = False
        self._error: BaseException | None = None
        self._state = ""
        # Each of these lists gives what it holds to one taker alone, from whatever thread: list.pop is one step.
        self._begun = [True]
        self._callbacks: list[Callable[[Any], Any]] = []

    def set_running_or_notify_cancel(self) -> bool:
        """The call begins; False: it was cancelled before, and does not."""
        try:
            return self._begun.pop()
        except IndexError:
            return False

    def set_result(self, answer: Answer) -> None:
        self.answer = answer
        self.ended_well = True
        self._end("ended")

    def set_exception(self, error: BaseException) -> None:
        self._error = error
        self._end("ended")

    def _end(self, state: str) -> None:
        self._state = state
        self._call_back()

    def _call_back(self) -> None:
        try:
            callback = self._callbacks.pop()
        except IndexError:
            return  # there is none yet: whoever adds it finds the future ended
        callback(self)

    def cancel(self) -> bool:
        """Whether the call was cancelled before it began, now or earlier."""
        if self.set_running_or_notify_cancel():
            self._end("cancelled")
        return self._state == "cancelled"

    def add_done_callback(self, callback: Callable[[Any], Any]) -> None:
        """The one callback: called once, on the thread that ends the future, or at once when it has ended."""
        self._callbacks.append(callback)
        if self._state:
            self._call_back()

    def done(self) -> bool:
        return self._state != ""

    def cancelled(self) -> bool:
        return self._state == "cancelled"

    def exception(self) -> BaseException | None:
        """Of a future that has ended. Raises CancelledError for one that was cancelled."""
        if self._state == "cancelled":
            raise CancelledError
        return self._error

    def result(self) -> Answer:
        """Of a future that has ended."""
        error = self.exception()
        if error is not None:
            raise error
        return self.answer
