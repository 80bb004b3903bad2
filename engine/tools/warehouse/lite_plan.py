"""SQLite's plan of a query (EXPLAIN QUERY PLAN) -> what is worth a look in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.tools.warehouse.dialect import Explained

_SCAN = re.compile(r"^SCAN (?:TABLE )?(?P<table>\S+)(?! CONSTANT)")


def explained(lines: Sequence[str], seconds: float | None, rows: int | None) -> Explained:
    """From the plan's lines."""
    scans = [match["table"] for line in lines if (match := _SCAN.match(line)) and "INDEX" not in line]
    findings = [("sorted", line.lower()) for line in lines if line.startswith("USE TEMP B-TREE")]
    findings += [("index_made_for_this_query", line) for line in lines if "AUTOMATIC" in line]
    return Explained(list(lines), seconds, rows, list(dict.fromkeys(scans)), findings)
