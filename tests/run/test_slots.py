"""Slots of nested limits: never more than allowed, and nobody waits while there is room."""

from __future__ import annotations

import random

from generated import over
from hypothesis import strategies as st

from engine.execute.slots import Slots
from engine.graph.plan import PlanStep
from engine.machine import Instance, Status


def _tree(dice: random.Random) -> list[Instance]:
    """Calls in groups two deep; some groups are limited."""
    root = Instance(PlanStep(0, "", (), 0, 0, is_group=True), None)
    groups = [root]
    for number in range(1, 6):
        limit = dice.choice((None, 1, 2))
        groups.append(
            Instance(
                PlanStep(number, f"g{number}", (), 0, 0, is_group=True, concurrency=limit),
                dice.choice(groups),
            )
        )
    return [Instance(PlanStep(9 + n, f"c{n}", (), 0, 0, tool="echo"), dice.choice(groups)) for n in range(14)]


def _limited(call: Instance, run_limit: int) -> list[tuple[Instance, int]]:
    out, node = [], call.parent
    while node is not None:
        limit = run_limit if node.parent is None else node.plan.concurrency
        out += [(node, limit)] if limit else []
        node = node.parent
    return out


@over(st.integers(0, 2**32 - 1), st.integers(1, 4), examples=300, derandomize=True, database=None)
def test_limits_hold_and_no_call_waits_while_all_its_groups_have_room(seed: int, run_limit: int) -> None:
    dice = random.Random(seed)
    slots, calls = Slots(run_limit), _tree(dice)
    coming, running, waiting = list(calls), [], set()
    dice.shuffle(coming)

    def start(call: Instance) -> None:
        call.status = Status.READY
        if slots.take(call):
            call.status = Status.RUNNING
            waiting.discard(call)
            running.append(call)
        else:
            waiting.add(call)

    while coming or running or waiting:
        move = dice.random()
        if coming and move < 0.5:
            start(coming.pop())
        elif waiting and move < 0.6:  # cut while it waits in a line
            gone = dice.choice(sorted(waiting, key=lambda call: call.plan.index))
            gone.status = Status.SKIPPED
            waiting.discard(gone)
        elif running:
            ended = running.pop(dice.randrange(len(running)))
            ended.status = Status.SUCCEEDED
            for woken in slots.give(ended):
                start(woken)
        used = [group for call in running for group, _ in _limited(call, run_limit)]
        for call in running:
            assert all(used.count(group) <= limit for group, limit in _limited(call, run_limit))
        for call in waiting:
            room = all(used.count(group) < limit for group, limit in _limited(call, run_limit))
            assert not room, f"{call!r} waits though there is room"
