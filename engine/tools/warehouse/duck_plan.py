"""DuckDB's plan of a query -> what is worth a look in it. DuckDB reads columns from end to end by design: no advice of
indexes comes from here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.tools.warehouse.dialect import Explained

_EVERY_PAIR = ("CROSS_PRODUCT", "NESTED_LOOP_JOIN", "BLOCKWISE_NL_JOIN")
_OF_EXPLAIN = ("RESULT_COLLECTOR", "EXPLAIN_ANALYZE", "")


def explained(told: Any, seconds: float | None) -> Explained:
    """From what EXPLAIN (FORMAT JSON) gives: a list of operators, within a mapping of measures where it was run."""
    roots = told.get("operator") or [told] if isinstance(told, dict) else told
    nodes = [node for root in roots for node in _nodes(root)]
    findings = [
        ("every_pair", f"{_kind(node).lower()}: every row is looked at with every row")
        for node in nodes
        if _kind(node) in _EVERY_PAIR
    ]
    top = next((node for node in nodes if _kind(node) not in _OF_EXPLAIN), {})
    rows = top.get("intermediate_rows", top.get("operator_cardinality"))  # the second before DuckDB 2
    return Explained(roots, seconds, rows if seconds is not None else None, [], findings)


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for inner in node.get("children", ()):
        yield from _nodes(inner)


def _kind(node: Mapping[str, Any]) -> str:
    return str(node.get("type") or node.get("operator_type") or node.get("name") or "").strip()
