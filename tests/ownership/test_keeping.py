"""The owner's thread: what it endures, what it tells, and that it tells nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from engine.app.keeping import Keeper
from engine.errors import StoreError
from engine.journal import Posted, RunNotFound, StaleOwner

GO, STOP = Posted(1, "signal", "go", {}, 1.0), Posted(2, "cancel", None, {}, 2.0)


class Store:
    """Answers as it is told, the last answer for ever; `renewals` counts what was asked to renew."""

    lease_seconds = 0.02

    def __init__(self, *answers: Any, durable: bool = True) -> None:
        self.answers = list(answers)
        self.durable = durable
        self.asked = self.renewals = 0

    def attend(self, run_id: str, epoch: int, *, renew: bool = True) -> list[Posted]:
        self.asked += 1
        self.renewals += renew
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def kept(store: Store, until: Callable[[list[Any]], bool]) -> list[Any]:
    """What the keeper has told when `until` holds."""
    told: list[Any] = []

    async def program() -> None:
        async with asyncio.timeout(20):
            with Keeper(store, "it", 1, told.append, told.append, at_once=True):  # type: ignore[arg-type]
                while not until(told):
                    await asyncio.sleep(0.002)

    asyncio.run(program())
    return told


def test_a_store_that_does_not_answer_is_asked_again() -> None:
    store = Store(StoreError("gone"), StoreError("gone"), [GO])
    assert kept(store, bool) == [GO]
    assert store.asked >= 3


def test_what_is_still_not_taken_is_told_once() -> None:
    store = Store([GO], [GO, STOP], [GO, STOP], [STOP], [])
    assert kept(store, lambda told: store.asked > 6) == [GO, STOP]


def test_leases_are_renewed_again_and_again() -> None:
    store = Store([])
    kept(store, lambda told: store.renewals > 3)
    assert store.asked > store.renewals, "the first look of all comes before the first renewal is due"


@pytest.mark.parametrize("refusal", [StaleOwner("taken"), RunNotFound("deleted")])
def test_a_run_that_is_lost_is_told_once_and_asked_for_no_more(refusal: Exception) -> None:
    store = Store([], refusal)
    told = kept(store, bool)
    assert [type(one) for one in told] == [StaleOwner]
    assert store.asked == 2


def test_a_store_in_memory_needs_no_keeper() -> None:
    store = Store([GO], durable=False)
    looks = iter(range(20))
    assert kept(store, lambda told: next(looks, None) is None) == []
    assert store.asked == 0
