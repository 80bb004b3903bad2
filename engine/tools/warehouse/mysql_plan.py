"""The plan of MySQL and MariaDB (EXPLAIN FORMAT=JSON) -> what is worth a look in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from engine.tools.warehouse.dialect import Explained

_FINDINGS = {
    "using_filesort": ("sort", "the rows are sorted after they were found"),
    "filesort": ("sort", "the rows are sorted after they were found"),
    "using_temporary_table": ("temporary_table", "a temporary table is made"),
    "temporary_table": ("temporary_table", "a temporary table is made"),
}


def explained(plan: Any, seconds: float | None, rows: int | None) -> Explained:
    """`seconds` and `rows` where the query was run too."""
    nodes = list(_nodes(plan))
    scanned = [str(node["table_name"]) for node in nodes if _scanned(node)]
    found = [told for node in nodes for key, told in _FINDINGS.items() if node.get(key)]
    return Explained(plan, seconds, rows, [*dict.fromkeys(scanned)], [*dict.fromkeys(found)])


def _nodes(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        yield node
        for inner in node.values():
            yield from _nodes(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _nodes(inner)


def _scanned(node: Mapping[str, Any]) -> bool:
    return node.get("access_type") == "ALL" and "attached_condition" in node and "table_name" in node
