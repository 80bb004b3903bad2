"""Graphs to run: for each step the indexes of those it needs. Every step passes a value on."""

from __future__ import annotations

import random
from collections.abc import Callable

Graph = list[list[int]]
LAYER = 100  # steps in a layer of W3


def chain(size: int) -> Graph:
    """W1: each step needs the one before."""
    return [[index - 1] if index else [] for index in range(size)]


def fan(size: int) -> Graph:
    """W2: one step, many that need it, one that needs them all."""
    middle = list(range(1, size - 1))
    return [[], *([0] for _ in middle), middle]


def layers(size: int) -> Graph:
    """W3: layers of steps with one to three needs in the layer before (two on average); always the same graph."""
    chance = random.Random(20260101)
    graph: Graph = [[] for _ in range(min(LAYER, size))]
    while len(graph) < size:
        start = len(graph) // LAYER * LAYER
        before = range(start - LAYER, start)
        graph.append(sorted(chance.sample(before, chance.randint(1, 3))))
    return graph


SHAPES: dict[str, Callable[[int], Graph]] = {"W1 chain": chain, "W2 fan": fan, "W3 layers": layers}
