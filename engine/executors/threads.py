"""`threads`: threads for blocking calls, made when needed, used again, never waited for at exit.

A call that outlives its timeout keeps its thread (Python cannot end one): its tool's stoppers are called, and where it has
none the thread is left behind and another takes its place. The pool of the standard library would wait for it when the
process ends.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from engine.executors.answers import answered
from engine.executors.future import LightFuture
from engine.executors.port import Settings, ToolCall
from engine.tools.port import CallContext

Job = Callable[[], None]


class Threads:
    """A pool of daemon threads. `limit` None: bounded by its users (slots), not by itself."""

    def __init__(self, name: str = "weft-call", limit: int | None = None) -> None:
        self._name = name
        self._limit = limit
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._idle = 0
        self._made = 0

    def submit(self, job: Job) -> None:
        """Run `job` in a thread. `job` must not raise."""
        with self._lock:
            start = False
            if self._idle:
                self._idle -= 1
            elif self._limit is None or self._made < self._limit:
                self._made += 1
                start = True
        self._jobs.put(job)
        if start:
            threading.Thread(target=self._work, name=f"{self._name}-{self._made}", daemon=True).start()

    def close(self) -> None:
        """Let the idle threads end."""
        for _ in range(self._made):
            self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            with self._lock:
                self._idle += 1


class ThreadExecutor:
    """The executor that is used where nothing is said. Takes as many calls at once as it is given, unless told how many."""

    def __init__(self, settings: Settings) -> None:
        self.capacity = settings.workers
        self._threads = Threads(limit=settings.workers)
        self._stoppers = Threads("weft-stop")

    def submit(self, call: ToolCall) -> LightFuture:
        future = LightFuture(call)
        self._threads.submit(lambda: _make(call, future))
        return future

    def cancel(self, future: LightFuture) -> None:
        if not future.cancel() and not future.done():
            self._stoppers.submit(lambda: stopped_quietly(future.about.context))

    def close(self) -> None:
        self._threads.close()
        self._stoppers.close()


def _make(call: ToolCall, future: LightFuture) -> None:
    if future.set_running_or_notify_cancel():
        future.set_result(answered(call.tool, call.operation, call.parameters, call.context))


def stopped_quietly(context: CallContext) -> None:
    """Set the token of a call and run its stoppers; what they raise is logged."""
    try:
        context.cancel_now()
    except Exception as error:
        context.logger.warning("stopping %s failed: %s", context.instance, error)
