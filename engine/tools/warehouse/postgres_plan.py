"""PostgreSQL's plan of a query -> what is worth a look in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.tools.warehouse.dialect import Explained

SMALL_ROWS = 1_000
FAR_OFF = 10


def explained(told: Mapping[str, Any], *, run: bool) -> Explained:
    """From what EXPLAIN (FORMAT JSON) gives; with its times where the query was run."""
    plan = told["Plan"]
    nodes = list(_nodes(plan))
    seconds = (told.get("Planning Time", 0.0) + told.get("Execution Time", 0.0)) / 1000 if run else None
    return Explained(
        plan=dict(told),
        seconds=seconds,
        rows=int(plan["Actual Rows"]) if run else None,
        scanned=list(dict.fromkeys(node["Relation Name"] for node in nodes if _scanned(node))),
        findings=[finding for node in nodes for finding in _findings(node)],
    )


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for inner in node.get("Plans", ()):
        yield from _nodes(inner)


def _scanned(node: Mapping[str, Any]) -> bool:
    return node["Node Type"] == "Seq Scan" and "Filter" in node


def _findings(node: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if "Disk" in (node.get("Sort Space Type") or ""):
        yield "sort_on_disk", f"a sort did not fit into memory ({node['Sort Space Used']} kB on disk)"
    if node.get("Hash Batches", 1) > 1:
        yield "hash_on_disk", f"a hash table did not fit into memory ({node['Hash Batches']} batches)"
    if "Actual Rows" not in node:
        return
    expected, actual = max(node["Plan Rows"], 1), max(node["Actual Rows"], 1)
    if max(expected, actual) > SMALL_ROWS and max(expected / actual, actual / expected) > FAR_OFF:
        what = node.get("Relation Name") or node["Node Type"].lower()
        yield "estimate_far_off", f"{what}: {expected:g} rows expected, {actual:g} came; `analyze` may help"
