"""Waits for a run: on an event loop of its own, or, where one is running in this thread, on one in another thread."""

from __future__ import annotations

import asyncio
import contextvars
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from engine.app.running import Driving, RunEnd

_T = TypeVar("_T")
LOOK_SECONDS = 0.5  # an interrupt that comes between two breaths of a wait is heard of at the next


def finished(driving: Driving) -> RunEnd:
    """The end of a run: see `completed`."""
    return completed(driving)


def completed(driving: Coroutine[Any, Any, _T]) -> _T:
    """What driving a run gives. An interrupt (Ctrl-C) stops the run in good order, then KeyboardInterrupt goes on."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        usual = signal.getsignal(signal.SIGINT) is signal.default_int_handler
        heard = usual and threading.current_thread() is threading.main_thread()
        return asyncio.run(_interruptible(driving) if heard else _awaited(driving))
    return _elsewhere(driving)


async def _awaited(driving: Coroutine[Any, Any, _T]) -> _T:
    return await driving


async def _interruptible(driving: Coroutine[Any, Any, _T]) -> _T:
    """The loop itself hears of an interrupt: Python's own handler may have to wait until the loop wakes up."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None
    interrupts = 0

    def interrupted() -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1:
            raise KeyboardInterrupt
        task.cancel()

    loop.add_signal_handler(signal.SIGINT, interrupted)
    try:
        return await driving
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def _elsewhere(driving: Coroutine[Any, Any, _T]) -> _T:
    """In a thread of its own: a notebook's loop, which runs in this one, cannot wait for itself."""
    outcome: Future[_T] = Future()
    stoppable = threading.Event()
    stop: list[Callable[[], object]] = []

    async def driven() -> _T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        stop.append(lambda: loop.call_soon_threadsafe(task.cancel))
        stoppable.set()
        return await driving

    def work() -> None:
        try:
            outcome.set_result(asyncio.run(driven()))
        except BaseException as error:
            outcome.set_exception(error)

    thread = threading.Thread(
        target=contextvars.copy_context().run, args=(work,), name="weft-run", daemon=True
    )
    thread.start()
    try:
        while thread.is_alive():
            thread.join(LOOK_SECONDS)
    except KeyboardInterrupt:
        stoppable.wait()
        if thread.is_alive():
            stop[0]()
        thread.join()
        raise
    return outcome.result()
