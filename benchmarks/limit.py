"""The limit: the same graph in bare asyncio. One task a node, counters of open needs, values handed on; nothing else.

No engine that gives each step a task can be faster; what one adds (references, events, retries, a journal, a result) is
what the ratio to this limit shows.
"""

from __future__ import annotations

import asyncio
from typing import Any

from benchmarks.shapes import Graph

Value = dict[str, Any]


def run_bare(graph: Graph) -> list[Value]:
    """Run the graph; the value of each node: its number and the numbers its needs gave."""
    return asyncio.run(_run(graph))


async def _run(graph: Graph) -> list[Value]:
    loop = asyncio.get_running_loop()
    dependents: list[list[int]] = [[] for _ in graph]
    for index, needs in enumerate(graph):
        for need in needs:
            dependents[need].append(index)
    left = [len(needs) for needs in graph]
    values: list[Value] = [{} for _ in graph]
    open_nodes = len(graph)
    done = asyncio.Event()
    tasks: set[asyncio.Task[None]] = set()

    def begin(index: int) -> None:
        task = loop.create_task(node(index))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    async def node(index: int) -> None:
        nonlocal open_nodes
        values[index] = {"n": index, "before": [values[need]["n"] for need in graph[index]]}
        for dependent in dependents[index]:
            left[dependent] -= 1
            if not left[dependent]:
                begin(dependent)
        open_nodes -= 1
        if not open_nodes:
            done.set()

    for index, needs in enumerate(graph):
        if not needs:
            begin(index)
    await done.wait()
    return values
