"""Order and cycles of generated dag groups, with networkx as the oracle."""

from __future__ import annotations

import json
from itertools import pairwise

import networkx as nx
from generated import over
from hypothesis import strategies as st

from engine.app.checking import check_text

EDGES = st.integers(2, 9).flatmap(
    lambda n: st.tuples(
        st.just(n), st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=14)
    )
)


def _checked(count: int, edges: set[tuple[int, int]]):
    """A dag group of `count` steps; an edge (a, b) makes b need a, every other one by a reference."""
    steps = []
    for index in range(count):
        before = sorted(a for a, b in edges if b == index and a != index)
        step = {"id": f"s{index}", "tool": "echo", "needs": [f"s{a}" for a in before[::2]]}
        step["with"] = {f"k{a}": f"$<step_s{a}_result>" for a in before[1::2]}
        steps.append(step)
    return check_text(json.dumps({"weft": 1, "name": "g", "mode": "dag", "steps": steps}), "g.json", "json")


def _oracle(count: int, edges: set[tuple[int, int]]) -> nx.DiGraph:
    graph = nx.DiGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from((a, b) for a, b in edges if a != b)
    return graph


@over(EDGES, examples=150)
def test_a_cycle_is_told_exactly_when_there_is_one_and_once_per_knot(drawn):
    count, edges = drawn
    graph = _oracle(count, edges)
    told = [problem for problem in _checked(count, edges).diagnostics if problem.code == "WF302"]
    knots = [knot for knot in nx.strongly_connected_components(graph) if len(knot) > 1]
    assert len(told) == len(knots)
    for problem in told:
        names = problem.message.partition(": ")[2].split(" -> ")
        way = [int(name[1:]) for name in names]
        assert way[0] == way[-1]
        assert all(graph.has_edge(a, b) for a, b in pairwise(way))


@over(EDGES, examples=150)
def test_the_plans_order_is_a_topological_order_with_exactly_the_written_edges(drawn):
    count, edges = drawn
    forward = {(min(a, b), max(a, b)) for a, b in edges if a != b}
    plan = _checked(count, forward).plan
    assert plan is not None
    order = [plan.steps[index].id for index in plan.order()]
    place = {name: at for at, name in enumerate(order)}
    assert sorted(order) == sorted(f"s{index}" for index in range(count))
    assert all(place[f"s{a}"] < place[f"s{b}"] for a, b in forward)
    written = {(int(plan.steps[n].id[1:]), int(s.id[1:])) for s in plan.steps for n in s.needs}
    assert written == forward
