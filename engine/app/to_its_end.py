"""Drive a loop to its end, also where the task that drives it is cancelled or the run was taken up in the middle."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from engine.execute.loop import RunLoop
from engine.machine import Instance, RunState, Status, Wish

CANCELLED = "cancelled"  # the task that drives the run was


def rearm(run: RunState, loop: RunLoop) -> None:
    """The timeouts of groups that were running when the run was left: what is left of each."""
    stack: list[Instance] = [run.root]
    while stack:
        instance = stack.pop()
        if instance.plan.is_group and not instance.is_loop and instance.status is Status.RUNNING:
            loop.arm_timeout(instance)
        stack.extend(instance.parts)


async def to_its_end(
    loop: RunLoop, wishes: list[Wish], stop: Callable[[str], None]
) -> asyncio.CancelledError | None:
    """Drive the run. To cancel this task is to stop the run in good order; the cancellation is given back.

    The loop is a task of its own: cut at any point it could not keep its books. A run that is left is left within the
    loop's own bounds, so further cancellations change nothing; one that ends in memory is cut by the second.
    """
    driving = asyncio.ensure_future(loop.drive(wishes))
    cancelled: asyncio.CancelledError | None = None
    while not driving.done():
        try:
            await asyncio.wait((driving,))
        except asyncio.CancelledError as error:
            if cancelled is None:
                stop(CANCELLED)
            elif not loop.durable:
                driving.cancel()
            cancelled = error
    if cancelled is None or not driving.cancelled():
        driving.result()
    return cancelled
