"""A layered drawing of boxes and edges, left to right (after Sugiyama): which layer, in which order, at which height.

Law: the picture depends on names, sizes and edges alone, not on the order they come in; so a step moved in the file
stays where it is in the picture. Knows no step: a node is a name with a size.
"""

from __future__ import annotations

import re
from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

Edge = tuple[str, str]
Size = tuple[float, float]
Point = tuple[float, float]

LAYER_GAP = 46.0
NODE_GAP = 18.0
LANE_HEIGHT = 8.0
SWEEPS = 12
_MORE_GAP_MAX = 80.0
"""Between layers with many edges there is more room, for the edges to be told apart."""
_STRAIGHT = 8.0
"""How much more a lane of a long edge minds being bent than a node minds standing askew."""


@dataclass(slots=True)
class Layered:
    """Top-left corners by name, the way of each edge (points, its two ends left out), and the whole size."""

    corners: dict[str, Point] = field(default_factory=dict)
    ways: dict[Edge, list[Point]] = field(default_factory=dict)
    size: Size = (0.0, 0.0)


def layered(sizes: Mapping[str, Size], edges: Iterable[Edge]) -> Layered:
    """Lay out nodes with `sizes` (width, height); `edges` go from earlier to later and have no cycle."""
    drawing = _Drawing(sizes, sorted(set(edges), key=lambda e: (natural(e[0]), natural(e[1]))))
    drawing.order()
    drawing.heights()
    return drawing.placed()


