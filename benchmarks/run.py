"""The one command: runs the benchmarks, prints a table row a figure, writes them as JSON where asked to."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a checkout, whatever is installed

from benchmarks import (
    audit,
    calls,
    checked,
    cold_start,
    durable,
    executors,
    foreach,
    framework,
    in_memory,
    loading,
    memory,
    warehouse,
)
from benchmarks.checkout import engine_digest
from benchmarks.settings import Settings
from benchmarks.table import Row, print_table

BENCHMARKS: dict[str, Callable[[Settings], Iterator[Row]]] = {
    "load": loading.rows,
    "memory-run": in_memory.rows,
    "lanes": in_memory.lane_rows,
    "long-chain": in_memory.long_chain_rows,
    "durable": durable.rows,
    "foreach": foreach.rows,
    "calls": calls.rows,
    "checked": checked.rows,
    "executors": executors.rows,
    "framework": framework.rows,
    "audit": audit.rows,
    "cold-start": cold_start.rows,
    "footprint": memory.rows,
    "warehouse": warehouse.rows,
}


def main(arguments: list[str] | None = None) -> None:
    """Run what was asked for; every goal is shown, none decides the exit code."""
    asked = _parser().parse_args(arguments)
    settings = Settings(asked.small, asked.folder)
    measured = engine_digest()
    rows: list[Row] = []
    for name in asked.only or BENCHMARKS:
        print(f"{name} …", file=sys.stderr, flush=True)
        rows += BENCHMARKS[name](settings)
    if settings.small:  # figures of these sizes say nothing about the goals
        rows = [replace(row, goal=None) for row in rows]
    print_table(rows)
    print(f"\nengine {measured}")
    if engine_digest() != measured:
        print(
            "warning: the engine's files changed meanwhile; these figures are of no one version",
            file=sys.stderr,
        )
    if asked.json:
        told = {"engine": measured, "small": settings.small, "rows": [row.as_json() for row in rows]}
        asked.json.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description="Weft's benchmarks: ratios to bare baselines of the same run."
    )
    parser.add_argument(
        "--small", action="store_true", help="small sizes: shows that every benchmark works, no more"
    )
    parser.add_argument(
        "--only", action="append", choices=BENCHMARKS, metavar="NAME", help=", ".join(BENCHMARKS)
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every row with its raw ratios")
    parser.add_argument(
        "--folder", type=Path, default=_disk(), help="where journals are written; its disk is measured"
    )
    return parser


def _disk() -> Path:
    """A folder for temporary files that is seldom kept in memory, since syncing memory costs nothing."""
    lasting = Path("/var/tmp")
    return lasting if lasting.is_dir() else Path(tempfile.gettempdir())


if __name__ == "__main__":
    main()
