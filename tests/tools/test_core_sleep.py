"""The `sleep` tool."""

from __future__ import annotations

import asyncio

import pytest

from engine.tools.core.sleep.tool import Sleep
from engine.tools.port import CallContext


def test_it_waits_on_the_loop_and_tells_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def wait(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("engine.tools.core.sleep.tool.asyncio.sleep", wait)
    result = asyncio.run(Sleep({}).call("sleep", {"seconds": 90}, CallContext()))
    assert result.data == {"slept": 90}
    assert waited == [90]


def test_a_cancelled_wait_ends_at_once() -> None:
    async def cancelled() -> None:
        task = asyncio.create_task(Sleep({}).call("sleep", {"seconds": 3600}, CallContext()))
        await asyncio.sleep(0)
        task.cancel()
        await task

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cancelled())
