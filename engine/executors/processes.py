"""`processes`: calls made in worker processes, started when needed, kept and used again.

A call that is cancelled or out of time is really ended: its worker goes, with all it started, and another takes its place.
Calls and answers travel as JSON. The first worker comes up while the run is made ready, each other one when a call finds
none free. A worker that dies takes its call with it (`WorkerLost`).
"""

from __future__ import annotations

import contextlib
import os
import threading

from engine.errors import ToolError
from engine.executors.future import LightFuture
from engine.executors.port import Answer, Settings, ToolCall, WorkerLost
from engine.executors.threads import Threads
from engine.executors.workers import EXIT_SECONDS, GRACE_SECONDS, Worker, message_of

PATIENCE_SECONDS = 0.1


class _Job:
    """A call on its way: `worker` while one works on it, `stopped` once nobody waits for it any more."""

    __slots__ = ("call", "future", "stopped", "worker")

    def __init__(self, call: ToolCall) -> None:
        self.call = call
        self.future = LightFuture(self)
        self.worker: Worker | None = None
        self.stopped = False


class ProcessExecutor:
    """At most `capacity` workers: as many as this process may use processors, unless told otherwise.

    A worker more than there are processors is started only once a call has waited a moment for a free one: functions
    that wait get as many as they need, and those that compute no more than help them. A thread of this process waits
    beside each call for its worker's answer.
    """

    def __init__(self, settings: Settings, grace_seconds: float = GRACE_SECONDS) -> None:
        self._processors = len(os.sched_getaffinity(0))
        self.capacity = settings.workers or self._processors
        self._say = settings.say
        self._grace_seconds = grace_seconds
        self._threads = Threads("weft-worker", limit=self.capacity)
        self._stoppers = Threads("weft-stop")
        self._lock = threading.Lock()
        self._freed = threading.Condition(self._lock)
        self._busy = 0
        self._jobs: set[_Job] = set()
        self._idle: list[Worker] = []
        self._closed = False

    def warm(self, factory: str) -> None:
        """Start the first worker ahead of the first call; one that cannot be started is told by that call."""
        with self._lock:
            wanted = not (self._idle or self._jobs or self._closed)
        if wanted:
            with contextlib.suppress(ToolError):
                self._idle.append(Worker(self._say, factory))

    def submit(self, call: ToolCall) -> LightFuture:
        job = _Job(call)
        with self._lock:
            self._jobs.add(job)
        self._threads.submit(lambda: self._work(job))
        return job.future

    def cancel(self, future: LightFuture) -> None:
        if future.cancel() or future.done():
            return
        job: _Job = future.about
        with self._lock:
            job.stopped = True
            worker = job.worker
            if worker is not None:
                worker.doomed = True
        if worker is not None:
            self._stoppers.submit(lambda: self._end(worker))

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            jobs = list(self._jobs)
        for job in jobs:
            self.cancel(job.future)
        for worker in idle:
            worker.dismiss()
        for worker in idle:
            worker.end(EXIT_SECONDS, self._grace_seconds)
        self._threads.close()
        self._stoppers.close()

    def _work(self, job: _Job) -> None:
        """The whole way of one call, in a thread of its own."""
        try:
            if job.future.set_running_or_notify_cancel():
                job.future.set_result(self._answered(job))
        except BaseException as error:
            job.future.set_exception(error)
        finally:
            with self._lock:
                self._jobs.discard(job)

    def _answered(self, job: _Job) -> Answer:
        message = message_of(job.call)
        try:
            return self._answered_by(self._taken(), job, message)
        finally:
            with self._lock:
                self._busy -= 1

    def _answered_by(self, worker: Worker, job: _Job, message: bytes) -> Answer:
        with self._lock:
            job.worker = worker
            stopped = job.stopped
        try:
            answer = None if stopped else worker.make(message, job.call.context)
        except WorkerLost:
            reason = worker.end(EXIT_SECONDS, self._grace_seconds)
            if job.stopped:
                return None
            if not worker.ready:
                said = f"no worker process comes up: it ended by {reason}"
                raise ToolError(said, type="unavailable", hint="what it printed says why") from None
            if reason == "SIGXCPU":  # to make the call again would end it again
                said = (
                    "the call reached its limit of processor time, and its worker process was ended (SIGXCPU)"
                )
                raise ToolError(said, type="failed", code="limit cpu_seconds") from None
            raise WorkerLost(f"its worker process ended by {reason}") from None
        self._give_back(worker, job)
        return answer

    def _taken(self) -> Worker:
        """A worker that lives: the one used last, else a new one."""
        with self._freed:
            self._busy += 1
            if self._busy > self._processors:
                self._freed.wait_for(lambda: bool(self._idle), PATIENCE_SECONDS)
        while True:
            with self._lock:
                worker = self._idle.pop() if self._idle else None
            if worker is None:
                return Worker(self._say)
            if worker.alive:
                return worker
            worker.end()

    def _give_back(self, worker: Worker, job: _Job) -> None:
        with self._lock:
            job.worker = None
            keep = not worker.doomed and not self._closed
            if keep:
                self._idle.append(worker)
                self._freed.notify()
        if not keep:
            self._end(worker)

    def _end(self, worker: Worker) -> None:
        worker.end(grace_seconds=self._grace_seconds)
