"""Cycles of `dag` groups: found by counting (Kahn), shown by networkx, told once per cycle."""

from __future__ import annotations

from itertools import pairwise

from engine.diagnostics import Diagnostic, Related, problem
from engine.graph.places import Place
from engine.graph.plan import Plan, PlanStep, sorted_children
from engine.spec.tree import Tree

SHOWN_AT_MOST = 12


def cycle_problems(plan: Plan, tree: Tree, places: dict[tuple[int, int], Place]) -> list[Diagnostic]:
    """One problem per strongly connected set of steps, which shows its shortest way round."""
    problems: list[Diagnostic] = []
    for group in plan.steps:
        if (
            group.is_group
            and group.mode == "dag"
            and len(sorted_children(plan, group.index)) < len(group.children)
        ):
            problems += [_told(plan, tree, cycle, places) for cycle in _cycles(plan, group)]
    return problems


def _cycles(plan: Plan, group: PlanStep) -> list[list[int]]:
    import networkx as nx

    graph: nx.DiGraph[int] = nx.DiGraph()
    for child in group.children:
        graph.add_edges_from((need, child) for need in plan.steps[child].needs)
    knots = [knot for knot in nx.strongly_connected_components(graph) if len(knot) > 1]
    return [_way_round(graph.subgraph(knot), min(knot)) for knot in sorted(knots, key=min)]


def _way_round(knot: object, start: int) -> list[int]:
    """The shortest cycle through the first step written, in the direction "is needed by"."""
    import networkx

    graph: networkx.DiGraph[int] = knot  # type: ignore[assignment]
    ways = [networkx.shortest_path(graph, after, start) for after in graph.successors(start)]
    return [start, *min(ways, key=len)]


def _told(plan: Plan, tree: Tree, cycle: list[int], places: dict[tuple[int, int], Place]) -> Diagnostic:
    names = [plan.steps[index].id for index in cycle]
    shown = names if len(names) <= SHOWN_AT_MOST else [*names[: SHOWN_AT_MOST - 2], "…", names[-1]]
    pairs = list(pairwise(cycle))
    written = [places[(after, before)].span for before, after in pairs if (after, before) in places]
    related = tuple(Related(span, "and here") for span in written[1 : SHOWN_AT_MOST - 1])
    message = "these steps wait for each other: " + " -> ".join(shown)
    span = written[0] if written else tree.span(plan.steps[cycle[0]].path)
    return problem("WF302", message, span, "one of these edges must go", *related)