def natural(name: str) -> list[tuple[int, int, str]]:
    """Sorts `load_2` before `load_10`."""
    return [
        (0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.split(r"(\d+)", name) if part
    ]


class _Drawing:
    """Nodes and lanes (the places of long edges in the layers they cross) are numbers; lanes come after nodes."""

    def __init__(self, sizes: Mapping[str, Size], edges: list[Edge]) -> None:
        self.names = sorted(sizes, key=natural)
        number = {name: index for index, name in enumerate(self.names)}
        self.sizes = [sizes[name] for name in self.names]
        self.edges = [(number[a], number[b]) for a, b in edges]
        layer = self._layers()
        self.before: list[list[int]] = [[] for _ in self.names]
        self.after: list[list[int]] = [[] for _ in self.names]
        self.lanes: dict[tuple[int, int], list[int]] = {}
        self.layers: list[list[int]] = [[] for _ in range(max(layer, default=-1) + 1)]
        for node, where in enumerate(layer):
            self.layers[where].append(node)
        for edge in self.edges:
            self._thread(edge, layer)
        self.centre = [0.0] * len(self.sizes)

    def _layers(self) -> list[int]:
        """The longest way from a start; what only later layers use moves up to the first that does."""
        before: list[list[int]] = [[] for _ in self.names]
        after: list[list[int]] = [[] for _ in self.names]
        for a, b in self.edges:
            before[b].append(a)
            after[a].append(b)
        layer = [0] * len(self.names)
        waiting = [len(some) for some in before]
        order = [node for node, count in enumerate(waiting) if not count]
        for node in order:
            for other in after[node]:
                layer[other] = max(layer[other], layer[node] + 1)
                waiting[other] -= 1
                if not waiting[other]:
                    order.append(other)
        for node in reversed(order):
            if after[node] and not before[node]:
                layer[node] = min(layer[other] for other in after[node]) - 1
        return layer

    def _thread(self, edge: tuple[int, int], layer: list[int]) -> None:
        start, end = edge
        way = [start]
        for where in range(layer[start] + 1, layer[end]):
            lane = len(self.sizes)
            self.sizes.append((0.0, LANE_HEIGHT))
            self.before.append([])
            self.after.append([])
            self.layers[where].append(lane)
            way.append(lane)
        self.lanes[edge] = way[1:]
        for a, b in pairwise([*way, end]):
            self.after[a].append(b)
            self.before[b].append(a)

    def order(self) -> None:
        """Sweep there and back, each layer by the mean place of its neighbours; keep what crosses least."""
        best = [list(layer) for layer in self.layers]
        fewest = self._crossings()
        for sweep in range(SWEEPS):
            if not fewest:
                break
            forward = sweep % 2 == 0
            for here, there in pairwise(self.layers if forward else self.layers[::-1]):
                self._by_mean(there, here, self.before if forward else self.after)
            crossings = self._crossings()
            if crossings < fewest:
                fewest, best = crossings, [list(layer) for layer in self.layers]
        self.layers = best

    def _by_mean(self, layer: list[int], fixed: list[int], neighbours: list[list[int]]) -> None:
        place = {node: index for index, node in enumerate(fixed)}
        own = {node: index for index, node in enumerate(layer)}

        def key(node: int) -> tuple[float, int]:
            near = [place[other] for other in neighbours[node] if other in place]
            scale = len(fixed) / max(1, len(layer))
            return (sum(near) / len(near) if near else own[node] * scale, node)

        layer.sort(key=key)

    def _crossings(self) -> int:
        total = 0
        for left, right in pairwise(self.layers):
            place = {node: index for index, node in enumerate(right)}
            seen: list[int] = []
            for node in left:
                ends = sorted(place[other] for other in self.after[node])
                total += sum(len(seen) - bisect_right(seen, end) for end in ends)
                for end in ends:
                    insort(seen, end)
        return total

    def heights(self) -> None:
        """Draw each node towards the middle of its neighbours, as far as its own layer has room."""
        for layer in self.layers:
            self._settle(layer, [0.0] * len(layer))
        for sweep in range(SWEEPS):
            layers = self.layers if sweep % 2 == 0 else self.layers[::-1]
            for layer in layers:
                wanted = [self._wanted(node, (self.before, self.after)[sweep % 2]) for node in layer]
                self._settle(layer, wanted)
        for layer in self.layers:  # at last towards both sides
            self._settle(
                layer, [(self._wanted(n, self.before) + self._wanted(n, self.after)) / 2 for n in layer]
            )

    def _wanted(self, node: int, neighbours: list[list[int]]) -> float:
        near = neighbours[node]
        return sum(self.centre[other] for other in near) / len(near) if near else self.centre[node]

    def _settle(self, layer: list[int], wanted: list[float]) -> None:
        """The heights nearest to those wanted (least squares) that keep the order and the gaps."""
        offset, offsets = 0.0, []
        for index, node in enumerate(layer):
            if index:
                offset += (self.sizes[layer[index - 1]][1] + self.sizes[node][1]) / 2 + NODE_GAP
            offsets.append(offset)
        blocks: list[tuple[float, float, int]] = []  # mean, weight, how many
        for node, want, off in zip(layer, wanted, offsets, strict=True):
            mean, weight, count = want - off, _STRAIGHT if node >= len(self.names) else 1.0, 1
            while blocks and blocks[-1][0] > mean:
                other, heavy, many = blocks.pop()
                mean = (mean * weight + other * heavy) / (weight + heavy)
                weight, count = weight + heavy, count + many
            blocks.append((mean, weight, count))
        means = [mean for mean, _, count in blocks for _ in range(count)]
        for node, mean, off in zip(layer, means, offsets, strict=True):
            self.centre[node] = mean + off

    def placed(self) -> Layered:
        """Corners and ways, the smallest coordinate at 0."""
        if not self.names:
            return Layered()
        top = min(self.centre[n] - self.sizes[n][1] / 2 for layer in self.layers for n in layer)
        out = Layered()
        left = bottom = gap = 0.0
        reach: dict[int, tuple[float, float]] = {}  # of a node's or lane's layer, from left to right
        for layer in self.layers:
            width = max(self.sizes[node][0] for node in layer)
            for node in layer:
                reach[node] = (left, left + width)
                if node < len(self.names):
                    height = self.sizes[node][1]
                    y = self.centre[node] - height / 2 - top
                    out.corners[self.names[node]] = (left, y)
                    bottom = max(bottom, y + height)
                else:
                    bottom = max(bottom, self.centre[node] - top)
            gap = LAYER_GAP + min(_MORE_GAP_MAX, 4.0 * sum(len(self.after[node]) for node in layer))
            left += width + gap
        for (a, b), lanes in self.lanes.items():
            # Level through the layers it crosses, and out of the layer it begins in: it bends between layers only.
            level = [(x, self.centre[n] - top) for n in lanes for x in reach[n]]
            out.ways[self.names[a], self.names[b]] = [(reach[a][1], self.centre[a] - top), *level]
        out.size = (left - gap, bottom)
        return out
